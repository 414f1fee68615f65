"""Commands and timers on stored tickets, inside the caller's transaction.

Load, decide (`apply`), write the event with what it changes in the row. Rows that are to be
changed are locked first, in the order of their numbers, so that two transactions cannot wait for
each other.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast, get_args

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from store.tables import ticket
from store.types import SHANGHAI, JsonObject, to_utc
from ticketing import outbox, rows, search_index, task_rows
from ticketing.citydata import CityData
from ticketing.deadlines import Limits
from ticketing.knowledge import citing
from ticketing.messages import messages, notices
from ticketing.model import Ticket, TicketEvent
from ticketing.policy import Policies
from ticketing.repeats import judge
from ticketing.replaying import not_stale
from ticketing.timers import COMMANDS, Timer, next_timer
from ticketing.workflow.engine import apply, blank, evolve
from ticketing.workflow.terms import (
    SYSTEM,
    Actor,
    Event,
    Role,
    Surroundings,
    refuse,
    unknown_ticket,
)

_NAMING = ("repeat_of", "corrects", "master_ticket")
"""Data keys that name another ticket."""
_LONGEST_NAME = 40
_TIMER = "_timer"
"""Key of an event's data: the timer that brought it about."""


@dataclass(frozen=True)
class Rules:
    """What decides beside the tickets."""

    city: CityData
    policies: Policies
    prefix: str
    """First letters of a ticket number."""

    @property
    def limits(self) -> Mapping[str, Limits]:
        """The stricter limits of units (art. 25)."""
        return {code: unit.limits for code, unit in self.city.units.items() if unit.limits}


def actor_of(role: str, name: str, unit: str | None) -> Actor:
    """Who acts; raises Refusal `not_allowed` or `invalid_value`."""
    if role not in get_args(Role):
        raise refuse("not_allowed", "as", f"没有角色{role}", f"角色有：{'、'.join(get_args(Role))}")
    if not 0 < len(name.strip()) <= _LONGEST_NAME:
        raise refuse(
            "invalid_value",
            "as",
            "没有写明办理人，或名称过长",
            f"请填写不超过{_LONGEST_NAME}字的名称",
        )
    return Actor(cast(Role, role), name.strip(), unit or None)


async def do(
    db: AsyncConnection,
    ticket_no: str,
    command: str,
    data: Mapping[str, Any],
    actor: Actor,
    at: datetime,
    rules: Rules,
    expected_version: int | None,
    suggestion: JsonObject | None = None,
) -> Ticket:
    """Does a command; the ticket that it changed or made. Raises Refusal.

    `suggestion`: of the text with which a ticket is accepted. A complaint about a closed ticket
    (T31) is done on the closed one and makes another.
    """
    if command == "complain_again":
        data = {"repeat_of": ticket_no, **data}
    known = await _named(db, ticket_no, data)
    subject = known.get(ticket_no)
    if subject is None:
        raise unknown_ticket(ticket_no)
    if command == "complain_again":
        ticket_no = await rows.next_number(db, rules.prefix, at)
        around = Surroundings(rules.city, rules.policies, rules.limits, known)
        (event,) = apply(None, command, actor, _whole(at), data, around, ticket_no=ticket_no)
        return await _make(db, event, rules)
    # A timer that the poller has not come to yet was due before this command.
    subject = await _catch_up(db, subject, at, rules)
    not_stale(subject, command, expected_version, rules.policies)
    data, entries = await citing.named(db, command, data)
    known = {**known, ticket_no: subject}
    around = Surroundings(rules.city, rules.policies, rules.limits, known, entries, suggestion)
    when = _not_before(at, subject)
    for event in apply(subject, command, actor, when, data, around, ticket_no=ticket_no):
        subject = await _write(db, subject, event, rules)
        await citing.keep(db, event, subject, entries)
    return subject


