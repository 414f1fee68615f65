"""A controller that dies or hangs: the dialplan serves, and its calls are imported afterwards."""

import asyncio
import os
import signal
from pathlib import Path
from typing import Any

import pytest_asyncio

from tests.e2e.line import Line, wait_for
from tests.e2e.phones import CITIZEN_TONE, DESK_TONE, Phones
from tests.e2e.records import Records

SPEECH = Path(__file__).parents[1] / "fixtures" / "speech" / "zh" / "U09_zf_xiaobei.wav"
CITIZEN = "13800000002"


async def imported(records: Records, number: str) -> dict[str, Any]:
    row = await records.closed(number, within=30)
    assert row["handled_by"] == "fallback"
    return row


async def test_a_message_while_the_controller_is_dead(
    line: Line, phones: Phones, records: Records
) -> None:
    await phones.citizen(CITIZEN)
    os.kill(line.pids["controller"], signal.SIGKILL)
    await asyncio.sleep(0.3)  # until Asterisk has seen it
    call = await phones.dial(citizen=CITIZEN)
    await call.hears("system_fault", within=3)
    await call.hears("tone", within=14)
    call.play(SPEECH)
    await call.press("w4,#")
    await call.hears("message_saved", within=3)
    await call.ended(6)
    row = await imported(records, CITIZEN)
    assert row["outcome"] == "message_left"
    assert len(row["recordings"]) == 1
    assert len(row["tickets"]) == 1
    recordings = line.cli("recordings", "list", "--number", CITIZEN)
    assert [r["kind"] for r in recordings] == ["message"]


async def test_an_emergency_while_the_controller_hangs(
    line: Line, phones: Phones, records: Records
) -> None:
    desk = await phones.desk("119")
    await phones.citizen("13800000003")
    controller = line.pids["controller"]
    os.kill(controller, signal.SIGSTOP)
    await asyncio.sleep(5)
    call = await phones.dial(citizen="13800000003")
    call.hum(CITIZEN_TONE)
    await call.hears("system_fault", within=3)
    await call.press("119")
    answered = await (await desk.incoming(within=3)).answer()
    answered.hum(DESK_TONE)
    await call.hears_tone(DESK_TONE, within=3)
    await answered.hears_tone(CITIZEN_TONE, within=3)
    await wait_for(
        lambda: line.taken() and line.pids["controller"] != controller,
        within=30,
        what="a successor",
    )
    assert call.ended_at is None, "the talk goes on while the controller is replaced"
    await call.hears_tone(DESK_TONE, within=2)
    await call.hang_up()
    row = await imported(records, "13800000003")
    assert row["outcome"] == "emergency_transferred"
    (event,) = row["emergencies"]
    seen = line.cli("emergencies", "show", event)
    assert (seen["service"], seen["trigger"], seen["outcome"]) == ("119", "fallback", "connected")


@pytest_asyncio.fixture(autouse=True)
async def a_whole_line(line: Line) -> None:
    await wait_for(line.taken, within=30, what="a line with all its parts")


async def test_an_emergency_that_a_dying_controller_left_goes_on(
    line: Line, phones: Phones, records: Records
) -> None:
    """Nobody has answered yet when the controller hangs: the dialplan rings the same service."""
    desk = await phones.desk("120")
    controller = line.pids["controller"]
    call = await phones.dial()
    call.hum(CITIZEN_TONE)
    await call.press("120")
    await desk.incoming(within=6)
    os.kill(controller, signal.SIGSTOP)
    again = await desk.incoming(within=40)
    answered = await again.answer()
    answered.hum(DESK_TONE)
    await call.hears_tone(DESK_TONE, within=8)
    await call.hang_up()
    row = await records.closed("13800000001", within=40)
    assert row["outcome"] == "emergency_transferred"
    (event,) = row["emergencies"]
    seen = line.cli("emergencies", "show", event)
    assert (seen["service"], seen["trigger"], seen["outcome"]) == ("120", "digits", "connected")


async def test_a_caller_whom_the_dialplan_takes_from_a_controller_that_serves_him(
    line: Line, phones: Phones, records: Records
) -> None:
    """The hand-over meets a successor that has just taken the caller back: one call, one event."""
    desk = await phones.desk("120")
    call = await phones.dial()
    call.hum(CITIZEN_TONE)
    await call.press("120")
    await desk.incoming(within=6)
    (caller,) = [one for one in line.asterisk_channels() if one.startswith("PJSIP/citizen-")]
    line.asterisk(f"channel redirect {caller} fallback,s,1")
    answered = await (await desk.incoming(within=40)).answer()
    answered.hum(DESK_TONE)
    await call.hears_tone(DESK_TONE, within=8)
    served = (await line.status())["calls"]
    assert served == 0, "the controller serves him no more"
    await call.hang_up()
    row = await records.closed("13800000001", within=40)
    assert row["outcome"] == "emergency_transferred"
    (event,) = row["emergencies"]
    seen = line.cli("emergencies", "show", event)
    assert (seen["service"], seen["trigger"], seen["outcome"]) == ("120", "digits", "connected")
