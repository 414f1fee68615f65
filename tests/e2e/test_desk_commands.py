"""What agents do by buttons of the page (坐席操作), on real phones: hold, ask, pass on, undo."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
import pytest_asyncio

from ivr.queue.core import Priority
from service.useragent import PhoneCall
from service.useragent.phone import busy
from tests.e2e.desk import Desk
from tests.e2e.line import Line, wait_for
from tests.e2e.phones import AGENT_TONE, CITIZEN_TONE, DESK_TONE, UNIT_TONE, Phones
from tests.e2e.records import Records

CITIZEN = "13800000001"


@pytest.fixture(scope="module")
def line_config() -> Mapping[str, Any]:
    return {"ivr": {"three_way": {"ring_seconds": 4, "accept_seconds": 3}}}


@pytest_asyncio.fixture
async def desk(line: Line) -> AsyncIterator[Desk]:
    async with Desk.of(line) as desk:
        yield desk


async def hear_each_other(*voices: tuple[PhoneCall, float]) -> None:
    for speaker, tone in voices:
        hum = speaker.hum(tone)
        for listener, _ in voices:
            if listener is not speaker:
                await listener.hears_tone(tone, within=6)
        hum.finish()
        await asyncio.sleep(0.3)


async def consulting(phones: Phones, desk: Desk) -> tuple[PhoneCall, PhoneCall, PhoneCall]:
    """1001, who talks with a citizen, asks 1002: the citizen's call, 1001's, and 1002's that
    rings."""
    second = await phones.agent("1002", duty=False)
    call, rung = await phones.talk()
    await phones.log_in(second)
    await desk.do("1001", "consult", target="1002")
    return call, rung, await second.incoming(within=8)


async def all_three(phones: Phones, desk: Desk) -> tuple[PhoneCall, PhoneCall, PhoneCall]:
    """The same three, once 1001 has asked 1002 into the talk."""
    call, rung, at_second = await consulting(phones, desk)
    await at_second.answer()
    await wait_for(lambda: talking(desk, "1002"), what="1002 in the consultation")
    await desk.do("1001", "join")
    return call, rung, at_second


async def ended(call: PhoneCall, records: Records) -> dict[str, Any]:
    """The citizen hangs up; the record."""
    await call.hang_up()
    return await records.closed(CITIZEN)


async def test_states_and_their_refusals(phones: Phones, desk: Desk) -> None:
    agent = await phones.agent("1001", duty=False)
    assert await desk.refused("1001", "pause", reason="break") == ("wrong_state", None)
    assert (await desk.do("1001", "login"))["agent"]["state"] == "available"
    await wait_for(lambda: desk.mirror.agents["1001"]["state"] == "available")
    assert await desk.refused("1001", "pause", reason="naps") == ("invalid_value", "reason")
    assert await desk.refused("1001", "pause") == ("missing_field", "reason")
    paused = (await desk.do("1001", "pause", reason="meal"))["agent"]
    assert (paused["state"], paused["reason"]) == ("paused", "meal")
    assert {"code": "meal", "label": "用餐"} in desk.mirror.pause_reasons
    assert (await desk.do("1001", "resume"))["agent"]["state"] == "available"
    assert await desk.refused("1001", "hang_up") == ("wrong_state", None)
    assert await desk.refused("9999", "login") == ("invalid_value", "agent")
    assert (await desk.do("1001", "logout"))["agent"]["state"] == "logged_out"
    await agent.unregister()


async def test_a_call_as_it_is_told_and_its_end_by_button(
    phones: Phones, desk: Desk, records: Records
) -> None:
    phone = await phones.agent("1001")
    call = await phones.dial()
    await call.hears("welcome_short", within=5)
    await call.press("1")
    rung = await phone.incoming(within=15)
    await desk.sees("1001", "ringing")
    await rung.answer()
    seen = await desk.sees("1001", "talking")
    assert (seen["direction"], seen["caller_number"], seen["group"]) == (
        "inbound", CITIZEN, "citizen",
    )  # fmt: skip
    parties = [(p["role"], p["number"], p["state"]) for p in seen["parties"]]
    assert parties == [("caller", CITIZEN, "talking"), ("agent", "1001", "talking")]
    assert seen["waited_seconds"] is not None
    await wait_for(lambda: desk.call_of("1001")["tickets"], what="the draft's number")
    states = [m["call"]["state"] for m in desk.told if m["type"] == "call"]
    assert states.index("menu") < states.index("ringing") < states.index("talking")
    await call.hears("agent_announce", within=15)
    await desk.do("1001", "hang_up")
    await rung.ended(5)
    await call.hears("survey_ask", within=5)
    assert desk.mirror.agents["1001"]["state"] == "wrap_up"
    assert desk.mirror.agents["1001"]["wrap_up_until"]
    await call.hang_up()
    wrapped = await desk.sees("1001", "wrap_up")
    assert wrapped["call_id"] == seen["call_id"]
    await wait_for(lambda: seen["call_id"] not in desk.mirror.calls, what="the wrap-up's end")
    row = await records.closed(CITIZEN)
    assert row["ended_by"] == "agent"


async def test_hold_and_its_refusals(phones: Phones, desk: Desk, records: Records) -> None:
    call, rung = await phones.talk()
    assert await desk.refused("1001", "unhold") == ("wrong_state", None)
    await desk.do("1001", "hold")
    await call.hears("hold_start", within=5)
    held = await desk.sees("1001", "held")
    assert [p["state"] for p in held["parties"]] == ["held", "talking"]
    assert await desk.refused("1001", "hold") == ("wrong_state", None)
    await desk.do("1001", "unhold")
    await call.hears("hold_return", within=5)
    await desk.sees("1001", "talking")
    await hear_each_other((call, CITIZEN_TONE), (rung, AGENT_TONE))
    await ended(call, records)


async def test_a_unit_that_does_not_answer_is_told(
    phones: Phones, desk: Desk, records: Records
) -> None:
    call, _ = await phones.talk()
    for contact in (1, 2):
        (await phones.unit("SLJ", contact)).serve(busy)
    assert await desk.refused("1001", "three_way", unit="XXX") == ("unknown_unit", "unit")
    assert await desk.refused("1001", "three_way_drop") == ("wrong_state", None)
    await desk.do("1001", "three_way", unit="SLJ")
    assert await desk.refused("1001", "three_way", unit="CGJ") == ("wrong_state", None)
    notice = await desk.noticed("three_way_noanswer", within=10)
    assert notice["to"] == "agents"
    assert notice["call_id"] == desk.call_of("1001")["call_id"]
    await ended(call, records)


async def test_consult_and_pass_on(phones: Phones, desk: Desk, records: Records) -> None:
    second = await phones.agent("1002", duty=False)
    call, rung = await phones.talk()
    await phones.log_in(second)
    assert await desk.refused("1001", "consult", target="1001") == ("invalid_value", "target")
    assert await desk.refused("1001", "consult", target="1003") == ("wrong_state", None)
    assert await desk.refused("1001", "consult", target="777") == ("invalid_value", "target")
    assert await desk.refused("1001", "complete") == ("wrong_state", None)
    await desk.do("1001", "transfer", target="1002", kind="warm")
    await call.hears("hold_start", within=5)
    at_second = await second.incoming(within=8)
    await desk.sees("1001", "consulting")
    assert await desk.refused("1001", "complete") == ("wrong_state", None)  # still rings
    await at_second.answer()
    await hear_each_other((rung, AGENT_TONE), (at_second, UNIT_TONE))
    await apart(call, rung)
    assert await desk.refused("1002", "complete") == ("wrong_state", None)
    assert await desk.refused("1001", "hold") == ("wrong_state", None)
    assert whose(desk, "1002") == ("1001", None)
    await desk.do("1001", "complete")
    await rung.ended(5)
    await call.hears("agent_announce", within=6, since=call.now - 1)
    await hear_each_other((call, CITIZEN_TONE), (at_second, AGENT_TONE))
    await desk.sees("1002", "talking")
    assert whose(desk, "1002") == ("1002", "1001")
    await at_second.hang_up()
    await call.hears("survey_ask", within=6)
    row = await ended(call, records)
    assert [leg["number"] for leg in row["legs"] if leg["role"] == "agent"] == ["1001", "1002"]


async def test_who_was_passed_the_caller_may_end_the_call_at_once(
    phones: Phones, desk: Desk, records: Records
) -> None:
    """While the caller still hears by whom he is served."""
    call, rung, at_second = await consulting(phones, desk)
    await at_second.answer()
    await wait_for(lambda: talking(desk, "1002"), what="1002 in the consultation")
    await desk.do("1001", "complete")
    await rung.ended(5)
    await desk.do("1002", "hang_up")
    await call.hears("survey_ask", within=8)
    await ended(call, records)


def whose(desk: Desk, number: str) -> tuple[str, str | None]:
    """Whose the caller is in this agent's call, and who passed him on."""
    call = desk.call_of(number)
    return call["agent"]["number"], (call["passed_by"] or {}).get("number")


