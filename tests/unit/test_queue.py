"""The queue desk, and the states of its agents."""

import asyncio
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.flows.ringing import ring
from ivr.queue.agents import (
    TRANSITIONS,
    AgentEvent,
    AgentState,
    AgentStatus,
    IllegalAgentEvent,
    UnknownReason,
)
from ivr.queue.desk import QueueDesk
from ivr.queue.rules import Overflow, Rules
from ivr.queue.workload import start_of_day, workloads
from store.agents import AgentChange
from tests.queueing import T0, agent, at


@given(st.lists(st.sampled_from(list(AgentEvent)), max_size=30))
def test_states_follow_the_table(events: list[AgentEvent]) -> None:
    state = agent("1001", status=AgentStatus.LOGGED_OUT)
    for n, event in enumerate(events):
        expected = TRANSITIONS.get((state.status, event))
        if expected is None:
            with pytest.raises(IllegalAgentEvent) as error:
                state.after(event, at(n))
            assert (error.value.status, error.value.event) == (state.status, event)
        else:
            state = state.after(event, at(n))
            assert state.status is expected


def test_a_ringing_that_came_to_nothing_keeps_the_turn() -> None:
    idle = agent("1001")
    rung = idle.after(AgentEvent.RING, at(5)).after(AgentEvent.RELEASE, at(8))
    assert rung.idle_since == idle.idle_since


def desk(wrap_up: float = 30) -> tuple[QueueDesk, list[AgentState]]:
    seen: list[AgentState] = []
    made = QueueDesk(changed=seen.append)
    rules = Rules(wrap_up_seconds=wrap_up, pause_reasons=("break", "meal"))
    made.configure([("1001", {"citizen": 5}), ("1002", {"citizen": 5})], rules)
    return made, seen


async def test_a_place_gets_the_agent_who_logs_in() -> None:
    queue, seen = desk()
    async with queue.place("a", "citizen", priority=0, since=T0) as place:
        offer = asyncio.create_task(place.agent())
        await asyncio.sleep(0)
        assert not offer.done()
        assert not place.staffed
        queue.event("1001", AgentEvent.LOGIN)
        assert (await offer).number == "1001"
        assert place.staffed
    assert [s.status for s in seen] == [AgentStatus.AVAILABLE, AgentStatus.RINGING]


async def test_a_caller_who_leaves_gives_the_agent_back() -> None:
    queue, _ = desk()
    async with queue.place("a", "citizen", priority=0, since=T0) as place:
        offer = asyncio.create_task(place.agent())
        await asyncio.sleep(0)
        queue.event("1001", AgentEvent.LOGIN)
        assert queue.agents[0].status is AgentStatus.RINGING
        offer.cancel()
        await asyncio.gather(offer, return_exceptions=True)
    assert queue.agents[0].status is AgentStatus.AVAILABLE
    assert queue.waiting == []


async def test_wrap_up_ends_by_itself_and_serves_the_next() -> None:
    queue, _ = desk(wrap_up=0.05)
    queue.event("1001", AgentEvent.LOGIN)
    queue.event("1001", AgentEvent.RING, call_id="a")
    queue.event("1001", AgentEvent.ANSWER, call_id="a")
    hung_up: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    queue.follow("1001", hung_up)
    async with queue.place("b", "citizen", priority=0, since=T0) as place:
        offer = asyncio.create_task(place.agent())
        hung_up.set_result(None)
        await asyncio.sleep(0.01)
        assert queue.agents[0].status is AgentStatus.WRAP_UP
        async with asyncio.timeout(2):
            assert (await offer).number == "1001"


async def test_an_agent_taken_out_in_his_wrap_up_is_not_missed(
    caplog: pytest.LogCaptureFixture,
) -> None:
    queue, _ = desk(wrap_up=0.05)
    queue.event("1001", AgentEvent.LOGIN)
    queue.event("1001", AgentEvent.RING, call_id="a")
    queue.event("1001", AgentEvent.ANSWER, call_id="a")
    queue.call_ended("1001")
    queue.configure([("1002", {"citizen": 5})], Rules())
    await asyncio.sleep(0.1)
    assert [a.number for a in queue.agents] == ["1002"]
    assert not caplog.records  # a timer's error goes to the log


