"""A citizen and an agent: distribution, talk, recording, survey, record and draft."""

import asyncio
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from service.useragent import NotHeardError, PhoneCall, inband_keys
from service.useragent.phone import busy
from tests.e2e.phones import AGENT_TONE, CITIZEN_TONE, Phones
from tests.e2e.records import Records
from ticketing.tickets import Tickets

CITIZEN = "13800000001"


@pytest.fixture(scope="module")
def line_config() -> Mapping[str, Any]:
    # Always the same citizen calls: whoever knows him would be rung, not who is idle longest.
    return {"ivr": {"queue": {"ring_seconds": 5, "last_agent_hours": 0}}}


async def to_agent(phones: Phones, key: str = "1") -> PhoneCall:
    """A citizen dials and presses a key of the menu."""
    call = await phones.dial()
    await call.hears("welcome_short", within=5)
    await call.press(key)
    return call


async def test_talk_is_heard_recorded_and_filed(phones: Phones, records: Records) -> None:
    agent = await phones.agent("1001")
    call = await to_agent(phones)
    rung = await agent.incoming(within=15)
    assert rung.peer == CITIZEN
    await rung.answer()
    await call.hears("agent_announce", within=15)
    citizen_hum, agent_hum = call.hum(CITIZEN_TONE), rung.hum(AGENT_TONE)
    await call.hears_tone(AGENT_TONE, within=5)
    await rung.hears_tone(CITIZEN_TONE, within=5)
    citizen_hum.finish()
    agent_hum.finish()
    await rung.hang_up()
    await call.hears("survey_ask", within=5)
    await call.press("2")
    await call.hears("survey_thanks", within=8)
    await call.ended(10)
    row = await records.closed(CITIZEN)
    assert row["outcome"] == "agent_answered"
    assert row["ended_by"] == "agent"
    assert row["survey_score"] == 2
    assert [w["agent"] for w in row["waits"]] == ["1001"]
    recordings = await records.archived(row["call_id"], 3)
    assert sorted(r["kind"] for r in recordings) == ["mix", "speaker", "speaker"]
    assert {r["speaker"] for r in recordings} == {None, "caller", "agent"}
    for r in recordings:
        assert r["duration_s"] > 1
        content = await asyncio.to_thread(Path(r["path"]).read_bytes)
        assert len(content) == r["bytes"]
        assert hashlib.sha256(content).hexdigest() == r["sha256"]
    (ticket,) = await Tickets(records.store).of_call(row["call_id"])
    assert ticket.first_agent_no == "1001"
    assert row["tickets"] == [ticket.ticket_no]


async def test_no_answer_goes_to_the_next_and_pauses(phones: Phones, records: Records) -> None:
    first, second = await phones.agent("1001"), await phones.agent("1002")
    call = await to_agent(phones)
    rung = await first.incoming(within=15)
    again = await second.incoming(within=15)
    await rung.ended(3)
    await again.answer()
    await call.hears("agent_announce", within=15)
    assert await phones.state(first) == "paused"
    await call.hang_up()
    row = await records.closed(CITIZEN)
    assert [w["agent"] for w in row["waits"]] == ["1002"]
    assert row["ended_by"] == "caller"
    await phones.code(first, "agent_resume")


async def test_refusing_agent_is_passed_over(phones: Phones, records: Records) -> None:
    first, second = await phones.agent("1001"), await phones.agent("1002")
    first.serve(busy)
    call = await to_agent(phones)
    rung = await second.incoming(within=15)
    await rung.answer()
    await call.hears("agent_announce", within=15)
    await call.hang_up()
    await records.closed(CITIZEN)


async def test_longest_idle_agent_is_rung(phones: Phones, records: Records) -> None:
    first, second = await phones.agent("1001"), await phones.agent("1002")
    for expected in (first, second):
        call = await to_agent(phones)
        rung = await expected.incoming(within=15)
        await rung.answer()
        await call.hears("agent_announce", within=15)
        await call.hang_up()
        await records.closed(CITIZEN)


async def test_business_callers_reach_business_agents(phones: Phones, records: Records) -> None:
    citizen_agent, business = await phones.agent("1001"), await phones.agent("1003")
    del citizen_agent
    call = await to_agent(phones, "2")
    await call.hears("enterprise_connect", within=10)
    rung = await business.incoming(within=15)
    await rung.answer()
    await call.hears("agent_announce", within=15)
    await call.hang_up()
    row = await records.closed(CITIZEN)
    assert [w["queue"] for w in row["waits"]] == ["enterprise"]


async def test_caller_leaves_while_the_agent_rings(phones: Phones, records: Records) -> None:
    agent = await phones.agent("1001")
    call = await to_agent(phones)
    rung = await agent.incoming(within=15)
    await call.hang_up()
    await rung.ended(5)
    row = await records.closed(CITIZEN)
    assert row["outcome"] == "abandoned_in_queue"
    assert row["waits"][0]["result"] == "abandoned"
    assert await phones.state(agent) == "available"


