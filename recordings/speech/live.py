"""One live stream: from the socket through the recogniser to what the controller hears."""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import Executor

from recordings.speech.messages import Heard, Spotted
from recordings.speech.results import BYTES_PER_SECOND, Recognizer, Result
from recordings.speech.spotting import Spotter, emergency_marks

_log = logging.getLogger(__name__)

STEP_BYTES = BYTES_PER_SECOND // 10
"""The recogniser is called for so much sound at once (0.1 s), or all there is if it is behind."""
MOST_BEHIND_SECONDS = 20.0
"""A stream further behind is given up: the batch pass writes down what it misses."""
GAP_SECONDS = 1.0
"""A pause in the frames longer than this is filled with silence, so that times stay right and
an utterance ends when a phone stops sending."""


class LiveStream:
    """Recognises one speaker; a sink of the AudioSocket server. Used on the event loop."""

    def __init__(
        self,
        recognizer: Callable[[], Recognizer],
        executor: Executor,
        *,
        offset: float,
        tell: Callable[[Heard | Spotted], None],
        keep: Callable[[Result], None] | None,
    ) -> None:
        """`recognizer` makes the stream's own, which takes a while; `offset`: seconds from the
        start of the call; `tell` gets what is heard, `keep` the finals that are written down
        (None: nothing is)."""
        self._make_recognizer = recognizer
        self._executor = executor
        self._offset = offset
        self._tell = tell
        self._keep = keep
        self._spotter = Spotter()
        self._waiting = bytearray()
        self._received = 0
        self._done = 0
        self._began: float | None = None
        self._news = asyncio.Event()
        self._over = False
        self.why: str | None = None
        """Why the stream ended; None while it is open."""

    @property
    def behind(self) -> float:
        """Seconds of sound that arrived and are not recognised yet (识别滞后)."""
        return (self._received - self._done) / BYTES_PER_SECOND

    def audio(self, pcm: bytes) -> None:
        """The next samples; of a stream that was given up they are dropped."""
        if self._over:
            return
        self._fill_gap()
        self._push(pcm)

    def ended(self, why: str) -> None:
        """No more samples come."""
        self.why = self.why or why
        self._over = True
        self._news.set()

    async def run(self) -> None:
        """Recognises until the stream has ended and all of it is done."""
        loop = asyncio.get_running_loop()
        recognizer = await loop.run_in_executor(self._executor, self._make_recognizer)
        while not (self._over and not self._waiting):
            await self._wait()
            if self.behind > MOST_BEHIND_SECONDS:
                _log.warning("speech is %.0f s behind: stream given up", self.behind)
                self.why, self._over = "overload", True
                self._waiting.clear()
                break
            pcm = bytes(self._waiting)
            self._waiting.clear()
            if pcm:
                results = await loop.run_in_executor(self._executor, recognizer.accept, pcm)
                self._done += len(pcm)
                self._hand_out(results)
        self._hand_out(await loop.run_in_executor(self._executor, recognizer.finish))

    async def _wait(self) -> None:
        while len(self._waiting) < STEP_BYTES and not self._over:
            self._news.clear()
            try:
                async with asyncio.timeout(GAP_SECONDS):
                    await self._news.wait()
            except TimeoutError:
                self._fill_gap()

    def _push(self, pcm: bytes) -> None:
        self._waiting += pcm
        self._received += len(pcm)
        if len(self._waiting) >= STEP_BYTES:
            self._news.set()

    def _fill_gap(self) -> None:
        now = asyncio.get_running_loop().time()
        if self._began is None:
            self._began = now
        missing = now - self._began - self._received / BYTES_PER_SECOND
        if missing > GAP_SECONDS:
            self._push(bytes(int(missing * BYTES_PER_SECOND) // 2 * 2))

    def _hand_out(self, results: list[Result]) -> None:
        for result in results:
            placed = result.shifted(self._offset)
            marks = emergency_marks(placed)
            self._tell(Heard(placed.text, placed.start, placed.end, placed.final, marks))
            for spotted in self._spotter.heard(placed):
                self._tell(spotted)
            if placed.final and self._keep is not None:
                self._keep(placed)
