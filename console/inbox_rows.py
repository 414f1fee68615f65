"""Lines of an inbox: what somebody needs to decide what to do next, as far as he may see it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncConnection

from console.account_rows import Account
from console.leases import Lease
from store.tables import ticket
from store.tables_tasks import ticket_task
from store.types import local_iso
from ticketing import policy_versions, rows
from ticketing.callback_tasks import task_of
from ticketing.model import DraftKind, State, Ticket, Urgency
from ticketing.policy import Policy
from ticketing.records import RequestStatus
from ticketing.repeats import SIX_DAYS
from ticketing.task_rows import UNPLANNED
from ticketing.tasks import Deadline, Kind, Queue
from ticketing.visibility import Viewer, view
from ticketing.visible_rows import own_calls
from ticketing.workflow.extension import extended_by

_DAY = timedelta(days=1)


class Holder(BaseModel):
    """Who works on it."""

    name: str
    full_name: str | None
    until: str
    is_mine: bool


class ExtensionLine(BaseModel):
    """Extensions of the ticket (延期)."""

    status: RequestStatus
    """Of the last request."""
    asked_days: float
    """What the last request asks for."""
    new_due: str
    used_days: float
    """Of all approved ones together …"""
    most_days: float
    """… which may be so many (art. 10(3))."""
    is_beyond_repeat: bool
    """With the last request a re-report before the new due time may be a repeat (A-5)."""


class CallbackLine(BaseModel):
    """Attempts to reach the citizen (回访)."""

    attempts: int
    needed: int
    next_at: str
    """The earliest time at which a call counts."""


class Waiting(BaseModel):
    """A task: what is to be done, and by when."""

    queue: Queue
    owner: str | None
    """The unit or agent whose it is; null: everybody of the role."""
    kind: Kind
    deadline: Deadline
    due: str
    left_s: int
    """Seconds until the due time; negative once it has passed."""


class Circumstances(BaseModel):
    """What one has to know of a ticket to decide about its time."""

    is_paused: bool
    """The unit's clock stands while the hotline reviews (A-8)."""
    extension: ExtensionLine | None
    repeat_after: str | None
    """A report of the same matter after that is a repeat (six days after the first one, art. 19);
    null for kinds of matters that do not count."""
    returns: int
    """How often units asked to give it back."""
    callback: CallbackLine | None
    holder: Holder | None


class Situation(Circumstances):
    """What waits on a ticket now, as far as one may know it, and who works on it."""

    tasks: list[Waiting]


class InboxRow(Waiting, Circumstances):
    """A task on a ticket."""

    ticket_no: str
    version: int
    since: str
    """Since when it is on the list."""
    title: str | None
    state: State
    unit: str | None
    category_l1: str | None
    category_l2: str | None
    region_code: str | None
    urgency: Urgency
    draft_kind: DraftKind | None


@dataclass(frozen=True)
class Reader:
    """Who reads, and when."""

    who: Account
    viewer: Viewer
    now: datetime


async def lines(
    db: AsyncConnection,
    found: Sequence[sa.Row[Any]],
    reader: Reader,
    leases: Mapping[str, Lease],
) -> list[InboxRow]:
    """The lines of these tasks; `leases` by ticket number."""
    numbers = sorted({row.ticket_no for row in found})
    query = sa.select(ticket).where(ticket.c.ticket_no.in_(numbers))
    tickets = {one.ticket_no: one for one in await rows.tickets(db, query)}
    policies = await policy_versions.read(db)
    own = await own_calls(db, reader.viewer, tickets.values())
    first = await _first_complaints(db, tickets.values())
    told: list[InboxRow] = []
    for row in found:
        one = tickets[row.ticket_no]
        seen = view(one, reader.viewer, own_calls=own)
        if seen is not None:
            policy = policies.of(one.policy_id, reader.now)
            held = leases.get(one.ticket_no)
            told.append(
                InboxRow(
                    ticket_no=one.ticket_no,
                    since=str(local_iso(row.since)),
                    **{name: seen[name] for name in _SHOWN},
                    **_waiting(row, reader.now),
                    **_circumstances(one, policy, first[one.ticket_no], held, reader),
                )
            )
    return told


