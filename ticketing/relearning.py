"""When the suggestions learn again (再学习): each night, and after a change of the city's data.

Learning takes seconds of a whole processor: the caller does it in another process.
"""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta

from store.engine import Store
from store.types import SHANGHAI
from ticketing import city_versions
from ticketing.city_files import TICKET_KINDS
from ticketing.rounds import rounds

HOUR_OF_NIGHT = 3
"""City time: few callers are on the line."""
POLL_SECONDS = 60.0


def next_night(now: datetime) -> datetime:
    """The next time at which the suggestions learn."""
    night = now.astimezone(SHANGHAI).replace(hour=HOUR_OF_NIGHT, minute=0, second=0, microsecond=0)
    return night if night > now else night + timedelta(days=1)


class Relearning:
    """Calls `learn` when it is time."""

    def __init__(
        self,
        store: Store,
        learn: Callable[[], Awaitable[None]],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store = store
        self._learn = learn
        self._now = now
        self._night = next_night(now())
        self._version: int | None = None
        self._known = False

    async def poll(self) -> bool:
        """Learns where it is time; whether it did."""
        async with self._store.read() as db:
            version = await city_versions.newest(db, TICKET_KINDS)
        changed = self._known and version != self._version
        self._known, self._version = True, version
        at_night = self._now() >= self._night
        if not (changed or at_night):
            return False
        self._night = next_night(self._now())
        await self._learn()
        return True

    def running(self) -> AbstractAsyncContextManager[None]:
        """Polls in a task of its own until exit."""
        return rounds("relearning", self.poll, seconds=POLL_SECONDS)
