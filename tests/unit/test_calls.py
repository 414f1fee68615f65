"""The call journal: idempotent events, the contract's object, hash chain, adoption."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from store.calls import (
    Answered,
    CallEvent,
    CallLog,
    Ended,
    LegAnswered,
    LegDialed,
    LegEnded,
    Node,
    Opened,
    Outcome,
    Stage,
    Surveyed,
    UnknownCall,
    WaitEntered,
    WaitLeft,
)
from store.engine import Store
from tests.stores import ask, tamper

T0 = datetime(2026, 10, 1, 2, 0, tzinfo=UTC)


def t(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


STORY: list[tuple[float, CallEvent]] = [
    (0, Opened("inbound", "13800000001", "12345")),
    (0, LegDialed("c", "caller", "13800000001")),
    (0.1, Answered()),
    (0.1, LegAnswered("c")),
    (0.2, Stage("menu", {"node": "main"})),
    (5, Node("main", "1")),
    (5, Stage("queue", {"queue": "citizen"})),
    (5, WaitEntered("citizen")),
    (9, LegDialed("c.leg.agent.1", "agent", "1001")),
    (12, LegAnswered("c.leg.agent.1")),
    (12, WaitLeft("answered", "1001")),
    (12, Outcome("agent_answered")),
    (12, Stage("talk", {"agent": "1001"})),
    (60, LegEnded("c.leg.agent.1", 16)),
    (62, Node("survey", "2")),
    (62, Surveyed(2)),
    (65, LegEnded("c", 16)),
    (65, Ended("agent", "agent_answered")),
]


@pytest.fixture
def calls(store: Store) -> CallLog:
    return CallLog(store)


async def tell(calls: CallLog, story: list[tuple[float, CallEvent]], call_id: str = "c") -> None:
    await asyncio.gather(*(calls.append(call_id, event, at=t(at)) for at, event in story))


async def events_of(store: Store, call_id: str = "c") -> int:
    ((count,),) = await ask(store, f"select count(*) from call_event where call_id = '{call_id}'")
    assert isinstance(count, int)
    return count


async def test_a_call_is_told_as_the_contract_says(calls: CallLog) -> None:
    await tell(calls, STORY)
    told = await calls.get("c")
    assert told == {
        "call_id": "c",
        "direction": "inbound",
        "caller_number": "13800000001",
        "called_number": "12345",
        "started_at": "2026-10-01T10:00:00+08:00",
        "answered_at": "2026-10-01T10:00:00.100+08:00",
        "ended_at": "2026-10-01T10:01:05+08:00",
        "ended_by": "agent",
        "outcome": "agent_answered",
        "reason": None,
        "path": [
            {"at": "2026-10-01T10:00:05+08:00", "node": "main", "input": "1"},
            {"at": "2026-10-01T10:01:02+08:00", "node": "survey", "input": "2"},
        ],
        "waits": [
            {
                "queue": "citizen",
                "entered_at": "2026-10-01T10:00:05+08:00",
                "left_at": "2026-10-01T10:00:12+08:00",
                "result": "answered",
                "agent": "1001",
            }
        ],
        "legs": [
            {
                "leg_id": "c",
                "role": "caller",
                "number": "13800000001",
                "dialed_at": "2026-10-01T10:00:00+08:00",
                "answered_at": "2026-10-01T10:00:00.100+08:00",
                "ended_at": "2026-10-01T10:01:05+08:00",
                "cause": 16,
            },
            {
                "leg_id": "c.leg.agent.1",
                "role": "agent",
                "number": "1001",
                "dialed_at": "2026-10-01T10:00:09+08:00",
                "answered_at": "2026-10-01T10:00:12+08:00",
                "ended_at": "2026-10-01T10:01:00+08:00",
                "cause": 16,
            },
        ],
        "recordings": [],
        "tickets": [],
        "emergencies": [],
        "survey_score": 2,
        "transcript": [],
        "handled_by": "controller",
    }
    json.dumps(told)
    assert await calls.verify("c") == []
    assert await calls.get("nobody") is None


async def test_the_same_story_told_again_changes_nothing(
    calls: CallLog, store: Store, tmp_path: Path
) -> None:
    await tell(calls, STORY)
    told = await calls.get("c")
    await tell(calls, STORY)
    await tell(CallLog(store), STORY)  # after a restart
    assert await calls.get("c") == told
    assert await events_of(store) == len(STORY)
    assert await calls.verify("c") == []


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(st.sampled_from(STORY[1:-1]), max_size=30),
    st.lists(st.integers(0, 30), max_size=4),
)
async def test_any_order_and_any_restart_keep_the_chain_whole(
    store: Store, told: list[tuple[float, CallEvent]], restarts: list[int]
) -> None:
    calls = CallLog(store)
    call_id = f"h{id(told)}-{len(told)}-{asyncio.get_running_loop().time()}"
    calls.append(call_id, STORY[0][1], at=T0)
    for n, (at, event) in enumerate(told):
        if n in restarts:
            await store.post()
            calls = CallLog(store)
        calls.append(call_id, event, at=t(at))
    await calls.append(call_id, Ended("caller"), at=t(99))
    assert await calls.verify(call_id) == []
    call = await calls.get(call_id)
    assert call is not None
    assert call["ended_by"] == "caller"
    assert all(leg["ended_at"] for leg in call["legs"])
    assert all(wait["left_at"] for wait in call["waits"])
    assert len(call["path"]) == len({str(visit) for visit in call["path"]})


async def test_a_node_may_be_visited_again_later(calls: CallLog) -> None:
    await tell(calls, STORY[:1])
    await tell(calls, [(1, Node("main")), (1, Node("main")), (2, Node("main"))])
    call = await calls.get("c")
    assert call is not None
    assert len(call["path"]) == 2


async def test_a_later_wait_is_another_one(calls: CallLog) -> None:
    await tell(calls, STORY[:1])
    await tell(calls, [(1, WaitEntered("citizen")), (2, WaitEntered("citizen"))])
    await tell(calls, [(3, WaitLeft("returned")), (3, WaitLeft("returned"))])
    await tell(calls, [(4, WaitEntered("citizen"))])
    call = await calls.get("c")
    assert call is not None
    assert [wait["left_at"] for wait in call["waits"]] == ["2026-10-01T10:00:03+08:00", None]
    (open_call,) = await calls.open_calls()
    assert [(wait.queue, wait.entered_at) for wait in open_call.waits] == [("citizen", t(4))]


@pytest.mark.parametrize(
    ("story", "outcome"),
    [
        ([Outcome("message_left"), Outcome("agent_answered"), Ended("caller")], "agent_answered"),
        ([Outcome("message_left"), Ended("caller", "query_answered")], "query_answered"),
        ([Ended("system")], "failed"),
        ([Ended("caller", "abandoned_in_menu"), Ended("fault", "failed")], "abandoned_in_menu"),
        ([Ended("caller", "query_answered"), Outcome("message_left")], "query_answered"),
    ],
)
async def test_the_outcome_of_a_call(calls: CallLog, story: list[CallEvent], outcome: str) -> None:
    await tell(calls, [STORY[0], *((1.0, event) for event in story)])
    call = await calls.get("c")
    assert call is not None
    assert call["outcome"] == outcome
    assert await calls.verify("c") == []


async def test_a_cause_that_comes_after_the_end_is_kept(calls: CallLog) -> None:
    await tell(calls, STORY[:2])
    await tell(calls, [(5, Ended("caller")), (6, LegEnded("c", 16)), (7, LegEnded("c", 31))])
    call = await calls.get("c")
    assert call is not None
    assert call["legs"][0]["ended_at"] == "2026-10-01T10:00:05+08:00"
    assert call["legs"][0]["cause"] == 16
    assert await calls.verify("c") == []


async def test_wrong_events_are_refused_and_disturb_nobody(calls: CallLog) -> None:
    good = calls.append("c", STORY[0][1], at=T0)
    unknown = calls.append("x", Answered(), at=T0)
    after = calls.append("c", Answered(), at=t(1))
    with pytest.raises(UnknownCall, match="x"):
        await unknown
    await good
    await after
    with pytest.raises(ValueError, match="time zone"):
        calls.append("c", Answered(), at=datetime(2026, 1, 1))
    with pytest.raises(TypeError):
        calls.append("c", Stage("x", {"at": T0}), at=T0)
    with pytest.raises(ValueError, match="abandoned_in_menu"):
        Ended("caller", "lost")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="1 to 5"):
        Surveyed(6)
    assert await calls.verify("c") == []


async def test_a_failed_neighbour_does_not_break_the_chain(calls: CallLog) -> None:
    await tell(calls, STORY[:3])
    mixed = [calls.append("c", Node("a"), at=t(1)), calls.append("no", Answered(), at=t(1))]
    mixed.append(calls.append("c", Node("b"), at=t(2)))
    results = await asyncio.gather(*mixed, return_exceptions=True)
    assert [isinstance(one, UnknownCall) for one in results] == [False, True, False]
    await tell(calls, STORY[-2:])
    assert await calls.verify("c") == []


async def test_two_writers_do_not_fork_a_chain(store: Store) -> None:
    one, other = CallLog(store), CallLog(store)
    await one.append("c", STORY[0][1], at=T0)
    await other.append("c", Node("a"), at=t(1))
    await one.append("c", Node("b"), at=t(2))
    await other.append("c", Node("d"), at=t(3))
    assert await one.verify("c") == []


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ('update call_event set data = \'{"node":"x","input":null}\' where seq = 6', "event 6"),
        ("update call_event set at = '2026-10-01 03:00:00.000000' where seq = 3", "event 3"),
        ("delete from call_event where seq = 6", "event 6 is missing"),
        ("delete from call_event where seq = 18", "the chain ends"),
        ("update call set outcome = 'failed'", "outcome of the call"),
        ("update call set caller_number = '13900000000'", "caller_number of the call"),
    ],
)
async def test_tampering_is_found(calls: CallLog, store: Store, sql: str, said: str) -> None:
    await tell(calls, STORY)
    await tamper(store, sql)
    assert any(said in problem for problem in await calls.verify("c"))


async def test_lists_are_newest_first_and_filtered(calls: CallLog) -> None:
    for n in range(5):
        number = "13800000001" if n % 2 else "13800000002"
        calls.append(f"c{n}", Opened("inbound", number, "12345"), at=t(n))
    await calls.append("out", Opened("outbound", "12345", "13800000001"), at=t(9))
    ids = [one["call_id"] for one in await calls.list()]
    assert ids == ["out", "c4", "c3", "c2", "c1", "c0"]
    assert [one["call_id"] for one in await calls.list(limit=2)] == ["out", "c4"]
    assert [one["call_id"] for one in await calls.list(since=t(4))] == ["out", "c4"]
    found = await calls.list(number="13800000001")
    assert [one["call_id"] for one in found] == ["out", "c3", "c1"]


async def test_open_calls_tell_what_adoption_needs(store: Store, calls: CallLog) -> None:
    await tell(calls, STORY[:8])
    await tell(calls, STORY, "done")
    (found,) = await CallLog(store).open_calls()
    assert (found.call_id, found.caller_number, found.started_at) == ("c", "13800000001", T0)
    assert (found.stage, found.stage_data, found.stage_at) == ("queue", {"queue": "citizen"}, t(5))
    assert [leg.leg_id for leg in found.legs] == ["c"]
    assert [wait.queue for wait in found.waits] == ["citizen"]


async def test_a_restart_of_asterisk_closes_everything(calls: CallLog) -> None:
    await tell(calls, STORY[:9])
    await tell(calls, STORY[:1], "new")
    await tell(calls, STORY, "done")
    for one in await calls.open_calls():
        await calls.append(one.call_id, Ended("fault", reason="asterisk restarted"), at=t(30))
    assert await calls.open_calls() == []
    call = await calls.get("c")
    assert call is not None
    assert (call["ended_by"], call["outcome"], call["reason"]) == (
        "fault",
        "failed",
        "asterisk restarted",
    )
    assert {leg["ended_at"] for leg in call["legs"]} == {"2026-10-01T10:00:30+08:00"}
    assert call["waits"][0]["result"] == "fault"
    assert await calls.verify("c") == []


async def test_an_imported_call_of_the_fall_back(calls: CallLog) -> None:
    story: list[tuple[float, CallEvent]] = [
        (0, Opened("inbound", None, "12345", handled_by="fallback")),
        (1, Answered()),
        (2, Node("system_fault", None)),
        (30, Outcome("message_left")),
        (30, Ended("caller")),
    ]
    await tell(calls, story)
    await tell(calls, story)
    call = await calls.get("c")
    assert call is not None
    assert (call["handled_by"], call["outcome"]) == ("fallback", "message_left")
    assert call["caller_number"] is None
    assert len(call["path"]) == 1
