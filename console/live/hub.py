"""One connection to the line, fanned out to all open pages (实时推送)."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from console.call_numbers import call_links
from console.live.link import Json, LineLink, LineSilent
from console.live.mirror import Mirror
from console.live.page import Page
from console.live.views import CallLinks
from store.engine import Store

log = logging.getLogger(__name__)

RECONNECT_SECONDS = 0.5
LINKS_SECONDS = 2.0
"""How soon a page knows of a ticket that somebody linked to a running call."""
MOMENTS = ("transcript", "emergency_hint", "notice")
"""Messages that are passed on as they are; all others change the mirror."""


class Hub:
    """Keeps the mirror, and wakes the pages when it is another."""

    def __init__(self, link: LineLink, store: Store) -> None:
        self._link = link
        self._store = store
        self.mirror = Mirror()
        self.links: dict[str, CallLinks] = {}
        """Tickets of the running calls."""
        self._pages: set[Page] = set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Follows the line as long as the block runs."""
        tasks = [
            asyncio.create_task(self._stay_connected(), name="line"),
            asyncio.create_task(self._keep_links(), name="links of calls"),
        ]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    @asynccontextmanager
    async def open(self, page: Page) -> AsyncIterator[None]:
        """A page hears of the line as long as the block runs."""
        self._pages.add(page)
        page.wake()
        try:
            yield
        finally:
            self._pages.discard(page)

    def close(self) -> None:
        """The console stops."""
        for page in self._pages:
            page.dismissed.set()

    async def _stay_connected(self) -> None:
        while True:
            try:
                with suppress(LineSilent):
                    async for message in self._link.messages():
                        await self._take(message)
            except Exception:
                log.exception("the line's messages are not understood")
            if self.mirror.connected:
                log.warning("no connection to the line")
                self.mirror.lost()
                self._wake()
            await asyncio.sleep(RECONNECT_SECONDS)

    async def _take(self, message: Json) -> None:
        # Before a page sees a number it is known whether it may; a page may wake at any time.
        new = await self._read_links(self._new_calls(message))
        self.mirror.apply(message)
        if message["type"] in MOMENTS:
            for page in self._pages:
                page.moment(message)
            return
        self._know(new)
        self._wake()

    def _new_calls(self, message: Json) -> set[str]:
        """The calls of a message whose tickets are not known; of a snapshot none is."""
        match message:
            case {"type": "call", "call": call}:
                return {call["call_id"]} - self.links.keys()
            case {"type": "snapshot", "calls": calls}:
                return {call["call_id"] for call in calls}
        return set()

    async def _keep_links(self) -> None:
        while True:
            await asyncio.sleep(LINKS_SECONDS)
            try:
                if self._pages and self._know(await self._read_links(set(self.mirror.calls))):
                    self._wake()
            except Exception:
                log.exception("tickets of the running calls not read")

    async def _read_links(self, calls: set[str]) -> dict[str, CallLinks]:
        if not calls:
            return {}
        async with self._store.read() as db:
            return {one: CallLinks() for one in calls} | await call_links(db, calls)

    def _know(self, links: dict[str, CallLinks]) -> bool:
        """Takes in the tickets of calls, as far as these still run; whether they were others."""
        running = self.mirror.calls
        known = {one: told for one, told in (self.links | links).items() if one in running}
        changed, self.links = known != self.links, known
        return changed

    def _wake(self) -> None:
        for page in self._pages:
            page.wake()
