"""How calls are distributed (话务分配规则), as the configuration says. Data only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum


class Strategy(StrEnum):
    """Which of several free agents gets the call."""

    LONGEST_IDLE = "longest_idle"
    """最长空闲优先"""
    SKILL_FIRST = "skill_first"
    """技能等级优先: the highest level, then longest idle."""
    LEAST_LOADED = "least_loaded"
    """话务量最少优先: fewest calls today, then least time talked, then longest idle."""


@dataclass(frozen=True, slots=True)
class Overflow:
    """Other skill groups that take a group's calls (溢出)."""

    to: tuple[str, ...]
    after: timedelta
    """Of waiting; at once as long as nobody of the caller's own group is on duty."""


@dataclass(frozen=True, slots=True)
class Rules:
    """Rules of one line. An overflow goes one step: not on from the group that takes over."""

    strategy: Strategy = Strategy.LONGEST_IDLE
    strategies: Mapping[str, Strategy] = field(default_factory=dict)
    """Of groups that have their own."""
    overflow: Mapping[str, Overflow] = field(default_factory=dict)
    """By the group whose calls overflow."""
    wrap_up_seconds: float = 30
    wrap_ups: Mapping[str, float] = field(default_factory=dict)
    """Seconds of wrap-up after calls of groups that have their own."""
    pause_reasons: tuple[str, ...] = ()
    """Codes; the first is the reason of a pause by phone."""

    def strategy_of(self, group: str) -> Strategy:
        return self.strategies.get(group, self.strategy)

    def wrap_up_of(self, group: str | None) -> float:
        """Seconds; `group` None: the call came from no queue."""
        return self.wrap_ups.get(group, self.wrap_up_seconds) if group else self.wrap_up_seconds
