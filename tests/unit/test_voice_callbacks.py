"""Callbacks by voice: what keys mean, who may be asked, and that every try counts once."""

from collections.abc import AsyncIterator
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from store.engine import Store
from tests.stores import MASTER_KEY, sqlite_url
from tests.unit.test_ticket_store import at_unit
from tests.unit.ticket_story import REPLY, instant
from ticketing.callback_tasks import next_attempt
from ticketing.model import Ticket
from ticketing.tickets import Tickets
from ticketing.voice_answers import HOW, VoiceAnswer, command_of, may_be_asked
from ticketing.voice_callbacks import VoiceCallbacks

RETRY = timedelta(hours=3)


@pytest.mark.parametrize(
    ("keys", "command", "data"),
    [
        ("", "unreachable", {}),
        ("1", "unreachable", {}),
        ("11", "unreachable", {}),
        ("111", "unreachable", {}),
        ("1111", "callback_ok", {"score": 1, "contacted": True, "solved": True}),
        (
            "1223",
            "callback_ok",
            {"score": 3, "contacted": False, "reason": "自动语音回访：部分解决"},
        ),
        ("1114", "callback_unsatisfied", {"score": 4, "contacted": True, "solved": True}),
        (
            "1131",
            "callback_unsatisfied",
            {"score": 1, "contacted": True, "solved": False, "reason": "自动语音回访：没有解决"},
        ),
        (
            "113",  # hung up before the score: what is not solved is not settled
            "callback_unsatisfied",
            {"contacted": True, "solved": False, "reason": "自动语音回访：没有解决"},
        ),
    ],
)
def test_10_5_what_the_keys_mean(keys: str, command: str, data: dict[str, Any]) -> None:
    assert command_of(VoiceAnswer(*keys)) == (command, {"reason": HOW, **data})


def test_a_city_may_call_at_fewer_hours() -> None:
    hours = [(time(15), time(16))]
    assert next_attempt([], 3, instant("10-01 09:00"), hours) == instant("10-01 15:00")
    assert next_attempt([], 3, instant("10-01 16:01"), hours) == instant("10-02 15:00")


@pytest_asyncio.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with Store.open(sqlite_url(tmp_path), key=MASTER_KEY) as opened:
        yield opened


@pytest.fixture
def tickets(store: Store) -> Tickets:
    return Tickets(store)


@pytest.fixture
def voice(store: Store, tickets: Tickets) -> VoiceCallbacks:
    return VoiceCallbacks(store, tickets)


async def to_call_back(tickets: Tickets, command: str = "sms_failed", **data: Any) -> Ticket:
    """A ticket in 待人工回访 since 10-01 08:30, because the survey by SMS did not do."""
    one = await at_unit(tickets, instant("10-01 08:00"))
    role = "system" if command == "sms_failed" else "citizen"
    for name, values, who in (
        ("submit_reply", REPLY, "unit_handler"),
        ("audit_pass", {}, "dispatcher"),
        (command, data or {"reason": "空号"}, role),
    ):
        at = instant("10-01 08:30")
        one = await tickets.do(one.ticket_no, name, values, actor=who, role=who, at=at)
    return one


async def taken(voice: VoiceCallbacks, at: datetime, call_id: str) -> Ticket | None:
    await voice.take_in(at)
    due = await voice.due(at, limit=5)
    return await voice.take(due[0], call_id) if due else None


async def test_an_answer_is_filed_once(tickets: Tickets, voice: VoiceCallbacks) -> None:
    one = await to_call_back(tickets)
    at = instant("10-01 09:00")
    assert await taken(voice, instant("10-01 08:59"), "c0") is None
    told = await taken(voice, at, "c1")
    assert told is not None
    assert told.ticket_no == one.ticket_no
    assert await taken(voice, at, "c2") is None
    assert await voice.calling() == ["c1"]
    for _ in range(2):
        await voice.file("c1", VoiceAnswer("1", "1", "1", "2"), at=at, retry=RETRY)
    closed = await tickets.read(one.ticket_no)
    assert (closed.state, closed.close_result) == ("closed", "satisfied")
    assert [(said.score, said.by, said.contacted) for said in closed.callback] == [(2, HOW, True)]
    assert await voice.calling() == []
    assert await tickets.verify(one.ticket_no) == []


async def test_A_15_attempts_in_vain_count_once_each(
    tickets: Tickets, voice: VoiceCallbacks
) -> None:
    one = await to_call_back(tickets)
    for n, (at, too_early) in enumerate(
        [
            ("10-01 09:00", "10-01 08:59"),
            ("10-01 14:00", "10-01 11:59"),
            ("10-02 09:00", "10-01 20:00"),
        ]
    ):
        assert await taken(voice, instant(too_early), f"c{n}") is None
        assert await taken(voice, instant(at), f"c{n}") is not None
        for _ in range(2):
            await voice.file(f"c{n}", VoiceAnswer(), at=instant(at), retry=RETRY)
        assert len((await tickets.read(one.ticket_no)).callback) == n + 1
    closed = await tickets.read(one.ticket_no)
    assert (closed.state, closed.close_result) == ("closed", "unreachable")
    assert await taken(voice, instant("10-03 09:00"), "c9") is None


async def test_not_now_leaves_it_to_a_person(tickets: Tickets, voice: VoiceCallbacks) -> None:
    one = await to_call_back(tickets)
    assert await taken(voice, instant("10-01 09:00"), "c1") is not None
    await voice.file("c1", VoiceAnswer("2"), at=instant("10-01 09:01"), retry=RETRY)
    assert (await tickets.read(one.ticket_no)).callback == one.callback
    assert await taken(voice, instant("10-02 09:00"), "c2") is None


async def test_what_is_given_back_is_no_attempt(tickets: Tickets, voice: VoiceCallbacks) -> None:
    one = await to_call_back(tickets)
    assert await taken(voice, instant("10-01 09:00"), "c1") is not None
    await voice.release("c1")
    assert (await tickets.read(one.ticket_no)).callback == []
    assert await taken(voice, instant("10-01 09:01"), "c2") is not None


async def test_a_person_who_was_faster_wins(tickets: Tickets, voice: VoiceCallbacks) -> None:
    one = await to_call_back(tickets)
    at = instant("10-01 09:00")
    assert await taken(voice, at, "c1") is not None
    done = await tickets.do(
        one.ticket_no, "callback_ok", {"score": 1}, actor="c", role="callback_agent", at=at
    )
    await voice.file("c1", VoiceAnswer("1", "1", "1", "5"), at=at, retry=RETRY)
    assert await tickets.read(one.ticket_no) == done
    assert await voice.calling() == []


async def test_10_5_whom_a_machine_asks(tickets: Tickets, voice: VoiceCallbacks) -> None:
    one = await to_call_back(tickets)
    assert may_be_asked(one)
    for change in (
        {"confidential": True},
        {"request_type": "report"},
        {"key_categories": ["K2"]},
        {"contact_phone": None, "caller_number": None},
    ):
        assert not may_be_asked(one.changed(**change)), change


async def test_10_5_who_is_not_content_is_called_by_a_person(
    tickets: Tickets, voice: VoiceCallbacks
) -> None:
    await to_call_back(tickets, "sms_score", score=5)
    assert await taken(voice, instant("10-01 09:00"), "c1") is None
