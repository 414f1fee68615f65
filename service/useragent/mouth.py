"""What a phone says (说话): PCM handed to the call a few frames ahead of the clock."""

import asyncio
from collections import deque
from collections.abc import Callable

import numpy as np

from service.useragent.ear import RATE, Samples

_LEAD = 0.08
"""Seconds of audio kept in the native buffer, which sends a frame every 20 ms by itself."""


class Playing:
    """One sound on its way (正在播放)."""

    def __init__(self, samples: Samples, *, loop: bool) -> None:
        self._samples = samples
        self._loop = loop
        self._position = 0
        self._over: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def take(self, count: int) -> Samples:
        """The next samples, fewer at the end."""
        if self._loop:
            index = (self._position + np.arange(count)) % len(self._samples)
            self._position += count
            return self._samples[index]
        chunk = self._samples[self._position : self._position + count]
        self._position += len(chunk)
        return chunk

    @property
    def exhausted(self) -> bool:
        return not self._loop and self._position >= len(self._samples)

    def finish(self) -> None:
        """Stop it (停止播放); what is already in the buffer is still heard, some 80 ms."""
        self._loop, self._position = False, len(self._samples)
        if not self._over.done():
            self._over.set_result(None)

    async def done(self) -> None:
        """Wait until it is played to its end, stopped, or the call is over."""
        await asyncio.shield(self._over)


class Mouth:
    """The sounds of one call, one after the other; silence in between."""

    def __init__(self, write: Callable[[bytes], int]) -> None:
        self._write = write
        self._queue: deque[Playing] = deque()
        self._written_until = 0.0

    def play(self, samples: Samples, *, loop: bool = False) -> Playing:
        """Queue a sound."""
        playing = Playing(np.ascontiguousarray(samples, np.int16), loop=loop and len(samples) > 0)
        self._queue.append(playing)
        return playing

    def feed(self, now: float) -> None:
        """Top the native buffer up; called every tick."""
        if not self._queue:
            return
        start = max(self._written_until, now)
        need = int((now + _LEAD - start) * RATE)
        while need > 0 and self._queue:
            current = self._queue[0]
            chunk = current.take(need)
            if len(chunk):
                self._write(chunk.tobytes())
                need -= len(chunk)
                start += len(chunk) / RATE
            if current.exhausted:
                self._queue.popleft()
                asyncio.get_running_loop().call_later(max(0.0, start - now), current.finish)
        self._written_until = start

    def stop(self) -> None:
        """Drop everything that is queued."""
        while self._queue:
            self._queue.popleft().finish()
        self._written_until = 0.0
