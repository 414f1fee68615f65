"""Fires the timers (计时器) of stored tickets when they are due, also those that a stop delayed.

Nothing is kept in memory but what failed: when a timer is due is a column of its ticket, and that
it fired is an event in the ticket's journal, in the transaction of what it did. Two timekeepers on
one store do no harm.
"""

import asyncio
import logging
from collections.abc import Callable, Collection
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from typing import Protocol

from sqlalchemy.exc import DBAPIError

from ticketing.rounds import rounds
from ticketing.timers import Timer

log = logging.getLogger(__name__)

START_SECONDS = 2.0
"""Before the first round: calls that a predecessor left are taken over first."""
POLL_SECONDS = 1.0
BREATH_SECONDS = 0.01
"""Between two timers: after a long stop there are many, and calls share the process."""
RETRY_AFTER = timedelta(minutes=5)
"""A ticket whose timer could not be fired is left alone for so long; the others go on."""


class DueTimers(Protocol):
    """The tickets, as far as they have timers (ticketing.tickets.Tickets)."""

    async def first_due(self, at: datetime, *, besides: Collection[str] = ()) -> str | None:
        """The number of the ticket, not one of `besides`, whose timer was due first before `at`."""
        ...

    async def fire(self, ticket_no: str, at: datetime) -> Timer | None:
        """Fires its first timer that was due before `at`; None where that has been done."""
        ...


class Timekeeper:
    """Fires timers by a clock that it is given; times are aware."""

    def __init__(
        self, tickets: DueTimers, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._tickets = tickets
        self._now = now
        self._failed: dict[str, datetime] = {}

    async def fire_due(self) -> list[tuple[str, Timer]]:
        """Fires all that was due before now, the first due first; tickets and timers.

        Raises sqlalchemy.exc.DBAPIError where the store cannot be used.
        """
        at = self._now()
        fired: list[tuple[str, Timer]] = []
        while True:
            waiting = {no for no, failed in self._failed.items() if at < failed + RETRY_AFTER}
            number = await self._tickets.first_due(at, besides=waiting)
            if number is None:
                return fired
            try:
                timer = await self._tickets.fire(number, at)
            except DBAPIError:
                raise
            except Exception:
                log.exception("a timer of ticket %s could not be fired", number)
                self._failed[number] = at
                continue
            self._failed.pop(number, None)
            await asyncio.sleep(BREATH_SECONDS)
            if timer is not None:
                log.info("ticket %s: %s, due at %s", number, timer.id, timer.due_at.isoformat())
                fired.append((number, timer))

    def running(self) -> AbstractAsyncContextManager[None]:
        """Fires timers in a task of its own until exit."""
        return rounds("timekeeper", self.fire_due, seconds=POLL_SECONDS, after=START_SECONDS)
