"""Logs that are appended to and never changed: a hash chain (哈希链) for each of their subjects."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from store.engine import insert
from store.types import GENESIS, chain_hash


@dataclass(frozen=True)
class ChainedLog:
    """Two tables: `log` has the entries, `chain` the end of each chain (seq, head)."""

    chain: sa.Table
    log: sa.Table
    key: str
    """Column of both that names what the chain is about."""
    said: Sequence[str]
    """Columns of an entry besides key, seq, at and hash; `actor` is one of them."""
    what: str
    """An entry in problems, e.g. access."""
    whats: str
    owner: str
    """What has the chain in problems, e.g. ticket."""

    async def add(self, db: AsyncConnection, value: str, at: datetime, **said: Any) -> int:
        """Append an entry about `value`, in the caller's transaction; its number."""
        chain = self.chain
        first = {self.key: value, "seq": 0, "head": GENESIS}
        await db.execute(insert(db.dialect.name, chain).values(first).on_conflict_do_nothing())
        mine = chain.c[self.key] == value
        last = (await db.execute(sa.select(chain).where(mine).with_for_update())).one()
        seq: int = last.seq + 1
        row = {self.key: value, "seq": seq, "at": at, **said}
        digest = chain_hash(last.head, self._entry(row))
        await db.execute(sa.insert(self.log), {**row, "hash": digest})
        await db.execute(sa.update(chain).where(mine).values(seq=seq, head=digest))
        return seq

    async def problems(self, db: AsyncConnection, value: str) -> list[str]:
        """Sentences about what is wrong with the chain of `value`."""
        chain, log = self.chain, self.log
        end = (await db.execute(sa.select(chain).where(chain.c[self.key] == value))).first()
        query = sa.select(log).where(log.c[self.key] == value).order_by(log.c.seq)
        entries = (await db.execute(query)).mappings().all()
        head = GENESIS
        for expected, entry in enumerate(entries, 1):
            if entry["seq"] != expected:
                return [f"{self.what} {expected} is missing"]
            digest = chain_hash(head, self._entry(entry))
            if entry["hash"] != digest:
                return [f"{self.what} {expected} ({entry['actor']}) was changed"]
            head = digest
        ends = (end.seq, end.head) if end is not None else (0, GENESIS)
        if ends != (len(entries), head):
            told = f"the {self.owner}'s chain says {ends[0]}"
            return [f"the log of {self.whats} ends at {len(entries)}, {told}"]
        return []

    def _entry(self, row: Mapping[str, Any] | sa.RowMapping) -> list[str | int | None]:
        """What the hash of an entry covers."""
        return [row[self.key], row["seq"], *(row[one] for one in self.said), row["at"].isoformat()]
