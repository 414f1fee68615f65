"""The websocket of a page: who gets in, what each role is told, and that it comes back."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import aiohttp
import pytest

from console.context import HUB
from console.live import hub, page, socket, views
from console.live.link import Json, LineSilent
from console.live.mirror import Mirror
from console.live.views import CallLinks
from console.passwords import csrf_token
from console.sessions import COOKIE
from tests.console_kit import Api, console
from tests.stores import sqlite_url
from ticketing.identity import masked_number

PASSWORD = "long enough 1"
CITIZEN = "13800000001"


class Told:
    """A line that tells what the test says."""

    def __init__(self) -> None:
        self._messages: asyncio.Queue[Json | None] = asyncio.Queue()

    def tell(self, *messages: Json) -> None:
        for message in messages:
            self._messages.put_nowait(message)

    def leave(self) -> None:
        """The controller is away; what is told from here on comes from the next one."""
        self._messages.put_nowait(None)

    async def command(self, number: str, name: str, data: Mapping[str, Any]) -> Json:
        raise LineSilent

    async def messages(self) -> AsyncIterator[Json]:
        while (message := await self._messages.get()) is not None:
            yield message
        raise LineSilent


def agent(number: str = "1001", state: str = "talking", **more: Any) -> Json:
    return {
        "number": number, "name": "演示一", "role": "agent", "state": state, "since": "t",
        "reason": None, "call_id": "c" if state == "talking" else None, "skills": {"citizen": 5},
        "auto_answer": False, "device": "web", "registered": True, "wrap_up_until": None, **more,
    }  # fmt: skip


def call(call_id: str = "c", **more: Any) -> Json:
    parties = [
        {"leg_id": call_id, "role": "caller", "number": CITIZEN, "name": None, "state": "talking"},
        {"leg_id": "l", "role": "agent", "number": "1001", "name": "演示一", "state": "talking"},
    ]
    return {
        "call_id": call_id, "direction": "inbound", "caller_number": CITIZEN,
        "called_number": "12345", "group": "citizen", "priority": 0, "state": "talking",
        "since": "t", "started_at": "t", "answered_at": "t", "waiting_since": "t",
        "waited_seconds": 3, "parties": parties, "tickets": [], "hides_number": False,
        "emergency": None, "referred_up": None, **more,
    }  # fmt: skip


def segment(text: str, number: int = 0, *, final: bool = True) -> Json:
    return {
        "id": f"l.{number}", "speaker": "caller", "start": 1.0, "end": 2.0, "text": text,
        "final": final, "emergency": [],
    }  # fmt: skip


def snapshot(**more: Any) -> Json:
    told: Json = {
        "type": "snapshot", "agents": [agent(), agent("1002", "available")], "queue": [],
        "calls": [call()], "pause_reasons": [{"code": "meal", "label": "用餐"}],
        "transcripts": {"c": [segment("你好")]},
    }  # fmt: skip
    return {**told, **more}


@pytest.fixture
def line() -> Told:
    return Told()


@pytest.fixture
async def api(line: Told, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Api]:
    monkeypatch.setattr(page, "LINE_SECONDS", 0.05)
    monkeypatch.setattr(socket, "CHECK_SECONDS", 0.05)
    async with console(sqlite_url(tmp_path), line=line) as opened:
        for name, role, number in (
            ("a1", "agent", "1001"),
            ("a2", "agent", "1002"),
            ("s1", "supervisor", "1901"),
            ("d1", "dispatcher", None),
        ):
            await opened.user(name, role, password=PASSWORD, agent_no=number)
        yield opened


class Browser:
    """A page's end of the websocket."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        self.ws = ws
        self.seen: list[Json] = []

    async def gets(self, kind: str, **wanted: Any) -> Json:
        """The next message of a kind with those values."""
        async with asyncio.timeout(3):
            while True:
                told = cast("Json", await self.ws.receive_json())
                self.seen.append(told)
                if told["type"] == kind and all(told.get(k) == v for k, v in wanted.items()):
                    return told

    async def closed(self) -> int | None:
        """The code with which it is closed."""
        async with asyncio.timeout(3):
            async for _ in self.ws:
                pass
        return self.ws.close_code


