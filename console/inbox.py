"""Inboxes (待办列表): what waits for somebody, first what is due first, in an order that stays.

Visibility is applied inside the query. A list belongs to a snapshot: pages that follow show what
was there when the first one was read, and what came since is only counted, so that nothing jumps
under the hand.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, NamedTuple

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.ext.asyncio import AsyncConnection

from console import snapshots
from console.account_rows import Account
from console.errors import forbidden
from console.leases import free
from console.snapshots import Snapshot
from console.ticket_data import Code
from store.tables import ticket
from store.tables_tasks import ticket_task
from store.types import to_utc
from ticketing.model import Urgency
from ticketing.tasks import Kind, Queue
from ticketing.untouched import IS_UNTOUCHED
from ticketing.visibility import Viewer
from ticketing.visible_rows import visible_to
from ticketing.workflow.terms import SUPERVISING, UNIT_ROLES, Role

QUEUES: Mapping[Queue, frozenset[Role]] = {
    "agent": frozenset({"agent"}),
    "messages": SUPERVISING | {"agent", "dispatcher"},
    "emergency": SUPERVISING | {"agent", "dispatcher"},
    "dispatcher": SUPERVISING | {"dispatcher"},
    "callback": SUPERVISING | {"callback_agent"},
    "supervisor": SUPERVISING,
    "unit": UNIT_ROLES,
}
"""Who may open which list."""
USERS: frozenset[Role] = frozenset(role for roles in QUEUES.values() for role in roles)


class Filter(BaseModel):
    """Which of a list; of one that is repeated any value will do."""

    model_config = ConfigDict(extra="forbid")

    kind: list[Kind] = Field(default=[], max_length=20)
    unit: Code | None = None
    urgency: Urgency | None = None
    category_l1: Code | None = None
    category_l2: Code | None = None
    region_code: Code | None = None
    is_overdue: bool | None = None


class Listed(Filter):
    """A page of a list."""

    limit: int = Field(default=50, ge=1, le=200)
    after: Annotated[str, Field(pattern=r"^[A-Za-z0-9_=-]{1,200}$")] | None = None
    """`next` of the page before."""
    snapshot: Annotated[str, Field(pattern=snapshots.PATTERN)] | None = None
    """`snapshot` of the first page; without it the list begins anew."""


class Since(Filter):
    """What came since a list was read."""

    since: Annotated[str, Field(pattern=snapshots.PATTERN)]
    """The list's `snapshot`."""


class Found(NamedTuple):
    """A page of tasks, and what the next one wants."""

    tasks: list[sa.Row[Any]]
    next: str | None
    snapshot: str


class Inbox:
    """One person's view of one list, at an instant. Raises ApiError 403 for others'."""

    def __init__(self, queue: Queue, who: Account, viewer: Viewer, now: datetime) -> None:
        if QUEUES[queue].isdisjoint(who.roles):
            raise forbidden(sorted(QUEUES[queue]))
        self.queue = queue
        self._who = who
        self._viewer = viewer
        self._now = now

    async def page(self, db: AsyncConnection, wanted: Listed) -> Found:
        """The tasks of a page, what is due first, first. Raises ApiError for a wrong mark."""
        query = self._query(wanted)
        if wanted.snapshot is None:
            snapshot = await snapshots.taken(db, self._mine(), self._now)
        else:
            snapshot = Snapshot.read(wanted.snapshot)
            query = query.where(snapshot.held())
        if wanted.after is not None:
            query = query.where(snapshots.follows(wanted.after))
        found = (await db.execute(query.limit(wanted.limit + 1))).all()
        shown = list(found[: wanted.limit])
        more = snapshots.mark(shown[-1]) if len(found) > wanted.limit else None
        return Found(shown, more, snapshot.written())

    async def news(self, db: AsyncConnection, wanted: Since) -> int:
        """How many tasks came since a snapshot."""
        fresh = self._query(wanted).where(~Snapshot.read(wanted.since).held())
        counted = sa.select(sa.func.count()).select_from(fresh.order_by(None).subquery())
        return await db.scalar(counted) or 0

    async def first_free(self, db: AsyncConnection, wanted: Filter) -> sa.Row[Any] | None:
        """The first task whose ticket nobody has taken; others that look at the same time get
        another one."""
        item = sa.literal("ticket:") + ticket_task.c.ticket_no + sa.literal(":" + self.side)
        query = self._query(wanted).where(free(item, self._now)).limit(1)
        locked = query.with_for_update(of=ticket_task, skip_locked=True)
        found: sa.Row[Any] | None = (await db.execute(locked)).first()
        return found

    @property
    def side(self) -> str:
        """For whom leases of this list are: a unit's code, "" for the hotline."""
        return (self._who.unit or "") if self.queue == "unit" else ""

    def _mine(self) -> sa.ColumnElement[bool]:
        owners = {
            "unit": {self._who.unit or "-"},
            "agent": {self._who.agent_no or self._who.name, self._who.name},
        }.get(self.queue, {""})
        return (ticket_task.c.queue == self.queue) & ticket_task.c.owner.in_(sorted(owners))

    def _query(self, wanted: Filter) -> sa.Select[Any]:
        query = sa.select(ticket_task).join(ticket, ticket.c.ticket_no == ticket_task.c.ticket_no)
        query = query.where(self._mine(), visible_to(self._viewer), ~IS_UNTOUCHED)
        if wanted.kind:
            query = query.where(ticket_task.c.kind.in_(wanted.kind))
        for name in ("unit", "urgency", "category_l1", "category_l2", "region_code"):
            value = getattr(wanted, name)
            if value is not None:
                query = query.where(ticket.c[name] == value)
        if wanted.is_overdue is not None:
            is_past = ticket_task.c.due_at < to_utc(self._now)
            query = query.where(is_past if wanted.is_overdue else ~is_past)
        return query.order_by(ticket_task.c.due_at, ticket_task.c.ticket_no)


async def counts(
    db: AsyncConnection, who: Account, viewer: Viewer, now: datetime
) -> list[tuple[Queue, str, int, int]]:
    """List, kind, how many and how many of them late, of all lists that somebody may open."""
    found: list[tuple[Queue, str, int, int]] = []
    late = sa.func.sum(sa.case((ticket_task.c.due_at < to_utc(now), 1), else_=0))
    for queue, roles in QUEUES.items():
        if roles.isdisjoint(who.roles):
            continue
        mine = Inbox(queue, who, viewer, now)._query(Filter()).order_by(None)
        kind = ticket_task.c.kind
        grouped = mine.with_only_columns(kind, sa.func.count(), late).group_by(kind)
        rows = await db.execute(grouped.order_by(kind))
        found += [(queue, name, count, past) for name, count, past in rows]
    return found
