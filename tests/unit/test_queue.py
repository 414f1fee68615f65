"""Distribution of calls: order, skills, longest idle; states of agents; the desk itself."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.queue.agents import (
    TRANSITIONS,
    AgentEvent,
    AgentState,
    AgentStatus,
    IllegalAgentEvent,
    UnknownReason,
)
from ivr.queue.core import Priority, Waiting, ahead_of, assign, estimated_minutes, in_order
from ivr.queue.desk import QueueDesk

T0 = datetime(2026, 10, 1, 10, 0, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


def agent(
    number: str,
    *skills: str,
    idle: float = 0,
    status: AgentStatus = AgentStatus.AVAILABLE,
) -> AgentState:
    return AgentState(number, dict.fromkeys(skills or ("citizen",), 5), status, at(idle), at(idle))


def caller(call_id: str, since: float = 0, *, group: str = "citizen", priority: int = 0) -> Waiting:
    return Waiting(call_id, group, priority, at(since))


def test_longest_idle_agent_first() -> None:
    pairs = assign([caller("a")], [agent("1001", idle=20), agent("1002", idle=10)])
    assert [(w.call_id, a.number) for w, a in pairs] == [("a", "1002")]


def test_only_agents_with_the_skill() -> None:
    pairs = assign(
        [caller("a", group="enterprise"), caller("b")],
        [agent("1001"), agent("1003", "citizen", "enterprise", idle=5)],
    )
    assert [(w.call_id, a.number) for w, a in pairs] == [("a", "1003"), ("b", "1001")]


def test_emergency_goes_to_any_agent_and_before_all() -> None:
    waiting = [caller("old", -100), caller("sos", group="enterprise", priority=Priority.EMERGENCY)]
    pairs = assign(waiting, [agent("1001")])
    assert [w.call_id for w, _ in pairs] == ["sos"]


def test_only_free_agents() -> None:
    busy = [agent(str(n), status=s) for n, s in enumerate(AgentStatus) if s != "available"]
    assert assign([caller("a")], busy) == []


def test_position_counts_those_served_before() -> None:
    waiting = [caller("a", 0), caller("b", 1), caller("x", 0, group="enterprise"), caller("c", 2)]
    assert [ahead_of(w, waiting) for w in waiting] == [0, 1, 0, 2]


def test_minutes_are_not_promised_with_few_agents() -> None:
    assert estimated_minutes(3, 4, 180) is None
    assert estimated_minutes(9, 5, 180) == 6
    assert estimated_minutes(0, 50, 180) == 1


waitings = st.lists(
    st.builds(
        Waiting,
        st.uuids().map(str),
        st.sampled_from(["citizen", "enterprise"]),
        st.sampled_from(list(Priority)).map(int),
        st.integers(0, 1000).map(at),
    ),
    max_size=12,
)
agents = st.lists(
    st.builds(
        lambda n, skills, idle, status: AgentState(n, skills, status, at(idle), at(idle)),
        st.uuids().map(str),
        st.dictionaries(st.sampled_from(["citizen", "enterprise"]), st.integers(1, 9), min_size=1),
        st.integers(0, 1000),
        st.sampled_from(list(AgentStatus)),
    ),
    max_size=8,
)


@given(waitings, agents)
def test_nobody_twice_and_no_free_agent_left_for_a_waiting_caller(
    waiting: list[Waiting], staff: list[AgentState]
) -> None:
    pairs = assign(waiting, staff)
    assert len({w.call_id for w, _ in pairs}) == len(pairs) == len({a.number for _, a in pairs})
    served = {w.call_id for w, _ in pairs}
    idle = [
        a
        for a in staff
        if a.status is AgentStatus.AVAILABLE and a.number not in {x.number for _, x in pairs}
    ]
    for left in (w for w in waiting if w.call_id not in served):
        assert not any(left.group in a.skills for a in idle)
    assert [w for w, _ in pairs] == [w for w in in_order(waiting) if w.call_id in served]


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
    made = QueueDesk(wrap_up_seconds=wrap_up, changed=seen.append)
    made.configure(
        [("1001", {"citizen": 5}), ("1002", {"citizen": 5})], pause_reasons=["break", "meal"]
    )
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


async def test_reload_keeps_states_and_drops_who_left() -> None:
    queue, _ = desk()
    queue.event("1001", AgentEvent.LOGIN)
    queue.configure([("1001", {"enterprise": 5}), ("1003", {"citizen": 5})], pause_reasons=[])
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
    assert queue.use_device("1999", "web") is None
    on = queue.answer_by_itself("1001", True)
    assert on is not None and on.auto_answer and seen == [on]
    queue.use_device("1001", "web")
    queue.configure([("1001", {"citizen": 9})], pause_reasons=[])
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
    assert (talked.device, paused.device) == ("desk", "web")


async def test_an_agent_taken_out_while_he_talks_gets_nobody_any_more() -> None:
    queue, _ = desk(wrap_up=0)
    queue.event("1001", AgentEvent.LOGIN)
    queue.reserve("1001")
    queue.event("1001", AgentEvent.ANSWER, call_id="a")
    queue.configure([("1002", {"citizen": 5})], pause_reasons=[])
    assert {a.number for a in queue.agents} == {"1001", "1002"}
    queue.call_ended("1001")
    assert {a.number for a in queue.agents} == {"1002"}
