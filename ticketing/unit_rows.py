"""Which units may know of which tickets, kept beside the tickets' rows.

A unit's lists and searches begin here: what names a unit in a ticket lies in four columns, two of
them lists. The same units as `ticketing.visibility.units_of`.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from store.tables import ticket, ticket_unit
from store.types import JsonObject
from ticketing.model import TERMINAL

COLUMNS = frozenset({"unit", "lead_unit", "assist_units", "sub_dispatches"})
"""Columns of a ticket that name the units which work on it."""


def is_open(state: str) -> bool:
    """Whether the ticket is on its way."""
    return state not in TERMINAL


def named(
    unit: str | None,
    lead_unit: str | None,
    assist_units: Iterable[str],
    sub_dispatches: Iterable[JsonObject],
) -> list[str]:
    """The units that these values of a ticket's columns name."""
    children = (child["unit"] for child in sub_dispatches)
    return sorted({one for one in (unit, lead_unit, *assist_units, *children) if one is not None})


def unit_rows(
    ticket_no: str, created_at: datetime, state: str, units: Sequence[str]
) -> list[dict[str, Any]]:
    """What a ticket has in the table of units."""
    told = {"ticket_no": ticket_no, "created_at": created_at, "is_open": is_open(state)}
    return [told | {"unit": unit} for unit in units]


async def renew(db: AsyncConnection, ticket_no: str) -> None:
    """Writes the units that the ticket's row names now."""
    names = ("created_at", "state", *sorted(COLUMNS))
    query = sa.select(*(ticket.c[name] for name in names)).where(ticket.c.ticket_no == ticket_no)
    row = (await db.execute(query)).one()
    await db.execute(sa.delete(ticket_unit).where(ticket_unit.c.ticket_no == ticket_no))
    units = named(row.unit, row.lead_unit, row.assist_units, row.sub_dispatches)
    if units:
        new = unit_rows(ticket_no, row.created_at, row.state, units)
        await db.execute(sa.insert(ticket_unit), new)


async def turn(db: AsyncConnection, ticket_no: str, state: str) -> None:
    """Writes whether a ticket is open that has come to this state."""
    await db.execute(
        sa.update(ticket_unit)
        .where(ticket_unit.c.ticket_no == ticket_no)
        .values(is_open=is_open(state))
    )