async def repeat(
    db: AsyncConnection, named: str, new: Mapping[str, Any], at: datetime, rules: Rules
) -> JsonObject:
    """What a new ticket says of the earlier one that a person named, and whether the law sees a
    repeat (art. 19). `new`: the new ticket's fields. Raises Refusal `unknown_ticket`.
    """
    known = await _named(db, named, {})
    if named not in known:
        raise refuse("unknown_ticket", "repeat_of", f"没有工单{named}", "请核对原工单的编号")
    fields = ("request_type", "contact_phone", "caller_number")
    one = blank("", at).changed(**{name: new.get(name) for name in fields})
    chain = Surroundings(rules.city, rules.policies, rules.limits, known).chain(named)
    found = judge(one, chain, rules.policies.at(at))
    told: JsonObject = {"same_matter_as": named}
    if found is not None:
        told |= {"repeat_of": found.of, "repeat_rule": found.rule, "repeat_seq": found.seq}
    return told


async def fire(db: AsyncConnection, ticket_no: str, at: datetime, rules: Rules) -> Timer | None:
    """Fires the first timer of a ticket that was due before `at`; None where there is none.

    Either way the ticket's row then says when its next timer is due. Raises `unknown_ticket`.
    """
    one = await rows.find(db, ticket_no, locked=True)
    if one is None:
        raise unknown_ticket(ticket_no)
    timer = _due(one, at, rules)
    if timer is None:
        await plan(db, one, rules.policies, at)
    else:
        await _fire(db, one, timer, at, rules)
    return timer


async def plan(db: AsyncConnection, one: Ticket, policies: Policies, at: datetime) -> None:
    """Writes when the next timer of a ticket is due, and what waits on it."""
    due_at = _next_due(one, fired_timers(one), policies, at)
    this = sa.update(ticket).where(ticket.c.ticket_no == one.ticket_no)
    await db.execute(this.values(next_timer_at=due_at))
    await task_rows.put(db, one, policies, at)


def fired_timers(one: Ticket) -> set[Timer]:
    """The timers of a ticket that have fired, by its journal."""
    told = [event.data[_TIMER] for event in one.events if _TIMER in event.data]
    return {Timer(datetime.fromisoformat(timer["due_at"]), timer["id"]) for timer in told}


# Timers


async def _catch_up(db: AsyncConnection, one: Ticket, at: datetime, rules: Rules) -> Ticket:
    while (timer := _due(one, at, rules)) is not None:
        one = await _fire(db, one, timer, at, rules)
    return one


async def _fire(
    db: AsyncConnection, one: Ticket, timer: Timer, at: datetime, rules: Rules
) -> Ticket:
    """One event: of the command that the timer stands for, or `timer` where it only tells."""
    command, when = COMMANDS.get(timer.id), _not_before(at, one)
    if command is None:
        told = await rows.record(
            db,
            one.ticket_no,
            "timer",
            actor=SYSTEM.name,
            role=SYSTEM.role,
            at=when,
            data=_told(timer),
            changes=_planned(one, one, timer, rules.policies, when),
        )
        await outbox.put(
            db,
            notices(timer, one),
            ticket_no=one.ticket_no,
            event_seq=one.version + 1,
            unit=one.unit,
            at=when,
        )
        one = one.changed(version=one.version + 1, events=[*one.events, told])
        await task_rows.put(db, one, rules.policies, when)
        return one
    around = Surroundings(rules.city, rules.policies, rules.limits, {one.ticket_no: one})
    for event in apply(one, command, SYSTEM, when, {}, around, ticket_no=one.ticket_no):
        one = await _write(db, one, event, rules, timer)
    return one


def _due(one: Ticket, at: datetime, rules: Rules) -> Timer | None:
    timer = next_timer(one, rules.policies.of(one.policy_id, at), fired_timers(one))
    return timer if timer is not None and timer.due_at < at else None


def _next_due(one: Ticket, fired: set[Timer], policies: Policies, at: datetime) -> datetime | None:
    timer = next_timer(one, policies.of(one.policy_id, at), fired)
    return timer.due_at if timer is not None else None


