"""Agents and callers of a queue, at seconds of a day."""

from datetime import UTC, datetime, timedelta

from ivr.queue.agents import AgentState, AgentStatus
from ivr.queue.core import Waiting
from ivr.queue.workload import Workload

T0 = datetime(2026, 10, 1, 2, 0, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


def agent(
    number: str,
    *skills: str,
    idle: float = 0,
    status: AgentStatus = AgentStatus.AVAILABLE,
    levels: dict[str, int] | None = None,
    calls: int = 0,
    talked: float = 0,
) -> AgentState:
    workload = Workload(at(0).date(), calls, timedelta(seconds=talked))
    levels = levels or dict.fromkeys(skills or ("citizen",), 5)
    return AgentState(number, levels, status, at(idle), at(idle), workload=workload)


def caller(
    call_id: str,
    since: float = 0,
    *,
    group: str = "citizen",
    priority: int = 0,
    last_agent: str | None = None,
) -> Waiting:
    return Waiting(call_id, group, priority, at(since), last_agent)
