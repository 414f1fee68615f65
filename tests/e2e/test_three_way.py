"""Three-way call (三方通话): accept, refuse, voicemail, leaving in each order."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from service.useragent import PhoneCall
from service.useragent.phone import answer, busy
from tests.e2e.phones import AGENT_TONE, CITIZEN_TONE, UNIT_TONE, Phones
from tests.e2e.records import Records

CITIZEN = "13800000001"


@pytest.fixture(scope="module")
def line_config() -> Mapping[str, Any]:
    return {"ivr": {"three_way": {"ring_seconds": 4, "accept_seconds": 3}}}


async def joined(phones: Phones, call: PhoneCall, agent: PhoneCall) -> PhoneCall:
    """The unit's first contact, who has pressed 1."""
    unit = await phones.unit("SLJ", 1)
    await agent.press("*38105#")
    at_unit = await unit.incoming(within=15)
    assert at_unit.peer == "12345"
    await at_unit.answer()
    await at_unit.hears("three_way_whisper", within=15)
    await at_unit.press("1")
    await call.hears("three_way_joined", within=6)
    return at_unit


async def all_hear(*voices: tuple[PhoneCall, float]) -> None:
    """Everybody hears everybody else's hum."""
    for speaker, tone in voices:
        hum = speaker.hum(tone)
        for listener, _ in voices:
            if listener is not speaker:
                await listener.hears_tone(tone, within=6)
        hum.finish()
        await asyncio.sleep(0.3)


async def test_all_three_talk_and_the_unit_leaves_first(phones: Phones, records: Records) -> None:
    call, agent = await phones.talk()
    unit = await joined(phones, call, agent)
    await all_hear((call, CITIZEN_TONE), (agent, AGENT_TONE), (unit, UNIT_TONE))
    await unit.hang_up()
    await call.hears("three_way_left", within=6)
    await agent.hang_up()
    await call.hears("survey_ask", within=6)
    await call.hang_up()
    row = await records.closed(CITIZEN)
    assert [leg["number"] for leg in row["legs"] if leg["role"] == "unit"] == ["8105"]

    kept = await records.archived(row["call_id"], 4)
    assert {r["speaker"] for r in kept} == {None, "caller", "agent", "unit"}


async def test_the_agent_leaves_first(phones: Phones, records: Records) -> None:
    call, agent = await phones.talk()
    unit = await joined(phones, call, agent)
    await agent.hang_up()
    await asyncio.sleep(1)
    await all_hear((call, CITIZEN_TONE), (unit, UNIT_TONE))
    await unit.hang_up()
    await call.hears("survey_ask", within=6)
    await call.hang_up()
    row = await records.closed(CITIZEN)
    assert row["ended_by"] in ("unit", "caller")


async def test_the_citizen_leaves_first(phones: Phones, records: Records) -> None:
    call, agent = await phones.talk()
    unit = await joined(phones, call, agent)
    await call.hang_up()
    await agent.ended(5)
    await unit.ended(5)
    row = await records.closed(CITIZEN)
    assert row["ended_by"] == "caller"


async def test_the_agent_drops_the_unit(phones: Phones, records: Records) -> None:
    call, agent = await phones.talk()
    unit = await joined(phones, call, agent)
    await agent.press("*30#")
    await unit.ended(5)
    await call.hears("three_way_left", within=6)
    await all_hear((call, CITIZEN_TONE), (agent, AGENT_TONE))
    await call.hang_up()
    await records.closed(CITIZEN)


async def test_a_voicemail_cannot_join_then_the_second_contact(
    phones: Phones, records: Records
) -> None:
    call, agent = await phones.talk()
    first, second = await phones.unit("SLJ", 1), await phones.unit("SLJ", 2)
    first.serve(answer)
    await agent.press("*38105#")
    at_second = await second.incoming(within=30)
    await at_second.answer()
    await at_second.press("1")
    await call.hears("three_way_joined", within=6)
    await call.hang_up()
    await at_second.ended(5)
    await records.closed(CITIZEN)


