"""Runs of imports (导入批次): an import that broke off is taken back, never left half done.

Tickets are written in short transactions, because a single long one would hold up the line's own
writes on SQLite. Until the run's last one is written the run is unfinished; whoever imports next,
or starts the line, takes an unfinished run back. A lock file tells a run that works from one that
broke off.
"""

import asyncio
import fcntl
import logging
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from store.engine import Store
from store.tables import ticket, ticket_call, ticket_event, ticket_unit
from store.tables_access import access_chain
from store.tables_exchange import import_run, ticket_import
from store.tables_intake import letter
from store.tables_persons import person_ticket
from store.tables_search import search_doc
from store.tables_tasks import ticket_task
from ticketing.refusal import Refusal

log = logging.getLogger(__name__)

LOCK = "import.lock"
_BATCH = 200
_LONGEST_NAME = 200
_TABLES = (
    ticket_import,
    letter,
    ticket_call,
    ticket_event,
    ticket_unit,
    ticket_task,
    search_doc,
    ticket,
)
"""What an import writes, in the order in which it may be deleted."""


@asynccontextmanager
async def alone(store: Store, folder: Path) -> AsyncIterator[None]:
    """Nobody else imports meanwhile, and no unfinished run is left. Raises Refusal."""
    with (folder / LOCK).open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            fix = "请等它完成后再试"
            raise Refusal("wrong_state", None, "另一个导入正在进行", fix) from None
        await _take_back_unfinished(store)
        yield


async def recover(store: Store, folder: Path) -> None:
    """Takes back what broke off; nothing while somebody imports. For the start of the line."""
    try:
        async with alone(store, folder):
            pass
    except Refusal:
        log.info("an import is running")


@asynccontextmanager
async def run(store: Store, kind: str, source: str, at: datetime) -> AsyncIterator[str]:
    """A run; its id. What it wrote is taken back if the body fails or is cancelled."""
    run_id = uuid.uuid4().hex
    row = {"run_id": run_id, "kind": kind, "source": source[-_LONGEST_NAME:], "started_at": at}
    async with store.write() as db:
        await db.execute(sa.insert(import_run).values(row))
    try:
        yield run_id
    except BaseException:
        await asyncio.shield(_take_back(store, run_id))
        raise
    async with store.write() as db:
        await db.execute(_timers_of(run_id))
        this = sa.update(import_run).where(import_run.c.run_id == run_id)
        await db.execute(this.values(finished_at=at))


def _timers_of(run_id: str) -> sa.Update:
    """Starts the timers of a run's tickets, which nobody was to act on before."""
    this = sa.and_(ticket_import.c.run_id == run_id, ticket_import.c.next_timer_at.is_not(None))
    due = sa.select(ticket_import.c.next_timer_at).where(
        ticket_import.c.ticket_no == ticket.c.ticket_no
    )
    mine = sa.select(ticket_import.c.ticket_no).where(this)
    return (
        sa.update(ticket)
        .where(ticket.c.ticket_no.in_(mine), ticket.c.next_timer_at.is_(None))
        .values(next_timer_at=due.scalar_subquery())
    )


async def _take_back_unfinished(store: Store) -> None:
    async with store.read() as db:
        query = sa.select(import_run.c.run_id).where(import_run.c.finished_at.is_(None))
        unfinished = (await db.execute(query)).scalars().all()
    for run_id in unfinished:
        await _take_back(store, run_id)


async def _take_back(store: Store, run_id: str) -> None:
    """Deletes a run and its tickets, except those that somebody has worked on since."""
    untouched = (
        sa.select(ticket_import.c.ticket_no)
        .join(ticket, ticket.c.ticket_no == ticket_import.c.ticket_no)
        .where(
            ticket_import.c.run_id == run_id,
            ticket.c.chain_seq == ticket_import.c.events,
            ticket.c.ticket_no.not_in(sa.select(person_ticket.c.ticket_no)),
            ticket.c.ticket_no.not_in(sa.select(access_chain.c.ticket_no)),
        )
        .limit(_BATCH)
    )
    taken = 0
    while True:
        async with store.write() as db:
            numbers = (await db.execute(untouched)).scalars().all()
            for table in _TABLES:
                await db.execute(sa.delete(table).where(table.c.ticket_no.in_(numbers)))
            taken += len(numbers)
            if len(numbers) < _BATCH:
                await db.execute(_timers_of(run_id))  # of those that stay
                await db.execute(sa.delete(import_run).where(import_run.c.run_id == run_id))
                break
        await asyncio.sleep(0)
    log.warning("import %s broke off: %d tickets taken back", run_id, taken)
