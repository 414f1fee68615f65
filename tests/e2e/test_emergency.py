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
    await call.hears("agent_announce", within=15)
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
    assert [a["result"] for a in event["attempts"]] == ["no_answer"]
    (leg,) = [leg for leg in row["legs"] if leg["role"] == "emergency"]
    assert leg["ended_at"] and leg["cause"]


async def test_agent_brings_in_the_fire_brigade(phones: Phones, records: Records) -> None:
    desk = await phones.desk("119")
    call, rung = await phones.talk()
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
    assert event["confirmed"] == "agent"


async def test_citizen_s_phone_dials_110_itself(phones: Phones, records: Records) -> None:
    desk = await phones.desk("110")
    call = await phones.dial("110")
    rung = await desk.incoming(within=8)
    await rung.answer()
    await call.hears("emergency_joined", within=12)
    row = await closed(records, call)
    assert row["called_number"] == "110"
    assert row["outcome"] == "emergency_transferred"


async def test_nine_again_and_again_is_one_emergency(phones: Phones, records: Records) -> None:
    desk = await phones.desk("110")
    call = await phones.dial()
    await call.hears("welcome_short", within=3)
    await call.press("9")
    began = call.now
    for _ in range(4):  # frightened
        await asyncio.sleep(0.8)
        await call.press("9")
    rung = await desk.incoming(within=15)
    assert call.now - began < 13  # 7 s of menu, 3 s of waiting, and the way
    await call.press("9")
    await rung.answer()
    await rung.press("1")
    await call.hears("emergency_joined", within=8)
    await call.press("9")
    await they_talk(call, rung)
    row = await closed(records, call)
    assert len(row["emergencies"]) == 1
    event = await event_of(records, row["call_id"])
    assert [a["result"] for a in event["attempts"]] == ["answered"]


async def test_another_service_in_the_menu_of_services(phones: Phones, records: Records) -> None:
    desk = await phones.desk("12395")
    call = await phones.dial()
    await call.hears("welcome_short", within=3)
    await call.press("9,w1,12395")
    rung = await desk.incoming(within=10)
    await rung.answer()
    await rung.press("1")
    await call.hears("emergency_joined", within=8)
    await closed(records, call)


async def test_one_two_three_nine_and_another_key_is_a_nine(
    phones: Phones, records: Records
) -> None:
    call = await phones.dial()
    await call.hears("welcome_short", within=3)
    await call.press("12394")
    await call.hears("emergency_menu", within=4)
    await closed(records, call)


async def test_an_emergency_that_failed_may_be_asked_for_again(
    phones: Phones, records: Records
) -> None:
    for service in ("110", "119"):
        (await phones.desk(service)).serve(busy)
    agent = await phones.agent("1001")
    call = await phones.dial()
    await call.hears("welcome_short", within=3)
    await call.press("110")
    rung = await agent.incoming(within=30)
    await rung.answer()
    await call.hears("agent_announce", within=15)
    desk = await phones.desk("110")
    desk.serve(None)
    await call.press("110")
    at_desk = await desk.incoming(within=10)
    await at_desk.answer()
    await at_desk.press("1")
    await call.hears("emergency_joined", within=8)
    await they_talk(call, at_desk)
    row = await closed(records, call)
    assert row["outcome"] == "emergency_transferred"
    assert [w["result"] for w in row["waits"]] == ["answered"]
    events = [e for e in await records.emergencies.list() if e["call_id"] == row["call_id"]]
    assert [e["outcome"] for e in events] == ["connected", "failed"]


async def test_an_ambulance_beside_the_police(phones: Phones, records: Records) -> None:
    police, ambulance = await phones.desk("110"), await phones.desk("120")
    call, rung = await phones.talk()
    await rung.press("*9#")
    first = await police.incoming(within=8)
    await first.answer()
    await first.press("1")
    await call.hears("emergency_joined", within=12)
    await asyncio.sleep(2)
    await rung.press("*9110#")  # is there already
    await rung.hears("agent_code_failed", within=5)
    await rung.press("*9120#")
    second = await ambulance.incoming(within=8)
    hum = first.hum(DESK_TONE)
    await call.hears_tone(DESK_TONE, within=5)  # nothing stops the talk with the police
    hum.finish()
    await second.answer()
    await second.press("1")
    hum = call.hum(CITIZEN_TONE)
    for desk in (first, second):
        await desk.hears_tone(CITIZEN_TONE, within=10)
    hum.finish()
    row = await closed(records, call)
    events = [e for e in await records.emergencies.list() if e["call_id"] == row["call_id"]]
    assert [(e["service"], e["outcome"]) for e in events] == [
        ("120", "connected"),
        ("110", "connected"),
    ]


async def test_the_desk_keeps_a_caller_whom_the_agent_left_on_hold(
    phones: Phones, records: Records
) -> None:
    desk = await phones.desk("110")
    call, rung = await phones.talk()
    await rung.press("*9#")
    at_desk = await desk.incoming(within=8)
    await at_desk.answer()
    await at_desk.press("1")
    await call.hears("emergency_joined", within=12)
    await asyncio.sleep(2)
    await rung.press("*5")
    await call.hears("hold_start", within=5)
    await asyncio.sleep(2)
    await rung.hang_up()
    await asyncio.sleep(1)
    await they_talk(call, at_desk)
    await closed(records, call)
