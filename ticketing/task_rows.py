"""The tasks of tickets as rows, written in the transactions that change the tickets."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from store.engine import Store
from store.tables import ticket
from store.tables_tasks import ticket_task
from store.types import JsonObjects, to_utc
from ticketing import policy_versions, rows
from ticketing.model import Ticket
from ticketing.policy import Policies
from ticketing.tasks import tasks

log = logging.getLogger(__name__)

UNPLANNED = "unplanned"
"""The list of tickets of which nobody knows yet what waits on them: no person's."""
_BATCH = 100
_NAMES = ("queue", "owner", "kind", "deadline", "due_at")


async def put(db: AsyncConnection, one: Ticket, policies: Policies, at: datetime) -> None:
    """Writes what waits on the ticket now.

    A task that stays as it is keeps its row, so that lists show what is new.
    """
    wanted = _values(one, policies, at)
    kept = sa.select(ticket_task).where(ticket_task.c.ticket_no == one.ticket_no)
    stale: list[tuple[str, str]] = []
    for row in await db.execute(kept):
        values = tuple(getattr(row, name) for name in _NAMES)
        if values in wanted:
            wanted.remove(values)
        else:
            stale.append((row.queue, row.owner))
    if stale:
        which = sa.tuple_(ticket_task.c.queue, ticket_task.c.owner).in_(stale)
        await db.execute(
            sa.delete(ticket_task).where(ticket_task.c.ticket_no == one.ticket_no, which)
        )
    if wanted:
        await db.execute(sa.insert(ticket_task), _rows(one, wanted, at))


def rows_of(one: Ticket, policies: Policies, at: datetime) -> JsonObjects:
    """What waits on a ticket that is not in the store yet, as rows that come with it."""
    return _rows(one, _values(one, policies, at), at)


def _values(one: Ticket, policies: Policies, at: datetime) -> set[tuple[Any, ...]]:
    return {
        tuple(getattr(task, name) for name in _NAMES)
        for task in tasks(one, policies.of(one.policy_id, at), at)
    }


def _rows(one: Ticket, values: set[tuple[Any, ...]], at: datetime) -> JsonObjects:
    told = {"ticket_no": one.ticket_no, "since": to_utc(at)}
    return [dict(zip(_NAMES, each, strict=True)) | told for each in sorted(values)]


async def fill(store: Store, at: datetime) -> int:
    """Works out what waits on tickets that an older version of the program kept; how many."""
    waiting = sa.select(ticket_task.c.ticket_no).where(ticket_task.c.queue == UNPLANNED)
    done = 0
    while True:
        async with store.write() as db:
            numbers = (await db.scalars(waiting.limit(_BATCH))).all()
            policies = await policy_versions.read(db)
            query = sa.select(ticket).where(ticket.c.ticket_no.in_(numbers))
            locked = query.order_by(ticket.c.ticket_no).with_for_update()
            for one in await rows.tickets(db, locked):
                await put(db, one, policies, at)
        done += len(numbers)
        if len(numbers) < _BATCH:
            break
    if done:
        log.info("work lists: %d tickets added", done)
    return done


@asynccontextmanager
async def filling(store: Store) -> AsyncIterator[None]:
    """Does `fill` meanwhile, for the start of the console."""
    task = asyncio.create_task(_fill_now(store))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _fill_now(store: Store) -> None:
    try:
        await fill(store, datetime.now(UTC))
    except Exception:
        log.exception("work lists could not be filled; it is tried again at the next start")
