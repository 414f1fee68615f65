"""Callbacks by people (人工回访): whom to call, and when next (art. 10(5), A-15)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

import sqlalchemy as sa

from store.engine import Store
from store.tables import ticket
from store.types import SHANGHAI, JsonObject, local_iso
from ticketing import policy_versions, rows
from ticketing.model import State, Ticket
from ticketing.policy import Policy
from ticketing.workflow.closing import (
    CALLING_HOURS,
    Hours,
    attempts_in_vain,
    on_enough_days,
    within,
)
from ticketing.workflow.reply import unsatisfied_answers


@dataclass(frozen=True)
class CallbackTask:
    """A ticket in 待人工回访."""

    ticket: Ticket
    attempts: int
    """Calls in vain so far, as far as they count."""
    needed: int
    """With how many of them, on at least two days, the citizen counts as unreachable."""
    next_at: datetime
    """The earliest time at which a call counts."""

    def to_json(self) -> JsonObject:
        """For lists; times as the contract writes them."""
        one = self.ticket
        return {
            "ticket_no": one.ticket_no,
            "title": one.title,
            "number": one.contact_phone or one.caller_number,
            "unit": one.unit,
            "since": local_iso(one.state_since),
            "due": local_iso(one.manual_due),
            "attempts": self.attempts,
            "needed": self.needed,
            "next_at": local_iso(self.next_at),
            "unsatisfied": unsatisfied_answers(one),
            "confidential": one.confidential,
        }


def task_of(one: Ticket, policy: Policy, now: datetime) -> CallbackTask:
    """The task that a ticket in 待人工回访 is."""
    before = attempts_in_vain(one)
    needed = policy.callback_attempts
    return CallbackTask(one, len(before), needed, next_attempt(before, needed, now))


def next_attempt(
    before: Sequence[datetime], needed: int, now: datetime, hours: Hours = CALLING_HOURS
) -> datetime:
    """The first instant from `now` on at which a call counts: within calling hours, and on
    another day where all attempts but the last were on one day. `hours`: narrower ones."""
    at = _calling_time(now, hours)
    if before and len(before) + 1 >= needed and not on_enough_days([*before, at]):
        at = _calling_time(_midnight_after(at), hours)
    return at


def _calling_time(at: datetime, hours: Hours) -> datetime:
    if within(hours, at):
        return at
    local = at.astimezone(SHANGHAI)
    starts = [datetime.combine(local.date(), start, SHANGHAI) for start, _ in sorted(hours)]
    later = [start for start in starts if start >= local]
    return later[0] if later else _calling_time(_midnight_after(at), hours)


def _midnight_after(at: datetime) -> datetime:
    day = at.astimezone(SHANGHAI).date() + timedelta(days=1)
    return datetime.combine(day, time(), SHANGHAI)


class CallbackTasks:
    """The callbacks that are open in one store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def list(self, now: datetime, *, limit: int = 50) -> list[CallbackTask]:
        """The one that is due first, first."""
        query = (
            sa.select(ticket)
            .where(ticket.c.state == State.MANUAL_CALLBACK.value)
            .order_by(ticket.c.manual_due, ticket.c.ticket_no)
            .limit(limit)
        )
        async with self._store.read() as db:
            policies = await policy_versions.read(db)
            found = await rows.tickets(db, query)
        return [task_of(one, policies.of(one.policy_id, now), now) for one in found]
