"""The websocket of softphones in the page: who gets in, what passes, when it ends."""

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import WSMsgType, web
from aiohttp.test_utils import TestServer

from console import softphones
from console.context import HUB
from console.sessions import COOKIE
from console.softphones import BURST, ELSEWHERE, LONGEST, SESSION_ENDED, Softphones
from tests.console_kit import Api, console
from tests.stores import sqlite_url

PASSWORD = "long enough 1"
PAGE, OTHER_PAGE = "page-0001", "page-0002"


class Admitted:
    """What the line was asked for."""

    def __init__(self) -> None:
        self.pages: list[tuple[str, str, bool]] = []
        self.seconds = 0.0
        self.dismissed: list[tuple[str, str]] = []

    async def admit(self, number: str, page: str, *, renew: bool, seconds: float) -> str:
        self.pages.append((number, page, renew))
        self.seconds = seconds
        return f"secret of {page}"

    async def dismiss(self, number: str, page: str) -> None:
        self.dismissed.append((number, page))


@asynccontextmanager
async def _switch() -> AsyncIterator[str]:
    """The other end: a websocket that says what it heard, in capitals."""

    async def echo(request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse(protocols=("sip",))
        await socket.prepare(request)
        async for message in socket:
            await socket.send_str(str(message.data).upper())
        return socket

    app = web.Application()
    app.router.add_get("/ws", echo)
    async with TestServer(app) as server:
        yield str(server.make_url("/ws"))


@dataclasses.dataclass
class Desk:
    """An agent at a page."""

    api: Api
    line: Admitted
    cookie: str
    csrf: str

    async def ask(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        headers = {"Cookie": f"{COOKIE}={self.cookie}", "X-CSRF-Token": self.csrf}
        async with self.api.client.request(method, path, json=body, headers=headers) as said:
            return said.status, await said.json() if said.content_length else None

    @asynccontextmanager
    async def sip(
        self, page: str = PAGE, *, protocol: str = "sip", **other: str
    ) -> AsyncIterator[Any]:
        origin = str(self.api.client.make_url("/")).rstrip("/")
        headers = {"Cookie": f"{COOKIE}={self.cookie}", "Origin": origin, **other}
        async with self.api.client.ws_connect(
            f"/sip?page={page}", protocols=(protocol,), headers=headers, max_msg_size=4 * LONGEST
        ) as socket:
            yield socket


@pytest_asyncio.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    line = Admitted()
    async with (
        _switch() as asterisk,
        console(sqlite_url(tmp_path), softphones=Softphones(line, asterisk, "*45")) as api,
    ):
        await api.user("a1", "agent", agent_no="1001", password=PASSWORD)
        await api.user("nobody", "agent", password=PASSWORD)
        yield await _signed_in(api, line, "a1")


async def _signed_in(api: Api, line: Admitted, name: str) -> Desk:
    told = {"name": name, "password": PASSWORD}
    async with api.client.post("/api/session", json=told) as said:
        cookie = said.cookies[COOKIE].value
        csrf = (await said.json())["csrf_token"]
    api.client.session.cookie_jar.clear()
    return Desk(api, line, cookie, csrf)


async def test_a_page_gets_credentials_that_end_with_its_session(desk: Desk) -> None:
    status, told = await desk.ask("POST", "/api/desk/phone", {"page": PAGE})
    assert status == 200
    assert told == {
        "uri": "sip:web-1001@hotline",
        "username": "web-1001",
        "password": f"secret of {PAGE}",
        "expires_at": "2026-10-02T04:00:00+08:00",
        "ws_path": f"/sip?page={PAGE}",
        "ice": [],
        "echo": "*45",
    }
    assert desk.line.pages == [("1001", PAGE, False)]
    assert desk.line.seconds == timedelta(hours=12).total_seconds()
    async with desk.sip() as page:
        await page.send_str("register")
        assert await page.receive_str(timeout=5) == "REGISTER"
        assert (await desk.ask("DELETE", "/api/session"))[0] == 204
        await _closed(page, SESSION_ENDED)
    assert desk.line.dismissed == [("1001", PAGE)]


async def test_a_session_that_ends_by_itself_ends_the_phone(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(softphones, "CHECK_SECONDS", 0.1)
    async with desk.sip() as page:
        await asyncio.sleep(0.3)
        assert not page.closed
        desk.api.now += timedelta(hours=13)
        await _closed(page, SESSION_ENDED)
    assert desk.line.dismissed == [("1001", PAGE)]


@pytest.mark.parametrize(("role", "agent_no"), [("kb_editor", "1001"), ("agent", "1009")])
async def test_another_role_or_extension_ends_the_phone(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, role: str, agent_no: str
) -> None:
    monkeypatch.setattr(softphones, "CHECK_SECONDS", 0.1)
    await desk.ask("POST", "/api/desk/phone", {"page": PAGE})
    await desk.api.user("security", "security_admin")
    async with desk.sip() as page:
        await asyncio.sleep(0.3)
        assert not page.closed
        change = {"roles": [role], "agent_no": agent_no}
        said = await desk.api.ask("security", "PUT", "/api/accounts/a1", change)
        assert said.status == 200, said.body
        await _closed(page, SESSION_ENDED)
    assert desk.line.dismissed == [("1001", PAGE)]


async def test_who_is_on_duty_is_not_idle(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(softphones, "CHECK_SECONDS", 0.1)
    async with desk.sip() as page:  # of a line that nobody knows about: on duty
        for _ in range(4):  # a long talk, the hands off the keyboard
            desk.api.now += timedelta(minutes=40)
            await asyncio.sleep(0.3)
        assert (await desk.ask("GET", "/api/session"))[0] == 200
        mirror = desk.api.client.app[HUB].mirror
        mirror.connected, mirror.agents = True, {"1001": {"state": "paused"}}
        desk.api.now += timedelta(minutes=61)
        await _closed(page, SESSION_ENDED)


async def test_a_second_page_takes_the_phone_only_where_it_is_told_to(desk: Desk) -> None:
    await desk.ask("POST", "/api/desk/phone", {"page": PAGE})
    async with desk.sip() as first:
        status, told = await desk.ask("POST", "/api/desk/phone", {"page": OTHER_PAGE})
        assert (status, told["error"]["code"], told["error"]["field"]) == (
            409, "wrong_state", "page",
        )  # fmt: skip
        async with desk.sip(OTHER_PAGE) as second:
            await _closed(second, ELSEWHERE)
        await first.send_str("invite")
        assert await first.receive_str(timeout=5) == "INVITE"
        asked = {"page": PAGE, "renew": True}  # its own pipe hinders nobody
        assert (await desk.ask("POST", "/api/desk/phone", asked))[0] == 200
        asked = {"page": OTHER_PAGE, "take": True}
        assert (await desk.ask("POST", "/api/desk/phone", asked))[0] == 200
        await _closed(first, ELSEWHERE)
    async with desk.sip() as again:
        await _closed(again, ELSEWHERE)
    async with desk.sip(OTHER_PAGE) as second:
        await second.send_str("invite")
        assert await second.receive_str(timeout=5) == "INVITE"
    assert desk.line.dismissed == []


async def test_a_page_that_is_loaded_anew_has_the_phone_without_taking_it(desk: Desk) -> None:
    await desk.ask("POST", "/api/desk/phone", {"page": PAGE})
    async with desk.sip():
        pass
    assert (await desk.ask("POST", "/api/desk/phone", {"page": OTHER_PAGE}))[0] == 200
    assert desk.line.pages == [("1001", PAGE, False), ("1001", OTHER_PAGE, False)]


async def test_strangers_do_not_get_in(desk: Desk) -> None:
    for other, status in (
        ({"Cookie": "x=y"}, 401),
        ({"Cookie": f"{COOKIE}=wrong"}, 401),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": ""}, 403),
        ({"Origin": "https://" + desk.api.client.make_url("/").authority}, 403),
        ({"protocol": "chat"}, 400),
    ):
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            async with desk.sip(**other):
                pass
        assert refused.value.status == status, other
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        async with desk.sip("short"):
            pass
    assert refused.value.status == 400


async def test_whose_role_has_no_desk_has_no_phone(desk: Desk) -> None:
    await desk.api.user("d1", "dispatcher", agent_no="1003", password=PASSWORD)
    dispatcher = await _signed_in(desk.api, desk.line, "d1")
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        async with dispatcher.sip():
            pass
    assert refused.value.status == 403


async def test_who_has_no_number_has_no_phone(desk: Desk) -> None:
    nobody = await _signed_in(desk.api, desk.line, "nobody")
    status, told = await nobody.ask("POST", "/api/desk/phone", {"page": PAGE})
    assert (status, told["error"]["field"]) == (403, "agent_no")
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        async with nobody.sip():
            pass
    assert refused.value.status == 403


async def test_what_is_too_long_too_fast_or_no_text_ends_the_pipe(desk: Desk) -> None:
    async with desk.sip() as page:
        await page.send_str("x" * (LONGEST + 1))
        await _closed(page, aiohttp.WSCloseCode.MESSAGE_TOO_BIG)
    async with desk.sip() as page:
        await page.send_bytes(b"x")
        await _closed(page, aiohttp.WSCloseCode.POLICY_VIOLATION)
    async with desk.sip() as page:
        for _ in range(2 * BURST):
            await page.send_str("x")
        await _closed(page, aiohttp.WSCloseCode.POLICY_VIOLATION)


async def test_a_line_that_is_away_is_told(tmp_path: Path) -> None:
    async with console(sqlite_url(tmp_path)) as api:
        await api.user("a1", "agent", agent_no="1001", password=PASSWORD)
        desk = await _signed_in(api, Admitted(), "a1")
        status, told = await desk.ask("POST", "/api/desk/phone", {"page": PAGE})
        assert (status, told["error"]["code"]) == (503, "line_silent")


async def test_an_asterisk_that_is_away_is_tried_later(tmp_path: Path) -> None:
    gone = Softphones(Admitted(), "http://127.0.0.1:9/ws")
    async with console(sqlite_url(tmp_path), softphones=gone) as api:
        await api.user("a1", "agent", agent_no="1001", password=PASSWORD)
        desk = await _signed_in(api, Admitted(), "a1")
        async with desk.sip() as page:
            await _closed(page, aiohttp.WSCloseCode.TRY_AGAIN_LATER)


async def _closed(socket: Any, code: int) -> None:
    async with asyncio.timeout(5):
        while (await socket.receive()).type is WSMsgType.TEXT:
            pass
    assert socket.close_code == code