def talking(desk: Desk, number: str) -> bool:
    """Whether this agent talks in 1001's call."""
    parties = desk.call_of("1001")["parties"]
    return any(p["number"] == number and p["state"] == "talking" for p in parties)


async def apart(call: PhoneCall, other: PhoneCall) -> None:
    """The caller does not hear what the others say."""
    hum = other.hum(DESK_TONE)
    with pytest.raises(AssertionError):
        await call.hears_tone(DESK_TONE, within=2)
    hum.finish()


async def test_consult_and_come_back(phones: Phones, desk: Desk, records: Records) -> None:
    call, rung, at_second = await consulting(phones, desk)
    await at_second.answer()
    await hear_each_other((rung, AGENT_TONE), (at_second, UNIT_TONE))
    await desk.do("1001", "return")
    await at_second.ended(5)
    await call.hears("hold_return", within=6)
    await desk.sees("1001", "talking")
    assert whose(desk, "1001") == ("1001", None)
    await hear_each_other((call, CITIZEN_TONE), (rung, AGENT_TONE))
    await ended(call, records)


async def test_who_stays_in_a_talk_of_three_has_the_caller(
    phones: Phones, desk: Desk, records: Records
) -> None:
    call, rung, at_second = await all_three(phones, desk)
    await hear_each_other((call, CITIZEN_TONE), (rung, AGENT_TONE), (at_second, UNIT_TONE))
    assert whose(desk, "1002") == ("1001", None)
    await rung.hang_up()
    await wait_for(lambda: whose(desk, "1002")[0] == "1002", what="the caller 1002's")
    await wait_for(lambda: desk.mirror.agents["1001"]["state"] == "wrap_up")
    assert whose(desk, "1001")[0] == "1002", "while he writes up as well"
    await ended(call, records)


