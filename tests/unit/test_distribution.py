"""Distribution of calls (话务分配): what the strategies say, and what holds whatever happens."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import chain

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ivr.queue.agents import AgentState, AgentStatus
from ivr.queue.core import (
    OFF_DUTY,
    Priority,
    Waiting,
    ahead_of,
    assign,
    at_home,
    estimated_minutes,
    groups_on_duty,
    in_order,
    next_overflow,
)
from ivr.queue.rules import Overflow, Rules, Strategy
from tests.queueing import agent, at, caller

GROUPS = ("citizen", "enterprise", "english")
NOW = at(1000)
Pairs = list[tuple[Waiting, AgentState]]


def overflow(group: str, *to: str, after: float = 60) -> Rules:
    return Rules(overflow={group: Overflow(to, timedelta(seconds=after))})


def names(pairs: Pairs) -> list[tuple[str, str]]:
    return [(w.call_id, a.number) for w, a in pairs]


def assigned(
    waiting: Sequence[Waiting],
    agents: Sequence[AgentState],
    rules: Rules | None = None,
    seconds: float = 1000,
) -> list[tuple[str, str]]:
    return names(assign(waiting, agents, rules or Rules(), at(seconds)))


# Which agent


def test_longest_idle_agent_first() -> None:
    staff = [agent("1001", idle=20), agent("1002", idle=10)]
    assert assigned([caller("a")], staff) == [("a", "1002")]


def test_only_agents_with_the_skill() -> None:
    waiting = [caller("a", group="enterprise"), caller("b")]
    staff = [agent("1001"), agent("1003", "citizen", "enterprise", idle=5)]
    assert assigned(waiting, staff) == [("a", "1003"), ("b", "1001")]


def test_only_free_agents() -> None:
    busy = [agent(str(n), status=s) for n, s in enumerate(AgentStatus) if s != "available"]
    assert assigned([caller("a")], busy) == []


def test_skill_first_takes_the_highest_level_then_the_longest_idle() -> None:
    staff = [
        agent("1001", levels={"citizen": 5}, idle=0),
        agent("1002", levels={"citizen": 9}, idle=20),
        agent("1003", levels={"citizen": 9}, idle=10),
    ]
    rules = Rules(strategy=Strategy.SKILL_FIRST)
    waiting = [caller("a", 0), caller("b", 1), caller("c", 2)]
    assert assigned(waiting, staff, rules) == [("a", "1003"), ("b", "1002"), ("c", "1001")]


def test_least_loaded_takes_the_fewest_calls_then_the_least_talk_then_the_longest_idle() -> None:
    staff = [
        agent("1001", calls=3, talked=10),
        agent("1002", calls=2, talked=500),
        agent("1003", calls=2, talked=300, idle=9),
        agent("1004", calls=2, talked=300, idle=8),
    ]
    rules = Rules(strategy=Strategy.LEAST_LOADED)
    waiting = [caller(call_id, n) for n, call_id in enumerate("abcd")]
    order = [number for _, number in assigned(waiting, staff, rules)]
    assert order == ["1004", "1003", "1002", "1001"]


def test_yesterdays_calls_do_not_count() -> None:
    staff = [agent("1001", calls=9, idle=0), agent("1002", calls=0, idle=5)]
    rules = Rules(strategy=Strategy.LEAST_LOADED)
    assert assigned([caller("a")], staff, rules) == [("a", "1002")]
    tomorrow = 24 * 3600
    assert assigned([caller("a")], staff, rules, seconds=tomorrow) == [("a", "1001")]


def test_a_group_has_a_strategy_of_its_own() -> None:
    rules = Rules(strategies={"enterprise": Strategy.SKILL_FIRST})
    staff = [
        agent("1001", levels={"citizen": 1, "enterprise": 1}, idle=0),
        agent("1002", levels={"citizen": 9, "enterprise": 9}, idle=9),
    ]
    assert assigned([caller("a")], staff, rules) == [("a", "1001")]
    assert assigned([caller("a", group="enterprise")], staff, rules) == [("a", "1002")]


def test_a_caller_gets_the_agent_who_knows_him() -> None:
    staff = [agent("1001", idle=0), agent("1002", idle=9)]
    assert assigned([caller("a", last_agent="1002")], staff) == [("a", "1002")]
    busy = [staff[0], replace(staff[1], status=AgentStatus.TALKING)]
    assert assigned([caller("a", last_agent="1002")], busy) == [("a", "1001")]
    unskilled = [staff[0], agent("1002", "english")]
    assert assigned([caller("a", last_agent="1002")], unskilled) == [("a", "1001")]


def test_who_is_known_does_not_overtake() -> None:
    waiting = [caller("a", 5, last_agent="1001"), caller("b", 0)]
    assert assigned(waiting, [agent("1001")]) == [("b", "1001")]


# Who is next


def test_priorities_in_their_order() -> None:
    by_rank = sorted(Priority, reverse=True)
    assert [p.name for p in by_rank] == [
        "EMERGENCY",
        "EMERGENCY_FOLLOW_UP",
        "ELDERLY",
        "TRANSFERRED",
        "REPEAT",
        "NORMAL",
    ]
    waiting = [caller(p.name, -n, priority=p) for n, p in enumerate(by_rank)]
    assert [w.call_id for w in in_order(reversed(waiting))] == [p.name for p in by_rank]


def test_emergency_goes_to_any_agent_and_before_all() -> None:
    waiting = [caller("old", -100), caller("sos", group="enterprise", priority=Priority.EMERGENCY)]
    assert assigned(waiting, [agent("1001")]) == [("sos", "1001")]


def test_position_counts_those_served_before() -> None:
    waiting = [caller("a", 0), caller("b", 1), caller("x", 0, group="enterprise"), caller("c", 2)]
    assert [ahead_of(w, waiting) for w in waiting] == [0, 1, 0, 2]


def test_minutes_are_not_promised_with_few_agents() -> None:
    assert estimated_minutes(3, 4, 180) is None
    assert estimated_minutes(9, 5, 180) == 6
    assert estimated_minutes(0, 50, 180) == 1


# Overflow

BUSY_EXPERT = agent("1003", "enterprise", status=AgentStatus.TALKING)


@pytest.mark.parametrize(("seconds", "expected"), [(59, []), (60, [("e", "1001")])])
def test_overflow_after_the_time(seconds: float, expected: list[tuple[str, str]]) -> None:
    rules = overflow("enterprise", "citizen", after=60)
    waiting, staff = [caller("e", group="enterprise")], [agent("1001"), BUSY_EXPERT]
    assert assigned(waiting, staff, rules, seconds) == expected


def test_overflow_at_once_where_nobody_of_the_group_is_on_duty() -> None:
    rules = overflow("enterprise", "citizen", after=60)
    waiting = [caller("e", group="enterprise")]
    assert assigned(waiting, [agent("1001")], rules, 0) == [("e", "1001")]
    for status in OFF_DUTY:
        staff = [agent("1001"), replace(BUSY_EXPERT, status=status)]
        assert assigned(waiting, staff, rules, 0) == [("e", "1001")]


def test_the_groups_own_callers_come_before_those_who_overflow() -> None:
    rules = overflow("enterprise", "citizen", after=60)
    waiting = [caller("e", 0, group="enterprise"), caller("c", 900)]
    assert assigned(waiting, [agent("1001"), BUSY_EXPERT], rules) == [("c", "1001")]


def test_a_higher_priority_overflows_before_the_groups_own_callers() -> None:
    rules = overflow("enterprise", "citizen", after=60)
    waiting = [caller("e", group="enterprise", priority=Priority.ELDERLY), caller("c", -5)]
    assert assigned(waiting, [agent("1001"), BUSY_EXPERT], rules) == [("e", "1001")]


def test_overflow_goes_one_step() -> None:
    step = timedelta(seconds=10)
    rules = Rules(overflow={"a": Overflow(("b",), step), "b": Overflow(("c",), step)})
    staff = [agent("1001", "c"), agent("1002", "a", "b", status=AgentStatus.TALKING)]
    assert assigned([caller("x", group="a")], staff, rules) == []


def test_when_the_next_overflow_is_due() -> None:
    rules = overflow("enterprise", "citizen", after=60)
    waiting = [
        caller("c"),
        caller("e", 10, group="enterprise"),
        caller("f", 20, group="enterprise"),
    ]
    assert next_overflow(waiting, rules, at(0)) == at(70)
    assert next_overflow(waiting, rules, at(70)) == at(80)
    assert next_overflow(waiting, rules, at(80)) is None


# What holds whatever happens

SOON, LATE = timedelta(seconds=10), timedelta(seconds=900)
OVERFLOWS: tuple[dict[str, Overflow], ...] = (
    {"enterprise": Overflow(("citizen",), SOON)},
    {"enterprise": Overflow(("citizen",), LATE), "english": Overflow(("citizen",), SOON)},
    {"enterprise": Overflow(("citizen", "english"), SOON), "citizen": Overflow(("english",), LATE)},
    {},
)
rulebooks = st.builds(
    Rules,
    strategy=st.sampled_from(Strategy),
    strategies=st.dictionaries(st.sampled_from(GROUPS), st.sampled_from(Strategy), max_size=1),
    overflow=st.sampled_from(OVERFLOWS),
)
NUMBERS = tuple(str(n) for n in range(1001, 1008))
callers = st.builds(
    Waiting,
    st.integers(0, 10**6).map(str),
    st.sampled_from(("enterprise", *GROUPS)),
    st.sampled_from((0, 0, *Priority)).map(int),
    st.sampled_from((0, 50, 500, 995)).map(at),
    st.none() | st.sampled_from(NUMBERS),
)
waitings = st.lists(callers, min_size=3, max_size=8, unique_by=lambda w: w.call_id)
CITIZENS = [{"citizen": 5}, {"citizen": 9, "english": 2}, {"citizen": 7}]
EXPERTS = [{"enterprise": 5}, {"enterprise": 3, "citizen": 7}]


def people(
    levels: list[dict[str, int]], statuses: list[AgentStatus]
) -> st.SearchStrategy[list[AgentState]]:
    one = st.builds(
        lambda levels, idle, status, calls: agent(
            "", levels=levels, idle=idle, status=status, calls=calls
        ),
        st.sampled_from(levels),
        st.integers(0, 5),
        st.sampled_from(statuses),
        st.integers(0, 2),
    )
    return st.lists(one, min_size=1, max_size=3)


def numbered(*groups: list[AgentState]) -> list[AgentState]:
    return [replace(a, number=n) for a, n in zip(chain(*groups), NUMBERS, strict=False)]


# Mostly such as make calls overflow: citizens' agents are free, the others are busy.
staffs = st.builds(
    numbered,
    people([*CITIZENS, *CITIZENS, *EXPERTS], [AgentStatus.AVAILABLE]),
    st.sampled_from(([BUSY_EXPERT], [BUSY_EXPERT], [])),
    people(EXPERTS + CITIZENS, [AgentStatus.TALKING, AgentStatus.WRAP_UP, AgentStatus.PAUSED]),
)


class Story:
    """One distribution, and what the rules mean in other words than those of the program."""

    def __init__(self, waiting: list[Waiting], staff: list[AgentState], rules: Rules) -> None:
        self.waiting, self.staff, self.rules = waiting, staff, rules
        self.pairs = assign(waiting, staff, rules, NOW)
        served = {w.call_id for w, _ in self.pairs}
        self.left = [w for w in waiting if w.call_id not in served]
        taken = {a.number for _, a in self.pairs}
        self.idle = [
            a for a in staff if a.status is AgentStatus.AVAILABLE and a.number not in taken
        ]

    def alone(self, w: Waiting) -> bool:
        """Nobody of his group is on duty."""
        return not any(w.group in a.skills and a.status not in OFF_DUTY for a in self.staff)

    def own(self, w: Waiting, a: AgentState) -> bool:
        """The agent is of the caller's own group, or of those who stand in for it."""
        if w.priority >= Priority.EMERGENCY or w.group in a.skills:
            return True
        rule = self.rules.overflow.get(w.group)
        return rule is not None and self.alone(w) and any(g in a.skills for g in rule.to)

    def can(self, w: Waiting, a: AgentState) -> bool:
        rule = self.rules.overflow.get(w.group)
        if rule is None or NOW - w.since < rule.after:
            return self.own(w, a)
        return self.own(w, a) or any(g in a.skills for g in rule.to)


