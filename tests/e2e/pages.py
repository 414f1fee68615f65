"""What a page of the console hears and does, without a browser: session, websocket, commands."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import aiohttp

from tests.e2e.line import Line, wait_for

Json = dict[str, Any]


class OpenPage:
    """Signed in as one of the demonstration's people."""

    def __init__(self, http: aiohttp.ClientSession, csrf: str) -> None:
        self._http = http
        self._csrf = csrf
        self.heard: list[Json] = []
        self.times: list[float] = []
        """When each message came (monotonic seconds)."""

    @classmethod
    @asynccontextmanager
    async def of(cls, line: Line, name: str) -> AsyncIterator["OpenPage"]:
        """Open as long as the block runs."""
        url = line.ready["console"]["url"]
        people = {one["name"]: one for one in line.ready["console"]["accounts"]}
        told = {"name": name, "password": people[name]["password"]}
        jar = aiohttp.CookieJar(unsafe=True)  # an address is no host name
        async with aiohttp.ClientSession(url, cookie_jar=jar) as http:
            async with http.post("/api/session", json=told) as said:
                assert said.status == 201, await said.text()
                csrf = (await said.json())["csrf_token"]
            page = cls(http, csrf)
            async with http.ws_connect("/api/live", headers={"Origin": url}) as socket:
                task = asyncio.create_task(page._listen(socket))
                try:
                    yield page
                finally:
                    task.cancel()
                    with suppress(asyncio.CancelledError):
                        await task

    async def _listen(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        async for message in socket:
            self.heard.append(message.json())
            self.times.append(time.monotonic())

    async def post(self, path: str, body: Json | None = None) -> tuple[int, Json]:
        """A command of the page; status and answer."""
        headers = {"X-CSRF-Token": self._csrf}
        more: Json = {} if body is None else {"json": body}
        async with self._http.post(path, headers=headers, **more) as said:
            return said.status, await said.json()

    def of_kind(self, kind: str) -> list[Json]:
        """The messages of a type, in their order."""
        return [one for one in self.heard if one["type"] == kind]

    @property
    def desk(self) -> Json:
        """The last `desk`; empty before the first."""
        return (self.of_kind("desk") or [{}])[-1]

    @property
    def words(self) -> dict[str, Json]:
        """Segments as the page shows them now, by id."""
        told = [one for message in self.of_kind("transcript") for one in message["segments"]]
        return {one["id"]: one for one in told}

    async def sees(self, state: str, *, within: float = 8.0) -> Json:
        """Wait until the desk's call is in that state; the call."""
        await wait_for(
            lambda: (self.desk.get("call") or {}).get("state") == state,
            within=within,
            what=f"a call that is {state}; last {self.desk}",
        )
        return dict(self.desk["call"])
