"""Suggestions in a process that runs for long: read in the background, read again when they change.

Until they are ready, and where they cannot be read, whoever asks goes on with keywords.
"""

import asyncio
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from store.engine import Store
from ticketing.city_folder import folder_of
from ticketing.rounds import rounds
from ticketing.suggest.ready import suggester
from ticketing.suggest.suggester import Suggester

POLL_SECONDS = 5.0
"""A change of the city's data is seen so soon."""


class LiveSuggestions:
    """What the seed and the city's closed tickets have taught, with the city's data in force."""

    def __init__(self, store: Store, own: Path, cache: Path, city: Path) -> None:
        """`own`, `cache`: as for `ready.suggester`; `city`: where the city's data are files."""
        self._store = store
        self._own = own
        self._cache = cache
        self._city = city
        self._origin: tuple[Path, float | None] | None = None
        self._lock = asyncio.Lock()
        self.ready: Suggester | None = None
        """None as long as nothing could be read."""

    async def current(self) -> Suggester:
        """The suggester, read first where it is not ready or has changed. Raises CityDataError."""
        async with self._lock:
            folder = await folder_of(self._store, self._city)
            learnt = await asyncio.to_thread(_changed_at, self._own)
            if self.ready is None or (folder, learnt) != self._origin:
                self.ready = await asyncio.to_thread(self._warmed, folder)
                self._origin = folder, learnt
            return self.ready

    def _warmed(self, folder: Path) -> Suggester:
        found = suggester(self._own, self._cache, folder=folder)
        found.suggest("路灯不亮")  # dictionaries are read at the first use, which takes seconds
        return found

    def running(self) -> AbstractAsyncContextManager[None]:
        """Keeps `ready` fresh in a task of its own until exit."""
        return rounds("suggestions", self.current, seconds=POLL_SECONDS)


def _changed_at(file: Path) -> float | None:
    try:
        return file.stat().st_mtime
    except OSError:
        return None