async def test_an_agent_whose_phone_cannot_be_rung_is_given_back() -> None:
    queue, _ = desk()
    queue.event("1001", AgentEvent.LOGIN)
    assert queue.reserve("1001")

    async def broken(*_: object, **__: object) -> None:
        raise ConnectionError("the switch is away")

    parties = SimpleNamespace(new_leg=lambda role, number: None, dial=broken)
    call = SimpleNamespace(id="a", parties=parties, hides_number=False, caller_number=None)
    directory = SimpleNamespace(
        agents={"1001": SimpleNamespace(role="agent")}, agent=lambda number, device: None
    )
    settings = SimpleNamespace(queue=SimpleNamespace(ring_seconds=20.0))
    line = SimpleNamespace(
        queue=queue, city=SimpleNamespace(directory=directory, settings=settings)
    )
    with pytest.raises(ConnectionError):
        await ring(cast("Any", call), cast("Any", line), "1001")
    assert queue.agents[0].status is AgentStatus.AVAILABLE


async def test_reload_keeps_states_and_drops_who_left() -> None:
    queue, _ = desk()
    queue.event("1001", AgentEvent.LOGIN)
    queue.configure([("1001", {"enterprise": 5}), ("1003", {"citizen": 5})], Rules())
    assert {(a.number, a.status, tuple(a.skills)) for a in queue.agents} == {
        ("1001", AgentStatus.AVAILABLE, ("enterprise",)),
        ("1003", AgentStatus.LOGGED_OUT, ("citizen",)),
    }


async def test_a_pause_has_a_reason() -> None:
    queue, seen = desk()
    queue.event("1001", AgentEvent.LOGIN)
    queue.event("1001", AgentEvent.PAUSE)  # by phone
    queue.event("1001", AgentEvent.PAUSE, reason="meal")
    queue.event("1001", AgentEvent.PAUSE)
    with pytest.raises(UnknownReason):
        queue.event("1001", AgentEvent.PAUSE, reason="holiday")
    queue.event("1001", AgentEvent.RESUME)
    queue.event("1001", AgentEvent.RING, call_id="a")
    queue.event("1001", AgentEvent.NO_ANSWER)
    assert [s.reason for s in seen] == [None, "break", "meal", "meal", None, None, "no_answer"]
    assert [s.since for s in seen] == sorted(s.since for s in seen)
    assert seen[2].since > seen[1].since


async def test_a_phone_that_answers_by_itself_is_a_setting() -> None:
    queue, seen = desk()
    assert queue.answer_by_itself("1999", True) is None
    assert queue.log_in("1999", "web") is None
    on = queue.answer_by_itself("1001", True)
    assert on is not None and on.auto_answer and seen == [on]
    queue.log_in("1001", "web")
    queue.event("1001", AgentEvent.RING, call_id="a")
    with pytest.raises(IllegalAgentEvent):
        queue.log_in("1001", "phone")  # he would lose the call that rings at his page
    queue.configure([("1001", {"citizen": 9})], Rules())
    (kept,) = queue.agents
    assert (kept.auto_answer, kept.device, kept.skills) == (True, "web", {"citizen": 9})
    assert (queue.agent("1001"), queue.agent("1999")) == (kept, None)


async def test_wrap_up_knows_its_call() -> None:
    queue, seen = desk()
    queue.event("1001", AgentEvent.LOGIN)
    assert queue.reserve("1001", call_id="a")
    queue.event("1001", AgentEvent.ANSWER, call_id="a")
    queue.call_ended("1001")
    queue.event("1001", AgentEvent.WRAP_UP_OVER)
    assert [s.call_id for s in seen] == [None, "a", "a", "a", None]


async def test_what_a_restart_restores() -> None:
    queue, _ = desk()
    queue.restore("1001", AgentStatus.TALKING, T0)
    queue.restore("1002", AgentStatus.PAUSED, T0, reason="meal", auto_answer=True, device="web")
    queue.restore("1999", AgentStatus.AVAILABLE, T0)
    talked, paused = queue.agents
    assert (talked.status, paused.status) == (AgentStatus.AVAILABLE, AgentStatus.PAUSED)
    assert talked.since > T0  # the call was over when nobody looked
    assert (paused.since, paused.reason, paused.auto_answer) == (T0, "meal", True)
    assert (talked.device, paused.device) == ("phone", "web")


async def test_an_agent_taken_out_while_he_talks_gets_nobody_any_more() -> None:
    queue, _ = desk(wrap_up=0)
    queue.event("1001", AgentEvent.LOGIN)
    queue.reserve("1001")
    queue.event("1001", AgentEvent.ANSWER, call_id="a")
    queue.configure([("1002", {"citizen": 5})], Rules())
    assert {a.number for a in queue.agents} == {"1001", "1002"}
    queue.call_ended("1001")
    assert {a.number for a in queue.agents} == {"1002"}


