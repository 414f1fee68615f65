"""Keys of a phone (DTMF)."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

MAX_WAITING = 64
"""Keys kept for a flow that does not listen; a stuck or hostile phone may send thousands."""


@dataclass(frozen=True, slots=True)
class Key:
    """One key press; `started` and `ended` are the times the key went down and up."""

    digit: str
    started: datetime
    ended: datetime


Watcher = Callable[[Key], bool]
"""Sees every key before the flow does; True swallows it."""


class KeyPad:
    """The keys of one leg: watchers first, then a queue that the flow reads."""

    def __init__(self) -> None:
        self._keys: asyncio.Queue[Key] = asyncio.Queue(MAX_WAITING)
        self._watchers: list[Watcher] = []

    def press(self, key: Key) -> None:
        for watcher in tuple(self._watchers):
            if watcher(key):
                return
        if not self._keys.full():
            self._keys.put_nowait(key)

    async def next(self) -> Key:
        return await self._keys.get()

    def forget(self) -> None:
        """Drop what was typed before: it was not meant for the next question."""
        while not self._keys.empty():
            self._keys.get_nowait()

    @contextmanager
    def watched_by(self, watcher: Watcher) -> Iterator[None]:
        self._watchers.append(watcher)
        try:
            yield
        finally:
            self._watchers.remove(watcher)
