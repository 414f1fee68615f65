"""What an entry of the city's data may hold, kind by kind: the forms of the administration pages.

Titles are what people read; the JSON schema of a model is the form in which its entries are edited.
"""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from ticketing.sms.texts import VALUES
from ticketing.suggest import places

Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]{1,40}$")]
UnitCode = Annotated[Code, Field(json_schema_extra={"names": "units"})]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]
Words = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)]
Digits = Annotated[str, StringConstraints(pattern=r"^[0-9]{2,20}$")]


def unfit(field: str, message: str) -> PydanticCustomError:
    """What is wrong with an entry as a whole, told at one of its fields."""
    return PydanticCustomError("value_error", "{error}", {"error": message, "field": field})


class Row(BaseModel):
    """An entry; keys that the city added itself are kept."""

    model_config = ConfigDict(extra="allow", str_strip_whitespace=True)


class StrictRow(BaseModel):
    """An entry of a kind that only this program writes."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class RegionRow(Row):
    """行政区划"""

    code: Code = Field(title="代码", description="GB/T 2260；功能区用本地代码")
    name: Name = Field(title="名称")


class _Closing(Row):
    """Something that is closed, never deleted: old tickets keep its code."""

    valid_from: date | None = Field(default=None, title="启用日期")
    valid_to: date | None = Field(
        default=None, title="停用日期", description="最后一天仍可使用；在用的留空"
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.valid_from and self.valid_to and self.valid_to < self.valid_from:
            raise unfit("valid_to", "停用日期早于启用日期")
        return self


class UnitRow(_Closing):
    """成员单位"""

    code: Code = Field(title="代码")
    name: Name = Field(title="名称")
    level: Literal["city", "county", "zone", "enterprise", "province", "town"] | Name = Field(
        title="层级", description="city 市直、county 县区、zone 功能区、enterprise 企业"
    )
    ext: Digits = Field(title="内线号码", description="话务员三方通话时拨的号码")
    parent: UnitCode | None = Field(default=None, title="上级单位")
    successor: UnitCode | None = Field(default=None, title="接替单位", description="停用后由谁接替")
    limits: dict[Literal["answer", "sign", "resolve", "rectify"], float] | None = Field(
        default=None, title="内部时限（小时）", description="只能比规定更严（办法第25条）"
    )
    duties: Words | None = Field(default=None, title="职责")


class CategoryRow(_Closing):
    """诉求分类（二级）"""

    code: Annotated[str, StringConstraints(pattern=r"^[0-9]{4,8}$")] = Field(
        title="代码", description="前两位是一级分类"
    )
    l1: Name = Field(title="一级分类")
    l2: Name = Field(title="二级分类")
    unit: Annotated[str, StringConstraints(pattern=r"^@?[A-Za-z0-9_.-]{1,40}$")] = Field(
        title="主管单位",
        description="单位，或属地（@region）、被反映单位的上级（@superior）",
        json_schema_extra={"names": "handlers"},
    )
    keywords: list[Name] = Field(title="关键词", max_length=200)
    gbt39666_code: Code | None = Field(default=None, title="GB/T 39666 代码")
    successor: Code | None = Field(
        default=None, title="接替分类", json_schema_extra={"names": "categories"}
    )


class RouteRow(Row):
    """派单规则"""

    category: Code = Field(title="分类", json_schema_extra={"names": "categories"})
    region: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]{0,40}$")] = Field(
        title="区划", description="留空：其他各区划", json_schema_extra={"names": "regions"}
    )
    unit: Annotated[str, StringConstraints(pattern=r"^@?[A-Za-z0-9_.-]{1,40}$")] = Field(
        title="承办单位",
        description="单位，或属地（@region）、被反映单位的上级（@superior）",
        json_schema_extra={"names": "handlers"},
    )
    assist: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]{0,40}$")] = Field(
        title="协办单位", json_schema_extra={"names": "units"}
    )
    ground: Annotated[str, StringConstraints(min_length=1, max_length=500)] = Field(title="依据")


class PlaceRow(Row):
    """地名"""

    code: Annotated[str, StringConstraints(min_length=1, max_length=40)] = Field(title="编码")
    name: Annotated[str, StringConstraints(min_length=2, max_length=60)] = Field(title="名称")
    kind: places.Kind = Field(title="类别")
    parent: Annotated[str, StringConstraints(min_length=1, max_length=40)] = Field(
        title="上级", description="上级地点或行政区划", json_schema_extra={"names": "above"}
    )
    aliases: Words = Field(default="", title="别名", description="用 | 分开")
    lng: Annotated[str, StringConstraints(max_length=20)] = Field(default="", title="经度")
    lat: Annotated[str, StringConstraints(max_length=20)] = Field(default="", title="纬度")
    valid_from: Annotated[str, StringConstraints(max_length=10)] = Field(
        default="", title="启用日期", json_schema_extra={"format": "date"}
    )
    valid_to: Annotated[str, StringConstraints(max_length=10)] = Field(
        default="", title="停用日期", json_schema_extra={"format": "date"}
    )


class RelationRow(StrictRow):
    """单位关系"""

    table: Literal["territories", "superiors", "aliases"] = Field(
        title="关系", description="territories 属地单位、superiors 上级单位、aliases 俗称"
    )
    code: Code = Field(title="区划或单位", description="属地关系填区划，其他填单位")
    value: UnitCode | list[Name] = Field(title="对应", description="单位；俗称可填多个")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if isinstance(self.value, list) != (self.table == "aliases"):
            raise unfit("value", "俗称填一组名称，其他关系填一个单位")
        return self


class SmsRow(Row):
    """短信模板"""

    key: Code = Field(title="模板", json_schema_extra={"enum": list(VALUES)})
    text: Annotated[str, StringConstraints(min_length=1, max_length=500)] = Field(title="内容")
    hidden: Annotated[str, StringConstraints(max_length=500)] | None = Field(
        default=None, title="保密内容", description="保密和举报工单用，不含事项和承办单位"
    )
    when: Words | None = Field(default=None, title="发送时机")
