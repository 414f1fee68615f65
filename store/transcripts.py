"""What was said (转写): timed segments by leg, live and from the archived files."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from store.engine import Store
from store.recordings import transcription_done
from store.tables import transcript_segment
from store.transcript_merge import merged, segment_json
from store.types import JsonObjects

Source = Literal["live", "batch"]


@dataclass(frozen=True)
class Segment:
    """One utterance of one speaker; times in seconds from the start of the call."""

    call_id: str
    leg_id: str
    speaker: str
    start: float
    end: float
    text: str
    confidence: float | None = None
    """0 to 1."""
    words: Sequence[Mapping[str, Any]] = ()
    """`{word, start, end, confidence}` each."""
    raw: Any = None
    """What the engine returned, unchanged."""


class TranscriptLog:
    """Segments are only added. Writers return the future of the commit (≤ 50 ms)."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._insert = store.insert(transcript_segment).on_conflict_do_nothing()

    def add(
        self,
        *,
        call_id: str,
        leg_id: str,
        speaker: str,
        start: float,
        end: float,
        text: str,
        confidence: float | None,
        words: Sequence[Mapping[str, Any]],
        source: Source,
        raw: Any,
    ) -> asyncio.Future[None]:
        """Adds a segment; ignored where this source has one of the same leg and start."""
        segment = Segment(call_id, leg_id, speaker, start, end, text, confidence, words, raw)
        return self._store.post(self._insert.values(_row(segment, source, None)))

    def add_batch(self, recording_id: str, segments: Sequence[Segment]) -> asyncio.Future[None]:
        """All segments of an archived file, and the end of its transcription, in one piece."""
        rows = [_row(segment, "batch", recording_id) for segment in segments]
        return self._store.post(
            *(self._insert.values(row) for row in rows), transcription_done(recording_id)
        )

    async def for_call(self, call_id: str) -> JsonObjects:
        """The contract's `transcript`: live segments and what batch adds to them, by time."""
        async with self._store.read() as db:
            return await of_call(db, call_id)

    async def live_spans(self, call_id: str, leg_id: str) -> list[tuple[float, float]]:
        """Start and end of the live segments of a leg (seconds from the call's start)."""
        query = sa.select(transcript_segment.c.start, transcript_segment.c.end).where(
            transcript_segment.c.call_id == call_id,
            transcript_segment.c.leg_id == leg_id,
            transcript_segment.c.source == "live",
        )
        async with self._store.read() as db:
            return [(row.start, row.end) for row in await db.execute(query)]


def _row(segment: Segment, source: Source, recording_id: str | None) -> dict[str, Any]:
    return {
        **vars(segment),
        "words": [dict(word) for word in segment.words],
        "source": source,
        "recording_id": recording_id,
    }


async def of_call(db: AsyncConnection, call_id: str) -> JsonObjects:
    """`TranscriptLog.for_call` in the caller's transaction."""
    query = sa.select(transcript_segment).where(transcript_segment.c.call_id == call_id)
    return [segment_json(row) for row in merged((await db.execute(query)).all())]
