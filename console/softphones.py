"""Softphones in the page (网页话机): the websocket /sip, a pipe to Asterisk's own on loopback.

One page of an agent may be connected: while it is, another one is admitted only where the agent
takes the phone over there. The pipe is open as long as the session of its page. Whoever is on duty
with it is not idle, though he may wait for a call, or talk, for hours.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from urllib.parse import urlsplit

import aiohttp
from aiohttp import WSCloseCode, WSMsgType, web

from console.account_rows import Account
from console.errors import ApiError, unauthenticated
from console.live.page import DESKS
from console.second_factor import check_enrolled
from console.sessions import COOKIE, Sessions
from console.settings import ConsoleSettings

log = logging.getLogger(__name__)

PROTOCOL = "sip"
LONGEST = 32 * 1024
"""Bytes of a message; an offer with many addresses has 4 kB."""
BURST, PER_SECOND = 60, 20.0
"""Messages of a page; a call takes about ten."""
PINGS = 10.0
CHECK_SECONDS = 15.0
"""How often it is seen whether the session still holds."""
SESSION_ENDED, ELSEWHERE = 4401, 4409
"""Close codes: the session is over; another page of the agent has taken the phone."""

Socket = web.WebSocketResponse | aiohttp.ClientWebSocketResponse


class PhoneLine(Protocol):
    """The line, as far as softphones need it."""

    async def admit(self, number: str, page: str, *, renew: bool, seconds: float) -> str:
        """The password for a page; raises Refusal, or LineSilent."""

    async def dismiss(self, number: str, page: str) -> None:
        """The session of the page has ended."""


@dataclass(eq=False)
class Pipe:
    """A page's websocket."""

    number: str
    page: str
    session: str
    account: Account
    """As it was when the page connected."""
    socket: web.WebSocketResponse


class Softphones:
    """The softphones of this console."""

    def __init__(self, line: PhoneLine, asterisk: str, echo: str = "") -> None:
        """`asterisk`: URL of its websocket, e.g. http://127.0.0.1:8088/ws; `echo`: a code."""
        self.echo = echo
        self._line = line
        self._asterisk = asterisk
        self._pages: dict[str, str] = {}
        self._pipes: set[Pipe] = set()

    async def admit(
        self, number: str, page: str, *, renew: bool, take: bool, seconds: float
    ) -> str:
        """A password for the page; the agent's other pages lose the phone.

        Raises ApiError 409 where another page is connected and this one does not `take` it over.
        """
        if not take and self._is_elsewhere(number, page):
            raise _elsewhere()
        password = await self._line.admit(number, page, renew=renew, seconds=seconds)
        self._pages[number] = page
        for pipe in [p for p in self._pipes if p.number == number and p.page != page]:
            await _close(pipe.socket, ELSEWHERE, "elsewhere")
        return password

    def _is_elsewhere(self, number: str, page: str) -> bool:
        """Whether another page is connected; one that is loaded anew has closed its pipe."""
        others = (p for p in self._pipes if p.number == number and p.page != page)
        return any(not pipe.socket.closed for pipe in others)

    def may_connect(self, number: str, page: str) -> bool:
        """Whether no other page of the agent has the phone; a new console knows of none."""
        return self._pages.setdefault(number, page) == page

    async def end_session(self, session: str) -> None:
        """Somebody has signed out: his phone is gone."""
        for pipe in [p for p in self._pipes if p.session == session]:
            await _close(pipe.socket, SESSION_ENDED, "session ended")
            await self.forget(pipe)

    async def forget(self, pipe: Pipe) -> None:
        """The session of a page is over: its password, too."""
        if self._pages.get(pipe.number) == pipe.page:
            del self._pages[pipe.number]
        with suppress(Exception):  # the password ends by itself, too
            await self._line.dismiss(pipe.number, pipe.page)

    async def close(self) -> None:
        """The console ends; pages come back to the next one."""
        for pipe in tuple(self._pipes):
            await _close(pipe.socket, WSCloseCode.GOING_AWAY, "console ends")

    @asynccontextmanager
    async def connected(self, pipe: Pipe) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
        """Asterisk's end of a pipe; a former one of the same page is closed."""
        for other in [p for p in self._pipes if p.number == pipe.number]:
            is_same = other.page == pipe.page
            await _close(other.socket, WSCloseCode.GOING_AWAY if is_same else ELSEWHERE, "replaced")
        self._pipes.add(pipe)
        try:
            async with (
                aiohttp.ClientSession() as http,
                http.ws_connect(
                    self._asterisk, protocols=(PROTOCOL,), max_msg_size=LONGEST
                ) as asterisk,
            ):
                yield asterisk
        finally:
            self._pipes.discard(pipe)