async def test_consult_a_unit_and_talk_together(
    phones: Phones, desk: Desk, records: Records
) -> None:
    call, rung = await phones.talk()
    unit = await phones.unit("SLJ", 1)
    await desk.do("1001", "consult", target="SLJ")
    at_unit = await unit.incoming(within=8)
    assert at_unit.peer == "12345"
    await at_unit.answer()
    await at_unit.hears("three_way_whisper", within=15)
    await at_unit.press("1")
    await wait_for(lambda: "unit" in roles_talking(desk), what="the unit in the consultation")
    await desk.do("1001", "join")
    await call.hears("three_way_joined", within=6)
    await hear_each_other((call, CITIZEN_TONE), (rung, AGENT_TONE), (at_unit, UNIT_TONE))
    await at_unit.hang_up()
    await call.hears("three_way_left", within=6)
    await ended(call, records)


def roles_talking(desk: Desk) -> set[str]:
    """Who talks in 1001's call."""
    return {p["role"] for p in desk.call_of("1001")["parties"] if p["state"] == "talking"}


async def test_who_is_not_reached_gives_the_caller_back(
    phones: Phones, desk: Desk, records: Records
) -> None:
    call, rung, at_second = await consulting(phones, desk)
    await at_second.reject()
    await desk.noticed("consult_noanswer")
    await call.hears("hold_return", within=6)
    await hear_each_other((call, CITIZEN_TONE), (rung, AGENT_TONE))
    await ended(call, records)


async def test_an_agent_who_leaves_while_it_rings_passes_on(
    phones: Phones, desk: Desk, records: Records
) -> None:
    """Warm to a skill group: whoever of it is free."""
    second = await phones.agent("1003", duty=False)
    call, rung = await phones.talk()
    await phones.log_in(second)
    await desk.do("1001", "transfer", target="enterprise", kind="warm")
    at_second = await second.incoming(within=8)
    await rung.hang_up()
    await asyncio.sleep(1)
    await at_second.answer()
    await call.hears("agent_announce", within=8, since=call.now - 1)
    await hear_each_other((call, CITIZEN_TONE), (at_second, AGENT_TONE))
    await at_second.hang_up()
    await call.hears("survey_ask", within=6)
    await ended(call, records)


