"""What a phone has received (收到的声音), laid out on the clock of the call."""

import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.int16]

RATE = 8000
"""Samples a second; all audio here is mono, signed 16 bit."""
_SLACK = RATE * 60 // 1000


class Ear:
    """Received audio as one growing array; sample n was heard at `started_at + n / RATE`.

    The far end sends nothing at all while it has nothing to say, so gaps are filled by the
    clock. A gap is closed only when the next packet is there: a burst after a stall is not
    mistaken for silence.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.started_at: float | None = None
        """Monotonic second of the first sample; None before the media is up."""
        self.last_packet_at: float | None = None
        self._buffer: Samples = np.zeros(RATE * 30, np.int16)
        self._length = 0
        self._clock = clock
        self._ended_at: float | None = None

    def start(self, now: float) -> None:
        """The media is up: sample 0 is at `now`."""
        if self.started_at is None:
            self.started_at = now

    def stop(self, now: float) -> None:
        """The call is over; silence is not counted any further."""
        if self._ended_at is None:
            self._ended_at = now

    def put(self, pcm: bytes, now: float) -> None:
        """Take what came in since the last time."""
        assert self.started_at is not None
        chunk = np.frombuffer(pcm, np.int16)
        missing = int((now - self.started_at) * RATE) - self._length - len(chunk)
        gap = missing if missing > _SLACK else 0
        self._reserve(self._length + gap + len(chunk))
        self._length += gap
        self._buffer[self._length : self._length + len(chunk)] = chunk
        self._length += len(chunk)
        self.last_packet_at = now

    def _reserve(self, size: int) -> None:
        if size > len(self._buffer):
            grown: Samples = np.zeros(max(size, 2 * len(self._buffer)), np.int16)
            grown[: self._length] = self._buffer[: self._length]
            self._buffer = grown

    @property
    def seconds(self) -> float:
        """Seconds since the first sample, silence up to this moment included."""
        if self.started_at is None:
            return 0.0
        end = self._ended_at or self._clock()
        return max(self._length / RATE, end - self.started_at)

    def audio(self, since: float = 0.0, until: float | None = None) -> Samples:
        """Copy of what was heard between two moments of the call, in seconds."""
        end = self.seconds if until is None else until
        first, last = max(0, int(since * RATE)), max(0, int(end * RATE))
        out: Samples = np.zeros(max(0, last - first), np.int16)
        have = self._buffer[first : min(last, self._length)]
        out[: len(have)] = have
        return out

    def at(self, moment: float) -> float:
        """Seconds of the call for a monotonic moment."""
        return moment - self.started_at if self.started_at is not None else 0.0
