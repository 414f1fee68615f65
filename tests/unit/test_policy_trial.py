"""A policy tried on tickets of the past, and the versions of the rules by command."""

import json
from collections.abc import AsyncIterator, Callable
from datetime import timedelta

import pytest

from store.engine import Store
from tests.stores import MASTER_KEY
from tests.unit.stored_story import Stage
from tests.unit.test_ticket_properties import play, script_of, told
from tests.unit.test_ticket_store import extended, merged, rectified, repeated, returned, silent
from tests.unit.ticket_story import CITIZEN, Story, instant
from ticketing.refusal import Refusal
from ticketing.tickets import Tickets
from ticketing.trial import Trial

SINCE, UNTIL = instant("2026-01-01 00:00"), instant("2026-12-31 00:00")


@pytest.fixture
async def tickets(store_url: str) -> AsyncIterator[Tickets]:
    async with Store.open(store_url, key=MASTER_KEY) as store:
        yield Tickets(store)


async def played(tickets: Tickets, story: Story) -> dict[str, str]:
    """Plays a story on the store; the numbers of its tickets by alias."""
    stage = Stage(tickets)
    await stage.play(story.steps)
    return stage.numbers


async def tried(tickets: Tickets, **switches: object) -> Trial:
    named = {key.replace("__", "."): value for key, value in switches.items()}
    return await tickets.try_policy(named, since=SINCE, until=UNTIL)


async def test_a_shorter_limit_would_have_been_missed(tickets: Tickets) -> None:
    story = Story().signed(0).replied(11).do(11.5, "dispatcher", "audit_pass")
    number = (await played(tickets, story))["t1"]
    trial = await tried(tickets, sla__resolve_hours=10)
    assert (trial.tickets, trial.not_replayable, trial.refused) == (1, [], [])
    assert trial.to_json()["missed"] == {"tm_resolve": {"before": 0, "after": 1}}
    (changed,) = trial.changed
    assert changed["ticket_no"] == number
    missed = {"timer": "tm_resolve", "due_at": "2026-10-01T10:00:00+08:00"}
    assert (changed["before"]["missed"], changed["after"]["missed"]) == ([], [missed])


async def test_what_would_have_been_refused_is_told(tickets: Tickets) -> None:
    story = Story().signed(0).do(5, "unit_handler", "request_extension", **extension(hours=130))
    number = (await played(tickets, story))["t1"]
    trial = await tried(tickets, ext__max_days=5)
    (refused,) = trial.refused
    assert (refused["ticket_no"], refused["command"]) == (number, "request_extension")
    assert refused["code"] == "exceeds_6_days"


async def test_nothing_personal_is_told_and_nothing_written(tickets: Tickets) -> None:
    number = (await played(tickets, Story().signed(0).replied(11)))["t1"]
    before = await tickets.read(number)
    trial = await tried(tickets, sla__resolve_hours=1)
    assert trial.changed
    assert CITIZEN not in json.dumps(trial.to_json())
    assert await tickets.read(number) == before


async def test_tickets_outside_the_time_are_left_out(tickets: Tickets) -> None:
    await played(tickets, Story().signed(0).replied(11))
    after = instant("10-02 00:00")
    trial = await tickets.try_policy({"sla.resolve_hours": 1}, since=after, until=UNTIL)
    assert (trial.tickets, trial.changed) == (0, [])


async def test_an_unknown_switch_is_refused(tickets: Tickets) -> None:
    for switch, value in (("sla.lunch", 1), ("sla.resolve_hours", "soon")):
        with pytest.raises(Refusal) as found:
            await tickets.try_policy({switch: value}, since=SINCE, until=UNTIL)
        assert (found.value.code, found.value.field) == ("invalid_value", switch)


@pytest.mark.parametrize("story", [extended, returned, rectified, silent, repeated, merged])
async def test_the_rules_in_force_change_nothing(
    tickets: Tickets, story: Callable[[], Story]
) -> None:
    numbers = await played(tickets, story())
    trial = await tried(tickets)
    assert trial.tickets == len(numbers)
    assert (trial.changed, trial.refused, trial.not_replayable) == ([], [], [])


@pytest.mark.parametrize("seed", range(4))
async def test_the_rules_in_force_change_nothing_of_random_tickets(
    tickets: Tickets, seed: int
) -> None:
    rehearsal, story = play({}, False), Story()
    for draft in script_of(seed):
        step = told(draft, rehearsal)
        list(rehearsal.run([step]))
        story.steps.append(step)
    numbers = await played(tickets, story)
    assert numbers
    trial = await tried(tickets)
    assert trial.tickets == len(numbers)
    assert (trial.changed, trial.refused, trial.not_replayable) == ([], [], [])


def extension(hours: float) -> dict[str, str]:
    new_due = instant("10-01 12:00") + timedelta(hours=hours)
    return {"new_due": new_due.isoformat(), "reason": "等待配件"}
