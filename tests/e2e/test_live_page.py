"""A call as the agent's page is told of it: rings, talks, words as they are said, wrap-up."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest_asyncio

from tests.e2e.line import Line, wait_for
from tests.e2e.pages import OpenPage
from tests.e2e.phones import Phones
from tests.e2e.records import Records
from tests.e2e.speech import SPEECH, line_config, recogniser  # noqa: F401  (fixtures)
from ticketing.tickets import Tickets

CITIZEN = "13800000001"


@pytest_asyncio.fixture
async def page(line: Line) -> AsyncIterator[OpenPage]:
    """The page of 1001."""
    async with OpenPage.of(line, "1001") as page:
        await wait_for(lambda: page.desk, what="the first message")
        yield page


async def test_a_call_from_the_ring_to_the_wrap_up(
    line: Line, page: OpenPage, phones: Phones, records: Records
) -> None:
    agent = await phones.agent("1001", duty=False)
    status, desk = await page.post("/api/desk/login", {"device": "phone"})
    assert (status, desk["state"]) == (200, "available")
    call = await phones.dial()
    await call.hears("welcome_short", within=5)
    await call.press("1")
    rung = await agent.incoming(within=15)
    ringing = await page.sees("ringing")
    assert ringing["caller_number"] == CITIZEN
    assert page.of_kind("transcript") == []
    async with OpenPage.of(line, "1901") as supervisor:
        await rung.answer()
        talking = await page.sees("talking")
        assert talking["call_id"] == ringing["call_id"]
        assert talking["waited_seconds"] is not None
        await wait_for(lambda: page.desk["call"]["tickets"], what="the draft's number")
        await call.hears("agent_announce", within=15)
        await asyncio.sleep(1)
        playing = call.play(SPEECH / "U01_zf_xiaobei.wav")
        await playing.done()
        fire = await wait_for(
            lambda: [w for w in page.words.values() if w["emergency"]],
            within=40,
            what="marked words",
        )
        assert fire[0]["speaker"] == "caller"
        marked = fire[0]["emergency"][0]
        assert marked["service"] == "119" and marked["word"] in fire[0]["text"]
        hint = (await wait_for(lambda: page.of_kind("emergency_hint"), within=10))[0]
        assert (hint["call_id"], hint["service"]) == (talking["call_id"], "119")
        seen = supervisor.of_kind("line")
        assert seen[0]["full"] and {one["number"] for one in seen[0]["agents"]} >= {"1001"}
        states = [one["state"] for told in seen for one in told["calls"]]
        assert "talking" in states
        assert supervisor.of_kind("transcript") == []
        status, desk = await page.post("/api/desk/hang_up")
        assert status == 200
        await call.hears("survey_ask", within=8)
        wrapped = await page.sees("wrap_up")
        assert (wrapped["call_id"], page.desk["state"]) == (talking["call_id"], "wrap_up")
        await call.hang_up()
    await wait_for(lambda: page.desk["state"] == "available", what="the end of wrap-up")
    assert page.desk["call"] is None
    status, error = await page.post("/api/desk/hang_up")
    assert (status, error["error"]["code"]) == (409, "wrong_state")
    status, desk = await page.post("/api/desk/logout")
    assert (status, desk["state"]) == (200, "logged_out")
    row = await records.closed(CITIZEN)
    assert row["ended_by"] == "agent"


async def test_a_controller_that_dies_comes_back_to_the_page(
    line: Line, page: OpenPage, phones: Phones, records: Records
) -> None:
    call, _ = await phones.talk()
    before = await page.sees("talking")
    os.kill(line.pids["controller"], signal.SIGKILL)
    await wait_for(lambda: {"type": "line", "connected": False} in page.heard, within=10)
    at = len(page.heard)
    await wait_for(
        lambda: any(one["type"] == "desk" and one["call"] for one in page.heard[at:]),
        within=30,
        what="the call, told by the next controller",
    )
    after = await page.sees("talking")
    assert after["call_id"] == before["call_id"]
    assert {p["role"] for p in after["parties"] if p["state"] == "talking"} == {"caller", "agent"}
    await call.hang_up()
    await records.closed(CITIZEN, within=15)


async def test_a_call_back_from_a_ticket(
    line: Line, page: OpenPage, phones: Phones, records: Records
) -> None:
    ticket = await Tickets(records.store).create(
        {"content": "停水", "request_type": "help", "contact_phone": "13800000002"},
        actor="1001", role="agent", at=datetime.now(UTC),
    )  # fmt: skip
    citizen = await phones.citizen("13800000002")
    path = f"/api/tickets/{ticket.ticket_no}/call"
    status, error = await page.post(path)
    assert (status, error["error"]["code"]) == (409, "wrong_state")  # not signed in at the line
    agent = await phones.agent("1001")
    status, told = await page.post(path)
    assert status == 201
    rung = await agent.incoming(within=10)
    ringing = await page.sees("ringing")
    assert (ringing["call_id"], ringing["direction"]) == (told["call_id"], "outbound")
    assert ringing["tickets"] == [ticket.ticket_no]
    await rung.answer()
    at_citizen = await citizen.incoming(within=10)
    assert at_citizen.peer == "12345"
    await at_citizen.answer()
    await page.sees("talking")
    await page.post("/api/desk/hang_up")
    await at_citizen.hears("survey_ask", within=8)
    await at_citizen.hang_up()
    row = await records.closed("12345")
    assert row["tickets"] == [ticket.ticket_no]
