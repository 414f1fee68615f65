"""Emergency transfer (紧急转接): every trigger, busy and unanswered desks, who hears what."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from service.useragent import PhoneCall
from service.useragent.phone import busy
from tests.e2e.line import wait_for
from tests.e2e.phones import AGENT_TONE, CITIZEN_TONE, DESK_TONE, Phones
from tests.e2e.records import Records, Row

CITIZEN = "13800000001"


@pytest.fixture(scope="module")
def line_config() -> Mapping[str, Any]:
    return {"emergency": {"via": "desks", "ring_seconds": 5, "progress_seconds": 3}}


async def event_of(records: Records, call_id: str, **wanted: object) -> Row:
    async def look() -> Row | None:
        events = [e for e in await records.emergencies.list() if e["call_id"] == call_id]
        return next((dict(e) for e in events if all(e[k] == v for k, v in wanted.items())), None)

    return dict(await wait_for(look, within=8, what=f"an emergency event {wanted}"))


async def they_talk(call: PhoneCall, desk: PhoneCall) -> None:
    """Both hear each other's hum."""
    hums = call.hum(CITIZEN_TONE), desk.hum(DESK_TONE)
    await desk.hears_tone(CITIZEN_TONE, within=10)
    await call.hears_tone(DESK_TONE, within=10)
    for hum in hums:
        hum.finish()


async def closed(records: Records, call: PhoneCall) -> Row:
    if call.ended_at is None:
        await call.hang_up()
    return await records.closed(CITIZEN)


async def test_nine_without_choice_is_110(phones: Phones, records: Records) -> None:
    desk = await phones.desk("110")
    call = await phones.dial()
    await call.hears("welcome_short", within=3)
    await call.press("9")
    await call.hears("emergency_menu", within=3)
    rung = await desk.incoming(within=15)
    assert rung.peer == CITIZEN
    await rung.answer()
    await rung.hears("emergency_whisper", within=4)
    await call.hears("emergency_joined", within=12)
    await they_talk(call, rung)
    row = await closed(records, call)
    assert row["outcome"] == "emergency_transferred"
    event = await event_of(records, row["call_id"])
    assert (event["service"], event["trigger"], event["outcome"]) == ("110", "key", "connected")
    assert event["confirmed"] == "silence"
    assert [a["result"] for a in event["attempts"]] == ["answered"]
    assert {leg["role"] for leg in row["legs"]} >= {"emergency"}


@pytest.mark.parametrize("service", ["110", "119", "120", "122", "12395"])
async def test_typed_sequence_in_the_menu(service: str, phones: Phones, records: Records) -> None:
    desk = await phones.desk(service)
    call = await phones.dial()
    await call.hears("welcome_short", within=3)
    await call.press(service)
    rung = await desk.incoming(within=8)
    await rung.answer()
    await rung.press("5")  # any key of the desk skips the whisper
    await call.hears("emergency_joined", within=6)
    row = await closed(records, call)
    event = await event_of(records, row["call_id"])
    assert (event["service"], event["trigger"]) == (service, "digits")


async def test_busy_desk_then_the_next_of_the_list(phones: Phones, records: Records) -> None:
    police, fire = await phones.desk("110"), await phones.desk("119")
    police.serve(busy)
    call = await phones.dial()
    await call.hears("welcome_short", within=3)
    await call.press("9,1")
    rung = await fire.incoming(within=25)
    await call.hears("emergency_retry", within=4)
    await rung.answer()
    await call.hears("emergency_joined", within=12)
    row = await closed(records, call)
    event = await event_of(records, row["call_id"])
    assert [(a["number"], a["result"]) for a in event["attempts"]] == [
        ("110", "busy"),
        ("110", "busy"),
        ("119", "answered"),
    ]


async def test_nobody_answers_then_an_agent(phones: Phones, records: Records) -> None:
    for service in ("110", "119"):
        await phones.desk(service)  # they ring and nobody picks up
    agent = await phones.agent("1001")
    call = await phones.dial()
    await call.hears("welcome_short", within=3)
    await call.press("110")
    rung = await agent.incoming(within=30)
    await rung.answer()
    await call.hears("agent_announce", within=8)
    row = await closed(records, call)
    event = await event_of(records, row["call_id"])
    assert event["outcome"] == "failed"
    assert [a["result"] for a in event["attempts"]][:3] == ["no_answer"] * 3


async def test_caller_leaves_while_the_desk_rings(phones: Phones, records: Records) -> None:
    desk = await phones.desk("120")
    call = await phones.dial()
    await call.hears("welcome_short", within=3)
    await call.press("120")
    rung = await desk.incoming(within=8)
    await call.hang_up()
    await rung.ended(5)
    row = await records.closed(CITIZEN)
    event = await event_of(records, row["call_id"])
    assert event["outcome"] == "caller_left"


async def test_agent_brings_in_the_fire_brigade(phones: Phones, records: Records) -> None:
    agent, desk = await phones.agent("1001"), await phones.desk("119")
    call = await phones.dial()
    await call.hears("welcome_short", within=5)
    await call.press("1")
    rung = await agent.incoming(within=15)
    await rung.answer()
    await call.hears("agent_announce", within=8)
    await asyncio.sleep(1)
    await rung.press("*9119#")
    at_desk = await desk.incoming(within=8)
    await at_desk.answer()
    await at_desk.press("1")
    await call.hears("emergency_joined", within=12)
    await they_talk(call, at_desk)
    hum = rung.hum(AGENT_TONE)
    await at_desk.hears_tone(AGENT_TONE, within=5)
    hum.finish()
    await rung.hang_up()  # citizen and desk go on
    await asyncio.sleep(1)
    await they_talk(call, at_desk)
    row = await closed(records, call)
    assert row["outcome"] == "emergency_transferred"
    event = await event_of(records, row["call_id"])
    assert (event["service"], event["trigger"], event["outcome"]) == ("119", "agent", "connected")


async def test_citizen_s_phone_dials_110_itself(phones: Phones, records: Records) -> None:
    desk = await phones.desk("110")
    call = await phones.dial("110")
    rung = await desk.incoming(within=8)
    await rung.answer()
    await call.hears("emergency_joined", within=12)
    row = await closed(records, call)
    assert row["called_number"] == "110"
    assert row["outcome"] == "emergency_transferred"
