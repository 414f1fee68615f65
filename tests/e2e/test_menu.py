"""The greeting and the main menu (domain.md §4.2), as a caller hears them. Nobody is on duty."""

import asyncio
from typing import Any

import pytest

from service.useragent import Match, NotHeardError, PhoneCall, find, longest_hole
from tests.e2e.phones import AGENT_TONE, CITIZEN_TONE, Phones
from tests.e2e.records import Records

CITIZEN = "13800000001"
WELCOME, MENU = 9.0, 12.0
"""Seconds from the answer within which the greeting and the menu have begun."""


async def in_menu(phones: Phones) -> PhoneCall:
    """A caller who hears the menu."""
    call = await phones.dial()
    await call.hears("menu_main", within=MENU)
    return call


def visited(record: dict[str, Any]) -> list[tuple[str, str | None]]:
    return [(step["node"], step["input"]) for step in record["path"]]


def again(call: PhoneCall, phones: Phones, prompt: str) -> Match:
    """Where a prompt is by now."""
    assert phones.engine.prompts is not None
    match = find(call.ear.audio(), phones.engine.prompts[prompt][0])
    assert match is not None
    return match


async def test_greeting_then_menu_at_once(phones: Phones) -> None:
    call = await phones.dial()
    welcome = await call.hears_whole("welcome_short", within=WELCOME)
    assert welcome.start < 1.0
    menu = await call.hears_whole("menu_main", within=MENU)
    assert 0 <= menu.start - again(call, phones, "welcome_short").stop < 1.0
    assert longest_hole(call.ear.audio(until=menu.start + 1))[1] < 1.5
    await call.hang_up()


async def test_a_key_stops_the_menu(phones: Phones) -> None:
    """At once: on an idle machine within 0.2 s. The menu would have gone on for 10 s."""
    call = await in_menu(phones)
    await asyncio.sleep(1.0)
    await call.press("3")
    key = call.keys_sent[-1]
    following = await call.hears("query_code_ask", within=3)
    stopped = again(call, phones, "menu_main").stop
    assert stopped - call.ear.at(key.until) < 2
    assert following.start - stopped < 2
    await call.hang_up()


async def test_a_key_in_the_greeting_counts_after_it(phones: Phones) -> None:
    call = await phones.dial()
    await call.hears("welcome_short", within=WELCOME)
    await call.press("3")
    following = await call.hears("query_code_ask", within=MENU)
    welcome = again(call, phones, "welcome_short")
    assert welcome.whole
    assert 0 <= following.start - welcome.stop < 2.5
    await call.hang_up()


async def test_nine_in_the_greeting_acts_at_once(phones: Phones, records: Records) -> None:
    call = await phones.dial()
    await call.hears("welcome_short", within=WELCOME)
    await call.press("9")
    key = call.keys_sent[-1]
    await call.hears("emergency_menu", within=4)
    assert again(call, phones, "welcome_short").stop - call.ear.at(key.until) < 0.2
    await call.hang_up()
    record = await records.closed(CITIZEN)
    assert record["emergencies"]


async def test_silence_leads_to_a_person(phones: Phones, records: Records) -> None:
    call = await in_menu(phones)
    timeout = await call.hears("menu_timeout", within=25)
    menu = again(call, phones, "menu_main")
    assert menu.whole
    assert 4.5 < timeout.start - menu.stop < 7.0
    offer = await call.hears("queue_callback_offer", within=12)
    assert offer.start - again(call, phones, "menu_timeout").stop < 6.0
    await call.hang_up()
    record = await records.closed(CITIZEN)
    assert visited(record)[0] == ("main", None)
    assert [wait["queue"] for wait in record["waits"]] == ["citizen"]
    assert record["outcome"] == "abandoned_in_queue"


