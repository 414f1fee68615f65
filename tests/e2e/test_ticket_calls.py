"""Calls that the line makes for tickets: callbacks by voice (自动语音回访), 联系诉求人, agents'."""

import os
import signal
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from console.accounts import Accounts
from console.tokens import Tokens
from tests.e2e.line import Line, wait_for
from tests.e2e.phones import AGENT_TONE, CITIZEN_TONE, UNIT_TONE, Phones
from tests.e2e.records import Records
from tests.e2e.wire import listening
from ticketing.model import Ticket
from ticketing.tickets import Tickets

Step = tuple[str, dict[str, Any], str]
"""Command, data, role."""
CITIZEN = "13800000001"
DRAFT = {
    "title": "路灯不亮",
    "content": "幸福家园门口路灯不亮",
    "request_type": "complaint",
    "channel": "web",
    "region_code": "321302",
    "acceptance_basis": "6.2",
}
REPLY = {"reply": "已修复", "public_reply": "已修复。", "contacted": True, "solved": True}


@pytest.fixture(scope="module")
def line_config() -> Mapping[str, Any]:
    return {
        "callbacks": {"voice": True, "hours": ["00:00-23:59"], "retry_minutes": 0.01},
        "ivr": {"callback": {"ring_seconds": 4}},
    }


AT_UNIT: tuple[Step, ...] = (
    ("accept", {}, "agent"),
    (
        "dispatch",
        {"unit": "SLJ", "answer_type": "investigate", "unit_content": "路灯不亮"},
        "dispatcher",
    ),
    ("sign", {}, "unit_handler"),
)
SURVEY_FAILED: tuple[Step, ...] = (
    ("submit_reply", REPLY, "unit_handler"),
    ("audit_pass", {}, "dispatcher"),
    ("sms_failed", {"reason": "空号"}, "system"),
)


async def ticket_after(records: Records, number: str, *steps: Step, **more: object) -> Ticket:
    """A ticket of a citizen to whom this was done."""
    tickets, at = Tickets(records.store), datetime.now(UTC) - timedelta(minutes=1)
    one = await tickets.create(
        {**DRAFT, "contact_phone": number, **more}, actor="1001", role="agent", at=at
    )
    for command, data, role in steps:
        one = await tickets.do(one.ticket_no, command, data, actor=role, role=role, at=at)
    return one


async def to_call_back(records: Records, number: str = CITIZEN) -> Ticket:
    """A ticket of which the survey by SMS did not go out."""
    one = await ticket_after(records, number, *AT_UNIT, *SURVEY_FAILED)
    assert one.state == "manual_callback"
    return one


async def filed(records: Records, one: Ticket, attempts: int, *, within: float = 10) -> Ticket:
    """The ticket once so many attempts are on it."""
    tickets = Tickets(records.store)

    async def look() -> Ticket | None:
        now = await tickets.read(one.ticket_no)
        return now if len(now.callback) >= attempts else None

    found: Ticket = await wait_for(look, within=within, what="the callback filed")
    assert len(found.callback) == attempts
    return found


async def test_in_vain_then_not_content(phones: Phones, records: Records) -> None:
    """Refused, then answered: 不满意 is put right by the unit."""
    citizen = await phones.citizen()
    one = await to_call_back(records)
    rung = await citizen.incoming(within=10)
    assert rung.peer == "12345"
    await rung.reject()
    told = await filed(records, one, 1)
    assert told.callback[-1].result == "unreachable"

    call = await citizen.incoming(within=10)
    await call.answer()
    await call.hears("callback_intro", within=8)
    await call.press("1")
    await call.hears("callback_contacted", within=6)
    await call.press("1")
    await call.hears("callback_solved", within=6)
    await call.press("2")
    await call.hears("callback_satisfied", within=6)
    await call.press("4")
    await call.hears("callback_rectify", within=8)
    await call.ended(20)
    told = await filed(records, one, 2)
    assert (told.state, told.callback[-1].score) == ("rectifying", 4)
    assert [one["relation"] for one in told.to_json()["calls"]] == ["callback"] * 2
    row = await records.closed(CITIZEN)
    assert (row["direction"], row["called_number"]) == ("outbound", CITIZEN)
    assert [step["input"] for step in row["path"]] == ["1", "1", "2", "4"]
    assert row["tickets"] == [one.ticket_no]

    async def recorded() -> bool:
        rows = [r for r in await records.recordings.list() if r["call_id"] == row["call_id"]]
        return {r["kind"] for r in rows if r["sha256"]} == {"mix", "speaker"}

    await wait_for(recorded, within=10, what="the recordings")


