"""Tasks (待办): who has to do what on a ticket now, and by when.

What `owner` says of a ticket, made fine enough for work lists: of the hotline's roles, of units
that hold, assist or got a child task, of supervisors when something has lain too long.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from ticketing import deadlines
from ticketing.model import State, Ticket
from ticketing.policy import Policy
from ticketing.workflow.extension import pending_extension
from ticketing.workflow.reply import unsatisfied_answers
from ticketing.workflow.sub_units import open_children

Queue = Literal["agent", "messages", "emergency", "dispatcher", "callback", "supervisor", "unit"]
"""Whose list: the agent who began the ticket, any agent (留言等; 紧急跟进), dispatchers, callback
agents, supervisors, a unit."""
Kind = Literal[
    "accept",  # 受理
    "follow_up",  # 紧急跟进
    "dispatch",  # 派单
    "return",  # 退单审核
    "extension",  # 延期审核
    "audit",  # 答复审核
    "callback",  # 回访
    "unsatisfied",  # 两次不满意，定督办或解释结案
    "recheck",  # 回访复核
    "coordinate",  # 专题协调
    "late",  # 热线处理超时
    "overdue",  # 承办单位超期一天，建议督办
    "sign",  # 签收
    "handle",  # 办理
    "extension_asked",  # 延期待批
    "extended",  # 延期中
    "supplement",  # 补充
    "rectify",  # 整改
    "child_sign",  # 加派签收
    "child_handle",  # 加派办理
    "assist",  # 协办
]
Deadline = Literal[
    "accept", "follow_up", "refer_up", "dispatch", "return_review", "ext_review", "audit", "manual",
    "recheck", "coordinate", "answer", "sign", "resolve", "supplement", "rectify", "child",
]  # fmt: skip
"""Whose time runs, named like the timers (`tm_…`)."""

DAY = timedelta(days=1)
FOLLOW_UP = timedelta(minutes=30)
"""After a transfer to an emergency service the hotline asks what became of it (R-9-3)."""


@dataclass(frozen=True)
class Task:
    """A line of a work list; a ticket has at most one in each list."""

    queue: Queue
    kind: Kind
    deadline: Deadline
    due_at: datetime
    owner: str = ""
    """The unit's code or the agent's number; "" where everybody of the role may do it."""


def tasks(ticket: Ticket, policy: Policy, at: datetime) -> list[Task]:
    """What waits on a ticket at an instant; nothing on a closed one, but what became of an
    emergency is asked also where all else is done.

    Time alone makes tasks for supervisors: those are there once the timer of that instant has
    fired, which is an event of the ticket.
    """
    found: dict[tuple[str, str], Task] = {}
    for one in (*_work(ticket, policy), *_alarms(ticket, policy, at)):
        found.setdefault((one.queue, one.owner), one)
    return list(found.values())


def _work(ticket: Ticket, policy: Policy) -> Iterator[Task]:
    if ticket.wants_follow_up:
        due = max(ticket.emergencies) + FOLLOW_UP
        yield Task("emergency", "follow_up", "follow_up", due)
    yield from _of_state(ticket, policy)


def _of_state(ticket: Ticket, policy: Policy) -> Iterator[Task]:
    since = ticket.state_since or ticket.created_at
    match ticket.state:
        case State.PENDING_ACCEPTANCE:
            yield _acceptance(ticket, since, policy)
        case State.ACCEPTED:
            yield Task("dispatcher", "dispatch", "dispatch", since + policy.dispatch_target)
        case State.RETURN_REVIEW:
            yield Task("dispatcher", "return", "return_review", since + policy.return_review)
        case State.REPLY_REVIEW:
            yield Task("dispatcher", "audit", "audit", since + policy.audit_review)
        case State.MANUAL_CALLBACK:
            due = ticket.manual_due or since + policy.manual_wait
            if unsatisfied_answers(ticket) < 2:
                yield Task("callback", "callback", "manual", due)
            else:
                yield Task("supervisor", "unsatisfied", "manual", due)
        case State.RECHECK:
            yield Task("supervisor", "recheck", "recheck", since + policy.recheck_wait)
        case State.COORDINATING:
            yield Task("supervisor", "coordinate", "coordinate", since + policy.coordinate_wait)
        case _ if ticket.state in deadlines.UNIT_STATES:
            yield from _extension(ticket, policy)
            yield from _of_units(ticket, since)


def _acceptance(ticket: Ticket, since: datetime, policy: Policy) -> Task:
    if ticket.referred_at is not None:
        due = ticket.referred_at + policy.refer_target
        return Task("supervisor", "accept", "refer_up", due)
    due = since + policy.accept_target
    if ticket.first_agent_no is not None:
        return Task("agent", "accept", "accept", due, ticket.first_agent_no)
    if ticket.draft_kind == "emergency":
        return Task("emergency", "accept", "accept", min(due, since + FOLLOW_UP))
    queue: Queue = "messages" if ticket.draft_kind is not None else "dispatcher"
    return Task(queue, "accept", "accept", due)


def _extension(ticket: Ticket, policy: Policy) -> Iterator[Task]:
    pending = pending_extension(ticket)
    if pending is not None:
        is_long = pending.new_due - pending.due > policy.dispatcher_may_extend
        due = pending.requested_at + policy.extension_review
        yield Task("supervisor" if is_long else "dispatcher", "extension", "ext_review", due)


def _of_units(ticket: Ticket, since: datetime) -> Iterator[Task]:
    due = deadlines.unit_due(ticket) or since
    clock: Deadline = ticket.clock or "resolve"
    if ticket.unit is not None:
        yield _holding(ticket, ticket.unit, clock, due)
    for child in open_children(ticket):
        kind: Kind = "child_sign" if child.signed_at is None else "child_handle"
        yield Task("unit", kind, "child", child.due, child.unit)
    told = {reply.unit for reply in ticket.assist_replies}
    for unit in ticket.assist_units:
        if unit not in told:
            yield Task("unit", "assist", clock, due, unit)


def _holding(ticket: Ticket, unit: str, clock: Deadline, due: datetime) -> Task:
    """Of the unit in charge."""
    match ticket.state:
        case State.DISPATCHED if ticket.sign_due is not None:
            return Task("unit", "sign", "sign", ticket.sign_due, unit)
        case State.DISPATCHED:
            return Task("unit", "sign", clock, due, unit)
        case State.SUPPLEMENTING:
            return Task("unit", "supplement", "supplement", ticket.supplement_due or due, unit)
    if pending_extension(ticket) is not None:
        return Task("unit", "extension_asked", clock, due, unit)
    if ticket.state is State.RECTIFYING:
        return Task("unit", "rectify", clock, due, unit)
    is_longer = any(one.status == "approved" and one.unit == unit
                    for one in ticket.extension_requests)  # fmt: skip
    return Task("unit", "extended" if is_longer else "handle", clock, due, unit)


def _alarms(ticket: Ticket, policy: Policy, at: datetime) -> Iterator[Task]:
    """What the hotline left lying, and what a unit is late with by a day."""
    for one in _work(ticket, policy):
        if one.queue not in ("unit", "supervisor") and one.due_at < at:
            yield Task("supervisor", "late", one.deadline, one.due_at)
    due = deadlines.unit_due(ticket)
    if ticket.clock in (None, "answer") or due is None or not deadlines.is_running(ticket):
        return
    if due + DAY < at:
        yield Task("supervisor", "overdue", ticket.clock, due)
