"""Distribution of calls (话务分配): pure functions over who waits and who is free."""

from collections.abc import Collection, Container, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from itertools import groupby

from ivr.queue.agents import AgentState, AgentStatus
from ivr.queue.rules import Rules, Strategy

RELIABLE_AGENTS = 5
"""Fewer agents than this: waiting minutes are not promised (domain.md §4.1)."""

TYPICAL_HANDLING_SECONDS = 180
"""150 s of talk and 30 s of wrap-up (domain.md §3.1), until the line has its own mean."""

OFF_DUTY = (AgentStatus.LOGGED_OUT, AgentStatus.PAUSED)


class Priority(IntEnum):
    """Who is served first; within one priority, whoever came first. Nobody gets older out of
    his priority: a higher one never waits for a lower one."""

    NORMAL = 0
    REPEAT = 3
    """The caller has an open ticket (domain.md §4.1)."""
    TRANSFERRED = 5
    """He has talked with an agent already."""
    ELDERLY = 10
    EMERGENCY_FOLLOW_UP = 50
    """His emergency was transferred, or tried, a short time ago."""
    EMERGENCY = 100
    """No desk answered."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Somebody in a queue: a caller on the line or a callback (预约回电)."""

    call_id: str
    group: str
    priority: int
    since: datetime
    last_agent: str | None = None
    """Number of the agent who talked with him last, whom he gets where he is free (熟悉优先)."""


def in_order(waiting: Iterable[Waiting]) -> list[Waiting]:
    """Head of the queue first: priority, then time of entering."""
    return sorted(waiting, key=lambda w: (-w.priority, w.since, w.call_id))


def assign(
    waiting: Iterable[Waiting],
    agents: Iterable[AgentState],
    rules: Rules,
    now: datetime,
    *,
    away: Container[str] = frozenset(),
) -> list[tuple[Waiting, AgentState]]:
    """Who is put through to whom now. `away`: agents on duty whose phones cannot be rung.

    Callers choose in turn, the highest priority first. Among equals, those whose own group an
    agent serves come before those who overflow to it, and then whoever waits longest. Each gets
    the agent who knows him, else the first one by the strategy of his group. From this follows:

    - nobody is assigned twice, and no agent stays free beside a caller he serves;
    - no caller waits while one of lower priority gets an agent who could have served him;
    - an overflow takes no agent whom a caller of that agent's own groups, of the same or a
      higher priority, waits for;
    - within a group and priority nobody is overtaken, so that nobody waits for ever.
    """
    staff = sorted(agents, key=lambda a: (a.idle_since, a.number))
    free = [a for a in staff if a.status is AgentStatus.AVAILABLE and a.number not in away]
    pairs: list[tuple[Waiting, AgentState]] = []
    on_duty = groups_on_duty(staff)

    def choose(entry: Waiting, groups: Collection[str]) -> bool:
        able = [a for a in free if _serves(a, entry, groups)]
        if not able:
            return False
        agent = _best(entry, able, rules, now)
        free.remove(agent)
        pairs.append((entry, agent))
        return True

    for _, equals in groupby(in_order(waiting), key=lambda w: w.priority):
        left = [w for w in equals if not choose(w, at_home(w.group, on_duty, rules))]
        for entry in left:
            choose(entry, _overflown(entry, rules, now))
    return pairs


def groups_on_duty(agents: Iterable[AgentState]) -> set[str]:
    """Groups of which somebody is logged in, be it in a call or in wrap-up."""
    return {group for a in agents if a.status not in OFF_DUTY for group in a.skills}


def at_home(group: str, on_duty: Collection[str], rules: Rules) -> tuple[str, ...]:
    """Groups whose caller somebody of `group` is: where nobody of it is on duty, of those that
    take its overflow too."""
    overflow = rules.overflow.get(group)
    return (group,) if overflow is None or group in on_duty else (group, *overflow.to)


def next_overflow(waiting: Iterable[Waiting], rules: Rules, now: datetime) -> datetime | None:
    """When the next caller may overflow: the distribution changes then by itself."""
    due = (
        entry.since + rules.overflow[entry.group].after
        for entry in waiting
        if entry.group in rules.overflow
    )
    return min((at for at in due if at > now), default=None)


def _overflown(entry: Waiting, rules: Rules, now: datetime) -> tuple[str, ...]:
    overflow = rules.overflow.get(entry.group)
    return overflow.to if overflow is not None and now >= entry.since + overflow.after else ()


def _serves(agent: AgentState, entry: Waiting, groups: Collection[str]) -> bool:
    """An emergency that found no desk may go to any agent; others need the skill."""
    return entry.priority >= Priority.EMERGENCY or any(group in agent.skills for group in groups)


def _best(entry: Waiting, able: Sequence[AgentState], rules: Rules, now: datetime) -> AgentState:
    """One of the agents who can take the call; they are given longest idle first."""
    known = next((a for a in able if a.number == entry.last_agent), None)
    if known is not None:
        return known
    match rules.strategy_of(entry.group):
        case Strategy.SKILL_FIRST:
            overflow = rules.overflow.get(entry.group)
            to = overflow.to if overflow is not None else ()
            return max(able, key=lambda a: _level(a, entry.group, to))
        case Strategy.LEAST_LOADED:
            return min(able, key=lambda a: _load(a, now))
        case Strategy.LONGEST_IDLE:
            return able[0]


def _level(agent: AgentState, group: str, to: Iterable[str]) -> tuple[int, int]:
    """Level in the caller's own group; without it, the best in those that take its overflow."""
    return agent.skills.get(group, 0), max((agent.skills.get(g, 0) for g in to), default=0)


def _load(agent: AgentState, now: datetime) -> tuple[int, timedelta]:
    today = agent.workload.on(now)
    return today.calls, today.talked


def ahead_of(entry: Waiting, waiting: Sequence[Waiting]) -> int:
    """How many of the same queue are served before this one."""
    same = [w for w in in_order(waiting) if w.group == entry.group or w.call_id == entry.call_id]
    return next((i for i, w in enumerate(same) if w.call_id == entry.call_id), 0)


def estimated_minutes(ahead: int, agents: int, handling_seconds: float) -> int | None:
    """Whole minutes to wait, at least 1; None where a promise would be unreliable."""
    if agents < RELIABLE_AGENTS:
        return None
    return max(1, round((ahead + 1) * handling_seconds / agents / 60))