async def test_what_was_said_before_hanging_up_counts(phones: Phones, records: Records) -> None:
    citizen = await phones.citizen("13800000003")
    one = await to_call_back(records, "13800000003")
    call = await citizen.incoming(within=10)
    await call.answer()
    for key, question in (
        ("1", "callback_intro"),
        ("2", "callback_contacted"),
        ("3", "callback_solved"),
    ):
        await call.hears(question, within=8)
        await call.press(key)
    await call.hears("callback_satisfied", within=6)
    await call.hang_up()
    told = await filed(records, one, 1)
    said = told.callback[0]
    assert (told.state, said.contacted, said.solved) == ("rectifying", False, False)


async def kill_controller(line: Line) -> None:
    """End the controller as a crash would, and wait for its successor."""
    old = line.pids["controller"]
    os.kill(old, signal.SIGKILL)
    await wait_for(
        lambda: line.taken() and line.pids["controller"] != old, within=30, what="a successor"
    )


async def test_a_controller_that_dies_costs_no_callback(
    line: Line, phones: Phones, records: Records
) -> None:
    """The citizen who is on the phone is asked anew; who was being rung, is rung once more."""
    citizen = await phones.citizen("13800000002")
    one = await to_call_back(records, "13800000002")
    call = await citizen.incoming(within=10)
    await call.answer()
    await call.hears("callback_intro", within=8)
    await kill_controller(line)
    await call.hears("callback_intro", within=15, since=call.now)
    for key, question in (
        ("1", "callback_contacted"),
        ("1", "callback_solved"),
        ("1", "callback_satisfied"),
    ):
        await call.press(key)
        await call.hears(question, within=6)
    await call.press("1")
    await call.hears("survey_thanks", within=6)
    await call.ended(10)
    told = await filed(records, one, 1)
    assert (told.state, told.close_result) == ("closed", "satisfied")

    other = await to_call_back(records, "13800000002")
    rung = await citizen.incoming(within=10)
    await kill_controller(line)
    await rung.ended(10)
    told = await filed(records, other, 1)
    assert told.callback[0].result == "unreachable"
    again = await citizen.incoming(within=15)
    await again.answer()
    await again.hears("callback_intro", within=8)
    await again.press("2")
    await again.hears("goodbye", within=8)
    await again.ended(10)
    assert len((await Tickets(records.store).read(other.ticket_no)).callback) == 1


