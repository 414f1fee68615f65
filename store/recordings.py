"""The list of recordings (录音) and the work queue of their transcription."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import sqlalchemy as sa

from store.engine import Store
from store.tables import call, recording
from store.types import JsonObject, JsonObjects, local_iso, to_utc

Kind = Literal["speaker", "mix", "message"]

CLAIM_SECONDS = 600
"""A claim that is not renewed for so long is another worker's: its holder died."""
MAX_CLAIMS = 3
"""A file that stopped so many workers is given up."""


@dataclass(frozen=True)
class OpenRecording:
    """A recording that was started and not archived yet."""

    recording_id: str
    call_id: str
    kind: str
    speaker: str | None
    leg_id: str | None
    started_at: datetime
    spool_name: str


@dataclass(frozen=True)
class Claim:
    """A file that one worker is to transcribe."""

    recording_id: str
    call_id: str
    leg_id: str
    kind: str
    speaker: str
    path: Path
    offset: float
    """Seconds from the start of the call to the start of the file."""


class RecordingLog:
    """Rows of recorded files. Writers return the future of the commit (≤ 50 ms)."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def started(
        self,
        recording_id: str,
        *,
        call_id: str,
        kind: Kind,
        speaker: str | None,
        leg_id: str | None,
        started_at: datetime,
        spool_name: str,
        format: str = "wav",
        rate: int = 8000,
    ) -> asyncio.Future[None]:
        """Recording began; ignored where the row exists. `rate` in Hz."""
        row = {
            "recording_id": recording_id,
            "call_id": call_id,
            "kind": kind,
            "speaker": speaker,
            "leg_id": leg_id,
            "started_at": to_utc(started_at),
            "spool_name": spool_name,
            "format": format,
            "rate": rate,
            "transcription": "none",
            "claims": 0,
        }
        insert = self._store.insert(recording).on_conflict_do_nothing()
        return self._store.post(insert.values(row))

    def closed(
        self,
        recording_id: str,
        *,
        path: Path,
        duration_s: float,
        bytes: int,
        sha256: str,
        at: datetime,
    ) -> asyncio.Future[None]:
        """The file is in the archive; the first archive of a recording stands.

        Speakers' files and messages then wait for their transcription. Raises ValueError for a
        relative path.
        """
        if not path.is_absolute():
            raise ValueError(f"{path}: the path of a recording must be absolute")
        spoken = recording.c.kind.in_(("speaker", "message"))
        return self._store.post(
            sa.update(recording)
            .where(recording.c.recording_id == recording_id, recording.c.path.is_(None))
            .values(
                path=str(path),
                duration_s=duration_s,
                bytes=bytes,
                sha256=sha256,
                closed_at=to_utc(at),
                lost_reason=None,
                transcription=sa.case((spoken, "waiting"), else_="none"),
            )
        )

    def lost(self, recording_id: str, *, reason: str, at: datetime) -> asyncio.Future[None]:
        """There is no file and there will be none; duration and path stay unknown."""
        return self._store.post(
            sa.update(recording)
            .where(recording.c.recording_id == recording_id, recording.c.closed_at.is_(None))
            .values(closed_at=to_utc(at), lost_reason=reason)
        )

    async def open(self) -> list[OpenRecording]:
        """Recordings that are neither archived nor lost, oldest first."""
        names = OpenRecording.__dataclass_fields__
        query = (
            sa.select(*(recording.c[name] for name in names))
            .where(recording.c.closed_at.is_(None))
            .order_by(recording.c.started_at)
        )
        async with self._store.read() as db:
            return [OpenRecording(*row) for row in await db.execute(query)]

    async def get(self, recording_id: str) -> JsonObject | None:
        """The contract's `recording`, or None."""
        async with self._store.read() as db:
            query = sa.select(recording).where(recording.c.recording_id == recording_id)
            row = (await db.execute(query)).first()
        return None if row is None else _object(row)

    async def list(
        self,
        *,
        limit: int = 50,
        since: datetime | None = None,
        number: str | None = None,
        call_id: str | None = None,
    ) -> JsonObjects:
        """Recordings, newest first; `number`: the call's caller or called number."""
        query = sa.select(recording).order_by(
            recording.c.started_at.desc(), recording.c.recording_id.desc()
        )
        if since is not None:
            query = query.where(recording.c.started_at >= since)
        if number is not None:
            calls = sa.select(call.c.call_id).where(
                (call.c.caller_number == number) | (call.c.called_number == number)
            )
            query = query.where(recording.c.call_id.in_(calls))
        if call_id is not None:
            query = query.where(recording.c.call_id == call_id)
        async with self._store.read() as db:
            return [_object(row) for row in await db.execute(query.limit(limit))]

    async def claim_untranscribed(self, worker: str, *, now: datetime) -> Claim | None:
        """Gives the oldest waiting file to `worker` alone, or None where nothing waits.

        A claim not renewed for CLAIM_SECONDS is given again, MAX_CLAIMS times in all.
        """
        now = to_utc(now)
        stale = recording.c.claimed_at < now - timedelta(seconds=CLAIM_SECONDS)
        free = (recording.c.transcription == "waiting") | (
            (recording.c.transcription == "claimed") & stale
        )
        oldest = (
            sa.select(recording.c.recording_id)
            .where(free, recording.c.claims < MAX_CLAIMS)
            .order_by(recording.c.started_at)
            .limit(1)
            .with_for_update(skip_locked=True)
            .scalar_subquery()
        )
        claim = (
            sa.update(recording)
            .where(recording.c.recording_id == oldest)
            .values(
                transcription="claimed",
                claimed_by=worker,
                claimed_at=now,
                claims=recording.c.claims + 1,
            )
            .returning(*recording.c)
        )
        if not await self._work_waits():
            return None
        async with self._store.write() as db:
            await db.execute(
                sa.update(recording)
                .where(recording.c.transcription == "claimed", stale)
                .where(recording.c.claims >= MAX_CLAIMS)
                .values(transcription="failed")
            )
            row = (await db.execute(claim)).first()
            if row is None:
                return None
            started = await db.scalar(
                sa.select(call.c.started_at).where(call.c.call_id == row.call_id)
            )
        begin = started or row.started_at
        return Claim(
            recording_id=row.recording_id,
            call_id=row.call_id,
            leg_id=row.leg_id or row.recording_id,
            kind=row.kind,
            speaker=row.speaker or "caller",
            path=Path(row.path),
            offset=max(0.0, (row.started_at - begin).total_seconds()),
        )

    def renew_claim(self, recording_id: str, worker: str, *, now: datetime) -> asyncio.Future[None]:
        """Says that `worker` still works on the file."""
        return self._store.post(
            sa.update(recording)
            .where(recording.c.recording_id == recording_id, recording.c.claimed_by == worker)
            .values(claimed_at=to_utc(now))
        )

    def transcribed(self, recording_id: str) -> asyncio.Future[None]:
        """The file is transcribed (TranscriptLog.add_batch does this together with the text)."""
        return self._store.post(transcription_done(recording_id))

    def transcription_failed(
        self, recording_id: str, *, final: bool = False
    ) -> asyncio.Future[None]:
        """The worker could not; another one tries again unless `final` or MAX_CLAIMS reached."""
        again = sa.case((recording.c.claims < MAX_CLAIMS, "waiting"), else_="failed")
        return self._store.post(
            sa.update(recording)
            .where(recording.c.recording_id == recording_id, recording.c.transcription == "claimed")
            .values(transcription="failed" if final else again, claimed_by=None, claimed_at=None)
        )

    async def backlog(self) -> int:
        """How many files wait for their transcription or are being transcribed."""
        query = sa.select(sa.func.count()).where(
            recording.c.transcription.in_(("waiting", "claimed"))
        )
        async with self._store.read() as db:
            return int((await db.execute(query)).scalar_one())

    async def _work_waits(self) -> bool:
        # Idle workers ask often; only a reader is needed to tell them that nothing waits.
        return await self.backlog() > 0


def transcription_done(recording_id: str) -> sa.Update:
    """The statement that takes a file out of the work queue."""
    return (
        sa.update(recording)
        .where(recording.c.recording_id == recording_id)
        .values(transcription="done", claimed_by=None, claimed_at=None)
    )


def _object(row: sa.Row[Any]) -> dict[str, Any]:
    return {
        "recording_id": row.recording_id,
        "call_id": row.call_id,
        "kind": row.kind,
        "speaker": row.speaker,
        "started_at": local_iso(row.started_at),
        "duration_s": row.duration_s,
        "format": row.format,
        "rate": row.rate,
        "path": row.path,
        "bytes": row.bytes,
        "sha256": row.sha256,
        "leg_id": row.leg_id,
        "lost_reason": row.lost_reason,
        "transcription": row.transcription,
    }
