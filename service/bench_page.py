"""A page of the console without a browser: its session, what it is told, and when."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import aiohttp

from service.errors import Failure

Json = dict[str, Any]
SECONDS = 20.0


class Page:
    """One of the demonstration's people, signed in."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._told: asyncio.Queue[tuple[float, Json]] = asyncio.Queue()
        self.bytes = 0
        """Of all messages so far."""

    @classmethod
    @asynccontextmanager
    async def of(cls, ready: Json, name: str) -> AsyncIterator["Page"]:
        """Open as long as the block runs; `ready`: of ready.json."""
        url = str(ready["console"]["url"])
        people = {one["name"]: one for one in ready["console"]["accounts"]}
        told = {"name": name, "password": people[name]["password"]}
        jar = aiohttp.CookieJar(unsafe=True)  # an address is no host name
        async with aiohttp.ClientSession(url, cookie_jar=jar, raise_for_status=True) as http:
            await http.post("/api/session", json=told)
            async with http.ws_connect("/api/live", headers={"Origin": url}) as socket:
                page = cls(socket)
                task = asyncio.create_task(page._listen())
                try:
                    yield page
                finally:
                    task.cancel()
                    with suppress(asyncio.CancelledError):
                        await task

    async def _listen(self) -> None:
        async for message in self._socket:
            self.bytes += len(message.data)
            self._told.put_nowait((time.time(), message.json()))

    async def told(self, wanted: Callable[[Json], bool]) -> tuple[float, Json]:
        """The next message that is wanted, and when it came (seconds of the clock).

        Raises Failure where none comes.
        """
        try:
            async with asyncio.timeout(SECONDS):
                while True:
                    at, message = await self._told.get()
                    if wanted(message):
                        return at, message
        except TimeoutError:
            raise Failure("bench", f"a page was told nothing in {SECONDS:g} s") from None

    def forget(self) -> None:
        """What came so far does not count."""
        while not self._told.empty():
            self._told.get_nowait()