async def test_a_unit_talks_with_a_hidden_citizen(
    line: Line, phones: Phones, records: Records, tmp_path: Path
) -> None:
    """Both see 12345; no number of the one is in any SIP message to or from the other."""
    one = await ticket_after(records, "13800000003", *AT_UNIT, confidential=True)
    unit, citizen = await phones.unit("SLJ", 1), await phones.citizen("13800000003")
    with listening(line, tmp_path / "sip.pcap") as wire:
        call_id = (await contact(line, records, one.ticket_no))["call_id"]
        at_unit = await unit.incoming(within=10)
        await at_unit.answer()
        await at_unit.hears("relay_whisper", within=6)
        assert not citizen.is_rung
        await at_unit.press("1")
        at_citizen = await citizen.incoming(within=10)
        assert (at_unit.peer, at_citizen.peer) == ("12345", "12345")
        await at_citizen.answer()
        await at_citizen.hears("relay_intro", within=8)
        hum = at_unit.hum(UNIT_TONE)
        await at_citizen.hears_tone(UNIT_TONE, within=15)
        hum.finish()
        hum = at_citizen.hum(CITIZEN_TONE)
        await at_unit.hears_tone(CITIZEN_TONE, within=6)
        hum.finish()
        await at_unit.hang_up()
        await at_citizen.ended(6)
    to_unit, to_citizen = (wire.of(str(leg.sip_call_id)) for leg in (at_unit, at_citizen))
    assert "INVITE" in to_unit and "INVITE" in to_citizen
    assert "13800000003" not in to_unit
    assert "8105" not in to_citizen
    row = await records.closed("13800000003")
    assert (row["call_id"], row["ended_by"]) == (call_id, "unit")
    told = await Tickets(records.store).read(one.ticket_no)
    assert [(call.call_id, call.relation) for call in told.calls] == [(call_id, "relay")]
    event = told.events[-1]
    assert (event.command, event.actor, event.role) == ("link_call", "u1", "unit_handler")

    kept = await records.archived(call_id, 3)
    assert {r["speaker"] for r in kept} == {"unit", "caller", None}


async def contact(line: Line, records: Records, ticket_no: str) -> dict[str, Any]:
    """What a person of the unit does in the console; another unit's is told of no such ticket."""
    now, city = datetime.now(UTC), await Tickets(records.store).city()
    accounts, tokens = Accounts(records.store), Tokens(records.store)
    answers = []
    for name, unit in (("x1", "CGJ"), ("u1", "SLJ")):
        await accounts.add(name, ["unit_handler"], city, by="test", at=now, unit=unit)
        token, _ = await tokens.add(name, "", days=1, by="test", at=now)
        url = f"{line.ready['console']['url']}/api/tickets/{ticket_no}/contact"
        headers = {"Authorization": f"Bearer {token}"}
        async with aiohttp.ClientSession(headers=headers) as http, http.post(url) as reply:
            answers.append((reply.status, await reply.json()))
    assert [status for status, _ in answers] == [404, 201], answers
    return dict(answers[1][1])


async def test_who_is_not_there_costs_nothing(line: Line, phones: Phones, records: Records) -> None:
    """The citizen does not answer; then the agent's call reaches him."""
    one = await ticket_after(records, CITIZEN, *AT_UNIT)
    refused = line.cli("tickets", "call", one.ticket_no, "--agent", "1001", check=False)
    assert (refused["error"]["code"], refused["error"]["field"]) == ("wrong_state", "agent")
    unit, citizen = await phones.unit("SLJ", 1), await phones.citizen()
    line.cli("tickets", "contact", one.ticket_no, "--as", "unit:u1")
    at_unit = await unit.incoming(within=10)
    await at_unit.answer()
    await at_unit.hears("relay_whisper", within=6)
    await at_unit.press("1")
    rung = await citizen.incoming(within=10)
    await rung.reject()
    await at_unit.hears("relay_noanswer", within=8)
    await at_unit.ended(10)
    assert (await records.closed(CITIZEN))["outcome"] == "failed"

    agent = await phones.agent("1001")
    call_id = line.cli("tickets", "call", one.ticket_no, "--agent", "1001")["call_id"]
    at_agent = await agent.incoming(within=10)
    await at_agent.answer()
    at_citizen = await citizen.incoming(within=10)
    assert at_citizen.peer == "12345"
    await at_citizen.answer()
    await at_citizen.hears("agent_announce", within=15)
    hum = at_agent.hum(AGENT_TONE)
    await at_citizen.hears_tone(AGENT_TONE, within=6)
    hum.finish()
    await at_citizen.hang_up()
    await at_agent.ended(6)
    row = await records.closed(CITIZEN)
    assert (row["call_id"], row["outcome"]) == (call_id, "agent_answered")
    told = await Tickets(records.store).read(one.ticket_no)
    assert [call.relation for call in told.calls] == ["relay", "callback"]
    assert await Tickets(records.store).of_call(call_id) == []
