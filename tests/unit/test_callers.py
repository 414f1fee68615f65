"""What a caller's number tells of him before a person answers."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from ivr.call import Call
from ivr.callers import introduce
from ivr.line import Line
from ivr.queue.core import Priority
from store.calls import CallEvent, CallLog, LegAnswered, LegDialed, Opened
from store.emergencies import EmergencyLog
from store.engine import Store
from tests.line_kit import quiet_line
from ticketing.tickets import Tickets

CALLER, OTHER = "13800000001", "13800000002"


@pytest.fixture
async def line(store: Store, tmp_path: Path) -> AsyncIterator[Line]:
    async with quiet_line(tmp_path) as quiet:
        line = quiet.line
        line.calls, line.emergencies = CallLog(store), EmergencyLog(store)
        line.tickets = Tickets(store)
        yield line


async def introduced(line: Line, number: str | None = CALLER) -> tuple[int, str | None]:
    leg = line.switch.leg("now", role="caller", number=number or "")
    call = Call(
        line, "now", leg, caller_number=number, called_number="12345", started_at=line.now()
    )
    await introduce(call, line)
    return call.priority, call.last_agent


def before(line: Line, **ago: float) -> datetime:
    return line.now() - timedelta(**ago)


async def talked(
    line: Line, call_id: str, agent: str, at: datetime, *, outbound: bool = False
) -> None:
    opened = Opened("outbound", "12345", CALLER) if outbound else Opened("inbound", CALLER, "12345")
    story: tuple[CallEvent, ...] = (
        opened,
        LegDialed(f"{call_id}.leg.agent.1", "agent", "1009"),  # rung, not answered
        LegDialed(f"{call_id}.leg.agent.2", "agent", agent),
        LegAnswered(f"{call_id}.leg.agent.2"),
        LegDialed(f"{call_id}.leg.unit.1", "unit", "8105"),
        LegAnswered(f"{call_id}.leg.unit.1"),
    )
    for event in story:
        await line.calls.append(call_id, event, at=at)


async def had_emergency(
    line: Line, at: datetime, outcome: str = "connected", number: str = CALLER
) -> None:
    call_id = f"{number}-{at.isoformat()}"
    await line.calls.append(call_id, Opened("inbound", number, "12345"), at=at)
    event_id = f"{call_id}.emergency.1"
    await line.emergencies.open(
        event_id, call_id=call_id, service="120", trigger="key", detected_at=at
    )
    await line.emergencies.close(event_id, answered_at=None, outcome=outcome)  # type: ignore[arg-type]


async def test_of_a_stranger_nothing_is_known(line: Line) -> None:
    assert await introduced(line) == (Priority.NORMAL, None)
    assert await introduced(line, None) == (Priority.NORMAL, None)


async def test_an_open_ticket_makes_a_repeat_caller(line: Line) -> None:
    await line.tickets.draft_from_call(
        "old", "agent", caller_number=CALLER, called_number="12345", agent_no="1001", at=line.now()
    )
    assert await introduced(line) == (Priority.REPEAT, None)
    assert await introduced(line, OTHER) == (Priority.NORMAL, None)


async def test_the_agent_who_talked_with_him_last(line: Line) -> None:
    await talked(line, "yesterday", "1001", before(line, hours=20))
    await talked(line, "today", "1002", before(line, hours=3))
    await talked(line, "long ago", "1003", before(line, hours=30))
    assert await introduced(line) == (Priority.NORMAL, "1002")
    await talked(line, "called back", "1001", before(line, hours=1), outbound=True)
    assert await introduced(line) == (Priority.NORMAL, "1001")
    assert await introduced(line, OTHER) == (Priority.NORMAL, None)


@pytest.mark.parametrize(
    ("hours", "outcome", "expected"),
    [
        (1, "connected", Priority.EMERGENCY_FOLLOW_UP),
        (1, "failed", Priority.EMERGENCY_FOLLOW_UP),
        (1, "caller_left", Priority.EMERGENCY_FOLLOW_UP),
        (1, "guided", Priority.NORMAL),  # it was none
        (3, "connected", Priority.NORMAL),
    ],
)
async def test_who_had_an_emergency_a_short_time_ago(
    line: Line, hours: float, outcome: str, expected: Priority
) -> None:
    await had_emergency(line, before(line, hours=hours), outcome)
    assert await introduced(line) == (expected, None)
    assert await introduced(line, OTHER) == (Priority.NORMAL, None)


async def test_what_cannot_be_looked_up_costs_nothing_else(
    line: Line, store_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    await talked(line, "today", "1002", before(line, hours=3))
    async with Store.open(store_url) as without_key:
        line.tickets = Tickets(without_key)
        assert await introduced(line) == (Priority.NORMAL, "1002")
    assert "not looked up" in caplog.text


async def test_a_place_once_reached_is_kept(line: Line) -> None:
    leg = line.switch.leg("now", role="caller", number=CALLER)
    call = Call(
        line, "now", leg, caller_number=CALLER, called_number="12345", started_at=line.now()
    )
    call.comes_before(Priority.ELDERLY)
    call.comes_before(Priority.TRANSFERRED)
    assert call.priority == Priority.ELDERLY
