"""Deadlines (时限): when the clocks start, stop and run out.

Article 10(3) and (4); domain.md A-2 to A-9.

The *unit clock* runs while a unit works and stands while the hotline reviews; the *citizen clock*
runs from acceptance and never stops. All functions are pure; instants are aware.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from ticketing.model import AnswerType, ClockName, State, Ticket, UnitClock
from ticketing.policy import Policy

UNIT_STATES = frozenset(
    {State.DISPATCHED, State.IN_PROGRESS, State.SUPPLEMENTING, State.RECTIFYING}
)
"""States in which a unit is to act."""

CLOCKS: tuple[ClockName, ...] = (
    "answer",
    "sign",
    "resolve",
    "supplement",
    "rectify",
    "sms",
    "manual",
)

Limits = Mapping[str, timedelta]
"""A unit's stricter inner limits by clock (art. 25)."""


def length(clock: str, policy: Policy, limits: Limits) -> timedelta:
    """How long a clock runs for a unit: the policy's limit, or the unit's own if stricter."""
    limit = policy.hours_of(clock)
    return min(limit, limits.get(clock, limit))


def due_of(ticket: Ticket, clock: ClockName) -> datetime | None:
    """The due time of a clock; None where it has none."""
    due: datetime | None = getattr(ticket, f"{clock}_due")
    return due


def unit_due(ticket: Ticket) -> datetime | None:
    """When the unit that holds the ticket has to be done."""
    return None if ticket.clock is None else due_of(ticket, ticket.clock)


def is_running(ticket: Ticket) -> bool:
    """Whether a unit's time passes: it is to act and nothing of it is under review."""
    return (
        ticket.state in UNIT_STATES and ticket.clock is not None and ticket.clock_stopped_at is None
    )


def overdue(ticket: Ticket, at: datetime) -> list[ClockName]:
    """Clocks that ran out before their work was done. At the due time itself one is in time."""
    return [name for name in CLOCKS if name in {*ticket.late, *_run_out(ticket, at)}]


def _run_out(ticket: Ticket, at: datetime) -> set[ClockName]:
    waiting: set[ClockName] = set()
    match ticket.state:
        case State.ACCEPTED if ticket.answer_type == "direct":
            waiting = {"answer"}
        case State.DISPATCHED if ticket.signed_at is None:
            waiting = {"sign"}
        case State.SMS_CALLBACK:
            waiting = {"sms"}
        case State.MANUAL_CALLBACK:
            waiting = {"manual"}
    if ticket.clock is not None and is_running(ticket):
        waiting.add(ticket.clock)
        if ticket.state is State.SUPPLEMENTING:
            waiting.add("supplement")
    return {name for name in waiting if (due := due_of(ticket, name)) is not None and at > due}


def hand_over(
    ticket: Ticket, at: datetime, answer_type: AnswerType, policy: Policy, limits: Limits
) -> Ticket:
    """A unit gets the ticket: fresh clocks (A-2, A-3, A-10); only investigations have to be signed.

    The citizen clock and the sum of extensions go on.
    """
    ticket = ticket.changed(
        late=[],
        dispatched_at=at,
        signed_at=None,
        answer_due=None,
        sign_due=None,
        resolve_due=None,
        original_due=None,
        rectify_due=None,
    )
    if answer_type == "direct":
        start = ticket.accepted_at if policy.direct_anchor == "accepted" else at
        return begin(ticket, "answer", at, (start or at) + length("answer", policy, limits))
    ticket = ticket.changed(sign_due=at + length("sign", policy, limits))
    return begin(ticket, "resolve", at, at + length("resolve", policy, limits))


def change_answer_type(ticket: Ticket, answer_type: AnswerType, policy: Policy) -> Ticket:
    """Direct becomes investigate or the reverse: the new limit counts from the old start (A-3)."""
    if ticket.state is State.ACCEPTED and ticket.accepted_at is not None:
        due = ticket.accepted_at + policy.answer_hours if answer_type == "direct" else None
        return ticket.changed(answer_due=due)
    start = ticket.dispatched_at
    other: UnitClock = "answer" if answer_type == "direct" else "resolve"
    if start is None or ticket.clock not in ("answer", "resolve") or ticket.clock == other:
        return ticket
    due = start + policy.hours_of(other)
    if other == "resolve":
        return ticket.changed(clock=other, resolve_due=due, original_due=due)
    return ticket.changed(clock=other, answer_due=due, sign_due=None)


def begin(ticket: Ticket, clock: UnitClock, at: datetime, due: datetime) -> Ticket:
    """Starts a unit clock anew."""
    ticket = ticket.changed(
        clock=clock,
        clock_started_at=at,
        clock_stopped_at=None,
        clock_used=0.0,
        supplement_due=None,
        late=[name for name in ticket.late if name not in (clock, "supplement")],
        **{f"{clock}_due": due},
    )
    return ticket.changed(original_due=due) if clock == "resolve" else ticket


def stop(ticket: Ticket, at: datetime) -> Ticket:
    """The hotline reviews: the unit's time stands (A-8)."""
    if ticket.clock_started_at is None or not is_running(ticket):
        return ticket
    used = ticket.clock_used + (at - ticket.clock_started_at).total_seconds()
    return ticket.changed(clock_stopped_at=at, clock_used=used)


def resume(ticket: Ticket, at: datetime, policy: Policy) -> Ticket:
    """The review is over: the unit gets what was left, in strict mode nothing more (A-8).

    A clock that had run out before the review stays where it was.
    """
    stopped, due, clock = ticket.clock_stopped_at, unit_due(ticket), ticket.clock
    if stopped is None or due is None or clock is None:
        return ticket
    ticket = ticket.changed(clock_started_at=at, clock_stopped_at=None)
    if policy.review_pause == "strict" or due < stopped:
        return ticket
    ticket = ticket.changed(**{f"{clock}_due": due + (at - stopped)})
    if clock == "resolve" and ticket.original_due is not None:
        ticket = ticket.changed(original_due=ticket.original_due + (at - stopped))
    return ticket


def extend(ticket: Ticket, at: datetime, new_due: datetime, policy: Policy) -> Ticket:
    """An approved extension: due exactly then, however late the approval (§1.8b)."""
    ticket = resume(ticket, at, policy)
    return ticket.changed(**{f"{ticket.clock}_due": new_due})


def supplement(ticket: Ticket, at: datetime, policy: Policy) -> Ticket:
    """The audit failed: what was left at the reply, at least the floor; strict: as before (A-9)."""
    stopped, due, clock = ticket.clock_stopped_at, unit_due(ticket), ticket.clock
    if stopped is None or due is None or clock is None:
        return ticket
    ticket = resume(ticket, at, policy)
    if policy.review_pause == "unit_only":
        due = at + max(due - stopped, policy.supplement_floor)
    return ticket.changed(supplement_due=due, **{f"{clock}_due": due})


def end(ticket: Ticket) -> Ticket:
    """No unit works on the ticket any more; what it kept or missed stays visible."""
    return ticket.changed(clock=None, clock_started_at=None, clock_stopped_at=None)


def take_back(ticket: Ticket) -> Ticket:
    """The hotline has the ticket again, before a unit was done: no due time is left."""
    return end(ticket).changed(
        answer_due=None, sign_due=None, resolve_due=None, original_due=None, late=[]
    )
