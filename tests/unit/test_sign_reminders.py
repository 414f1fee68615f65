"""签收提醒: when a duty phone is rung, and that every ring and every signature counts once."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from store.engine import Store
from tests.stores import MASTER_KEY, sqlite_url
from tests.unit.test_ticket_store import accepted
from tests.unit.ticket_story import instant
from ticketing.model import Ticket
from ticketing.reminding import first_reminder, next_reminder
from ticketing.sign_reminders import Reminder, SignReminders
from ticketing.tickets import Tickets

PAUSE = timedelta(minutes=1)
SENT = instant("10-01 08:00")
WARNING, DUE = instant("10-01 08:45"), instant("10-01 09:00")


@pytest_asyncio.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with Store.open(sqlite_url(tmp_path), key=MASTER_KEY) as opened:
        yield opened


@pytest.fixture
def tickets(store: Store) -> Tickets:
    return Tickets(store)


@pytest.fixture
def reminders(store: Store, tickets: Tickets) -> SignReminders:
    return SignReminders(store, tickets)


async def dispatched(tickets: Tickets, unit: str = "SLJ", at: datetime = SENT) -> Ticket:
    one = await accepted(tickets, at)
    sent = {"unit": unit, "answer_type": "investigate"}
    return await tickets.do(one.ticket_no, "dispatch", sent, actor="d1", role="dispatcher", at=at)


async def due(reminders: SignReminders, at: datetime) -> list[Reminder]:
    await reminders.take_in(at)
    return list(await reminders.due(at, limit=9))


async def test_twice_before_the_limit_and_twice_when_it_is_over(
    tickets: Tickets, reminders: SignReminders
) -> None:
    await dispatched(tickets)
    rings = [WARNING, WARNING + PAUSE, DUE, DUE + PAUSE]
    for n, at in enumerate(rings):
        assert await due(reminders, at - timedelta(seconds=1)) == []
        assert await due(reminders, at) == [Reminder("SLJ", n)]
        assert len(await reminders.take("SLJ", f"c{n}", at)) == 1
        assert await due(reminders, at) == []
        for _ in range(2):
            await reminders.in_vain(f"c{n}", "no_answer", at=at, pause=PAUSE)
    assert await due(reminders, DUE + timedelta(hours=2)) == []


async def test_one_call_signs_all_of_the_unit_once(
    tickets: Tickets, reminders: SignReminders
) -> None:
    mine = [await dispatched(tickets) for _ in range(3)]
    other = await dispatched(tickets, "CGJ")
    assert await due(reminders, WARNING) == [Reminder("CGJ", 0), Reminder("SLJ", 0)]
    taken = await reminders.take("SLJ", "c1", WARNING)
    assert [one.ticket_no for one in taken] == [one.ticket_no for one in mine]
    assert await reminders.calling() == ["c1"]
    handler = {"actor": "u1", "role": "unit_handler", "at": WARNING}
    await tickets.do(mine[0].ticket_no, "sign", {}, **handler)  # a person was faster
    assert await reminders.sign("c1", "8105", at=WARNING) == 2
    assert await reminders.sign("c1", "8105", at=WARNING) == 0
    await reminders.in_vain("c1", "not_signed", at=WARNING, pause=PAUSE)
    for one in mine:
        assert (await tickets.read(one.ticket_no)).state == "in_progress"
    event = (await tickets.read(mine[2].ticket_no)).events[-1]
    assert (event.command, event.actor, event.role) == ("sign", "值班电话8105", "unit_handler")
    assert (await tickets.read(other.ticket_no)).state == "dispatched"
    assert await due(reminders, DUE) == [Reminder("CGJ", 0)]


async def test_what_was_taken_back_is_not_rung_for(
    tickets: Tickets, reminders: SignReminders
) -> None:
    one = await dispatched(tickets)
    assert await due(reminders, WARNING) == [Reminder("SLJ", 0)]
    handler = {"actor": "u1", "role": "unit_handler", "at": WARNING}
    await tickets.do(one.ticket_no, "sign", {}, **handler)
    assert await reminders.take("SLJ", "c1", WARNING) == []
    assert await due(reminders, DUE) == []


async def test_a_ring_that_was_not_made_does_not_count(
    tickets: Tickets, reminders: SignReminders
) -> None:
    await dispatched(tickets)
    assert await due(reminders, WARNING) == [Reminder("SLJ", 0)]
    assert await reminders.take("SLJ", "c1", WARNING)
    await reminders.release("c1")
    assert await due(reminders, WARNING) == [Reminder("SLJ", 0)]


async def test_a_line_that_stood_for_days_rings_nobody_for_what_is_long_over(
    tickets: Tickets, reminders: SignReminders
) -> None:
    await dispatched(tickets)
    assert await due(reminders, DUE + timedelta(days=1, seconds=1)) == []


async def test_a_short_limit_has_no_warning(tickets: Tickets) -> None:
    one = await dispatched(tickets)
    soon = SENT + timedelta(minutes=10)
    assert first_reminder(one) == WARNING
    assert first_reminder(one.changed(sign_due=soon)) == soon
    assert next_reminder(1, soon, soon, PAUSE) == soon + PAUSE
    assert next_reminder(2, soon, soon + PAUSE, PAUSE) is None
