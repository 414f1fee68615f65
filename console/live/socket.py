"""GET /api/live: the websocket of a page, opened with its session's cookie."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from aiohttp import WSCloseCode, web

from console.account_rows import Account
from console.errors import ApiError, unauthenticated
from console.live.hub import Hub
from console.live.page import Page
from console.second_factor import check_enrolled
from console.sessions import COOKIE, Sessions
from console.settings import ConsoleSettings
from console.softphones import is_own_origin

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
            work = [
                asyncio.create_task(page.run(), name=f"page of {account.name}"),
                asyncio.create_task(_until_closed(socket)),
                asyncio.create_task(_until_session_ends(secret, account, sessions, now)),
            ]
            try:
                await asyncio.wait(work, return_when=asyncio.FIRST_COMPLETED)
                with suppress(ConnectionError, RuntimeError):
                    await socket.close(
                        code=SESSION_ENDED if work[2].done() else WSCloseCode.GOING_AWAY
                    )
            finally:
                for task in work:
                    task.cancel()
                await asyncio.gather(*work, return_exceptions=True)
        return socket

    return [web.get("/api/live", live)]


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
