"""Callbacks by people: when the next call counts (A-15), and the list of tasks."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.engine import Store
from store.types import SHANGHAI
from tests.stores import MASTER_KEY
from tests.unit.test_ticket_store import at_unit
from tests.unit.ticket_story import REPLY, instant
from ticketing.callback_tasks import CallbackTasks, next_attempt
from ticketing.tickets import Tickets
from ticketing.workflow.closing import in_calling_hours, on_enough_days


@pytest.mark.parametrize(
    ("before", "now", "next_at"),
    [
        ([], "10-01 08:59:59", "10-01 09:00"),
        ([], "10-01 09:00", "10-01 09:00"),
        ([], "10-01 12:00", "10-01 12:00"),
        ([], "10-01 12:00:01", "10-01 14:00"),
        ([], "10-01 20:00", "10-01 20:00"),
        ([], "10-01 20:00:01", "10-02 09:00"),
        (["10-01 10:00"], "10-01 11:00", "10-01 11:00"),
        (["10-01 10:00", "10-01 11:00"], "10-01 15:00", "10-02 09:00"),
        (["10-01 10:00", "10-01 11:00"], "10-01 23:00", "10-02 09:00"),
        (["10-01 10:00", "10-02 11:00"], "10-02 15:00", "10-02 15:00"),
        (["10-01 10:00"] * 3, "10-01 15:00", "10-02 09:00"),
    ],
)
def test_A_15_when_the_next_call_counts(before: list[str], now: str, next_at: str) -> None:
    tries = [instant(one) for one in before]
    assert next_attempt(tries, 3, instant(now)) == instant(next_at)


minutes = st.integers(0, 60 * 24 * 5).map(
    lambda count: datetime(2026, 10, 1, tzinfo=SHANGHAI) + timedelta(minutes=count)
)


@given(st.lists(minutes, max_size=4).map(sorted), minutes, st.integers(1, 4))
def test_A_15_a_call_at_that_time_counts_and_none_before_does(
    before: list[datetime], now: datetime, needed: int
) -> None:
    now = max([now, *before])
    at = next_attempt(before, needed, now)
    assert at >= now
    assert in_calling_hours(at)
    if before and len(before) + 1 >= needed:
        assert on_enough_days([*before, at])
    if at > now:  # what lies between is no calling time, or the same day as all the others
        earlier = at - timedelta(minutes=1)
        assert not in_calling_hours(earlier) or earlier < now


async def test_the_tasks_of_the_people_who_call_back(store_url: str) -> None:
    async with Store.open(store_url, key=MASTER_KEY) as store:
        tickets, tasks = Tickets(store), CallbackTasks(store)
        for hour in (8, 9):
            one = await at_unit(tickets, instant(f"10-01 {hour:02}:00"))
            for command, data, role in (
                ("submit_reply", REPLY, "unit_handler"),
                ("audit_pass", {}, "dispatcher"),
                ("sms_score", {"score": 5}, "citizen"),
            ):
                at = instant(f"10-01 {hour:02}:30")
                one = await tickets.do(one.ticket_no, command, data, actor=role, role=role, at=at)
        first = (await tasks.list(instant("10-01 10:00")))[0].ticket.ticket_no
        assert first != one.ticket_no
        for at in ("10-01 10:00", "10-01 13:00", "10-01 15:00"):
            await tickets.do(
                first, "unreachable", {}, actor="c1", role="callback_agent", at=instant(at)
            )
        told = [task.to_json() for task in await tasks.list(instant("10-01 16:00"))]
        assert [row["ticket_no"] for row in told] == [first, one.ticket_no]
        assert told[0] | {"title": None} == {
            "ticket_no": first,
            "title": None,
            "number": "13800000001",
            "unit": "SLJ",
            "since": "2026-10-01T08:30:00+08:00",
            "due": "2026-10-02T08:30:00+08:00",
            "attempts": 2,
            "needed": 3,
            "next_at": "2026-10-02T09:00:00+08:00",
            "unsatisfied": 0,
            "confidential": False,
        }
        assert (told[1]["attempts"], told[1]["next_at"]) == (0, "2026-10-01T16:00:00+08:00")
        assert len(await tasks.list(instant("10-01 16:00"), limit=1)) == 1
        closed = await tickets.do(
            first, "unreachable", {}, actor="c1", role="callback_agent", at=instant("10-02 09:00")
        )
        assert (closed.state, closed.close_result) == ("closed", "unreachable")
        assert [task.ticket.ticket_no for task in await tasks.list(instant("10-02 09:01"))] == [
            one.ticket_no
        ]