async def test_a_callers_emergency_ends_a_consultation(
    phones: Phones, desk: Desk, records: Records
) -> None:
    second, police = await phones.agent("1002", duty=False), await phones.desk("110")
    call, rung = await phones.talk()
    await phones.log_in(second)
    await desk.do("1001", "consult", target="1002")
    at_second = await second.incoming(within=8)
    await at_second.answer()
    await wait_for(lambda: len(roles_talking(desk)) == 1)
    await asyncio.sleep(1)
    await call.press("110")
    at_desk = await police.incoming(within=10)
    await at_second.ended(5)
    await at_desk.answer()
    await at_desk.press("1")
    await call.hears("emergency_joined", within=8)
    await hear_each_other((call, CITIZEN_TONE), (rung, AGENT_TONE), (at_desk, DESK_TONE))
    row = await ended(call, records)
    assert row["outcome"] == "emergency_transferred"


async def test_an_emergency_is_dialled_at_once_and_undone_within_three_seconds(
    phones: Phones, desk: Desk, records: Records
) -> None:
    police = await phones.desk("110")
    await records.no_emergencies_before()
    call, rung = await phones.talk()
    assert await desk.refused("1001", "emergency", service="911") == ("invalid_value", "service")
    assert await desk.refused("1001", "emergency_undo") == ("wrong_state", None)
    told = await desk.do("1001", "emergency", service="110")
    assert told["call"]["emergency"]["service"] == "110"
    assert told["call"]["emergency"]["undo_until"]
    at_desk = await police.incoming(within=3)
    assert await desk.refused("1001", "emergency", service="110") == ("wrong_state", None)
    urgent = Priority.EMERGENCY_FOLLOW_UP
    await wait_for(lambda: desk.call_of("1001")["priority"] == urgent, what="an emergency")
    await desk.do("1001", "emergency_undo")
    await at_desk.ended(3)
    await wait_for(lambda: desk.call_of("1001")["emergency"] is None)
    await wait_for(lambda: desk.call_of("1001")["priority"] < urgent, what="no emergency any more")
    await desk.sees("1001", "talking")
    await hear_each_other((call, CITIZEN_TONE), (rung, AGENT_TONE))
    await desk.do("1001", "hang_up")
    await call.hears("survey_ask", within=6)
    row = await ended(call, records)
    assert row["outcome"] == "agent_answered"
    (event,) = [e for e in await records.emergencies.list() if e["call_id"] == row["call_id"]]
    assert (event["trigger"], event["outcome"]) == ("agent", "guided")


async def test_who_dials_an_emergency_in_vain_is_told(
    phones: Phones, desk: Desk, records: Records
) -> None:
    """The agent who has the citizen, and the supervisors; the desk of 119 is not there."""
    call, rung = await phones.talk()
    await desk.do("1001", "emergency", service="119")
    await desk.noticed("emergency_failed", within=15)
    told = [one for one in desk.told if one.get("code") == "emergency_failed"]
    assert {one["to"] for one in told} == {"agents", "supervisors"}
    for one in told:
        assert (one["level"], one["call_id"]) == ("error", desk.call_of("1001")["call_id"])
        assert one["text"] == ("119没有接通，系统还在呼叫；请市民同时用其他电话拨打119")
    await hear_each_other((call, CITIZEN_TONE), (rung, AGENT_TONE))
    assert desk.call_of("1001")["emergency"]["service"] == "119", "it is still called"
    await desk.noticed("emergency_stopped", within=40)
    await wait_for(lambda: desk.call_of("1001")["emergency"] is None, what="nothing in hand")
    row = await ended(call, records)
    (event,) = [e for e in await records.emergencies.list() if e["call_id"] == row["call_id"]]
    assert (event["trigger"], event["outcome"]) == ("agent", "failed")
    assert len(event["attempts"]) >= 4