async def test_agent_s_keys_are_not_heard_and_citizen_s_keys_do_nothing(
    phones: Phones, records: Records
) -> None:
    call, rung = await phones.talk()
    since = call.ear.seconds
    await rung.press("*777#")
    await rung.hears("agent_code_failed", within=5)
    await call.press("*5*38105#")
    await asyncio.sleep(2)
    assert inband_keys(call.ear.audio(since)) == []
    with pytest.raises(NotHeardError):
        await call.hears("agent_code_failed", within=0.1)
    hum = rung.hum(AGENT_TONE)  # no hold, no unit: they still talk
    await call.hears_tone(AGENT_TONE, within=5)
    hum.finish()
    await call.hang_up()
    await records.closed(CITIZEN)


async def test_hold_and_back(phones: Phones, records: Records) -> None:
    call, rung = await phones.talk()
    await rung.press("*5")
    await call.hears("hold_start", within=5)
    await asyncio.sleep(4)
    hum = rung.hum(AGENT_TONE)
    await call.deaf_to(AGENT_TONE, for_=2)
    hum.finish()
    await rung.press("*5")
    await call.hears("hold_return", within=5)
    hum = rung.hum(AGENT_TONE)
    await call.hears_tone(AGENT_TONE, within=5)
    hum.finish()
    await call.hang_up()
    await records.closed(CITIZEN)


async def test_transfer_to_a_colleague(phones: Phones, records: Records) -> None:
    second = await phones.agent("1002", duty=False)
    call, rung = await phones.talk()
    await phones.log_in(second)
    await rung.press("*21002#")
    at_second = await second.incoming(within=8)
    await at_second.answer()
    await rung.ended(5)
    hums = call.hum(CITIZEN_TONE), at_second.hum(AGENT_TONE)
    await at_second.hears_tone(CITIZEN_TONE, within=8)
    await call.hears_tone(AGENT_TONE, within=8)
    for hum in hums:
        hum.finish()
    await at_second.hang_up()
    await call.hears("survey_ask", within=5)
    await call.hang_up()
    row = await records.closed(CITIZEN)
    agents = [leg["number"] for leg in row["legs"] if leg["role"] == "agent"]
    assert agents == ["1001", "1002"]


async def test_transfer_comes_back(phones: Phones, records: Records) -> None:
    second = await phones.agent("1002", duty=False)
    call, rung = await phones.talk()
    await phones.log_in(second)
    second.serve(busy)
    await rung.press("*21002#")
    await asyncio.sleep(3)
    hum = rung.hum(AGENT_TONE)
    await call.hears_tone(AGENT_TONE, within=8)
    hum.finish()
    await call.hang_up()
    await records.closed(CITIZEN)


async def test_a_transfer_that_failed_and_an_agent_who_left_lead_to_the_next(
    phones: Phones, records: Records
) -> None:
    second, third = await phones.agent("1002", duty=False), await phones.agent("1003", duty=False)
    call, rung = await phones.talk()
    await phones.log_in(second)
    await rung.press("*21002#")
    at_second = await second.incoming(within=8)
    await rung.hang_up()
    await at_second.reject()  # and is paused
    await phones.log_in(third)  # has the skill of citizens too
    again = await third.incoming(within=20)
    await again.answer()
    await call.hears("agent_announce", within=8, since=call.now - 1)
    await asyncio.sleep(1)
    await again.hang_up()
    await call.hears("survey_ask", within=8)
    await call.hang_up()
    row = await records.closed(CITIZEN)
    assert [w["agent"] for w in row["waits"]] == ["1001", "1003"]


async def test_nine_during_a_transfer_gives_the_agent_back(
    phones: Phones, records: Records
) -> None:
    second, desk = await phones.agent("1002", duty=False), await phones.desk("119")
    call, rung = await phones.talk()
    await phones.log_in(second)
    await rung.press("*21002#")
    at_second = await second.incoming(within=8)
    await call.press("119")
    at_desk = await desk.incoming(within=10)
    await at_second.ended(5)
    await at_desk.answer()
    await at_desk.press("1")
    await call.hears("emergency_joined", within=8)
    hum = rung.hum(AGENT_TONE)
    await at_desk.hears_tone(AGENT_TONE, within=6)
    hum.finish()
    await call.hang_up()
    await rung.ended(5)
    row = await records.closed(CITIZEN)
    assert row["outcome"] == "emergency_transferred"
    assert row["ended_by"] == "caller"


async def test_the_record_has_every_leg_and_its_end(phones: Phones, records: Records) -> None:
    call, rung = await phones.talk()
    await call.hang_up()
    await rung.ended(5)
    row = await records.closed(CITIZEN)
    legs = {leg["role"]: leg for leg in row["legs"]}
    assert set(legs) == {"caller", "agent"}
    for leg in legs.values():
        assert leg["answered_at"] and leg["ended_at"]
        assert leg["cause"] == 16
