"""Persons of a store: a number suggests one, somebody of the hotline confirms him."""

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from store.engine import Store
from store.tables import ticket
from store.tables_persons import person, person_phone, person_ticket
from store.types import JsonObject, JsonObjects, to_utc
from ticketing import person_rows, rows
from ticketing.identity import Identity
from ticketing.model import Ticket
from ticketing.person import (
    NewPerson,
    Person,
    Reason,
    Suggestion,
    allowed,
    checked,
    identity_of,
    names_nobody,
)
from ticketing.refusal import Refusal
from ticketing.workflow.terms import unknown_ticket

_TAIL = 4


class Persons:
    """All persons of one store. A method that writes returns after the commit."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def recent(
        self, *, at: datetime, limit: int = 50, since: datetime | None = None
    ) -> list[Person]:
        """Newest first; `since`: made then or later."""
        query = sa.select(person)
        if since is not None:
            query = query.where(person.c.created_at >= since)
        newest = query.order_by(person.c.created_at.desc(), person.c.person_id)
        async with self._store.read() as db:
            return await person_rows.persons(db, newest.limit(limit), at)

    async def get(self, person_id: str, *, at: datetime) -> Person:
        """The person with the flags in force at `at`. Raises Refusal."""
        async with self._store.read() as db:
            return await person_rows.one(db, person_id, at)

    async def of_ticket(self, ticket_no: str, *, at: datetime) -> Person | None:
        """The person of a ticket; None where nobody was confirmed."""
        linked = sa.select(person_ticket.c.person_id).where(person_ticket.c.ticket_no == ticket_no)
        query = sa.select(person).where(person.c.person_id.in_(linked))
        async with self._store.read() as db:
            found = await person_rows.persons(db, query, at)
        return found[0] if found else None

    async def suggest(self, number: str, *, at: datetime) -> list[Suggestion]:
        """Whom a number may belong to, most tickets with it first; four digits: its last ones."""
        vault = self._store.vault
        is_tail = len(number) == _TAIL
        column = person_phone.c.tail_hash if is_tail else person_phone.c.number_hash
        hashed = vault.tail_hash(number) if is_tail else vault.number_hash(number)
        query = sa.select(person_phone.c.person_id, person_phone.c.ticket_no)
        evidence: dict[str, list[str]] = {}
        async with self._store.read() as db:
            for person_id, ticket_no in await db.execute(query.where(column == hashed)):
                evidence.setdefault(person_id, []).append(ticket_no)
            known = sa.select(person).where(person.c.person_id.in_(sorted(evidence)))
            found = await person_rows.persons(db, known, at)
        return sorted(
            (
                Suggestion(
                    person=one,
                    matched="tail4" if is_tail else "number",
                    evidence=tuple(sorted(filter(None, evidence[one.person_id]), reverse=True)),
                )
                for one in found
            ),
            key=lambda one: (-len(one.evidence), one.person.person_id),
        )

    async def journal(self, person_id: str) -> tuple[bool, JsonObjects]:
        """Whether its hash chain is whole, and what happened, the oldest first. Raises Refusal."""
        async with self._store.read() as db:
            return await person_rows.journal(db, person_id)

    async def add(
        self, name: str | None, phones: Iterable[str], *, actor: str, role: str, at: datetime
    ) -> Person:
        """A person who has no ticket yet. Raises Refusal."""
        allowed("add", role)
        new = checked(NewPerson, name=name, phones=tuple(phones))
        if new.name is None and not new.phones:
            raise Refusal("missing_field", "name", "没有姓名和号码", "请填写姓名或号码")
        async with self._store.write() as db:
            person_id = await person_rows.add(db, new.name, at)
            row = await person_rows.locked(db, person_id)
            for number in new.phones:
                await person_rows.add_phone(db, row, number, "", at)
            numbers = [{"contact_phone": number} for number in new.phones]
            data = {"requester_name": new.name, "phones": numbers}
            await person_rows.record(db, person_id, "add", actor=actor, role=role, at=at, data=data)
            return await person_rows.one(db, person_id, at)

    async def link(
        self, ticket_no: str, person_id: str | None, *, actor: str, role: str, at: datetime
    ) -> Person:
        """Somebody confirms whose ticket it is; None: a new person, as the ticket names him.

        The ticket's contact number becomes one of the person; the ticket keeps what was said in
        it. Idempotent. Raises Refusal.
        """
        allowed("link", role)
        async with self._store.write() as db:
            one = await _ticket(db, ticket_no)
            linked = await _linked(db, ticket_no)
            if linked is not None and person_id in (None, linked):
                return await person_rows.one(db, linked, at)
            if linked is not None:
                message, fix = (
                    f"工单{ticket_no}已关联人员{linked}",
                    "请先取消关联（persons unlink）",
                )
                raise Refusal("wrong_state", "person_id", message, fix)
            if person_id is None:
                person_id = await _new(db, one, actor, role, at)
            row = await person_rows.locked(db, person_id)
            if one.contact_phone is not None:
                await person_rows.add_phone(db, row, one.contact_phone, ticket_no, at)
            values = {"ticket_no": ticket_no, "person_id": person_id}
            await db.execute(sa.insert(person_ticket).values(values))
            await _both(db, "link_person", values, actor, role, at)
            return await person_rows.one(db, person_id, at)

    async def unlink(
        self, ticket_no: str, reason: str, *, actor: str, role: str, at: datetime
    ) -> Person:
        """The ticket was somebody else's: takes back what `link` did. Raises Refusal."""
        allowed("unlink", role)
        why = checked(Reason, reason=reason).reason
        async with self._store.write() as db:
            one = await _ticket(db, ticket_no)
            person_id = await _linked(db, ticket_no)
            if person_id is None:
                message = f"工单{ticket_no}没有关联人员"
                raise Refusal("wrong_state", "ticket_no", message, "请核对工单编号")
            await person_rows.locked(db, person_id)
            linked = await person_rows.one(db, person_id, at)
            names_nobody(why, Identity.of(one), identity_of(linked))
            for table in (person_ticket, person_phone):
                this = (table.c.ticket_no == ticket_no) & (table.c.person_id == person_id)
                await db.execute(sa.delete(table).where(this))
            data = {"ticket_no": ticket_no, "person_id": person_id, "reason": why}
            await _both(db, "unlink_person", data, actor, role, at)
            return await person_rows.one(db, person_id, at)


