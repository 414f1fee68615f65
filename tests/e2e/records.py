"""What the store says about calls (话单), for tests: the objects of contract §4."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import sqlalchemy as sa

from service.paths import Var
from service.runtime import Runtime
from store.callbacks import CallbackRequests
from store.calls import CallLog
from store.emergencies import EmergencyLog
from store.engine import Store
from store.recordings import RecordingLog
from store.tables import emergency_event
from store.transcripts import TranscriptLog
from tests.e2e.line import wait_for

Row = dict[str, Any]


class Records:
    """Readers of a line's store."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.calls = CallLog(store)
        self.emergencies = EmergencyLog(store)
        self.recordings = RecordingLog(store)
        self.transcripts = TranscriptLog(store)
        self.callbacks = CallbackRequests(store)

    @classmethod
    @asynccontextmanager
    async def of(cls, var: Var) -> AsyncIterator["Records"]:
        """The store of a running line."""
        async with Runtime.load(var).open_store() as store:
            yield cls(store)

    async def last(self, number: str) -> Row | None:
        """The newest call of a caller."""
        rows = await self.calls.list(limit=1, number=number)
        return dict(rows[0]) if rows else None

    async def closed(self, number: str, *, within: float = 8.0) -> Row:
        """The newest call of a caller, once its record is closed."""

        async def look() -> Row | None:
            row = await self.last(number)
            return row if row and row["ended_at"] else None

        return dict(await wait_for(look, within=within, what=f"a closed record of {number}"))

    async def no_emergencies_before(self) -> None:
        """Those of other tests on this line do not count: who had one comes first for a while."""
        await self.store.post(sa.update(emergency_event).values(outcome="guided"))

    async def archived(self, call_id: str, count: int, *, within: float = 10.0) -> list[Row]:
        """All `count` recordings of a call; the archive takes them after the record is closed."""

        async def look() -> list[Row] | None:
            rows = [r for r in await self.recordings.list(limit=50) if r["call_id"] == call_id]
            done = [dict(r) for r in rows if r["sha256"]]
            return done if len(done) == len(rows) == count else None

        return list(await wait_for(look, within=within, what=f"{count} archived recordings"))