async def test_two_bad_keys_lead_to_a_person(phones: Phones, records: Records) -> None:
    call = await in_menu(phones)
    await call.press("7")
    await call.hears("menu_invalid", within=3)
    await call.press("8")
    await call.hears("queue_callback_offer", within=9)
    with pytest.raises(NotHeardError):
        await call.hears("menu_timeout", within=0.1)
    await call.hang_up()
    record = await records.closed(CITIZEN)
    assert visited(record)[:2] == [("main", "7"), ("main", "8")]
    assert [wait["queue"] for wait in record["waits"]] == ["citizen"]


async def test_a_good_key_after_a_bad_one(phones: Phones) -> None:
    call = await in_menu(phones)
    await call.press("*")
    await call.hears("menu_invalid", within=3)
    await call.press("3")
    await call.hears("query_code_ask", within=3)
    await call.hang_up()


@pytest.mark.parametrize(
    ("key", "first", "queue"),
    [
        ("1", "queue_callback_offer", "citizen"),
        ("2", "enterprise_connect", "enterprise"),
        ("0", "queue_callback_offer", "citizen"),
    ],
)
async def test_keys_that_lead_to_a_queue(
    phones: Phones, records: Records, key: str, first: str, queue: str
) -> None:
    call = await in_menu(phones)
    await call.press(key)
    await call.hears(first, within=8)
    await call.hears("queue_callback_offer", within=12)
    await call.hang_up()
    record = await records.closed(CITIZEN)
    assert visited(record)[0] == ("main", key)
    assert [(wait["queue"], wait["result"]) for wait in record["waits"]] == [(queue, "abandoned")]
    assert (record["outcome"], record["ended_by"]) == ("abandoned_in_queue", "caller")


async def test_a_key_leads_to_the_agent_on_duty(phones: Phones, records: Records) -> None:
    # Another citizen: who has an open matter hears of it when he presses 3.
    citizen = "13800000002"
    agent = await phones.agent("1001")
    call = await phones.dial(citizen=citizen)
    await call.hears("menu_main", within=MENU)
    await call.press("1")
    ringing = await agent.incoming(within=5)
    assert ringing.peer == citizen
    await ringing.answer()
    call.hum(CITIZEN_TONE)
    ringing.hum(AGENT_TONE)
    await call.hears_tone(AGENT_TONE, within=10)
    await ringing.hears_tone(CITIZEN_TONE, within=5)
    await call.hang_up()
    await ringing.ended(within=3)
    record = await records.closed(citizen)
    assert (record["outcome"], record["ended_by"]) == ("agent_answered", "caller")
    assert [leg["number"] for leg in record["legs"] if leg["role"] == "agent"] == ["1001"]


HANG_UPS = [
    ("in the greeting", "", "welcome_short", "abandoned_in_menu"),
    ("in the menu", "", "menu_main", "abandoned_in_menu"),
    ("after a bad key", "7", "menu_invalid", "abandoned_in_menu"),
    ("at the code of a query", "3", "query_code_ask", "abandoned_in_menu"),
    ("on the way to the business desk", "2", "enterprise_connect", "abandoned_in_menu"),
    ("in the queue", "1,w2", "", "abandoned_in_queue"),
]


@pytest.mark.parametrize(
    ("keys", "prompt", "outcome"),
    [case[1:] for case in HANG_UPS],
    ids=[case[0].replace(" ", "-") for case in HANG_UPS],
)
async def test_hanging_up_leaves_nothing(
    phones: Phones, records: Records, keys: str, prompt: str, outcome: str
) -> None:
    """That the line is idle again is seen by the fixture."""
    call = await phones.dial()
    if keys:
        await call.hears("menu_main", within=MENU)
        await call.press(keys)
    if prompt:
        await call.hears(prompt, within=WELCOME if keys else MENU)
    await call.hang_up()
    record = await records.closed(CITIZEN)
    assert (record["outcome"], record["ended_by"]) == (outcome, "caller")
    assert await records.calls.verify(record["call_id"]) == []