async def test_nobody_at_the_unit(phones: Phones, records: Records) -> None:
    call, agent = await phones.talk()
    for contact in (1, 2):
        phone = await phones.unit("SLJ", contact)
        phone.serve(busy)
    await agent.press("*38105#")
    await call.hears("three_way_invite", within=10)
    await call.hears("three_way_noanswer", within=15)
    await all_hear((call, CITIZEN_TONE), (agent, AGENT_TONE))
    await call.hang_up()
    row = await records.closed(CITIZEN)
    assert len([leg for leg in row["legs"] if leg["role"] == "unit"]) == 2


async def test_the_citizen_leaves_while_the_unit_rings(phones: Phones, records: Records) -> None:
    call, agent = await phones.talk()
    unit = await phones.unit("SLJ", 1)
    await agent.press("*38105#")
    at_unit = await unit.incoming(within=15)
    await call.hang_up()
    await at_unit.ended(5)
    await agent.ended(5)
    await records.closed(CITIZEN)


async def test_a_voicemail_of_the_second_contact_cannot_join_either(
    phones: Phones, records: Records
) -> None:
    call, agent = await phones.talk()
    for contact in (1, 2):
        phone = await phones.unit("SLJ", contact)
        phone.serve(answer)
    await agent.press("*38105#")
    await call.hears("three_way_noanswer", within=40)
    await all_hear((call, CITIZEN_TONE), (agent, AGENT_TONE))
    await call.hang_up()
    row = await records.closed(CITIZEN)
    units = [leg for leg in row["legs"] if leg["role"] == "unit"]
    assert [leg["number"] for leg in units] == ["8105", "8605"]
    assert all(leg["answered_at"] for leg in units)


async def test_the_agent_drops_a_unit_that_still_rings(phones: Phones, records: Records) -> None:
    call, agent = await phones.talk()
    unit = await phones.unit("SLJ", 1)
    await agent.press("*38105#")
    at_unit = await unit.incoming(within=15)
    await agent.press("*30#")
    await at_unit.ended(3)
    await all_hear((call, CITIZEN_TONE), (agent, AGENT_TONE))
    await call.hang_up()
    await records.closed(CITIZEN)


async def test_a_caller_on_hold_is_there_when_the_unit_joins(
    phones: Phones, records: Records
) -> None:
    call, agent = await phones.talk()
    await agent.press("*5")
    await call.hears("hold_start", within=5)
    await asyncio.sleep(2)
    unit = await joined(phones, call, agent)
    await all_hear((call, CITIZEN_TONE), (agent, AGENT_TONE), (unit, UNIT_TONE))
    await call.hang_up()
    await unit.ended(5)
    await records.closed(CITIZEN)


async def test_an_agent_who_leaves_a_caller_on_hold_leaves_him_to_the_unit(
    phones: Phones, records: Records
) -> None:
    call, agent = await phones.talk()
    unit = await joined(phones, call, agent)
    await asyncio.sleep(3)
    await agent.press("*5")
    await call.hears("hold_start", within=5)
    await asyncio.sleep(2)
    await agent.hang_up()
    await asyncio.sleep(1)
    await all_hear((call, CITIZEN_TONE), (unit, UNIT_TONE))
    await call.hang_up()
    await unit.ended(5)
    await records.closed(CITIZEN)


async def test_the_agent_leaves_while_the_unit_rings_and_nobody_comes(
    phones: Phones, records: Records
) -> None:
    call, agent = await phones.talk()
    for contact in (1, 2):
        await phones.unit("SLJ", contact)
    await agent.press("*38105#")
    await call.hears("three_way_invite", within=10)
    await agent.hang_up()
    await call.hears("three_way_noanswer", within=20)
    await call.hears("survey_ask", within=12)
    await call.hang_up()
    await records.closed(CITIZEN)


async def test_an_emergency_ends_the_invitation(phones: Phones, records: Records) -> None:
    call, agent = await phones.talk()
    unit, desk = await phones.unit("SLJ", 1), await phones.desk("110")
    await agent.press("*38105#")
    at_unit = await unit.incoming(within=15)
    await call.press("110")
    at_desk = await desk.incoming(within=10)
    await at_unit.ended(5)
    await at_desk.answer()
    await at_desk.press("1")
    await call.hears("emergency_joined", within=8)
    await call.hang_up()
    await agent.ended(5)
    row = await records.closed(CITIZEN)
    assert row["outcome"] == "emergency_transferred"
