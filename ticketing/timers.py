"""Timers (计时器, domain.md §2.4) as data: which run for a ticket, and what they do when due.

Nothing sleeps: whoever fires them asks for the timers of a ticket, fires those that are due and
remembers (ticket, timer, due time), so that a restart loses none and none fires twice.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from ticketing import deadlines
from ticketing.model import State, Ticket
from ticketing.policy import Policy
from ticketing.repeats import SIX_DAYS, is_unresolved, window_end
from ticketing.workflow.sub_units import open_children

HOUR = timedelta(hours=1)
SIGN_WARNING = timedelta(minutes=15)
"""Before the time to sign is over a unit is told once more."""
IN_CALL_WAIT = timedelta(seconds=8)
"""After an answer in the call the survey waits this long for a key (T6a)."""

_UNIT_TIMERS = {"answer": "tm_answer", "resolve": "tm_resolve", "rectify": "tm_rectify"}


@dataclass(frozen=True, order=True)
class Timer:
    """Something that happens to a ticket at an instant."""

    due_at: datetime
    id: str
    """`tm_resolve`; a warning ahead of it or after it has its own id, `tm_resolve.yellow`."""


Command = Literal["urge", "sms_timeout", "close_answered"]

COMMANDS: dict[str, Command] = {
    "tm_answer": "urge",
    "tm_sign": "urge",
    "tm_resolve": "urge",
    "tm_rectify": "urge",
    "tm_sms": "sms_timeout",
    "tm_answered": "close_answered",
}
"""What the system does by a timer; the others only tell somebody (`messages.notices`)."""


def timers(ticket: Ticket, policy: Policy) -> list[Timer]:
    """All timers of a ticket as it is now, the first due first; past ones included."""
    return sorted({*_of_state(ticket, policy), *_of_matter(ticket, policy)})


def next_timer(ticket: Ticket, policy: Policy, fired: Collection[Timer]) -> Timer | None:
    """The first timer that has not fired yet; it may be due already.

    Of a ticket that an old system handled nothing fires that was due before it came here, and
    once it was closed there, nothing at all.
    """
    came = came_at(ticket)
    if came is None:
        return next((one for one in timers(ticket, policy) if one not in fired), None)
    if not ticket.is_open:
        return None
    ahead = (one for one in timers(ticket, policy) if one.due_at > came)
    return next((one for one in ahead if one not in fired), None)


def came_at(ticket: Ticket) -> datetime | None:
    """When a ticket was imported from an old system; None for one that was made here."""
    first = ticket.events[0] if ticket.events else None
    return first.at if first is not None and first.command == "import" else None


def next_deadline(ticket: Ticket, policy: Policy) -> datetime | None:
    """By when the next step of an open ticket is expected; None for a terminal one."""
    expected = [one.due_at for one in _of_state(ticket, policy) if "." not in one.id]
    return min(expected, default=None) if ticket.is_open else None


def _of_state(ticket: Ticket, policy: Policy) -> Iterator[Timer]:
    since = ticket.state_since or ticket.created_at
    match ticket.state:
        case State.PENDING_ACCEPTANCE:
            yield Timer(since + policy.accept_target, "tm_accept")
            if ticket.referred_at is not None:
                yield Timer(ticket.referred_at + policy.refer_target, "tm_refer_up")
        case State.ACCEPTED:
            yield Timer(since + policy.dispatch_target, "tm_dispatch")
            if ticket.answer_type == "direct" and ticket.answer_due is not None:
                yield from _unit(ticket, "tm_answer", ticket.answer_due, since)
        case State.ANSWERED if ticket.answered_at is not None:
            wait = IN_CALL_WAIT if ticket.answered_in_call else policy.answered_wait
            yield Timer(ticket.answered_at + wait, "tm_answered")
        case State.RETURN_REVIEW:
            yield Timer(since + policy.return_review, "tm_return_review")
        case State.REPLY_REVIEW:
            yield Timer(since + policy.audit_review, "tm_audit")
        case State.COORDINATING:
            yield Timer(since + policy.coordinate_wait, "tm_coordinate")
        case State.RECHECK:
            yield Timer(since + policy.recheck_wait, "tm_recheck")
        case State.SMS_CALLBACK if ticket.sms_due is not None:
            yield Timer(ticket.sms_due, "tm_sms")
        case State.MANUAL_CALLBACK if ticket.manual_due is not None:
            yield Timer(ticket.manual_due, "tm_manual")
        case _ if ticket.state in deadlines.UNIT_STATES:
            yield from _at_unit(ticket, policy)


def _at_unit(ticket: Ticket, policy: Policy) -> Iterator[Timer]:
    start, due = ticket.dispatched_at, deadlines.unit_due(ticket)
    if ticket.state is State.DISPATCHED and ticket.sign_due is not None and start is not None:
        warning = ticket.sign_due - SIGN_WARNING
        if warning > start:
            yield Timer(warning, "tm_sign.15min")
        yield Timer(ticket.sign_due, "tm_sign")
    may_return = ticket.state in (State.DISPATCHED, State.IN_PROGRESS)
    if may_return and start is not None and ticket.lead_unit != ticket.unit:
        yield Timer(start + policy.return_window, "tm_return_window")
    for child in open_children(ticket):
        if child.due - HOUR > child.sent_at:
            yield Timer(child.due - HOUR, "tm_child.1h")
        yield Timer(child.due, "tm_child")
    if ticket.clock_stopped_at is not None:
        yield Timer(ticket.clock_stopped_at + policy.extension_review, "tm_ext_review")
    elif ticket.state is State.SUPPLEMENTING and ticket.supplement_due is not None:
        yield Timer(ticket.supplement_due, "tm_supplement")
    elif ticket.clock is not None and ticket.clock_started_at is not None and due is not None:
        yield from _unit(ticket, _UNIT_TIMERS[ticket.clock], due, ticket.clock_started_at)


def _unit(ticket: Ticket, id: str, due: datetime, since: datetime) -> Iterator[Timer]:
    """Half-way and one hour left (黄牌), out (红牌), a day over; warnings only while ahead."""
    long = id != "tm_answer"
    used = timedelta(seconds=ticket.clock_used)
    half = since + (used + (due - since)) / 2 - used
    if long and half > since:
        yield Timer(half, f"{id}.half")
    if due - HOUR > since:
        yield Timer(due - HOUR, f"{id}.yellow")
    yield Timer(due, id)
    if long:
        yield Timer(due + timedelta(days=1), f"{id}.24h")


def _of_matter(ticket: Ticket, policy: Policy) -> Iterator[Timer]:
    """Timers that no change of state stops."""
    for at in ticket.emergencies:
        yield Timer(at + policy.followup_wait, "tm_followup")
    if ticket.request_type not in policy.repeat_types or ticket.state is State.MERGED:
        return
    if ticket.resolved_at is not None:
        yield Timer(window_end(ticket.resolved_at, policy), "tm_repeat_month")
    if ticket.repeat_of is None and is_unresolved(ticket):
        yield Timer(ticket.created_at + timedelta(days=5), "tm_repeat_6d.5d")
        yield Timer(ticket.created_at + SIX_DAYS, "tm_repeat_6d")