stories = st.builds(Story, waitings, staffs, rulebooks)


@given(stories)
def test_no_agent_gets_two_calls_and_no_caller_two_agents(story: Story) -> None:
    callers = [w.call_id for w, _ in story.pairs]
    numbers = [a.number for _, a in story.pairs]
    assert len(set(callers)) == len(callers) and set(callers) <= {w.call_id for w in story.waiting}
    assert len(set(numbers)) == len(numbers)
    assert all(a.status is AgentStatus.AVAILABLE and a in story.staff for _, a in story.pairs)
    assert all(story.can(w, a) for w, a in story.pairs)


@given(stories, st.data())
def test_who_cannot_be_rung_is_as_one_who_is_busy(story: Story, data: st.DataObject) -> None:
    away = {a.number for a in story.staff if data.draw(st.booleans())}
    busy = [
        replace(a, status=AgentStatus.TALKING)
        if a.number in away and a.status is AgentStatus.AVAILABLE
        else a
        for a in story.staff
    ]
    pairs = assign(story.waiting, story.staff, story.rules, NOW, away=away)
    assert names(pairs) == names(assign(story.waiting, busy, story.rules, NOW))


@given(stories)
def test_no_agent_stays_free_beside_a_caller_he_serves(story: Story) -> None:
    assert not [(w, a) for w in story.left for a in story.idle if story.can(w, a)]


