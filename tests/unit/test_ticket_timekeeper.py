"""Timers of stored tickets: once each, in order, after restarts and failures too (fake clock)."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest

from store.engine import Store
from tests.stores import MASTER_KEY, tamper
from tests.unit.stored_story import Stage, rehearsed
from tests.unit.test_ticket_properties import CITY, START, draft, told
from tests.unit.ticket_story import MATTER, REPLY, instant
from ticketing.model import State, Ticket
from ticketing.refusal import Refusal
from ticketing.rehearsal import Rehearsal
from ticketing.tickets import Tickets
from ticketing.timekeeper import RETRY_AFTER, Timekeeper

T0 = instant("10-01 08:00")
HOUR = timedelta(hours=1)


@asynccontextmanager
async def opened(store_url: str) -> AsyncIterator[Tickets]:
    """A process that opens the store; leaving it is the process's end."""
    async with Store.open(store_url, key=MASTER_KEY) as store:
        yield Tickets(store)


async def fired(tickets: Tickets, at: datetime) -> list[tuple[str, str]]:
    return [(number, one.id) for number, one in await Timekeeper(tickets, lambda: at).fire_due()]


async def do(
    tickets: Tickets, number: str, command: str, role: str, at: datetime, **data: object
) -> Ticket:
    return await tickets.do(number, command, data, actor=f"{role} 1", role=role, at=at)


async def dispatched(tickets: Tickets, at: datetime = T0) -> str:
    number = (await tickets.create(MATTER, actor="1001", role="agent", at=at)).ticket_no
    await do(tickets, number, "accept", "agent", at)
    sent = {"unit": "SLJ", "answer_type": "investigate"}
    await do(tickets, number, "dispatch", "dispatcher", at, **sent)
    return number


async def surveyed(tickets: Tickets, at: datetime = T0) -> str:
    number = await dispatched(tickets, at)
    await do(tickets, number, "sign", "unit_handler", at)
    await do(tickets, number, "submit_reply", "unit_handler", at, **REPLY)
    await do(tickets, number, "audit_pass", "dispatcher", at)
    return number


def told_by(one: Ticket) -> list[tuple[str, str]]:
    """Timers in the ticket's journal: command of the event, and the timer."""
    return [
        (event.command, event.data["_timer"]["id"])
        for event in one.events
        if "_timer" in event.data
    ]


async def test_timers_that_were_due_while_nothing_ran_fire_once_and_in_order(
    store_url: str,
) -> None:
    async with opened(store_url) as tickets:
        number = await dispatched(tickets)
    async with opened(store_url) as tickets:
        assert await fired(tickets, T0 + HOUR / 2) == []
        assert await fired(tickets, T0 + HOUR) == [(number, "tm_sign.15min")]
    async with opened(store_url) as tickets:
        back = T0 + 13 * HOUR
        assert [id for _, id in await fired(tickets, back)] == [
            "tm_sign",
            "tm_resolve.half",
            "tm_resolve.yellow",
            "tm_resolve",
            "tm_return_window",
        ]
        assert await fired(tickets, back) == []
    async with opened(store_url) as tickets:
        assert await fired(tickets, back) == []
        one = await tickets.read(number)
        assert told_by(one)[:3] == [
            ("timer", "tm_sign.15min"),
            ("urge", "tm_sign"),
            ("timer", "tm_resolve.half"),
        ]
        urge = one.events[4]
        assert (urge.actor, urge.role, urge.at, urge.article) == ("system", "system", back, "18")
        assert urge.data["_timer"]["due_at"] == "2026-10-01T09:00:00+08:00"
        assert (one.supervision_level, one.late) == (1, ["sign", "resolve"])
        assert await tickets.verify(number) == []


async def test_what_is_done_exactly_at_the_due_time_is_in_time(store_url: str) -> None:
    async with opened(store_url) as tickets:
        number = await dispatched(tickets)
        one = await do(tickets, number, "sign", "unit_handler", T0 + HOUR)
        assert told_by(one) == [("timer", "tm_sign.15min")]
        assert await fired(tickets, T0 + 2 * HOUR) == []


async def test_the_first_due_of_all_tickets_comes_first(store_url: str) -> None:
    async with opened(store_url) as tickets:
        late = await dispatched(tickets, T0 + HOUR / 4)
        early = await dispatched(tickets, T0)
        assert await fired(tickets, T0 + 2 * HOUR) == [
            (early, "tm_sign.15min"),
            (late, "tm_sign.15min"),
            (early, "tm_sign"),
            (late, "tm_sign"),
        ]


async def test_a_timer_that_is_late_still_comes_before_a_later_command(store_url: str) -> None:
    async with opened(store_url) as tickets:
        number = await surveyed(tickets)
        late = T0 + 48 * HOUR + HOUR / 60
        with pytest.raises(Refusal) as found:
            await do(tickets, number, "sms_score", "citizen", late, score=5)
        assert found.value.code == "wrong_state"
        assert (await tickets.read(number)).state is State.SMS_CALLBACK  # refused: nothing changed
        assert await fired(tickets, late) == [(number, "tm_sms")]
        one = await tickets.read(number)
        assert (one.state, one.close_result, one.closed_at) == ("closed", "not_rated", late)
        assert one.events[-1].data["_timer"]["id"] == "tm_sms"
        assert await tickets.verify(number) == []


