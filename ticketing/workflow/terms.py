"""What guards and effects speak about: actors, deeds, events, transitions, refusals."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict

from store.types import JsonObject
from ticketing.citydata import CityData
from ticketing.deadlines import Limits
from ticketing.given import Given
from ticketing.model import State, Ticket
from ticketing.policy import Policies, Policy
from ticketing.refusal import Refusal, RefusalCode

if TYPE_CHECKING:
    from ticketing.knowledge.entry import Entry

Role = Literal[
    "citizen",
    "agent",
    "dispatcher",
    "callback_agent",
    "supervisor",
    "center_head",
    "unit_handler",
    "unit_leader",
    "auditor",
    "inspector",
    "kb_editor",
    "leader",
    "security_admin",
    "admin",
    "system",
]
"""Who acts (角色, domain.md §2.2)."""

UNIT_ROLES: frozenset[Role] = frozenset({"unit_handler", "unit_leader"})
SUPERVISING: frozenset[Role] = frozenset({"supervisor", "center_head"})
"""Who leads the hotline's people (班长、热线负责人)."""
HOTLINE_ROLES: frozenset[Role] = frozenset(
    {"agent", "dispatcher", "callback_agent", "supervisor", "center_head"}
)


@dataclass(frozen=True)
class Actor:
    """Somebody who acts. `same_person` compares names, not roles."""

    role: Role
    name: str
    unit: str | None = None
    """The unit that a unit role acts for; None: the one that holds the ticket."""


SYSTEM = Actor("system", "system")


class Facts(BaseModel):
    """What a rule took from outside the ticket; kept in the event, so that it can be replayed."""

    model_config = ConfigDict(frozen=True)

    policy_id: str | None = None
    unit: str | None = None
    """The unit that the actor acted for."""
    limits: dict[str, float] = {}
    """Inner limits of the unit that gets the ticket, in hours."""
    beyond_repeat_limit: bool = False
    """Of an extension: a re-report before the new due time may be a repeat (A-5)."""
    repeat_of: str | None = None
    repeat_rule: Literal["a", "b"] | None = None
    repeat_seq: int | None = None
    suggestion: JsonObject | None = None
    """Of an acceptance: what the text is about, by the suggester; the unit decides whether an
    agent may dispatch (T7)."""
    inherited: dict[str, Any] = {}
    """Person, place and matter of the closed ticket that is complained of again."""

    @property
    def inner_limits(self) -> Limits:
        """`limits` as lengths."""
        return {clock: timedelta(hours=hours) for clock, hours in self.limits.items()}


@dataclass(frozen=True)
class Event:
    """A change of one ticket (事件流水): who, when, what, under which article."""

    ticket_no: str
    at: datetime
    actor: Actor
    command: str
    transition: str
    from_state: State | None
    to_state: State
    article: str | None
    given: Given
    facts: Facts

    def data(self) -> JsonObject:
        """The `data` column of the event's row; `event_of` reads it back."""
        facts = self.facts.model_dump(mode="json", exclude_defaults=True)
        return {**self.given.to_json(), "_transition": self.transition, "_facts": facts}


@dataclass(frozen=True)
class Surroundings:
    """What a rule may look at beside the ticket."""

    city: CityData
    policies: Policies
    limits: Mapping[str, Limits] = field(default_factory=dict)
    """Inner limits by unit (art. 25)."""
    tickets: Mapping[str, Ticket] = field(default_factory=dict)
    """At least the tickets that the command names, with their chains of repeats."""
    knowledge: "Mapping[str, Entry] | None" = None
    """At least the entries that the command cites; None: there is no knowledge base, as in a
    rehearsal."""
    suggestion: JsonObject | None = None
    """What the suggester says of the ticket's text now; None: it was not asked."""

    def master(self, one: Ticket) -> Ticket:
        """The ticket whose result a merged one shares, however often there was merging."""
        seen = {one.ticket_no}
        while (above := self.tickets.get(one.master_ticket or "")) is not None:
            if above.ticket_no in seen:
                break
            seen.add(above.ticket_no)
            one = above
        return one

    def chain(self, number: str) -> Sequence[Ticket]:
        """Root and repeats of the matter of a ticket, oldest first; empty if it is unknown."""
        root, seen = self.tickets.get(number), {number}
        while root is not None and (above := root.master_ticket or root.repeat_of):
            if above in seen:  # a root that was merged into its own repeat
                break
            seen.add(above)
            root = self.tickets.get(above)
        if root is None:
            return ()
        repeats = [one for one in self.tickets.values() if one.repeat_of == root.ticket_no]
        return (root, *sorted(repeats, key=lambda one: (one.created_at, one.ticket_no)))


