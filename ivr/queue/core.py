"""Distribution of calls (话务分配): pure functions over who waits and who is free."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from ivr.queue.agents import AgentState, AgentStatus

RELIABLE_AGENTS = 5
"""Fewer agents than this: waiting minutes are not promised (domain.md §4.1)."""

TYPICAL_HANDLING_SECONDS = 180
"""150 s of talk and 30 s of wrap-up (domain.md §3.1), until the line has its own mean."""


class Priority(IntEnum):
    NORMAL = 0
    TRANSFERRED = 5
    ELDERLY = 10
    EMERGENCY = 100


@dataclass(frozen=True, slots=True)
class Waiting:
    """Somebody in a queue: a caller on the line or a callback (预约回电)."""

    call_id: str
    group: str
    priority: int
    since: datetime


def in_order(waiting: Iterable[Waiting]) -> list[Waiting]:
    """Head of the queue first: priority, then time of entering."""
    return sorted(waiting, key=lambda w: (-w.priority, w.since, w.call_id))


def serves(agent: AgentState, waiting: Waiting) -> bool:
    """An emergency that found no desk may go to any agent; others need the skill."""
    return waiting.priority >= Priority.EMERGENCY or waiting.group in agent.skills


def assign(
    waiting: Iterable[Waiting], agents: Iterable[AgentState]
) -> list[tuple[Waiting, AgentState]]:
    """Who is put through to whom now: queue order, longest-idle agent with the skill."""
    free = sorted(
        (a for a in agents if a.status is AgentStatus.AVAILABLE),
        key=lambda a: (a.idle_since, a.number),
    )
    pairs: list[tuple[Waiting, AgentState]] = []
    for entry in in_order(waiting):
        agent = next((a for a in free if serves(a, entry)), None)
        if agent is not None:
            free.remove(agent)
            pairs.append((entry, agent))
    return pairs


def ahead_of(entry: Waiting, waiting: Sequence[Waiting]) -> int:
    """How many of the same queue are served before this one."""
    same = [w for w in in_order(waiting) if w.group == entry.group or w.call_id == entry.call_id]
    return next((i for i, w in enumerate(same) if w.call_id == entry.call_id), 0)


def estimated_minutes(ahead: int, agents: int, handling_seconds: float) -> int | None:
    """Whole minutes to wait, at least 1; None where a promise would be unreliable."""
    if agents < RELIABLE_AGENTS:
        return None
    return max(1, round((ahead + 1) * handling_seconds / agents / 60))