async def test_timekeepers_of_two_processes_fire_each_timer_once(store_url: str) -> None:
    async with opened(store_url) as one, opened(store_url) as other:
        numbers = [await dispatched(one, T0) for _ in range(3)]
        at = T0 + 13 * HOUR
        both = await asyncio.gather(fired(one, at), fired(other, at), fired(one, at))
        assert sorted(itertools.chain(*both)) == sorted(
            (number, id)
            for number in numbers
            for id in (
                "tm_sign.15min",
                "tm_sign",
                "tm_resolve.half",
                "tm_resolve.yellow",
                "tm_resolve",
                "tm_return_window",
            )
        )
        for number in numbers:
            assert len(set(told_by(await one.read(number)))) == 6
            assert await one.verify(number) == []


async def test_a_ticket_that_cannot_be_read_does_not_stop_the_others(store_url: str) -> None:
    async with opened(store_url) as tickets:
        broken, sound = await dispatched(tickets), await dispatched(tickets)
        now = [T0 + HOUR]
        timekeeper = Timekeeper(tickets, lambda: now[0])

        async def change(urgency: str) -> None:
            this = f"where ticket_no = '{broken}'"
            await tamper(tickets._store, f"update ticket set urgency = '{urgency}' {this}")

        await change("nonsense")
        assert [number for number, _ in await timekeeper.fire_due()] == [sound]
        await change("normal")
        assert await timekeeper.fire_due() == []  # not tried again at once
        now[0] += RETRY_AFTER
        assert [number for number, _ in await timekeeper.fire_due()] == [broken, broken, sound]


async def test_an_extension_moves_the_timers(store_url: str) -> None:
    async with opened(store_url) as tickets:
        number = await dispatched(tickets)
        await do(tickets, number, "sign", "unit_handler", T0)
        due = {"new_due": (T0 + 36 * HOUR).isoformat(), "reason": "管网复杂"}
        await do(tickets, number, "request_extension", "unit_handler", T0 + HOUR, **due)
        await do(tickets, number, "approve_extension", "supervisor", T0 + HOUR, reason="属实")
        assert await fired(tickets, T0 + 13 * HOUR) == [(number, "tm_return_window")]
        assert [id for _, id in await fired(tickets, T0 + 37 * HOUR)] == [
            "tm_resolve.half",
            "tm_resolve.yellow",
            "tm_resolve",
        ]


async def test_a_new_policy_moves_the_timers_of_what_is_not_accepted(store_url: str) -> None:
    async with opened(store_url) as tickets:
        made = await tickets.create(MATTER, actor="1001", role="agent", at=T0)
        await tickets.add_policy(
            {"accept.target": "10m"},
            policy_id="quick",
            effective_from=T0 + HOUR / 60,
            by="h1",
            at=T0,
        )
        assert await fired(tickets, T0 + HOUR / 6) == []
        assert await fired(tickets, T0 + HOUR / 5) == [(made.ticket_no, "tm_accept")]


async def test_the_task_fires_by_itself_and_ends_at_exit(store_url: str) -> None:
    async with opened(store_url) as tickets:
        number = await dispatched(tickets)
        async with Timekeeper(tickets, lambda: T0 + HOUR).running():
            for _ in range(500):
                if told_by(await tickets.read(number)):
                    break
                await asyncio.sleep(0.02)
        assert told_by(await tickets.read(number)) == [("timer", "tm_sign.15min")]
        assert "timekeeper" not in {task.get_name() for task in asyncio.all_tasks()}


def is_about_another(step: dict[str, Any], rehearsal: Rehearsal) -> bool:
    known = rehearsal.tickets
    return step["ticket"] not in known and step["data"].get("repeat_of") in known


@pytest.mark.parametrize("seed", range(8))
async def test_whatever_people_try_the_store_tells_what_the_rehearsal_tells(
    store_url: str, seed: int
) -> None:
    chance, rehearsal = Random(seed), Rehearsal.of({}, CITY)
    steps, expected = [], []
    for _ in range(40):
        step = told(draft(chance), rehearsal)
        if step["command"] == "complain_again" and not is_about_another(step, rehearsal):
            continue  # in a store it names the old ticket, in a rehearsal the new one
        steps.append(step)
        expected += [rehearsed(entry) for entry in rehearsal.run([step])]
    assert rehearsal.now > START
    async with opened(store_url) as tickets:
        stage = Stage(tickets)
        stored = await stage.play(steps)
        for step, found, wanted in zip(steps, stored, expected, strict=True):
            assert found == wanted, step
        for number in stage.numbers.values():
            assert await tickets.verify(number) == []
