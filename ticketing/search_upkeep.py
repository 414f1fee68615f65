"""Keeps the full-text index whole: tickets that have no words in it, and all of it anew."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from store.engine import Store
from store.tables import ticket
from store.tables_search import search_doc, search_words
from ticketing import rows, search_index

log = logging.getLogger(__name__)

_BATCH = 200
"""Tickets of one transaction: the line's own writes come in between."""
_PAGES = 200
"""Of the index in one step."""
_CHANGES = sa.select(sa.func.total_changes())
_NOTHING = 2
"""Fewer changes: the step found nothing to do."""


@asynccontextmanager
async def filling(store: Store) -> AsyncIterator[None]:
    """Indexes meanwhile what an older version of the program left without words."""
    task = asyncio.create_task(_fill(store))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _fill(store: Store) -> None:
    try:
        done = await index_missing(store)
    except Exception:
        log.exception("the full-text index could not be filled; try `tickets reindex`")
    else:
        if done:
            log.info("full-text index: %d tickets added", done)


async def index_missing(store: Store) -> int:
    """Indexes tickets that are not in the index, those of an older version; how many."""
    known = sa.exists(
        sa.select(search_doc.c.doc_id).where(search_doc.c.ticket_no == ticket.c.ticket_no)
    )
    return await _index_all(store, ~known)


async def reindex(store: Store) -> int:
    """Makes the words of all tickets anew; how many tickets. SQLite forgets removed ones at once.

    Words of erased tickets stay as they are: nobody knows any more which of them would have to be
    left out.
    """
    done = await _index_all(store, ticket.c.data_key.is_not(None))
    done += await index_missing(store)
    if store.dialect == "sqlite":
        await _merge(store)
    return done


async def _merge(store: Store) -> None:
    """Makes SQLite's index one piece, without words that were removed (FTS5, 6.8).

    In steps: the line's own writes come in between. Negative: all pieces, also the only one.
    """
    pages = -_PAGES
    while True:
        async with store.write() as db:
            before = (await db.execute(_CHANGES)).scalar_one()
            step = sa.insert(search_words).values(search_words="merge", rank=pages)
            await db.execute(step)
            if (await db.execute(_CHANGES)).scalar_one() - before < _NOTHING:
                return
        pages = _PAGES
        await asyncio.sleep(0)


async def _index_all(store: Store, which: sa.ColumnElement[bool]) -> int:
    done, last = 0, ""
    while True:
        async with store.read() as db:
            query = sa.select(ticket.c.ticket_no).where(ticket.c.ticket_no > last, which)
            batch = query.order_by(ticket.c.ticket_no).limit(_BATCH)
            numbers = (await db.execute(batch)).scalars().all()
        if not numbers:
            return done
        async with store.write() as db:  # as they are by now
            await _index(db, numbers)
        done, last = done + len(numbers), numbers[-1]
        await asyncio.sleep(0)


async def _index(db: AsyncConnection, numbers: Sequence[str]) -> None:
    """`which` may have changed since: an erased ticket that has words keeps them."""
    query = sa.select(ticket).where(ticket.c.ticket_no.in_(numbers))
    query = query.order_by(ticket.c.ticket_no).with_for_update()
    has_words = set(
        (
            await db.execute(
                sa.select(search_doc.c.ticket_no).where(search_doc.c.ticket_no.in_(numbers))
            )
        ).scalars()
    )
    documents = [
        search_index.document(one)
        for one in await rows.tickets(db, query)
        if not (one.is_erased and one.ticket_no in has_words)
    ]
    await search_index.add_documents(db, documents)
