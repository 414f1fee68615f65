"""Timers of tickets in the running line: the controller fires them, and so does its successor."""

import os
import signal
from datetime import UTC, datetime, timedelta

from tests.e2e.line import Line, wait_for
from tests.e2e.records import Records
from ticketing.tickets import Tickets

LATE = timedelta(minutes=31)
"""A draft has to be accepted within half an hour (tm_accept)."""


async def alarm_of(tickets: Tickets, number: str, *, within: float) -> dict[str, str]:
    """The timer that fired for a draft; exactly one."""

    async def look() -> list[dict[str, str]]:
        events = (await tickets.read(number)).events
        return [event.data["_timer"] for event in events if event.command == "timer"]

    (alarm,) = await wait_for(look, within=within, what=f"the timer of {number}")
    assert await tickets.verify(number) == []
    return dict(alarm)


async def test_the_controller_fires_timers_and_so_does_its_successor(
    line: Line, records: Records
) -> None:
    tickets = Tickets(records.store)
    made = datetime.now(UTC) - LATE
    first = await tickets.create({"content": "停水"}, actor="1001", role="agent", at=made)
    alarm = await alarm_of(tickets, first.ticket_no, within=5)
    assert alarm["id"] == "tm_accept"
    assert datetime.fromisoformat(alarm["due_at"]) == made + timedelta(minutes=30)

    old = line.pids["controller"]
    os.kill(old, signal.SIGKILL)
    second = await tickets.create({"content": "停电"}, actor="1001", role="agent", at=made)
    assert (await alarm_of(tickets, second.ticket_no, within=30))["id"] == "tm_accept"
    await wait_for(
        lambda: line.taken() and line.pids["controller"] != old, within=30, what="a successor"
    )
    await alarm_of(tickets, first.ticket_no, within=1)
