"""The store's tickets as records of an export, in batches of bounded size."""

from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from store.engine import Store
from store.tables import ticket
from store.tables_exchange import ticket_import
from store.tables_intake import letter
from store.types import JsonObject
from ticketing import policy_versions, rows
from ticketing.exchange.record import Extra, record_of
from ticketing.model import State, Ticket

BATCH = 200
"""Tickets that are in memory at once."""
_LETTER = ("source", "channel", "external_id", "content_hash", "at")


@dataclass(frozen=True)
class Selection:
    """Which tickets; None: all."""

    since: datetime | None = None
    """Made then or later."""
    until: datetime | None = None
    """Made before."""
    state: State | None = None
    unit: str | None = None

    def conditions(self) -> list[sa.ColumnElement[bool]]:
        """What the table of tickets is asked for."""
        found: list[sa.ColumnElement[bool]] = []
        if self.since is not None:
            found.append(ticket.c.created_at >= self.since)
        if self.until is not None:
            found.append(ticket.c.created_at < self.until)
        if self.state is not None:
            found.append(ticket.c.state == self.state.value)
        if self.unit is not None:
            found.append(ticket.c.unit == self.unit)
        return found


async def batches(
    store: Store, selection: Selection
) -> AsyncIterator[list[tuple[Ticket, JsonObject]]]:
    """Tickets with their records, by number.

    Each batch is read by itself, so that a long export holds up nothing: what is filed meanwhile
    may be in it, every ticket is whole.
    """
    last, wanted = "", selection.conditions()
    while True:
        query = sa.select(ticket).where(ticket.c.ticket_no > last, *wanted)
        async with store.read() as db:
            found = await with_records(db, query.order_by(ticket.c.ticket_no).limit(BATCH))
        if not found:
            return
        yield found
        last = found[-1][0].ticket_no


async def policies(store: Store) -> list[JsonObject]:
    """All versions of the rules, as an export carries them."""
    async with store.read() as db:
        known = await policy_versions.read(db)
    return [one.model_dump(mode="json", by_alias=True) for one in known.versions]


async def with_records(
    db: AsyncConnection, query: sa.Select[Any]
) -> list[tuple[Ticket, JsonObject]]:
    """The tickets that a select of the table finds, in its order, with their records."""
    found = await rows.tickets(db, query)
    if not found:
        return []
    extras = await _extras(db, [one.ticket_no for one in found])
    return [(one, record_of(one, extras[one.ticket_no])) for one in found]


async def _extras(db: AsyncConnection, numbers: Sequence[str]) -> dict[str, Extra]:
    keys = sa.select(ticket.c.ticket_no, ticket.c.data_key).where(ticket.c.ticket_no.in_(numbers))
    erased = {row.ticket_no: row.data_key is None for row in await db.execute(keys)}
    letters: dict[str, list[JsonObject]] = defaultdict(list)
    of_letters = sa.select(letter).where(letter.c.ticket_no.in_(numbers))
    order = (letter.c.at, letter.c.source, letter.c.channel, letter.c.external_id)
    for row in (await db.execute(of_letters.order_by(*order))).mappings():
        letters[row["ticket_no"]].append({name: row[name] for name in _LETTER})
    of_imports = sa.select(ticket_import).where(ticket_import.c.ticket_no.in_(numbers))
    brought = {row.ticket_no: row for row in await db.execute(of_imports)}
    return {
        number: Extra(
            erased[number],
            letters[number],
            brought[number].hashes if number in brought else (),
            brought[number].recording_ids if number in brought else (),
        )
        for number in numbers
    }