async def situation(
    db: AsyncConnection, one: Ticket, reader: Reader, held: Lease | None
) -> Situation:
    """What waits on a ticket that the reader may know of."""
    query = sa.select(ticket_task).where(ticket_task.c.ticket_no == one.ticket_no)
    if reader.viewer.is_unit:
        query = query.where(ticket_task.c.owner == (reader.viewer.unit or "-"))
    found = await db.execute(query.order_by(ticket_task.c.due_at, ticket_task.c.task_id))
    policy = (await policy_versions.read(db)).of(one.policy_id, reader.now)
    first = (await _first_complaints(db, [one]))[one.ticket_no]
    return Situation(
        tasks=[Waiting(**_waiting(row, reader.now)) for row in found if row.queue != UNPLANNED],
        **_circumstances(one, policy, first, held, reader),
    )


_SHOWN = (
    "title", "state", "unit", "category_l1", "category_l2", "region_code", "urgency",
    "draft_kind", "version",
)  # fmt: skip


def _waiting(row: sa.Row[Any], now: datetime) -> dict[str, Any]:
    return {
        "queue": row.queue,
        "owner": row.owner or None,
        "kind": row.kind,
        "deadline": row.deadline,
        "due": local_iso(row.due_at),
        "left_s": round((row.due_at - now).total_seconds()),
    }


def _circumstances(
    one: Ticket, policy: Policy, first: datetime, held: Lease | None, reader: Reader
) -> dict[str, Any]:
    counts = one.request_type in policy.repeat_types
    return {
        "is_paused": one.clock_stopped_at is not None,
        "extension": _extension(one, policy),
        "repeat_after": local_iso(first + SIX_DAYS) if counts else None,
        "returns": len(one.return_requests),
        "callback": _callback(one, policy, reader.now),
        "holder": holder(held, reader.who),
    }


def _extension(one: Ticket, policy: Policy) -> ExtensionLine | None:
    if not one.extension_requests:
        return None
    last = one.extension_requests[-1]
    return ExtensionLine(
        status=last.status,
        asked_days=_days(last.new_due - last.due),
        new_due=str(local_iso(last.new_due)),
        used_days=_days(extended_by(one, policy)),
        most_days=_days(policy.max_extension),
        is_beyond_repeat=last.beyond_repeat_limit,
    )


def _callback(one: Ticket, policy: Policy, now: datetime) -> CallbackLine | None:
    if one.state is not State.MANUAL_CALLBACK:
        return None
    task = task_of(one, policy, now)
    told = str(local_iso(task.next_at))
    return CallbackLine(attempts=task.attempts, needed=task.needed, next_at=told)


def holder(held: Lease | None, who: Account) -> Holder | None:
    """Who has it, as `who` sees it."""
    if held is None:
        return None
    return Holder(
        name=held.name,
        full_name=held.full_name,
        until=str(local_iso(held.until)),
        is_mine=held.name == who.name,
    )


async def _first_complaints(db: AsyncConnection, tickets: Iterable[Ticket]) -> dict[str, datetime]:
    """When the citizen first complained of the matter of each ticket (art. 19)."""
    found = list(tickets)
    roots = sorted({one.repeat_of for one in found if one.repeat_of is not None})
    query = sa.select(ticket.c.ticket_no, ticket.c.created_at).where(ticket.c.ticket_no.in_(roots))
    begun = {row.ticket_no: row.created_at for row in await db.execute(query)}
    return {one.ticket_no: begun.get(one.repeat_of or "", one.created_at) for one in found}


def _days(length: timedelta) -> float:
    return round(length / _DAY, 2)
