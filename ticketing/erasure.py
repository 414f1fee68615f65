"""Erasure of personal data (个人信息删除; PIPL art. 47, domain.md §3.3): keys are destroyed.

What was encrypted under a destroyed key reads as null from then on, in rows and in journals; the
hash chains cover the ciphertext and stay whole. Words of the citizen that stand in free texts
are not touched.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from store.engine import Store
from store.tables import call, ticket, ticket_call
from store.tables_console import given_answer
from store.tables_drafts import draft
from store.tables_outbox import outbox
from store.tables_persons import person, person_flag, person_phone, person_ticket
from store.types import JsonObject, to_utc
from ticketing import person_rows, rows, search_index
from ticketing.identity import Identity
from ticketing.model import ERASED, TERMINAL, State, Ticket
from ticketing.person import Person, Reason, allowed, checked, identity_of, names_nobody
from ticketing.refusal import Refusal
from ticketing.workflow.terms import unknown_ticket

_DESTROYED = ("data_key", "personal", "caller_hash", "caller_tail_hash", "contact_hash",
              "contact_tail_hash")  # fmt: skip
_SHOWN = 3


class Erasure:
    """Erases persons of one store, each with all of his tickets, or a ticket of nobody."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def person(
        self, person_id: str, reason: str, *, actor: str, role: str, at: datetime
    ) -> Person:
        """Destroys the keys of a person and of his tickets, and what his numbers are found by.

        Raises Refusal, with nothing changed, while one of the tickets is open: its citizen has
        still to be answered. Returns when the keys are gone from the database's files as well,
        as far as other readers allow.
        """
        why = _allowed(reason, role)
        async with self._store.write() as db:
            # Tickets before persons, as whoever links them does: two never wait for each other.
            numbers = sorted((await person_rows.one(db, person_id, at)).tickets)
            tickets = await _locked(db, numbers)
            await person_rows.locked(db, person_id)
            one = await person_rows.one(db, person_id, at)
            if sorted(one.tickets) != numbers:
                message = f"人员{person_id}刚刚有工单关联或取消关联"
                raise Refusal("wrong_state", "person_id", message, "请核对其工单后再删除")
            names_nobody(why, identity_of(one), *map(Identity.of, tickets))
            await _check_closed(db, numbers)
            told = {"person_id": person_id, "reason": why}
            for number in numbers:
                await _destroy(db, number, told, actor, role, at)
            await _forget_drafts(db, numbers, one.phones)
            data = {"tickets": numbers, "reason": why}
            await person_rows.record(
                db, person_id, "erase", actor=actor, role=role, at=at, data=data
            )
            this = person.c.person_id == person_id
            gone = {"data_key": None, "name": None, "erased_at": to_utc(at)}
            await db.execute(sa.update(person).where(this).values(gone))
            for table in (person_phone, person_flag):
                await db.execute(sa.delete(table).where(table.c.person_id == person_id))
            erased = await person_rows.one(db, person_id, at)
        await self._forget()
        return erased

    async def ticket(
        self, ticket_no: str, reason: str, *, actor: str, role: str, at: datetime
    ) -> None:
        """Destroys the key of a closed ticket that nobody was linked with. Raises Refusal."""
        why = _allowed(reason, role)
        async with self._store.write() as db:
            tickets = await _locked(db, [ticket_no])
            if not tickets:
                raise unknown_ticket(ticket_no)
            query = sa.select(person_ticket.c.person_id)
            owner = await db.scalar(query.where(person_ticket.c.ticket_no == ticket_no))
            if owner is not None:
                message = f"工单{ticket_no}已关联人员{owner}"
                fix = f"请删除该人员的信息（persons erase {owner}），或先取消关联"
                raise Refusal("wrong_state", "ticket_no", message, fix)
            if tickets[0].is_erased:
                message = f"工单{ticket_no}的个人信息已删除"
                raise Refusal("wrong_state", "ticket_no", message, "无需再次删除")
            names_nobody(why, *map(Identity.of, tickets))
            await _check_closed(db, [ticket_no])
            await _destroy(db, ticket_no, {"reason": why}, actor, role, at)
            await _forget_drafts(db, [ticket_no], Identity.of(tickets[0]).numbers)
        await self._forget()

    async def _forget(self) -> None:
        """What the API would give again for a day may hold the citizen's data: only that it was
        answered stays known. In a transaction of its own: whoever gives an answer holds it while
        he waits for the ticket.
        """
        kept = given_answer.c.data_key.is_not(None)
        async with self._store.write() as db:
            gone = sa.update(given_answer).where(kept).values(data_key=None, body=None)
            await db.execute(gone)
        await self._store.forget()


def _allowed(reason: str, role: str) -> str:
    allowed("erase", role)
    return checked(Reason, reason=reason).reason


async def _locked(db: AsyncConnection, numbers: Iterable[str]) -> list[Ticket]:
    query = sa.select(ticket).where(ticket.c.ticket_no.in_(sorted(numbers)))
    return await rows.tickets(db, query.order_by(ticket.c.ticket_no).with_for_update())


async def _check_closed(db: AsyncConnection, numbers: Iterable[str]) -> None:
    """A merged ticket is open as long as the one whose result it shares."""
    opened: list[str] = []
    seen: set[str] = set()
    wanted = set(numbers)
    ended = {state.value for state in TERMINAL}
    columns = (ticket.c.ticket_no, ticket.c.state, ticket.c.master_ticket)
    while wanted:
        seen |= wanted
        found = await db.execute(sa.select(*columns).where(ticket.c.ticket_no.in_(sorted(wanted))))
        masters: set[str] = set()
        for number, state, master in found:
            if state not in ended:
                opened.append(number)
            elif state == State.MERGED.value and master is not None:
                masters.add(master)
        wanted = masters - seen
    if opened:
        more = "等" if len(opened) > _SHOWN else ""
        named = "、".join(sorted(opened)[:_SHOWN])
        raise Refusal(
            "wrong_state",
            "ticket_no",
            f"工单{named}{more}尚未办结",
            "办结后再删除个人信息",
        )


async def _forget_drafts(
    db: AsyncConnection, tickets: Collection[str], numbers: Collection[str]
) -> None:
    """What people typed and never sent, of these tickets, their calls and calls of the numbers."""
    linked = sa.select(ticket_call.c.call_id).where(ticket_call.c.ticket_no.in_(sorted(tickets)))
    theirs = sa.select(call.c.call_id).where(
        call.c.caller_number.in_(sorted(numbers)) | call.c.called_number.in_(sorted(numbers))
    )
    of_calls = draft.c.call_id.in_(linked) | draft.c.call_id.in_(theirs)
    gone = draft.c.ticket_no.in_(sorted(tickets)) | of_calls
    await db.execute(sa.delete(draft).where(gone))


async def _destroy(
    db: AsyncConnection, number: str, data: JsonObject, actor: str, role: str, at: datetime
) -> None:
    when = to_utc(at)
    (before,) = await _locked(db, [number])
    await rows.record(db, number, ERASED, actor=actor, role=role, at=when, data=data)
    gone: dict[str, Any] = dict.fromkeys(_DESTROYED)
    await db.execute(sa.update(ticket).where(ticket.c.ticket_no == number).values(gone))
    await search_index.put_erased(db, before)
    unsent = (outbox.c.about == number) & (outbox.c.to_role == "citizen")
    unsent &= outbox.c.state == "waiting"
    ended = {"state": "outdated", "ended_at": when, "next_at": None}
    await db.execute(sa.update(outbox).where(unsent).values(ended))
