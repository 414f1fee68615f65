"""One open page and what it is told: no more than its role may know, no faster than it reads."""

import asyncio
from collections import deque
from typing import TYPE_CHECKING

from aiohttp import web

from console.account_rows import Account
from console.live import views
from console.live.link import Json
from ticketing.workflow.terms import SUPERVISING, Role

if TYPE_CHECKING:
    from console.live.hub import Hub

DESKS: frozenset[Role] = frozenset({"agent", "supervisor", "callback_agent"})
"""Those who talk with citizens, if they have an extension."""
LINE_SECONDS = 0.5
"""The whole line is told no more often."""
MOST_MOMENTS = 100
"""Notices and hints that wait for a page; older ones are dropped."""


class Page:
    """States are told as they are when the page takes the next message: nothing piles up."""

    def __init__(self, hub: "Hub", account: Account, socket: web.WebSocketResponse) -> None:
        self._hub = hub
        self._socket = socket
        roles = frozenset(account.roles)
        self._number = account.agent_no if roles & DESKS else None
        self._supervises = bool(roles & SUPERVISING)
        self._woken = asyncio.Event()
        self.dismissed = asyncio.Event()
        """The console stops; the page comes back when there is one again."""
        self._moments: deque[Json] = deque(maxlen=MOST_MOMENTS)
        self._segments: dict[str, Json] = {}
        """News of the agent's call, by id."""
        self._call_id: str | None = None
        """The call whose transcript the page has."""
        self._connected: bool | None = None
        self._desk: Json | None = None
        self._line: views.LineView | None = None
        self._line_told = 0.0

    def wake(self) -> None:
        """The mirror is another."""
        self._woken.set()

    def moment(self, message: Json) -> None:
        """Something happened that is not part of the state."""
        if not self._concerns(message):
            return
        if message["type"] == "transcript":
            self._segments.update((one["id"], one) for one in message["segments"])
        else:
            self._moments.append({key: message[key] for key in message if key != "to"})
        self._woken.set()

    def _concerns(self, message: Json) -> bool:
        if message.get("to") == "supervisors":
            return self._supervises
        agent = self._hub.mirror.agents.get(self._number or "")
        if agent is None or agent["call_id"] != message["call_id"]:
            return False
        return bool(message["type"] == "notice" or agent["state"] != "ringing")

    async def run(self) -> None:
        """Tell the page what is new, as long as it is open."""
        while True:
            await self._woken.wait()
            self._woken.clear()
            for message in self._news():
                await self._socket.send_json(message, dumps=views.dumps)

    def _news(self) -> list[Json]:
        mirror, news = self._hub.mirror, list[Json]()
        if self._connected != mirror.connected:
            self._connected = mirror.connected
            self._desk, self._line, self._call_id = None, None, None
            if not (mirror.connected and self._supervises):
                news.append({"type": "line", "connected": mirror.connected})
        if mirror.connected:
            news += self._news_of_desk()
            news += self._news_of_line()
        moments, self._moments = self._moments, deque(maxlen=MOST_MOMENTS)
        return [*news, *moments]

    def _news_of_desk(self) -> list[Json]:
        if self._number is None:
            return []
        news = list[Json]()
        mirror, links = self._hub.mirror, self._hub.links
        desk = views.desk(mirror, self._number, links)
        if desk is not None and desk != self._desk:
            self._desk = desk
            news.append(desk)
        call_id = _talked(desk)
        segments, self._segments = self._segments, {}
        if call_id != self._call_id:
            self._call_id = call_id
            said = views.transcript(mirror, call_id) if call_id is not None else None
            news += [said] if said is not None else []
        elif segments:
            told = {"call_id": call_id, "segments": list(segments.values())}
            news.append({"type": "transcript", **told})
        return news

    def _news_of_line(self) -> list[Json]:
        if not self._supervises:
            return []
        loop = asyncio.get_running_loop()
        early = self._line_told + LINE_SECONDS - loop.time()
        if self._line is not None and early > 0:
            loop.call_later(early, self._woken.set)
            return []
        line = views.line(self._hub.mirror, self._hub.links, self._number)
        message = views.difference(self._line, line)
        if message is None:
            return []
        self._line, self._line_told = line, loop.time()
        return [message]


def _talked(desk: Json | None) -> str | None:
    """The call whose words an agent may read: not before he has taken it."""
    if desk is None or desk["call"] is None or desk["state"] == "ringing":
        return None
    return str(desk["call"]["call_id"])