def _told(timer: Timer) -> JsonObject:
    return {_TIMER: {"id": timer.id, "due_at": timer.due_at.astimezone(SHANGHAI).isoformat()}}


def _planned(
    before: Ticket, after: Ticket, timer: Timer | None, policies: Policies, at: datetime
) -> JsonObject:
    fired = fired_timers(before) | ({timer} if timer is not None else set())
    return {"next_timer_at": _next_due(after, fired, policies, at)}


# Rows


async def _named(db: AsyncConnection, ticket_no: str, data: Mapping[str, Any]) -> dict[str, Ticket]:
    """The ticket and those that the data name, locked, with their chains of repeats."""
    told = (data.get(key) for key in _NAMING)
    wanted = {ticket_no, *(value.strip() for value in told if isinstance(value, str))}
    return await with_chains(db, wanted, locked=True)


async def with_chains(
    db: AsyncConnection, wanted: set[str], *, locked: bool = False
) -> dict[str, Ticket]:
    """The tickets, locked where they are to be changed, with their chains of repeats."""
    query = sa.select(ticket).order_by(ticket.c.ticket_no)
    query = query.with_for_update() if locked else query
    known: dict[str, Ticket] = {}
    asked: set[str] = set()
    while wanted:
        asked |= wanted
        found = await rows.tickets(db, query.where(ticket.c.ticket_no.in_(sorted(wanted))))
        known |= {one.ticket_no: one for one in found}
        links = {name for one in found for name in (one.master_ticket, one.repeat_of)}
        links |= {one.same_matter_as for one in found}
        wanted = {name for name in links if name is not None} - asked
        query = sa.select(ticket)
    repeats = sa.select(ticket).where(ticket.c.repeat_of.in_(sorted(known)))
    return {one.ticket_no: one for one in await rows.tickets(db, repeats)} | known


async def _make(db: AsyncConnection, event: Event, rules: Rules) -> Ticket:
    """A ticket that begins with an event of the workflow."""
    after = evolve(None, event, rules.policies)
    await rows.add(db, rows.new_row(after))
    due = {"next_timer_at": _next_due(after, set(), rules.policies, event.at)}
    await _record(db, event, event.data(), due)
    made = await rows.find(db, event.ticket_no)
    assert made is not None
    await search_index.put(db, made)
    await task_rows.put(db, made, rules.policies, event.at)
    return made


async def _write(
    db: AsyncConnection, before: Ticket, event: Event, rules: Rules, timer: Timer | None = None
) -> Ticket:
    after = evolve(before, event, rules.policies)
    due = _planned(before, after, timer, rules.policies, event.at)
    data = event.data() | (_told(timer) if timer is not None else {})
    told = await _record(db, event, data, rows.row_changes(before, after) | due)
    after = after.changed(events=[*before.events, told])
    await task_rows.put(db, after, rules.policies, event.at)
    merged = await rows.merged_into(db, after.ticket_no) if event.command == "audit_pass" else ()
    await outbox.put(
        db,
        messages(event, after, merged),
        ticket_no=after.ticket_no,
        event_seq=after.version,
        unit=after.unit,
        at=event.at,
    )
    return after


async def _record(
    db: AsyncConnection, event: Event, data: JsonObject, changes: JsonObject
) -> TicketEvent:
    return await rows.record(
        db,
        event.ticket_no,
        event.command,
        actor=event.actor.name,
        role=event.actor.role,
        at=event.at,
        data=data,
        changes=changes,
        article=event.article,
    )


def _whole(at: datetime) -> datetime:
    """In whole milliseconds: what the lists in a ticket's row keep."""
    at = to_utc(at)
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def _not_before(at: datetime, one: Ticket) -> datetime:
    """The instant of a new event: clocks of two machines may differ, a journal goes forward."""
    return max(_whole(at), one.events[-1].at)