async def test_a_service_that_answers_late_joins_the_talk(
    phones: Phones, desk: Desk, records: Records
) -> None:
    call, rung = await phones.talk()
    await desk.do("1001", "emergency", service="12395")
    await desk.noticed("emergency_failed", within=15)
    rescue = await phones.desk("12395")
    at_desk = await rescue.incoming(within=15)
    await at_desk.answer()
    await at_desk.press("1")
    await call.hears("emergency_joined", within=8)
    await hear_each_other((call, CITIZEN_TONE), (rung, AGENT_TONE), (at_desk, DESK_TONE))
    row = await ended(call, records)
    (event,) = [e for e in await records.emergencies.list() if e["call_id"] == row["call_id"]]
    assert (event["trigger"], event["outcome"]) == ("agent", "connected")


async def test_a_callers_own_emergency_goes_on_where_an_agents_is_undone(
    phones: Phones, desk: Desk, records: Records
) -> None:
    police, doctors = await phones.desk("110"), await phones.desk("120")
    call, _ = await phones.talk()
    await call.press("120")
    await doctors.incoming(within=8)
    await desk.do("1001", "emergency", service="110")
    wrong = await police.incoming(within=5)
    await desk.do("1001", "emergency_undo")
    await wrong.ended(5)
    at_desk = await doctors.incoming(within=8)
    await at_desk.answer()
    await at_desk.press("1")
    await call.hears("emergency_joined", within=8)
    row = await ended(call, records)
    assert row["outcome"] == "emergency_transferred"


async def test_an_emergency_is_not_undone_too_late(
    phones: Phones, desk: Desk, records: Records
) -> None:
    police = await phones.desk("120")
    call, _ = await phones.talk()
    await desk.do("1001", "emergency", service="120")
    at_desk = await police.incoming(within=5)
    await asyncio.sleep(3.2)
    assert await desk.refused("1001", "emergency_undo") == ("wrong_state", None)
    await at_desk.answer()
    await at_desk.press("1")
    await call.hears("emergency_joined", within=8)
    await wait_for(lambda: (desk.call_of("1001")["emergency"] or {}).get("connected"))
    await ended(call, records)


async def test_referring_up_brings_a_supervisor_or_is_shown_to_them(
    phones: Phones, desk: Desk, records: Records
) -> None:
    supervisor = await phones.agent("1901", role="supervisor", duty=False)
    call, rung = await phones.talk()
    await desk.do("1001", "refer_up")
    await wait_for(lambda: desk.call_of("1001")["referred_up"], what="the mark on the call")
    assert {
        one["to"] for one in desk.told if one.get("code") == "refer_up_waiting"
    } == {"agents", "supervisors"}  # fmt: skip
    await phones.log_in(supervisor)
    await desk.do("1001", "refer_up")
    at_supervisor = await supervisor.incoming(within=8)
    assert await desk.refused("1001", "refer_up") == ("wrong_state", None)
    await at_supervisor.answer()
    await desk.noticed("refer_up_joined")
    await hear_each_other((call, CITIZEN_TONE), (rung, AGENT_TONE), (at_supervisor, UNIT_TONE))
    assert desk.call_of("1001")["referred_up"] is None
    assert await desk.refused("1001", "refer_up") == ("wrong_state", None)
    row = await ended(call, records)
    assert [leg["role"] for leg in row["legs"]] == ["caller", "agent", "supervisor"]


async def test_blind_to_the_supervisors(phones: Phones, desk: Desk, records: Records) -> None:
    supervisor = await phones.agent("1901", role="supervisor", duty=False)
    call, rung = await phones.talk()
    refused = await desk.refused("1001", "transfer", target="supervisors")
    assert refused == ("wrong_state", None)
    await phones.log_in(supervisor)
    await desk.do("1001", "transfer", target="supervisors")
    at_supervisor = await supervisor.incoming(within=8)
    await desk.sees("1001", "transferring")
    assert await desk.refused("1001", "hold") == ("wrong_state", None)
    await at_supervisor.answer()
    await rung.ended(5)
    await hear_each_other((call, CITIZEN_TONE), (at_supervisor, AGENT_TONE))
    await ended(call, records)


