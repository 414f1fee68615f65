"""Who may do what with an entry, and when: a table, and one pure function over it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from store.types import SHANGHAI, to_utc
from ticketing.citydata import CityData
from ticketing.knowledge.entry import Command, Entry, EntryContent, EntryEvent, State
from ticketing.knowledge.standing import ARTICLE
from ticketing.refusal import Refusal
from ticketing.workflow.terms import SYSTEM, UNIT_ROLES, Actor, Role, missing, refuse

PROPOSERS: frozenset[Role] = UNIT_ROLES | {"kb_editor"}
"""Member units for themselves; the hotline's editor for any unit."""
DECIDERS: frozenset[Role] = frozenset({"kb_editor", "center_head"})
LONGEST_REVIEW = timedelta(days=731)
"""An entry is looked at again at least every two years. The Measures name no time."""


@dataclass(frozen=True)
class Rule:
    """A row of the table."""

    roles: frozenset[Role]
    sources: frozenset[State] | None
    """None: it makes the entry."""
    decides: bool = False
    """Whether a version has to wait for it."""
    is_reasoned: bool = False


_ANY: frozenset[State] = frozenset({"proposed", "published", "rejected", "retired"})
TABLE: Mapping[Command, Rule] = {
    "propose": Rule(PROPOSERS, None),
    "revise": Rule(PROPOSERS, _ANY),
    "approve": Rule(DECIDERS, _ANY, decides=True),
    "reject": Rule(DECIDERS, _ANY, decides=True, is_reasoned=True),
    "retire": Rule(DECIDERS, frozenset({"published"}), is_reasoned=True),
}
NAMES: Mapping[Command, str] = {
    "propose": "新增", "revise": "修订", "approve": "通过", "reject": "退回", "retire": "停用",
}  # fmt: skip
STATES: Mapping[State, str] = {
    "proposed": "待审核", "published": "已发布", "rejected": "未通过", "retired": "已停用",
}  # fmt: skip


def decide(
    entry: Entry | None,
    code: str,
    command: Command,
    actor: Actor,
    at: datetime,
    *,
    content: EntryContent | None = None,
    reason: str | None = None,
) -> EntryEvent:
    """The event of a command. Raises Refusal.

    Who approves is not who proposed (`same_person`, as for replies of units). The system itself
    publishes what the program brings.
    """
    rule = TABLE[command]
    if actor.role not in rule.roles and actor != SYSTEM:
        fix = f"请由以下角色办理：{'、'.join(sorted(rule.roles))}"
        raise refuse("not_allowed", None, f"您的角色不能{NAMES[command]}知识条目", fix, ARTICLE)
    if entry is not None:
        _fits(entry, command, rule)
    version = _version(entry, command)
    if content is not None:
        _of_own_unit(entry, content, actor)
    if rule.is_reasoned and not (reason or "").strip():
        raise missing("reason", ARTICLE)
    if command == "approve" and entry is not None and entry.pending and actor != SYSTEM:
        if entry.pending.proposed_by == actor.name:
            raise refuse(
                "same_person", None, "不能审核自己提交的知识条目", "请由另一位审核人办理", ARTICLE
            )
        _is_not_over(entry.pending.content, day_of(at))
    return EntryEvent(
        code=code,
        seq=entry.seq + 1 if entry is not None else 1,
        at=to_utc(at),
        actor=actor.name,
        role=actor.role,
        command=command,
        version=version,
        reason=reason,
        content=content,
    )


def offered(entry: Entry, actors: Sequence[Actor]) -> list[Command]:
    """What somebody may do with an entry, in one of his roles; the data may still be refused."""
    return [
        command
        for command in TABLE
        if command != "propose" and any(_may(entry, command, actor) for actor in actors)
    ]


def _may(entry: Entry, command: Command, actor: Actor) -> bool:
    if actor.role not in TABLE[command].roles:
        return False
    try:
        _fits(entry, command, TABLE[command])
    except Refusal:
        return False
    if command == "approve" and entry.pending is not None:
        return entry.pending.proposed_by != actor.name
    return command != "revise" or actor.role not in UNIT_ROLES or entry.units <= {actor.unit}


def check(content: EntryContent, city: CityData, day: date) -> None:
    """What is proposed names what there is, and days that follow each other. Raises Refusal."""
    check_codes(content, city, day)
    if content.valid_to is not None and content.valid_to < content.valid_from:
        raise _wrong("valid_to", "失效日期早于生效日期", "请核对起止日期")
    _is_not_over(content, day)
    if content.review_by > day + LONGEST_REVIEW:
        last = day + LONGEST_REVIEW
        raise _wrong("review_by", "复核日期过晚", f"请填写不晚于{last}的日期")


def check_codes(content: EntryContent, city: CityData, day: date) -> None:
    """The codes alone. Raises Refusal."""
    unit = city.units.get(content.unit)
    if unit is None:
        raise refuse(
            "unknown_unit", "unit", f"没有代码为{content.unit}的单位", "请填写成员单位代码"
        )
    if not unit.is_active(day):
        raise refuse("unit_inactive", "unit", f"{unit.name}已停用", "请填写接替它的单位")
    for code in content.categories:
        category = city.categories.get(code)
        if category is None or not category.is_active(day):
            raise _wrong("categories", f"没有诉求分类{code}", "请填写二级分类代码")
    if content.region is not None and content.region not in city.regions:
        raise _wrong("region", f"没有行政区划{content.region}", "请填写区划代码，全市适用则不填")


def day_of(at: datetime) -> date:
    """The city's day of an instant."""
    return at.astimezone(SHANGHAI).date()


def _fits(entry: Entry, command: Command, rule: Rule) -> None:
    if rule.sources is not None and entry.state not in rule.sources:
        raise refuse(
            "wrong_state", None, f"知识条目{entry.code}{STATES[entry.state]}，不能{NAMES[command]}",
            "请刷新后核对条目状态", ARTICLE,
        )  # fmt: skip
    if rule.decides and entry.pending is None:
        raise refuse(
            "wrong_state", None, f"知识条目{entry.code}没有待审核的版本", "请刷新后核对", ARTICLE
        )
    if command == "retire" and entry.pending is not None:
        raise refuse(
            "wrong_state", None, f"知识条目{entry.code}还有待审核的修订", "请先审核修订", ARTICLE
        )


def _version(entry: Entry | None, command: Command) -> int:
    if entry is None:
        return 1
    if command == "revise":
        return entry.versions + 1
    decided = entry.pending if command in ("approve", "reject") else entry.published
    assert decided is not None, entry.code
    return decided.version


def _of_own_unit(entry: Entry | None, content: EntryContent, actor: Actor) -> None:
    if actor.role not in UNIT_ROLES:
        return
    known = entry.units if entry is not None else frozenset()
    if content.unit != actor.unit or not known <= {actor.unit}:
        raise refuse(
            "not_allowed", "unit", "只能提交本单位负责的知识条目",
            "请填写本单位代码；其他单位的条目请由该单位或知识库编辑修订", ARTICLE,
        )  # fmt: skip


def _is_not_over(content: EntryContent, day: date) -> None:
    if content.valid_to is not None and content.valid_to < day:
        raise _wrong("valid_to", f"失效日期{content.valid_to}已过", "请填写今后的日期，或不填")
    if content.review_by <= day:
        raise _wrong("review_by", f"复核日期{content.review_by}不在今后", "请填写今后的日期")


def _wrong(name: str, message: str, fix: str) -> Refusal:
    return refuse("invalid_value", name, message, fix, ARTICLE)