@dataclass(frozen=True)
class Deed:
    """A command about to be done: what guards judge."""

    command: str
    ticket: Ticket
    given: Given
    actor: Actor
    now: datetime
    policy: Policy
    around: Surroundings


Guard = Callable[[Deed], None]
"""Raises Refusal where the deed is not allowed."""
Effect = Callable[[Ticket, Event, Policy], Ticket]
"""What an event changes beside the state; depends on nothing else, so events can be replayed."""


@dataclass(frozen=True)
class When:
    """Tells which of several transitions of one command takes place."""

    label: str
    holds: Callable[[Deed], bool]


def nothing(ticket: Ticket, _event: Event, _policy: Policy) -> Ticket:
    """The effect of an event that is only recorded."""
    return ticket


@dataclass(frozen=True)
class Transition:
    """A row of the table (domain.md §2.3)."""

    id: str
    command: str
    sources: frozenset[State] | None
    """None: it makes the ticket."""
    roles: frozenset[Role]
    target: State | None = None
    """None: the state is kept."""
    article: str | None = None
    """Of the city's Measures; None where they are silent (domain.md says why it is so)."""
    guards: tuple[Guard, ...] = ()
    effect: Effect = nothing
    facts: Callable[[Deed], Facts] | None = None
    when: When | None = None
    wanted: Callable[[Ticket], bool] = lambda ticket: True
    """Whether a ticket in such a state has use for it; where not, nobody is offered it."""
    goes_back: bool = False
    """The state is the one before the merge."""


LABELS = {
    "title": "标题",
    "content": "诉求内容",
    "request_type": "诉求类型",
    "region_code": "行政区划",
    "acceptance_basis": "受理依据",
    "reject_code": "不予受理情形",
    "explanation": "不予受理说明",
    "service": "紧急服务号码",
    "answer": "答复内容",
    "knowledge_ref": "知识库依据",
    "answer_type": "答复类型",
    "unit": "承办单位",
    "unit_content": "给承办单位的脱敏内容",
    "lead_unit": "主办单位",
    "ground": "退单依据",
    "suggestion": "处理建议",
    "reason": "理由",
    "new_due": "新的办理期限",
    "reply": "办理情况",
    "public_reply": "公开答复",
    "contacted": "是否联系群众",
    "solved": "是否解决",
    "defects": "不合格情形",
    "comment": "说明",
    "score": "评价",
    "master_ticket": "主工单",
    "repeat_of": "原工单",
    "key_categories": "重点督办类别",
    "grounds": "约谈通报情形（G1—G3）",
    "hours": "小时数",
    "clock": "时限名称",
}
"""Chinese names of the keys that people have to fill in."""


def require(deed: Deed, *fields: str, article: str | None = None) -> None:
    """Refuses with `missing_field` where neither the command nor the ticket has a value."""
    for name in fields:
        if deed.given.says(name) and getattr(deed.given, name) not in ([], ""):
            continue
        raise missing(name, article)


def missing(name: str, article: str | None = None) -> Refusal:
    """A `missing_field`."""
    label = LABELS.get(name, name)
    return Refusal(
        "missing_field", name, f"缺少{label}（{name}）", f"请填写{label}后再提交", article
    )


def refuse(
    code: RefusalCode, name: str | None, message: str, fix: str, article: str | None = None
) -> Refusal:
    """A refusal with its article; `name` is the data key at fault."""
    return Refusal(code, name, message, fix, article)


def unknown_ticket(ticket_no: str) -> Refusal:
    """There is no ticket of that number."""
    return refuse("unknown_ticket", "ticket", f"没有工单{ticket_no}", "请核对工单编号")
