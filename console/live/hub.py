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
        self.mirror.apply(message)
        if message["type"] in MOMENTS:
            for page in self._pages:
                page.moment(message)
            return
        if message["type"] in ("call", "snapshot"):
            # Before a page sees a number it is known whether it may.
            await self._read_links(only_new=message["type"] == "call")
        self._wake()

    async def _keep_links(self) -> None:
        while True:
            await asyncio.sleep(LINKS_SECONDS)
            try:
                if self._pages and self.mirror.calls and await self._read_links():
                    self._wake()
            except Exception:
                log.exception("tickets of the running calls not read")

    async def _read_links(self, *, only_new: bool = False) -> bool:
        """Whether they are others than before."""
        wanted = set(self.mirror.calls)
        known = {one: links for one, links in self.links.items() if one in wanted}
        asked = wanted - known.keys() if only_new else wanted
        if asked:
            async with self._store.read() as db:
                known |= {one: CallLinks() for one in asked} | await call_links(db, asked)
        changed, self.links = known != self.links, known
        return changed

    def _wake(self) -> None:
        for page in self._pages:
            page.wake()
