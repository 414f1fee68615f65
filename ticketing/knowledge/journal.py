"""Entries in the store: journals that are appended to, a hash chain per entry (哈希链)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from store.engine import among, insert
from store.tables_knowledge import knowledge_citation, knowledge_entry, knowledge_event
from store.types import GENESIS, canonical_json, chain_hash
from ticketing.knowledge.entry import FIRST_CODE, Entry, EntryEvent, evolve

_entry = knowledge_entry.c


@dataclass(frozen=True)
class Citation:
    """An answer that rests on an entry."""

    ticket_no: str
    event_seq: int
    code: str
    version: int
    standing: str
    call_id: str | None
    actor: str
    at: datetime


async def seqs(db: AsyncConnection) -> dict[str, int]:
    """All codes with the number of their last event: what has changed differs."""
    query = sa.select(_entry.code, _entry.chain_seq).order_by(_entry.code)
    return {row.code: row.chain_seq for row in await db.execute(query)}


async def entries(
    db: AsyncConnection, codes: Collection[str], *, locked: bool = False
) -> dict[str, Entry]:
    """The entries of these codes; `locked`: nobody else changes them in this transaction."""
    these = among(db.dialect.name, _entry.code, sorted(codes))
    query = sa.select(_entry.code, _entry.data).where(these).order_by(_entry.code)
    found = await db.execute(query.with_for_update() if locked else query)
    return {row.code: Entry.model_validate(row.data) for row in found}


async def new_code(db: AsyncConnection) -> str:
    """Takes the next free code. Of two at once each gets its own."""
    # As text: codes of four digits come before those of five.
    longest = sa.select(sa.func.max(sa.func.length(_entry.code))).scalar_subquery()
    last = sa.select(sa.func.max(_entry.code)).where(sa.func.length(_entry.code) == longest)
    known: str | None = await db.scalar(last)
    number = int(known[2:]) + 1 if known is not None else int(FIRST_CODE[2:])
    while True:
        code = f"ZS{number:04d}"
        if await take(db, code):
            return code
        number += 1


async def take(db: AsyncConnection, code: str) -> bool:
    """Makes the row of a code; False where there is one. Its first event has to follow."""
    row = {"code": code, "data": {}, "chain_seq": 0, "chain_head": GENESIS}
    added = insert(db.dialect.name, knowledge_entry).values(row).on_conflict_do_nothing()
    return (await db.execute(added)).rowcount > 0


async def append(db: AsyncConnection, before: Entry | None, event: EntryEvent) -> Entry:
    """Writes an event; the entry as it then is."""
    after = evolve(before, event)
    this = _entry.code == event.code
    head: str = (await db.execute(sa.select(_entry.chain_head).where(this))).scalar_one()
    digest = chain_hash(head, _link(event))
    row = event.model_dump() | {"content": _content(event), "hash": digest}
    await db.execute(sa.insert(knowledge_event).values(row))
    changes = {"data": after.model_dump(mode="json"), "chain_seq": event.seq, "chain_head": digest}
    await db.execute(sa.update(knowledge_entry).where(this).values(changes))
    return after


async def events(db: AsyncConnection, code: str) -> list[EntryEvent]:
    """The journal of an entry, the oldest first."""
    return [EntryEvent.model_validate(row) for row in await _rows(db, code)]


async def problems(db: AsyncConnection, code: str) -> list[str]:
    """What is wrong with an entry's chain, or where its row is not what its events make of it."""
    stored = (await db.execute(sa.select(knowledge_entry).where(_entry.code == code))).first()
    if stored is None:
        return [f"there is no entry {code}"]
    head, entry = GENESIS, None
    rows = await _rows(db, code)
    for expected, row in enumerate(rows, 1):
        if row["seq"] != expected:
            return [f"event {expected} is missing"]
        event = EntryEvent.model_validate(row)
        digest = chain_hash(head, _link(event))
        if row["hash"] != digest:
            return [f"event {expected} ({event.command}) was changed"]
        head, entry = digest, evolve(entry, event)
    if (stored.chain_seq, stored.chain_head) != (len(rows), head):
        return [f"the journal ends at {len(rows)}, the entry's chain says {stored.chain_seq}"]
    if entry is None or stored.data != entry.model_dump(mode="json"):
        return ["the entry is not what its events make of it"]
    return []


async def cite(db: AsyncConnection, one: Citation) -> None:
    """Keeps where an entry was cited; in the transaction of the answer."""
    await db.execute(sa.insert(knowledge_citation).values(one.__dict__))


async def citations(db: AsyncConnection, code: str, limit: int) -> list[Citation]:
    """Where an entry was cited, the latest first."""
    query = sa.select(knowledge_citation).where(knowledge_citation.c.code == code)
    latest = query.order_by(knowledge_citation.c.at.desc(), knowledge_citation.c.ticket_no)
    return [Citation(**row) for row in (await db.execute(latest.limit(limit))).mappings()]


async def counts(db: AsyncConnection, codes: Collection[str]) -> dict[str, int]:
    """How often each of these entries was cited; of those that never were nothing."""
    code = knowledge_citation.c.code
    query = sa.select(code, sa.func.count()).where(among(db.dialect.name, code, sorted(codes)))
    return {row[0]: row[1] for row in await db.execute(query.group_by(code))}


async def _rows(db: AsyncConnection, code: str) -> Sequence[sa.RowMapping]:
    query = sa.select(knowledge_event).where(knowledge_event.c.code == code)
    return (await db.execute(query.order_by(knowledge_event.c.seq))).mappings().all()


def _content(event: EntryEvent) -> dict[str, Any] | None:
    return event.content.model_dump(mode="json") if event.content is not None else None


def _link(event: EntryEvent) -> list[str | int | None]:
    plain: list[str | int | None] = [event.code, event.seq, event.actor, event.role, event.command]
    content = canonical_json(_content(event)) if event.content is not None else None
    return [*plain, event.version, event.reason, content, event.at.isoformat()]