async def signed_in(api: Api, name: str) -> str:
    """The secret of a new session."""
    said = await api.ask(None, "POST", "/api/session", {"name": name, "password": PASSWORD})
    api.client.session.cookie_jar.clear()
    return str(said.headers["Set-Cookie"].split(";")[0].partition("=")[2])


@asynccontextmanager
async def browser(api: Api, name: str, *, secret: str | None = None) -> AsyncIterator[Browser]:
    secret = secret or await signed_in(api, name)
    url = api.client.make_url("/api/live")
    headers = {"Cookie": f"{COOKIE}={secret}", "Origin": str(url.origin())}
    async with api.client.session.ws_connect(url, headers=headers) as ws:
        yield Browser(ws)


async def test_an_agent_is_told_of_himself_and_his_call(api: Api, line: Told) -> None:
    line.tell(snapshot())
    async with browser(api, "a1") as mine, browser(api, "a2") as other:
        desk = await mine.gets("desk")
        assert (desk["number"], desk["state"], desk["device"]) == ("1001", "talking", "web")
        assert desk["call"]["caller_number"] == CITIZEN
        assert desk["pause_reasons"] == [{"code": "meal", "label": "用餐"}]
        said = await mine.gets("transcript")
        assert [one["text"] for one in said["segments"]] == ["你好"]
        assert (await other.gets("desk"))["call"] is None
        hint = {"call_id": "c", "service": "119", "words": ["着火"], "doubt": None}
        notice = {"call_id": "c", "level": "warning", "code": "three_way_noanswer", "text": "无"}
        line.tell(
            {"type": "transcript", "call_id": "c", "segments": [segment("着火", 1, final=False)]},
            {"type": "transcript", "call_id": "c", "segments": [segment("着火了", 1)]},
            {"type": "emergency_hint", **hint},
            {"type": "notice", "to": "agents", **notice},
            {"type": "notice", "to": "supervisors", **notice},
            {"type": "agent", "agent": agent("1002", "paused", reason="meal")},
        )
        assert await mine.gets("emergency_hint") == {"type": "emergency_hint", **hint}
        assert await mine.gets("notice") == {"type": "notice", **notice}
        texts = [s["text"] for m in mine.seen if m["type"] == "transcript" for s in m["segments"]]
        assert texts[-1] == "着火了"
        paused = await other.gets("desk")
        assert (paused["state"], paused["reason"]) == ("paused", "meal")
        kinds = {one["type"] for one in other.seen}
        assert kinds == {"line", "desk"}, "nothing of another agent's call"
        assert {one["type"] for one in mine.seen} & {"line"} == {"line"}
        assert all("agents" not in one for one in [*mine.seen, *other.seen])


async def test_who_is_rung_reads_nothing_before_he_answers(api: Api, line: Told) -> None:
    rung = agent("1002", "ringing", call_id="c")
    line.tell(snapshot(agents=[agent(), rung]))
    async with browser(api, "a2") as theirs:
        desk = await theirs.gets("desk")
        assert (desk["call"]["call_id"], desk["call"]["state"]) == ("c", "ringing")
        line.tell({"type": "transcript", "call_id": "c", "segments": [segment("秘密", 1)]})
        line.tell({"type": "agent", "agent": agent("1002", "talking", call_id="c")})
        said = await theirs.gets("transcript")
        assert [one["text"] for one in said["segments"]] == ["你好", "秘密"]
        assert [one["type"] for one in theirs.seen].count("transcript") == 1


async def test_a_supervisor_is_told_of_the_line_first_all_then_what_changes(
    api: Api, line: Told
) -> None:
    waiting = {
        "call_id": "w", "group": "citizen", "since": "t", "position": 1, "priority": 0,
        "caller_number": CITIZEN,
    }  # fmt: skip
    line.tell(snapshot(queue=[waiting]))
    async with browser(api, "s1") as theirs:
        whole = await theirs.gets("line", connected=True)
        assert whole["full"] is True
        assert [one["number"] for one in whole["agents"]] == ["1001", "1002"]
        assert (whole["queue"], [one["call_id"] for one in whole["calls"]]) == ([waiting], ["c"])
        assert whole["counts"] == {
            "waiting": 1, "calls": 1, "agents": {"talking": 1, "available": 1},
        }  # fmt: skip
        line.tell({"type": "agent", "agent": agent("1002", "paused", reason="meal")})
        changed = await theirs.gets("line")
        assert changed["full"] is False
        assert [one["number"] for one in changed["agents"]] == ["1002"]
        assert changed["calls"] == [] and "queue" not in changed
        line.tell({"type": "call_over", "call_id": "c"})
        over = await theirs.gets("line")
        assert over["gone"] == {"agents": [], "calls": ["c"]}
        called = {"call_id": "c", "level": "warning", "code": "refer_up_waiting", "text": "请处理"}
        line.tell({"type": "notice", "to": "supervisors", **called})
        assert await theirs.gets("notice") == {"type": "notice", **called}