async def _ticket(db: AsyncConnection, ticket_no: str) -> Ticket:
    """The ticket, locked; raises Refusal where there is none or its person was erased."""
    query = sa.select(ticket).where(ticket.c.ticket_no == ticket_no).with_for_update()
    found = await rows.tickets(db, query)
    if not found:
        raise unknown_ticket(ticket_no)
    if found[0].is_erased:
        message = f"工单{ticket_no}的个人信息已删除"
        raise Refusal("wrong_state", "ticket_no", message, "已删除的工单不能再关联人员")
    return found[0]


async def _linked(db: AsyncConnection, ticket_no: str) -> str | None:
    query = sa.select(person_ticket.c.person_id).where(person_ticket.c.ticket_no == ticket_no)
    found: str | None = await db.scalar(query)
    return found


async def _new(db: AsyncConnection, one: Ticket, actor: str, role: str, at: datetime) -> str:
    """A person as the ticket names him."""
    if one.requester_name is None and one.contact_phone is None:
        message = f"工单{one.ticket_no}没有姓名和联系电话"
        raise Refusal("missing_field", "person_id", message, "请指明人员（persons list）")
    person_id = await person_rows.add(db, one.requester_name, at)
    data = {"requester_name": one.requester_name}
    await person_rows.record(db, person_id, "add", actor=actor, role=role, at=at, data=data)
    return person_id


async def _both(
    db: AsyncConnection, command: str, data: JsonObject, actor: str, role: str, at: datetime
) -> None:
    """One event in the ticket's journal and one in the person's."""
    number, person_id = data["ticket_no"], data["person_id"]
    for_ticket = {key: value for key, value in data.items() if key != "ticket_no"}
    for_person = {key: value for key, value in data.items() if key != "person_id"}
    when = to_utc(at)
    await rows.record(db, number, command, actor=actor, role=role, at=when, data=for_ticket)
    await person_rows.record(
        db, person_id, command, actor=actor, role=role, at=when, data=for_person
    )
