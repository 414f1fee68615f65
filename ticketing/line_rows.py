"""Entries of the phone line's own data: skill groups, agents, pauses, prompts, menus."""

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from ticketing.city_rows import Digits, Name, StrictRow

GroupName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,30}$")]
NodeName = Annotated[str, StringConstraints(min_length=1, max_length=40)]
PromptKey = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,40}$")]
Level = Annotated[int, Field(ge=1, le=9)]


class GroupRow(StrictRow):
    """技能组"""

    name: GroupName = Field(title="代码", description="小写字母，例如 citizen")
    number: Digits = Field(title="分机号码", description="转接到此技能组时拨的号码")
    title: Annotated[Name, Field(title="名称")] | None = None


class AgentRow(StrictRow):
    """坐席"""

    number: Digits = Field(title="工号", description="即分机号码")
    name: Annotated[str, StringConstraints(max_length=40)] = Field(default="", title="姓名")
    skills: dict[GroupName, Level] = Field(
        title="技能等级",
        description="技能组和等级，9最高",
        max_length=20,
        json_schema_extra={"names": "groups"},
    )
    role: Literal["agent", "supervisor"] = Field(
        default="agent", title="岗位", description="agent 话务员、supervisor 班长"
    )


class PauseReasonRow(StrictRow):
    """置忙原因"""

    code: GroupName = Field(title="代码", description="小写字母，例如 meal")
    label: Annotated[str, StringConstraints(min_length=1, max_length=20)] = Field(title="名称")
    rank: int = Field(default=50, title="次序", description="最小的一项用于话机置忙", ge=1, le=999)


class PromptTextRow(StrictRow):
    """提示音文字"""

    key: PromptKey = Field(title="提示音")
    text: Annotated[str, StringConstraints(min_length=1, max_length=200)] = Field(
        title="文字", description="变量如 {unit} 保留原样"
    )


class MenusRow(StrictRow):
    """语音菜单；内容由线路核对"""

    modes: dict[Literal["menu", "direct"], NodeName] = Field(title="入口")
    nodes: dict[NodeName, dict[str, Any]] = Field(title="菜单", min_length=1, max_length=50)
    waiting: dict[Literal["menu", "direct"], dict[str, Any]] = Field(
        default={}, title="排队时的按键"
    )