async def test_a_call_overflows_when_its_time_has_come() -> None:
    queue, _ = desk()
    rules = Rules(overflow={"enterprise": Overflow(("citizen",), timedelta(seconds=0.2))})
    queue.configure([("1001", {"citizen": 5}), ("1003", {"enterprise": 5})], rules)
    queue.event("1001", AgentEvent.LOGIN)
    queue.event("1003", AgentEvent.LOGIN)
    assert queue.reserve("1003")
    now = datetime.now(UTC)
    async with queue.place("e", "enterprise", priority=0, since=now) as place:
        offer = asyncio.create_task(place.agent())
        await asyncio.sleep(0)
        assert not offer.done()  # her own agent is busy, and it is too early for others
        async with asyncio.timeout(5):
            assert (await offer).number == "1001"
        assert datetime.now(UTC) - now >= timedelta(seconds=0.2)


async def test_a_group_that_nobody_is_left_of_overflows_at_once() -> None:
    queue, _ = desk()
    rules = Rules(overflow={"enterprise": Overflow(("citizen",), timedelta(hours=1))})
    queue.configure([("1001", {"citizen": 5}), ("1003", {"enterprise": 5})], rules)
    queue.event("1001", AgentEvent.LOGIN)
    queue.event("1003", AgentEvent.LOGIN)
    assert queue.reserve("1003", call_id="a")
    async with queue.place("e", "enterprise", priority=0, since=datetime.now(UTC)) as place:
        offer = asyncio.create_task(place.agent())
        await asyncio.sleep(0)
        assert not offer.done() and place.staffed
        queue.event("1003", AgentEvent.NO_ANSWER)
        assert (await offer).number == "1001"
        assert place.staffed
        assert [a.number for a in queue.on_duty_for("enterprise")] == ["1001"]


async def test_a_caller_gets_the_agent_who_knows_him() -> None:
    queue, _ = desk()
    queue.event("1001", AgentEvent.LOGIN)
    queue.event("1002", AgentEvent.LOGIN)
    async with queue.place("a", "citizen", priority=0, since=T0, last_agent="1002") as place:
        assert (await place.agent()).number == "1002"


async def test_wrap_up_lasts_as_the_group_of_the_call_says() -> None:
    queue, seen = desk()
    rules = Rules(wrap_up_seconds=0, wrap_ups={"citizen": 600})
    queue.configure([("1001", {"citizen": 5})], rules)
    queue.event("1001", AgentEvent.LOGIN)
    async with queue.place("a", "citizen", priority=0, since=T0) as place:
        await place.agent()
    queue.event("1001", AgentEvent.ANSWER, call_id="a")
    queue.call_ended("1001")
    await asyncio.sleep(0.05)
    assert seen[-1].status is AgentStatus.WRAP_UP
    assert queue.wrap_up_until(seen[-1]) == seen[-1].since + timedelta(seconds=600)
    queue.event("1001", AgentEvent.RESUME)
    assert queue.reserve("1001", call_id="b")  # a call that came from no queue
    queue.event("1001", AgentEvent.ANSWER, call_id="b")
    queue.call_ended("1001")
    async with queue.place("c", "citizen", priority=0, since=T0) as place, asyncio.timeout(5):
        assert (await place.agent()).number == "1001"


async def test_what_an_agent_did_today_is_counted() -> None:
    queue, _ = desk(wrap_up=0)
    queue.event("1001", AgentEvent.LOGIN)
    for call_id in "ab":
        assert queue.reserve("1001", call_id=call_id)
        queue.event("1001", AgentEvent.ANSWER, call_id=call_id)
        queue.call_ended("1001")
        queue.event("1001", AgentEvent.RESUME)
    assert queue.reserve("1001", call_id="c")
    queue.event("1001", AgentEvent.RELEASE)
    worked = queue.agents[0].workload
    assert worked.calls == 2
    assert worked.talked > timedelta()


def test_the_work_of_today_is_known_after_a_restart() -> None:
    changes = [
        AgentChange("1001", at(0), "available", None, None),
        AgentChange("1001", at(10), "ringing", None, "a"),
        AgentChange("1001", at(15), "talking", None, "a"),
        AgentChange("1002", at(20), "talking", None, "b"),
        AgentChange("1001", at(75), "available", None, None),  # a restart in the call
        AgentChange("1001", at(76), "talking", None, "a"),
        AgentChange("1001", at(86), "wrap_up", None, "a"),
        AgentChange("1001", at(90), "talking", None, "c"),
    ]
    found = workloads(changes)
    assert (found["1001"].calls, found["1001"].talked) == (2, timedelta(seconds=70))
    assert (found["1002"].calls, found["1002"].talked) == (1, timedelta())
    tomorrow = start_of_day(at(24 * 3600))
    assert found["1001"].on(tomorrow).calls == 0
    assert found["1001"].on(tomorrow - timedelta(seconds=1)).calls == 2
