"""The log of unmasked views: appended to, never changed, a hash chain per ticket (哈希链)."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from store.chained_log import ChainedLog
from store.tables_access import access_chain, access_log
from store.types import JsonObject, local_iso

LOG = ChainedLog(
    access_chain,
    access_log,
    "ticket_no",
    ("actor", "role", "reason"),
    what="access",
    whats="accesses",
    owner="ticket",
)


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
    seq = await LOG.add(db, ticket_no, at, actor=actor, role=role, reason=reason)
    return Access(ticket_no, seq, at, actor, role, reason)


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
    return await LOG.problems(db, ticket_no)