@given(stories)
def test_a_higher_priority_never_waits_for_a_lower_one(story: Story) -> None:
    for waits in story.left:
        for served, by in story.pairs:
            assert not (served.priority < waits.priority and story.can(waits, by))


@given(stories)
def test_an_overflow_takes_no_agent_from_callers_of_his_own_groups(story: Story) -> None:
    for overflows, by in story.pairs:
        if not story.own(overflows, by):
            for waits in story.left:
                assert not (waits.priority >= overflows.priority and waits.group in by.skills)


@given(stories)
def test_nobody_is_overtaken_by_an_equal(story: Story) -> None:
    for waits in story.left:
        for served, _ in story.pairs:
            if (served.group, served.priority) == (waits.group, waits.priority):
                assert (served.since, served.call_id) < (waits.since, waits.call_id)


@given(stories)
def test_the_agent_who_knows_a_caller_goes_to_him_or_to_somebody_before_him(story: Story) -> None:
    order = {a.number: n for n, (_, a) in enumerate(story.pairs)}
    free = {a.number: a for a in story.staff if a.status is AgentStatus.AVAILABLE}
    for n, (served, by) in enumerate(story.pairs):
        known = free.get(served.last_agent or "")
        overflows = not story.own(served, by)
        if known and (story.can if overflows else story.own)(served, known):
            assert known.number == by.number or order[known.number] < n


