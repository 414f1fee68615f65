"""The queue of callbacks by voice (自动语音回访): taken, filed, given back. In the store.

A try is taken before the telephone rings and filed in one transaction with what it does to the
ticket, so that a crash at any point leaves it counted once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from store.engine import Store
from store.tables import ticket
from store.tables_voice import voice_callback
from store.types import to_utc
from ticketing import acting, rows
from ticketing.callback_tasks import next_attempt
from ticketing.model import State, Ticket
from ticketing.refusal import Refusal
from ticketing.tickets import Tickets
from ticketing.voice_answers import HOW, VoiceAnswer, command_of, may_be_asked
from ticketing.workflow.closing import CALLING_HOURS, Hours, attempts_in_vain

_c = voice_callback.c
_AT_ONCE = 50
"""New tasks that are looked at in one go."""


@dataclass(frozen=True)
class VoiceTask:
    """A callback to be made."""

    ticket_no: str
    since: datetime


class VoiceCallbacks:
    """The queue of one store."""

    def __init__(self, store: Store, tickets: Tickets) -> None:
        self._store = store
        self._tickets = tickets

    async def take_in(self, at: datetime, *, hours: Hours = CALLING_HOURS) -> None:
        """Brings tickets that came to 待人工回访 into the queue, or leaves them to people."""
        known = sa.exists().where(
            _c.ticket_no == ticket.c.ticket_no, _c.since == ticket.c.state_since
        )
        new = (
            sa.select(ticket)
            .where(ticket.c.state == State.MANUAL_CALLBACK.value, ~known)
            .order_by(ticket.c.state_since)
            .limit(_AT_ONCE)
        )
        async with self._store.read() as db:
            found = await rows.tickets(db, new)
        if not found:
            return
        async with self._store.write() as db:
            rules = await self._tickets.rules(db, at)
            for one in found:
                needed = rules.policies.of(one.policy_id, at).callback_attempts
                row = {
                    "ticket_no": one.ticket_no,
                    "since": one.state_since,
                    "state": "waiting" if may_be_asked(one) else "person",
                    "tries": 0,
                    "next_try_at": to_utc(next_attempt(attempts_in_vain(one), needed, at, hours)),
                }
                made = self._store.insert(voice_callback).values(row)
                await db.execute(made.on_conflict_do_nothing())

    async def due(self, at: datetime, *, limit: int) -> Sequence[VoiceTask]:
        """Tasks whose next try has come, those that wait longest first."""
        query = (
            sa.select(_c.ticket_no, _c.since)
            .where(_c.state == "waiting", _c.next_try_at <= to_utc(at))
            .order_by(_c.next_try_at, _c.ticket_no)
            .limit(limit)
        )
        async with self._store.read() as db:
            return [VoiceTask(*row) for row in await db.execute(query)]

    async def take(self, task: VoiceTask, call_id: str) -> Ticket | None:
        """Takes a task for dialling; the try counts. None: somebody has dealt with it."""
        async with self._store.write() as db:
            one = await rows.find(db, task.ticket_no)
            wanted = one is not None and one.state_since == task.since and may_be_asked(one)
            values: dict[str, Any] = {"state": "done", "last_result": "elsewhere"}
            if wanted:
                values = {"state": "calling", "tries": _c.tries + 1, "call_id": call_id}
            taken = await db.execute(
                sa.update(voice_callback)
                .where(
                    _c.ticket_no == task.ticket_no, _c.since == task.since, _c.state == "waiting"
                )
                .values(values)
            )
        return one if wanted and taken.rowcount else None

    async def asked_in(self, call_id: str) -> Ticket | None:
        """The ticket that a call which is going on asks about."""
        async with self._store.read() as db:
            number = await db.scalar(_calling(sa.select(_c.ticket_no), call_id))
            return await rows.find(db, number) if number is not None else None

    async def calling(self) -> Sequence[str]:
        """Calls that were begun and are not filed."""
        async with self._store.read() as db:
            query = sa.select(_c.call_id).where(_c.state == "calling")
            return [str(call_id) for call_id in (await db.execute(query)).scalars()]

    async def file(
        self,
        call_id: str,
        answer: VoiceAnswer,
        *,
        at: datetime,
        retry: timedelta,
        hours: Hours = CALLING_HOURS,
    ) -> None:
        """Files what a call brought, once: a second time does nothing.

        In vain: the next try is due after `retry`, at a time when it counts; a person has the
        task when as many tries as the policy wants have not closed the ticket, or the citizen
        does not want to be asked now.
        """
        async with self._store.write() as db:
            found = (await db.execute(_calling(sa.select(_c.ticket_no, _c.tries), call_id))).first()
            if found is None:
                return
            if answer.declined:
                await _settle(db, call_id, state="person", last_result="declined")
                return
            rules = await self._tickets.rules(db, at)
            command, data = command_of(answer)
            who = acting.actor_of("callback_agent", HOW, None)
            try:
                async with db.begin_nested():
                    await acting.do(db, found.ticket_no, command, data, who, at, rules, None)
            except Refusal:  # a person, or a timer, was faster
                await _settle(db, call_id, state="done", last_result="elsewhere")
                return
            one = await rows.find(db, found.ticket_no)
            values: dict[str, Any] = {"state": "done", "last_result": command}
            if one is not None and command == "unreachable" and may_be_asked(one):
                needed = rules.policies.of(one.policy_id, at).callback_attempts
                again = next_attempt(attempts_in_vain(one), needed, at + retry, hours)
                values |= {
                    "state": "waiting" if found.tries < needed else "person",
                    "next_try_at": to_utc(again),
                }
            await _settle(db, call_id, **values)

    async def release(self, call_id: str, *, to_person: str | None = None) -> None:
        """Gives a task back uncounted; `to_person`: why only a person can call."""
        values: dict[str, Any] = {"state": "waiting", "tries": _c.tries - 1}
        if to_person is not None:
            values |= {"state": "person", "last_result": to_person}
        async with self._store.write() as db:
            await _settle(db, call_id, **values)


def _calling(query: sa.Select[Any], call_id: str) -> sa.Select[Any]:
    return query.where(_c.call_id == call_id, _c.state == "calling")


async def _settle(db: AsyncConnection, call_id: str, **values: Any) -> None:
    this = sa.update(voice_callback).where(_c.call_id == call_id, _c.state == "calling")
    await db.execute(this.values(values))
