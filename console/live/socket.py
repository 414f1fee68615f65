"""GET /api/live: the websocket of a page, opened with its session's cookie."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

from aiohttp import WSCloseCode, web

from console.account_rows import Account
from console.errors import ApiError, unauthenticated
from console.live.hub import Hub
from console.live.page import Page
from console.second_factor import check_enrolled
from console.sessions import COOKIE, Sessions
from console.settings import ConsoleSettings
from console.softphones import is_own_origin

log = logging.getLogger(__name__)

SESSION_ENDED = 4401
"""Close code: sign in again."""
CHECK_SECONDS = 5.0
"""How soon a page of a session that has ended is closed."""
PINGS = 15.0
LONGEST = 1024
"""Bytes of a message; pages have nothing to say."""


def live_routes(
    hub: Hub, sessions: Sessions, settings: ConsoleSettings, now: Callable[[], datetime]
) -> list[web.RouteDef]:
    """The websocket; it lasts as long as the session and does not prolong it."""

    async def live(request: web.Request) -> web.StreamResponse:
        secret = request.cookies.get(COOKIE)
        if secret is None:
            raise unauthenticated()
        account = await sessions.of_session(secret, now())
        check_enrolled(account, settings)
        if not is_own_origin(request, settings):
            raise ApiError(
                403, "not_allowed", "Origin", "此页面不属于本系统", "请从本系统的页面打开"
            )
        socket = web.WebSocketResponse(max_msg_size=LONGEST, heartbeat=PINGS, timeout=2.0)
        if not socket.can_prepare(request).ok:
            raise ApiError(
                426, "upgrade_required", None, "此地址只供页面实时连接", "请用 websocket 连接",
                {"Upgrade": "websocket"},
            )  # fmt: skip
        await socket.prepare(request)
        page = Page(hub, account, socket)
        async with hub.open(page):
            session_ends = _until_session_ends(secret, account, sessions, now)
            code = await _first(
                {
                    page.run(): WSCloseCode.GOING_AWAY,
                    _until_closed(socket): WSCloseCode.OK,
                    page.dismissed.wait(): WSCloseCode.GOING_AWAY,
                    session_ends: SESSION_ENDED,
                }
            )
        with suppress(ConnectionError, RuntimeError):
            await socket.close(code=code)
        return socket

    return [web.get("/api/live", live)]


async def _first(ends: Mapping[Coroutine[Any, Any, object], int]) -> int:
    """The code of whichever ends first; the others are cancelled. A broken connection is an end."""
    tasks = {asyncio.ensure_future(end): code for end, code in ends.items()}
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        return tasks[done.pop()]
    finally:
        for task in tasks:
            task.cancel()
        for result in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(result, Exception) and not isinstance(result, ConnectionError):
                log.error("a page's connection failed", exc_info=result)


async def _until_closed(socket: web.WebSocketResponse) -> None:
    async for _ in socket:
        pass


async def _until_session_ends(
    secret: str, account: Account, sessions: Sessions, now: Callable[[], datetime]
) -> None:
    """Also when the account has other roles or another extension: the page has to ask anew."""
    while True:
        await asyncio.sleep(CHECK_SECONDS)
        try:
            known = await sessions.of_session(secret, now(), uses=False)
        except ApiError:
            return
        if (known.roles, known.agent_no) != (account.roles, account.agent_no):
            return
