"""The log of unmasked views: appended to, never changed, a hash chain per ticket (哈希链)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from store.engine import insert
from store.tables_access import access_chain, access_log
from store.types import GENESIS, JsonObject, chain_hash, local_iso


@dataclass(frozen=True)
class Access:
    """One unmasked view."""

    ticket_no: str
    seq: int
    at: datetime
    actor: str
    role: str
    reason: str

    def to_json(self) -> JsonObject:
        """For lists; the time as the contract writes it."""
        return {**self.__dict__, "at": local_iso(self.at)}


async def add(
    db: AsyncConnection, ticket_no: str, *, actor: str, role: str, reason: str, at: datetime
) -> Access:
    """Appends an entry; in the caller's transaction."""
    first = {"ticket_no": ticket_no, "seq": 0, "head": GENESIS}
    await db.execute(insert(db.dialect.name, access_chain).values(first).on_conflict_do_nothing())
    of_ticket = access_chain.c.ticket_no == ticket_no
    last = (await db.execute(sa.select(access_chain).where(of_ticket).with_for_update())).one()
    one = Access(ticket_no, last.seq + 1, at, actor, role, reason)
    digest = chain_hash(last.head, _entry(one.__dict__))
    await db.execute(sa.insert(access_log), {**one.__dict__, "hash": digest})
    await db.execute(sa.update(access_chain).where(of_ticket).values(seq=one.seq, head=digest))
    return one


async def listed(
    db: AsyncConnection, *, ticket_no: str | None = None, limit: int | None = None
) -> list[Access]:
    """Of a ticket or of all, newest first."""
    query = sa.select(access_log).order_by(
        access_log.c.at.desc(), access_log.c.ticket_no.desc(), access_log.c.seq.desc()
    )
    if ticket_no is not None:
        query = query.where(access_log.c.ticket_no == ticket_no)
    rows = (await db.execute(query.limit(limit))).mappings()
    names = Access.__dataclass_fields__
    return [Access(**{name: row[name] for name in names}) for row in rows]


async def problems(db: AsyncConnection, ticket_no: str) -> list[str]:
    """What is wrong with a ticket's log."""
    chain = (
        await db.execute(sa.select(access_chain).where(access_chain.c.ticket_no == ticket_no))
    ).first()
    query = sa.select(access_log).where(access_log.c.ticket_no == ticket_no)
    entries = (await db.execute(query.order_by(access_log.c.seq))).mappings().all()
    head = GENESIS
    for expected, entry in enumerate(entries, 1):
        if entry["seq"] != expected:
            return [f"access {expected} is missing"]
        digest = chain_hash(head, _entry(dict(entry)))
        if entry["hash"] != digest:
            return [f"access {expected} ({entry['actor']}) was changed"]
        head = digest
    ends = (chain.seq, chain.head) if chain is not None else (0, GENESIS)
    if ends != (len(entries), head):
        return [f"the log of accesses ends at {len(entries)}, the ticket's chain says {ends[0]}"]
    return []


def _entry(one: Mapping[str, Any]) -> list[str | int | None]:
    plain = ("ticket_no", "seq", "actor", "role", "reason")
    return [*(one[name] for name in plain), one["at"].isoformat()]
