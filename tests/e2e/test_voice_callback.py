"""The line calls back by voice (自动语音回访): keys, tries in vain, a dead controller."""

import os
import signal
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.e2e.line import Line, wait_for
from tests.e2e.phones import Phones
from tests.e2e.records import Records
from ticketing.model import Ticket
from ticketing.tickets import Tickets

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


async def to_call_back(records: Records, number: str = CITIZEN) -> Ticket:
    """A ticket of which the survey by SMS did not go out."""
    tickets, at = Tickets(records.store), datetime.now(UTC) - timedelta(minutes=1)
    one = await tickets.create(
        {**DRAFT, "contact_phone": number}, actor="1001", role="agent", at=at
    )
    for command, data, role in (
        ("accept", {}, "agent"),
        ("dispatch", {"unit": "SLJ", "answer_type": "investigate"}, "dispatcher"),
        ("sign", {}, "unit_handler"),
        ("submit_reply", REPLY, "unit_handler"),
        ("audit_pass", {}, "dispatcher"),
        ("sms_failed", {"reason": "空号"}, "system"),
    ):
        one = await tickets.do(one.ticket_no, command, data, actor=role, role=role, at=at)
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