@given(stories, st.randoms(use_true_random=False))
def test_the_same_whatever_the_order_of_the_lists(story: Story, random: object) -> None:
    waiting, staff = list(story.waiting), list(story.staff)
    random.shuffle(waiting)  # type: ignore[attr-defined]
    random.shuffle(staff)  # type: ignore[attr-defined]
    assert names(assign(waiting, staff, story.rules, NOW)) == names(story.pairs)


@given(callers, st.lists(callers, max_size=6), staffs, rulebooks, st.data())
def test_no_caller_starves(
    me: Waiting,
    others: list[Waiting],
    staff: list[AgentState],
    rules: Rules,
    data: st.DataObject,
) -> None:
    """Whenever an agent who serves his group is free, one caller less is before him, however
    many others come meanwhile: of his priority or below they come after him."""
    busy = [replace(a, status=AgentStatus.TALKING) for a in staff if a.status not in OFF_DUTY]
    homes = at_home(me.group, groups_on_duty(busy), rules)
    helper = agent("9999", data.draw(st.sampled_from(homes)))
    homes = at_home(me.group, groups_on_duty([*busy, helper]), rules)
    assume(not helper.skills.keys().isdisjoint(homes))
    before = sum(1 for w in others if in_order([w, me])[0] is w)
    queue = [*others, me]
    for _ in range(before + 1):
        pairs = assign(queue, [*busy, helper], rules, NOW)
        assert len(pairs) == 1
        served, _ = pairs[0]
        if served is me:
            return
        assert in_order([served, me])[0] is served
        queue.remove(served)
        queue += [
            replace(w, priority=min(w.priority, me.priority), since=max(w.since, at(1001)))
            for w in data.draw(st.lists(callers, max_size=2))
        ]
    raise AssertionError("still waiting")