async def test_a_transfer_that_rings_is_shown_and_called_off(
    phones: Phones, desk: Desk, records: Records
) -> None:
    second = await phones.agent("1002", duty=False)
    call, rung = await phones.talk()
    await phones.log_in(second)
    assert await desk.refused("1001", "call_off") == ("wrong_state", None)
    told = await desk.do("1001", "transfer", target="1002")
    assert told["call"]["summons"] == {
        "by": "1001", "purpose": "transfer", "kind": "agent", "target": "1002",
        "name": desk.mirror.agents["1002"]["name"],
    }  # fmt: skip
    at_second = await second.incoming(within=8)
    await desk.sees("1001", "transferring")
    assert desk.call_of("1001")["summons"]["target"] == "1002"
    await desk.do("1001", "call_off")
    await at_second.ended(5)
    await desk.noticed("transfer_called_off")
    await desk.sees("1001", "talking")
    assert desk.call_of("1001")["summons"] is None
    await wait_for(lambda: desk.mirror.agents["1002"]["state"] == "available")
    await hear_each_other((call, CITIZEN_TONE), (rung, AGENT_TONE))
    assert not [one for one in desk.told if one.get("code") == "transfer_noanswer"]
    await ended(call, records)


async def test_a_consultation_and_a_three_way_call_that_ring_are_called_off(
    phones: Phones, desk: Desk, records: Records
) -> None:
    call, rung, at_second = await consulting(phones, desk)
    assert desk.call_of("1001")["summons"]["purpose"] == "consult"
    await desk.do("1001", "call_off")
    await at_second.ended(5)
    await call.hears("hold_return", within=6)
    await desk.sees("1001", "talking")

    unit = await phones.unit("SLJ", 1)
    told = await desk.do("1001", "three_way", unit="SLJ")
    shown = told["call"]["summons"]
    assert (shown["kind"], shown["target"]) == ("unit", "SLJ")
    assert "水利" in shown["name"]
    at_unit = await unit.incoming(within=15)
    await desk.do("1001", "call_off")
    await at_unit.ended(5)
    await wait_for(lambda: desk.call_of("1001")["summons"] is None)
    await hear_each_other((call, CITIZEN_TONE), (rung, AGENT_TONE))
    assert not {one.get("code") for one in desk.told} & {"consult_noanswer", "three_way_noanswer"}
    await ended(call, records)


async def test_one_of_several_is_asked_to_leave(
    phones: Phones, desk: Desk, records: Records
) -> None:
    """A colleague after a consultation, while the unit stays; emergency services stay, too."""
    call, rung, at_second = await all_three(phones, desk)
    await desk.sees("1001", "talking")
    unit, police = await phones.unit("SLJ", 1), await phones.desk("110")
    await desk.do("1001", "three_way", unit="SLJ")
    at_unit = await unit.incoming(within=15)
    await at_unit.answer()
    await at_unit.hears("three_way_whisper", within=15)
    await at_unit.press("1")
    await wait_for(lambda: "unit" in roles_talking(desk), what="the unit in the talk")
    assert desk.call_of("1001")["summons"] is None
    await desk.do("1001", "emergency", service="110")
    at_desk = await police.incoming(within=8)
    await at_desk.answer()
    await at_desk.press("1")
    await wait_for(lambda: "emergency" in roles_talking(desk), what="110 in the talk")
    legs = {party["number"]: party["leg_id"] for party in desk.call_of("1001")["parties"]}
    assert await desk.refused("1001", "drop", leg_id=legs["1001"]) == ("invalid_value", "leg_id")
    assert await desk.refused("1001", "drop", leg_id=legs[CITIZEN]) == ("invalid_value", "leg_id")
    at_police = next(
        one["leg_id"] for one in desk.call_of("1001")["parties"] if one["role"] == "emergency"
    )
    assert await desk.refused("1001", "drop", leg_id=at_police) == ("wrong_state", None)
    await desk.do("1001", "drop", leg_id=legs["1002"])
    await at_second.ended(5)
    await wait_for(lambda: not talking(desk, "1002"))
    assert {"caller", "agent", "unit", "emergency"} == roles_talking(desk)
    await at_desk.hang_up()
    await desk.do("1001", "drop", leg_id=legs["8105"])
    await at_unit.ended(5)
    await wait_for(lambda: roles_talking(desk) == {"caller", "agent"})
    await hear_each_other((call, CITIZEN_TONE), (rung, AGENT_TONE))
    await ended(call, records)
