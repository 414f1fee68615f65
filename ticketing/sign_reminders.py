"""The queue of rings at units' duty phones for dispatches that nobody has signed (签收提醒).

A unit is rung once for all that waits for its signature. A ring is taken before the telephone
rings and filed in one transaction with the signatures, so that a crash at any point leaves it
counted once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from store.engine import Store
from store.tables import ticket
from store.tables_reminders import sign_reminder
from store.types import to_utc
from ticketing import acting, rows
from ticketing.model import State, Ticket
from ticketing.refusal import Refusal
from ticketing.reminding import HOW, STALE, first_reminder, is_unsigned, next_reminder
from ticketing.tickets import Tickets
from ticketing.timers import SIGN_WARNING

_c = sign_reminder.c
_AT_ONCE = 200
"""New dispatches that are looked at in one go."""


@dataclass(frozen=True)
class Reminder:
    """A unit whose duty phone is to be rung."""

    unit: str
    tries: int
    """Rings so far, of the dispatch that was rung for least."""


class SignReminders:
    """The queue of one store."""

    def __init__(self, store: Store, tickets: Tickets) -> None:
        self._store = store
        self._tickets = tickets

    async def take_in(self, at: datetime) -> None:
        """Brings dispatches whose time to be signed runs out into the queue."""
        row = ticket.c
        known = sa.exists().where(
            _c.ticket_no == row.ticket_no, _c.dispatched_at == row.dispatched_at
        )
        new = (
            sa.select(ticket)
            .where(
                row.state == State.DISPATCHED.value,
                row.sign_due.between(to_utc(at - STALE), to_utc(at + SIGN_WARNING)),
                row.dispatched_at.is_not(None),
                ~known,
            )
            .order_by(row.sign_due)
            .limit(_AT_ONCE)
        )
        async with self._store.read() as db:
            found = await rows.tickets(db, new)
        made = [_row(one) for one in found]
        if made:
            async with self._store.write() as db:
                values = self._store.insert(sign_reminder).values(made)
                await db.execute(values.on_conflict_do_nothing())

    async def due(self, at: datetime, *, limit: int) -> Sequence[Reminder]:
        """Units to be rung, whose dispatch waits longest first."""
        query = (
            sa.select(_c.unit, sa.func.min(_c.tries))
            .where(_c.state == "waiting", _c.next_try_at <= to_utc(at))
            .group_by(_c.unit)
            .order_by(sa.func.min(_c.next_try_at), _c.unit)
            .limit(limit)
        )
        async with self._store.read() as db:
            return [Reminder(*row) for row in await db.execute(query)]

    async def take(self, unit: str, call_id: str, at: datetime) -> Sequence[Ticket]:
        """Takes all of a unit that is due, for one ring; it counts. What was signed, taken back
        or sent elsewhere meanwhile is done with."""
        due = sa.select(_c.ticket_no, _c.dispatched_at).where(
            _c.unit == unit, _c.state == "waiting", _c.next_try_at <= to_utc(at)
        )
        taken = []
        async with self._store.write() as db:
            for number, dispatched_at in (await db.execute(due)).all():
                one = await rows.find(db, number)
                values: dict[str, Any] = {"state": "done", "last_result": "elsewhere"}
                if one is not None and is_unsigned(one) and one.dispatched_at == dispatched_at:
                    taken.append(one)
                    values = {"state": "calling", "tries": _c.tries + 1, "call_id": call_id}
                await db.execute(
                    sa.update(sign_reminder)
                    .where(_c.ticket_no == number, _c.dispatched_at == dispatched_at)
                    .values(values)
                )
        return taken

    async def told_of(self, call_id: str) -> Sequence[Ticket]:
        """The tickets that a call which is going on tells of."""
        query = sa.select(ticket).where(
            ticket.c.ticket_no.in_(sa.select(_c.ticket_no).where(*_calling(call_id)))
        )
        async with self._store.read() as db:
            return await rows.tickets(db, query.order_by(ticket.c.sign_due))

    async def calling(self) -> Sequence[str]:
        """Calls that were begun and are not filed."""
        query = sa.select(_c.call_id).where(_c.state == "calling").distinct()
        async with self._store.read() as db:
            return [str(call_id) for call_id in (await db.execute(query)).scalars()]

    async def sign(self, call_id: str, number: str, *, at: datetime) -> int:
        """The contact at that number signs all that the call told of; how many are signed now.

        Once: a second time signs nothing. What the unit may no longer sign is left as it is.
        """
        signed = 0
        async with self._store.write() as db:
            rules = await self._tickets.rules(db, at)
            told = sa.select(_c.ticket_no, _c.unit).where(*_calling(call_id))
            for ticket_no, unit in (await db.execute(told.order_by(_c.ticket_no))).all():
                who = acting.actor_of("unit_handler", f"{HOW}{number}", unit)
                try:
                    async with db.begin_nested():
                        await acting.do(db, ticket_no, "sign", {}, who, at, rules, None)
                    signed += 1
                except Refusal:  # a person was faster, or it was taken back
                    continue
            done = {"state": "done", "last_result": "signed"}
            await db.execute(sa.update(sign_reminder).where(*_calling(call_id)).values(done))
        return signed

    async def in_vain(self, call_id: str, result: str, *, at: datetime, pause: timedelta) -> None:
        """Files a ring after which nothing was signed; the next is due after `pause`, or when
        the time to sign is over, or never. After `sign`: nothing."""
        told = (
            sa.select(_c.ticket_no, _c.dispatched_at, _c.tries, ticket.c.sign_due)
            .join(ticket, ticket.c.ticket_no == _c.ticket_no)
            .where(*_calling(call_id))
        )
        async with self._store.write() as db:
            for number, dispatched_at, tries, sign_due in (await db.execute(told)).all():
                again = None if sign_due is None else next_reminder(tries, sign_due, at, pause)
                values: dict[str, Any] = {"state": "done", "last_result": result}
                if again is not None:
                    values |= {"state": "waiting", "next_try_at": to_utc(again)}
                await db.execute(
                    sa.update(sign_reminder)
                    .where(_c.ticket_no == number, _c.dispatched_at == dispatched_at)
                    .values(values)
                )

    async def release(self, call_id: str) -> None:
        """Gives a ring that was not made back, uncounted."""
        values = {"state": "waiting", "tries": _c.tries - 1}
        async with self._store.write() as db:
            await db.execute(sa.update(sign_reminder).where(*_calling(call_id)).values(values))


def _row(one: Ticket) -> dict[str, Any]:
    """A new dispatch, whether anybody is to be reminded of it or not."""
    first = first_reminder(one)
    assert one.dispatched_at is not None and one.sign_due is not None
    return {
        "ticket_no": one.ticket_no,
        "dispatched_at": to_utc(one.dispatched_at),
        "unit": one.unit or "",
        "state": "waiting" if first is not None else "done",
        "tries": 0,
        "next_try_at": to_utc(first or one.sign_due),
    }


def _calling(call_id: str) -> tuple[sa.ColumnElement[bool], ...]:
    return _c.call_id == call_id, _c.state == "calling"
