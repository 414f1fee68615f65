"""Who listened to recordings (录音调听留痕): appended to, never changed, a hash chain per call."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from store.chained_log import ChainedLog
from store.engine import Store
from store.tables_listening import listening_chain, listening_log
from store.types import JsonObject, local_iso

LOG = ChainedLog(
    listening_chain,
    listening_log,
    "call_id",
    ("recording_id", "actor", "role", "reason", "address"),
    what="listening",
    whats="listenings",
    owner="call",
)


@dataclass(frozen=True)
class Listening:
    """Somebody was given a recording to listen to."""

    call_id: str
    seq: int
    at: datetime
    recording_id: str
    actor: str
    role: str
    reason: str
    address: str

    def to_json(self) -> JsonObject:
        """For lists; the time as the contract writes it."""
        return {**self.__dict__, "at": local_iso(self.at)}


class Listenings:
    """The log of a store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def add(
        self, call_id: str, recording_id: str, *, actor: str, role: str, reason: str, address: str,
        at: datetime,
    ) -> None:  # fmt: skip
        """Committed when it returns: nothing is heard before."""
        async with self._store.write() as db:
            await LOG.add(
                db, call_id, at, recording_id=recording_id, actor=actor, role=role, reason=reason,
                address=address,
            )  # fmt: skip

    async def newest(
        self,
        *,
        call_id: str | None = None,
        actor: str | None = None,
        since: datetime | None = None,
        limit: int = 50,
    ) -> list[Listening]:
        """Newest first."""
        log = listening_log.c
        query = sa.select(listening_log).order_by(log.at.desc(), log.call_id.desc(), log.seq.desc())
        for column, wanted in ((log.call_id, call_id), (log.actor, actor)):
            if wanted is not None:
                query = query.where(column == wanted)
        if since is not None:
            query = query.where(log.at >= since)
        names = Listening.__dataclass_fields__
        async with self._store.read() as db:
            rows = (await db.execute(query.limit(limit))).mappings()
            return [Listening(**{name: row[name] for name in names}) for row in rows]

    async def problems(self, call_id: str) -> list[str]:
        """What is wrong with a call's log."""
        async with self._store.read() as db:
            return await LOG.problems(db, call_id)
