"""What a caller gets when no agent does: callback, message; and the progress query."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from service.useragent import RATE, PhoneCall, PromptSet
from store.callbacks import CallbackRequests
from tests.e2e.line import wait_for
from tests.e2e.phones import AGENT_TONE, CITIZEN_TONE, Phones
from tests.e2e.records import Records
from ticketing.tickets import Tickets

CITIZEN = "13800000001"
SPEECH = Path(__file__).parents[1] / "fixtures" / "speech" / "zh" / "U09_zf_xiaobei.wav"


@pytest.fixture(scope="module")
def line_config() -> Mapping[str, Any]:
    return {"ivr": {"callback": {"retry_seconds": 2, "ring_seconds": 5}}}


async def waiting_alone(phones: Phones) -> PhoneCall:
    """A caller who is offered a callback because nobody is on duty."""
    call = await phones.dial()
    await call.hears("welcome_short", within=5)
    await call.press("1")
    await call.hears("queue_callback_offer", within=20)
    return call


async def test_callback_is_booked_and_kept(phones: Phones, records: Records) -> None:
    call = await waiting_alone(phones)
    await call.press("1")
    await call.hears("queue_callback_confirm", within=6)
    await call.ended(15)
    row = await records.closed(CITIZEN)
    assert row["outcome"] == "callback_requested"
    assert len(row["tickets"]) == 1
    citizen = await phones.citizen()
    agent = await phones.agent("1001")
    at_agent = await agent.incoming(within=15)
    await at_agent.answer()
    at_citizen = await citizen.incoming(within=15)
    assert at_citizen.peer == "12345"
    await at_citizen.answer()
    hums = at_citizen.hum(CITIZEN_TONE), at_agent.hum(AGENT_TONE)
    await at_agent.hears_tone(CITIZEN_TONE, within=10)
    await at_citizen.hears_tone(AGENT_TONE, within=10)
    for hum in hums:
        hum.finish()
    await at_citizen.hang_up()
    await at_agent.ended(5)
    back = await records.closed(CITIZEN)
    assert (back["direction"], back["outcome"]) == ("outbound", "agent_answered")
    assert back["tickets"] == row["tickets"]


async def test_callback_is_tried_three_times(phones: Phones, records: Records) -> None:
    call = await waiting_alone(phones)
    await call.press("1")
    await call.hears("queue_callback_confirm", within=6)
    await call.ended(15)
    asked = await records.closed(CITIZEN)
    citizen = await phones.citizen()
    agent = await phones.agent("1001")
    for _ in range(3):
        at_agent = await agent.incoming(within=30)
        await at_agent.answer()
        rung = await citizen.incoming(within=15)
        await rung.reject()
        await at_agent.ended(15)

    async def failed() -> bool:
        request = await CallbackRequests(records.store).get(asked["call_id"])
        return request is not None and request.state == "failed"

    await wait_for(failed, within=10, what="the callback given up")


async def test_message_becomes_a_draft(phones: Phones, records: Records) -> None:
    call = await waiting_alone(phones)
    await call.hears("ask_demand", within=20)
    await call.hears("tone", within=12)
    call.play(SPEECH)
    await asyncio.sleep(4)
    await call.press("#")
    await call.hears("message_saved", within=6)
    await call.ended(10)
    row = await records.closed(CITIZEN)
    assert (row["outcome"], row["ended_by"]) == ("message_left", "system")
    (ticket,) = await Tickets(records.store).of_call(row["call_id"])
    assert ticket.state == "pending_acceptance"

    async def kept() -> bool:
        rows = [r for r in await records.recordings.list() if r["call_id"] == row["call_id"]]
        return [(r["kind"], bool(r["sha256"])) for r in rows] == [("message", True)]

    await wait_for(kept, within=10, what="the message in the archive")


async def test_message_of_a_caller_who_hangs_up_is_kept(phones: Phones, records: Records) -> None:
    call = await waiting_alone(phones)
    await call.hears("ask_demand", within=20)
    await call.hears("tone", within=12)
    call.play(SPEECH)
    await asyncio.sleep(4)
    await call.hang_up()
    row = await records.closed(CITIZEN)
    assert row["outcome"] == "message_left"
    assert len(row["tickets"]) == 1


async def test_silence_is_no_message_and_never_a_hang_up(phones: Phones, records: Records) -> None:
    call = await waiting_alone(phones)
    await call.hears("ask_demand", within=20)
    await call.hears("queue_comfort", within=25)
    assert call.ended_at is None
    await call.hang_up()
    row = await records.closed(CITIZEN)
    assert row["outcome"] == "abandoned_in_queue"
    assert row["tickets"] == []


async def test_progress_by_code_and_tail(phones: Phones, records: Records) -> None:
    tickets = Tickets(records.store)
    ticket = await tickets.create(
        {
            "title": "路灯不亮",
            "content": "幸福家园门口路灯不亮",
            "request_type": "help",
            "channel": "phone",
            "region_code": "321302",
            "contact_phone": "13912345678",
        },
        actor="1001",
        role="agent",
        at=datetime.now(UTC),
    )
    call = await phones.dial(citizen="13800000003")
    await call.hears("welcome_short", within=5)
    await call.press("3")
    await call.hears("query_code_ask", within=15)
    await call.press("10000000")
    await call.hears("query_verify", within=6)
    await call.press("1234")
    await call.hears("query_notfound", within=6)
    await call.press(ticket.query_code + "#")
    await call.hears("query_verify", within=6)
    await call.press("5678")
    await call.hears("query_open", within=8)
    await call.hang_up()
    row = await records.closed("13800000003")
    assert row["outcome"] == "query_answered"


async def test_digits_of_a_code_are_no_emergency_but_star_nine_is(
    phones: Phones, records: Records
) -> None:
    desk = await phones.desk("110")
    call = await phones.dial(citizen="13800000003")
    await call.hears("welcome_short", within=5)
    await call.press("3")
    await call.hears("query_code_ask", within=15)
    await call.press("1101199")
    await asyncio.sleep(0.5)
    await call.press("*9")
    await call.hears("emergency_menu", within=4)
    rung = await desk.incoming(within=15)
    await call.hang_up()
    await rung.ended(5)
    row = await records.closed("13800000003")
    assert len(row["emergencies"]) == 1


async def test_zero_in_place_of_a_code_is_a_person_at_once(
    phones: Phones, records: Records
) -> None:
    call = await phones.dial(citizen="13800000003")
    await call.hears("welcome_short", within=5)
    await call.press("3")
    await call.hears("query_code_ask", within=15)
    await call.press("0")
    await call.hears("queue_callback_offer", within=6)
    await call.hang_up()
    row = await records.closed("13800000003")
    assert row["outcome"] == "abandoned_in_queue"


async def test_silence_in_place_of_a_code_is_a_person(phones: Phones, records: Records) -> None:
    call = await phones.dial(citizen="13800000003")
    await call.hears("welcome_short", within=5)
    await call.press("3")
    await call.hears("query_code_ask", within=15)
    await call.hears("menu_timeout", within=18)
    await call.hears("queue_callback_offer", within=8)
    await call.hang_up()
    await records.closed("13800000003")


async def test_a_callback_asked_for_in_the_last_moment_counts(
    phones: Phones, records: Records, prompts: PromptSet
) -> None:
    call = await phones.dial()
    await call.hears("welcome_short", within=5)
    await call.press("1")
    offer = await call.hears("queue_callback_offer", within=20)
    (sound,) = prompts["queue_callback_offer"]
    await call.reaches(offer.start + len(sound) / RATE + 4)  # a second later: the message
    await call.press("1")
    await call.hears("queue_callback_confirm", within=8)
    await call.ended(15)
    row = await records.closed(CITIZEN)
    assert row["outcome"] == "callback_requested"
    await records.callbacks.done(row["call_id"], at=datetime.now(UTC))


async def test_an_agent_who_leaves_while_the_citizen_rings_costs_no_try(
    phones: Phones, records: Records
) -> None:
    call = await waiting_alone(phones)
    await call.press("1")
    await call.hears("queue_callback_confirm", within=6)
    await call.ended(15)
    asked = await records.closed(CITIZEN)
    citizen, agent = await phones.citizen(), await phones.agent("1001")
    at_agent = await agent.incoming(within=15)
    await at_agent.answer()
    rung = await citizen.incoming(within=15)
    await at_agent.hang_up()
    await rung.ended(5)

    async def waits_again() -> bool:
        request = await records.callbacks.get(asked["call_id"])
        return request is not None and (request.state, request.tries) == ("waiting", 0)

    await wait_for(waits_again, within=5, what="the callback given back")
    await phones.code(agent, "agent_resume")  # wrap-up over
    again = await agent.incoming(within=15)
    await again.answer()
    at_citizen = await citizen.incoming(within=15)
    await at_citizen.answer()
    hum = again.hum(AGENT_TONE)
    await at_citizen.hears_tone(AGENT_TONE, within=10)
    hum.finish()
    await at_citizen.hang_up()
    await again.ended(5)


async def test_a_callback_keeps_its_turn(phones: Phones, records: Records) -> None:
    call = await waiting_alone(phones)
    await call.press("1")
    await call.hears("queue_callback_confirm", within=6)
    await call.ended(15)
    await records.closed(CITIZEN)
    later = await phones.dial(citizen="13800000002")
    await later.hears("welcome_short", within=5)
    await later.press("1")
    await later.hears("queue_callback_offer", within=20)
    citizen, agent = await phones.citizen(), await phones.agent("1001")
    at_agent = await agent.incoming(within=15)
    await at_agent.answer()
    at_citizen = await citizen.incoming(within=15)
    await at_citizen.answer()
    await at_citizen.hears("agent_announce", within=15)
    await at_citizen.hang_up()
    await at_agent.ended(5)
    await later.hang_up()
    row = await records.closed("13800000002")
    assert row["outcome"] == "abandoned_in_queue"