def phone_routes(
    phones: Softphones,
    sessions: Sessions,
    settings: ConsoleSettings,
    on_duty: Callable[[str], bool],
    now: Callable[[], datetime],
) -> list[web.RouteDef]:
    """GET /sip?page=ID. `on_duty`: whether an agent takes calls; then his session is in use."""

    async def holds(pipe: Pipe) -> None:
        """Until the session is over, or the account has other roles or another extension."""
        while True:
            await asyncio.sleep(CHECK_SECONDS)
            try:
                known = await sessions.of_session(pipe.session, now(), uses=on_duty(pipe.number))
            except ApiError:
                break
            if (known.roles, known.agent_no) != (pipe.account.roles, pipe.account.agent_no):
                break
        await phones.forget(pipe)

    async def sip(request: web.Request) -> web.StreamResponse:
        secret = request.cookies.get(COOKIE)
        if secret is None:
            raise unauthenticated()
        account = await sessions.of_session(secret, now())
        check_enrolled(account, settings)
        page = _checked(request, account, settings)
        socket = web.WebSocketResponse(
            protocols=(PROTOCOL,), max_msg_size=LONGEST, heartbeat=PINGS, timeout=2.0
        )
        await socket.prepare(request)
        assert account.agent_no is not None
        pipe = Pipe(account.agent_no, page, secret, account, socket)
        if not phones.may_connect(pipe.number, page):
            await _close(socket, ELSEWHERE, "elsewhere")
            return socket
        try:
            async with phones.connected(pipe) as asterisk:
                await _both_ways(pipe, asterisk, holds(pipe))
        except (aiohttp.ClientError, OSError) as error:
            log.warning("no way to Asterisk for the page of %s: %s", pipe.number, error)
            await _close(socket, WSCloseCode.TRY_AGAIN_LATER, "asterisk away")
        return socket

    return [web.get("/sip", sip)]


def _checked(request: web.Request, account: Account, settings: ConsoleSettings) -> str:
    """The page's id. Raises ApiError for a stranger's page or no websocket of a softphone."""
    if not is_own_origin(request, settings):
        raise ApiError(403, "not_allowed", "Origin", "此页面不属于本系统", "请从本系统的页面接入")
    if DESKS.isdisjoint(account.roles):
        raise ApiError(403, "not_allowed", None, "此账号的角色不能使用话机", "请用话务员账号登录")
    if account.agent_no is None:
        raise no_number()
    page = request.query.get("page", "")
    asked = request.headers.get("Sec-WebSocket-Protocol", "")
    if not 8 <= len(page) <= 64 or PROTOCOL not in [word.strip() for word in asked.split(",")]:
        raise ApiError(400, "bad_request", None, "不是网页话机的连接", "请刷新页面")
    return page


def no_number() -> ApiError:
    """Somebody without a number cannot have a phone."""
    return ApiError(
        403, "not_allowed", "agent_no", "此账号没有工号，不能使用话机", "请系统管理员为账号设置工号"
    )


def _elsewhere() -> ApiError:
    return ApiError(
        409,
        "wrong_state",
        "page",
        "您的网页话机在另一个页面使用",
        "如需在此页面接听，请点“在此页面接听”",
    )


def is_own_origin(request: web.Request, settings: ConsoleSettings) -> bool:
    """Whether a websocket was opened by a page of this console: browsers tell, and never lie."""
    origin = urlsplit(request.headers.get("Origin", ""))
    hosts = {request.host}
    if settings.behind_proxy:
        hosts.add(request.headers.get("X-Forwarded-Host", ""))
    scheme = "https" if settings.is_secure else "http"
    return origin.scheme == scheme and origin.netloc in hosts


async def _both_ways(
    pipe: Pipe, asterisk: aiohttp.ClientWebSocketResponse, holds: Coroutine[Any, Any, None]
) -> None:
    """Until one end is gone, or the session is over."""
    session = asyncio.ensure_future(holds)
    work = [
        asyncio.ensure_future(_from_page(pipe.socket, asterisk)),
        asyncio.ensure_future(_from_asterisk(asterisk, pipe.socket)),
        session,
    ]
    is_over = False
    try:
        await asyncio.wait(work, return_when=asyncio.FIRST_COMPLETED)
        is_over = session.done()
    finally:
        for task in work:
            task.cancel()
        await asyncio.gather(*work, return_exceptions=True)
        # Only now: who reads from the page while it is closed takes the page's answer away.
        if is_over:
            await _close(pipe.socket, SESSION_ENDED, "session ended")
        else:
            await _close(pipe.socket, WSCloseCode.GOING_AWAY, "")


async def _from_page(page: web.WebSocketResponse, asterisk: Socket) -> None:
    left, since = float(BURST), time.monotonic()
    async for message in page:
        now = time.monotonic()
        left, since = min(BURST, left + (now - since) * PER_SECOND), now
        if message.type is not WSMsgType.TEXT or left < 1:
            await _close(page, WSCloseCode.POLICY_VIOLATION, "text, and not so fast")
            return
        left -= 1
        await asterisk.send_str(message.data)


async def _from_asterisk(asterisk: Socket, page: Socket) -> None:
    async for message in asterisk:
        if message.type is WSMsgType.TEXT:
            await page.send_str(message.data)
        elif message.type is WSMsgType.BINARY:
            await page.send_bytes(message.data)


async def _close(socket: web.WebSocketResponse, code: int, why: str) -> None:
    with suppress(ConnectionError, RuntimeError):
        await socket.close(code=code, message=why.encode())
