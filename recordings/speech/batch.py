"""The batch pass (离线转写): archived files are written down where live recognition missed them."""

import asyncio
import logging
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import soundfile

from recordings.speech.results import BYTES_PER_SECOND, RATE, Engine, Result
from store.engine import Store
from store.recordings import Claim, RecordingLog
from store.transcripts import Segment, TranscriptLog
from ticketing.tickets import Tickets

_log = logging.getLogger(__name__)

IDLE_SECONDS = 2.0
"""How often a worker with nothing to do looks for files."""
NICENESS = 10
"""On top of the worker's own: batch work takes what nobody else wants."""
RENEW_SECONDS = 60.0
MARGIN_SECONDS = 0.3
"""Around words the live transcript has: where they begin and end is not known better."""
CHUNK_BYTES = 5 * BYTES_PER_SECOND
"""Between two chunks a live stream may take over."""


class BatchPass:
    """Transcribes one waiting file after the other while the worker has no live stream."""

    def __init__(
        self, store: Store, engine: Engine, *, name: str, busy: Callable[[], bool]
    ) -> None:
        """`name` of the worker in its claims; `busy` tells that live streams are there."""
        self._recordings = RecordingLog(store)
        self._transcripts = TranscriptLog(store)
        self._tickets = Tickets(store)
        self._engine = engine
        self._name = name
        self._busy = busy
        self._renew_at = 0.0
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="batch", initializer=_be_nicer)

    async def run(self) -> None:
        """Works until it is cancelled; a file that fails is logged and counted."""
        try:
            while True:
                if self._busy() or not await self._next():
                    await asyncio.sleep(IDLE_SECONDS)
        finally:
            self._thread.shutdown(wait=False, cancel_futures=True)

    async def _next(self) -> bool:
        """One file; False where nothing waits."""
        claim = await self._recordings.claim_untranscribed(self._name, now=_now())
        if claim is None:
            return False
        self._renew_at = time.monotonic() + RENEW_SECONDS
        try:
            segments = await self._transcribed(claim)
        except (OSError, RuntimeError, ValueError) as error:
            _log.error("%s: transcription failed: %s", claim.path, error)
            gone = not claim.path.exists()
            await self._recordings.transcription_failed(claim.recording_id, final=gone)
        else:
            await self._transcripts.add_batch(claim.recording_id, segments)
            await self._tickets.hear(claim.call_id, at=_now())
        return True

    async def _transcribed(self, claim: Claim) -> list[Segment]:
        loop = asyncio.get_running_loop()
        live = await self._transcripts.live_spans(claim.call_id, claim.leg_id)
        missed = [(start - claim.offset, end - claim.offset) for start, end in live]
        pcm = await loop.run_in_executor(self._thread, _read, claim.path, missed)
        recognizer = await loop.run_in_executor(self._thread, self._engine.recognizer)
        results: list[Result] = []
        for at in range(0, len(pcm), CHUNK_BYTES):
            await self._turn(claim)
            chunk = pcm[at : at + CHUNK_BYTES]
            results += await loop.run_in_executor(self._thread, recognizer.accept, chunk)
        results += await loop.run_in_executor(self._thread, recognizer.finish)
        return [_segment(claim, one.shifted(claim.offset)) for one in results if one.final]

    async def _turn(self, claim: Claim) -> None:
        """Waits until nobody speaks live; keeps the claim meanwhile."""
        while True:
            if time.monotonic() > self._renew_at:
                await self._recordings.renew_claim(claim.recording_id, self._name, now=_now())
                self._renew_at = time.monotonic() + RENEW_SECONDS
            if not self._busy():
                return
            await asyncio.sleep(IDLE_SECONDS)


def _read(path: Path, known: list[tuple[float, float]]) -> bytes:
    """The samples of a file; silence where the live transcript has the words already."""
    samples, rate = soundfile.read(path, dtype="int16", always_2d=True)
    if rate != RATE:
        raise ValueError(f"{rate} samples a second; recordings have {RATE}")
    voice = samples[:, 0].copy()
    for start, end in known:
        first, last = (
            round(max(0.0, at) * RATE) for at in (start - MARGIN_SECONDS, end + MARGIN_SECONDS)
        )
        voice[first:last] = 0
    return bytes(voice.astype("<i2").tobytes())


def _segment(claim: Claim, result: Result) -> Segment:
    return Segment(
        call_id=claim.call_id,
        leg_id=claim.leg_id,
        speaker=claim.speaker,
        start=round(result.start, 2),
        end=round(result.end, 2),
        text=result.text,
        confidence=result.confidence,
        words=[word.as_json() for word in result.words],
        raw=result.raw,
    )


def _now() -> datetime:
    return datetime.now(UTC)


def _be_nicer() -> None:
    thread = threading.get_native_id()
    here = os.getpriority(os.PRIO_PROCESS, thread)
    os.setpriority(os.PRIO_PROCESS, thread, min(19, here + NICENESS))