async def test_others_learn_only_whether_there_is_a_line(api: Api, line: Told) -> None:
    async with browser(api, "d1") as theirs:
        assert await theirs.gets("line") == {"type": "line", "connected": False}
        line.tell(snapshot())
        assert await theirs.gets("line") == {"type": "line", "connected": True}
        line.leave()
        assert await theirs.gets("line") == {"type": "line", "connected": False}
        line.tell(snapshot())
        assert await theirs.gets("line") == {"type": "line", "connected": True}


async def test_a_line_that_was_away_is_told_anew(api: Api, line: Told) -> None:
    line.tell(snapshot())
    async with browser(api, "a1") as mine, browser(api, "s1") as theirs:
        await mine.gets("transcript")
        await theirs.gets("line", full=True)
        line.leave()
        assert await mine.gets("line") == {"type": "line", "connected": False}
        assert await theirs.gets("line") == {"type": "line", "connected": False}
        line.tell(snapshot(transcripts={}))
        await mine.gets("desk")
        assert (await theirs.gets("line"))["full"] is True


async def test_tickets_that_are_linked_in_mid_call_are_shown(
    api: Api, line: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    line.tell(snapshot())
    async with browser(api, "a1") as mine:
        assert (await mine.gets("desk"))["call"]["tickets"] == []
        made = await api.parts.tickets.create(
            {"content": "停水", "request_type": "report", "region_code": "321302"},
            actor="1001", role="agent", at=api.now,
        )  # fmt: skip
        await api.parts.tickets.link_call(made.ticket_no, "c", "statement", at=api.now)
        assert (await mine.gets("desk"))["call"]["tickets"] == [made.ticket_no]
        async with browser(api, "s1") as theirs:
            (shown,) = (await theirs.gets("line", full=True))["calls"]
            assert shown["caller_number"] != CITIZEN
            assert shown["parties"][0]["number"] != CITIZEN
            assert shown["parties"][1]["number"] == "1001"


def test_numbers_are_starred_by_the_rules() -> None:
    mirror = Mirror(True, {"1001": agent()}, {"c": call()}, [])
    hidden = {"c": CallLinks(("T",), True)}
    own = views.desk(mirror, "1001", hidden)
    assert own is not None and own["call"]["caller_number"] == CITIZEN
    assert views.line(mirror, hidden, None).calls["c"]["caller_number"] != CITIZEN
    assert views.line(mirror, {}, None).calls["c"]["caller_number"] == CITIZEN
    took_part = views.line(mirror, hidden, "1001").calls["c"]
    assert took_part["caller_number"] == CITIZEN
    mirror.calls["c"] = call(direction="outbound", hides_number=True)
    for seen in (
        cast("Json", views.desk(mirror, "1001", {}))["call"],
        views.line(mirror, {}, "1001").calls["c"],
    ):
        assert CITIZEN not in (seen["called_number"], seen["parties"][0]["number"])


async def test_a_page_woken_meanwhile_sees_no_call_whose_tickets_are_not_known(
    api: Api, line: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, answer = asyncio.Event(), asyncio.Event()

    async def slow(_: object, calls: set[str]) -> dict[str, CallLinks]:
        asked.set()
        await answer.wait()
        return {one: CallLinks(("T",), True) for one in calls}

    line.tell(snapshot(calls=[], transcripts={}))
    async with browser(api, "s1") as page:
        await page.gets("line")
        monkeypatch.setattr(hub, "call_links", slow)
        line.tell({"type": "call", "call": call()})
        async with asyncio.timeout(3):
            await asked.wait()
        running = api.client.app[HUB]
        assert running.mirror.calls == {}  # whatever wakes a page now
        answer.set()
        (shown,) = (await page.gets("line"))["calls"]
        assert shown["caller_number"] == masked_number(CITIZEN)
        line.tell({"type": "call_over", "call_id": "c"})
        await page.gets("line")
        assert running.links == {}


# Who gets in


@pytest.mark.parametrize("origin", [None, "http://evil.example", "null"])
async def test_another_sites_page_is_kept_out(origin: str | None, api: Api) -> None:
    headers = {"Cookie": f"{COOKIE}={await signed_in(api, 'a1')}"}
    if origin is not None:
        headers["Origin"] = origin
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await api.client.session.ws_connect(api.client.make_url("/api/live"), headers=headers)
    assert refused.value.status == 403


async def test_strangers_are_kept_out_and_others_told_what_it_is(api: Api) -> None:
    url = api.client.make_url("/api/live")
    for cookie in ("", "wrong"):
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            headers = {"Cookie": f"{COOKIE}={cookie}", "Origin": str(url.origin())}
            await api.client.session.ws_connect(url, headers=headers)
        assert refused.value.status == 401
    secret = await signed_in(api, "a1")
    headers = {"Cookie": f"{COOKIE}={secret}", "Origin": str(url.origin())}
    said = await api.ask(None, "GET", "/api/live", headers=headers)
    assert (said.status, said.error) == (426, ("upgrade_required", None))


async def test_the_end_of_the_session_closes_the_page(api: Api, line: Told) -> None:
    line.tell(snapshot())
    secret = await signed_in(api, "a1")
    async with browser(api, "a1", secret=secret) as mine:
        await mine.gets("desk")
        shown = {"Cookie": f"{COOKIE}={secret}", "X-CSRF-Token": csrf_token(secret)}
        assert (await api.ask(None, "DELETE", "/api/session", headers=shown)).status == 204
        assert await mine.closed() == socket.SESSION_ENDED


async def test_an_open_page_keeps_nobody_signed_in(api: Api, line: Told) -> None:
    line.tell(snapshot())
    async with browser(api, "a1") as mine:
        await mine.gets("desk")
        for _ in range(3):
            api.now += timedelta(minutes=25)
            await asyncio.sleep(0.1)
        assert await mine.closed() == socket.SESSION_ENDED


async def test_other_rights_want_another_connection(api: Api, line: Told) -> None:
    line.tell(snapshot())
    async with browser(api, "a1") as mine:
        await mine.gets("desk")
        city = await api.parts.tickets.city()
        await api.parts.accounts.set_roles("a1", ["dispatcher"], None, city, by="x", at=api.now)
        assert await mine.closed() == socket.SESSION_ENDED


async def test_the_console_s_end_sends_pages_away(line: Told, tmp_path: Path) -> None:
    async with console(sqlite_url(tmp_path), line=line) as api:
        await api.user("a1", "agent", password=PASSWORD, agent_no="1001")
        line.tell(snapshot())
        async with browser(api, "a1") as mine:
            await mine.gets("desk")
            closing = asyncio.create_task(api.client.server.close())
            assert await mine.closed() == aiohttp.WSCloseCode.GOING_AWAY
            await closing


def test_what_sounded_like_danger_goes_with_the_call_to_who_has_it_next() -> None:
    danger = {"service": "119", "words": ["着火"], "doubt": None}
    told = call(danger=danger)
    talking = views.desk_of(agent("1002"), told, [], {})
    assert talking["call"]["danger"] == danger
    ringing = views.desk_of(agent("1002", "ringing"), told, [], {})
    assert ringing["call"]["danger"] is None, "what the citizen said is for who has answered"


def test_who_may_come_back_is_still_in_the_call() -> None:
    parties = [
        {"leg_id": f"l{place}", "role": role, "number": number, "name": None, "state": state}
        for place, (role, number, state) in enumerate(
            (
                ("caller", CITIZEN, "talking"),
                ("agent", "1001", "away"),
                ("agent", "1002", "talking"),
                ("agent", "1003", "left"),
                ("supervisor", "1901", "ringing"),
                ("unit", "8105", "talking"),
            )
        )
    ]
    mirror = Mirror()
    mirror.apply(snapshot(calls=[call(parties=parties)]))
    assert mirror.in_call("c") == {"1001", "1002"}
    assert mirror.in_call("other") == frozenset()
