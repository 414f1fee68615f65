"""The public subset of the tickets (公开工单): what anybody may know of them.

No names, numbers, places below the town, nor anything in the citizen's own words. Confidential
tickets, reports (举报) and criticism of staff (basis 6.3) are not in it at all (R-10-2, R-23-1).
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from store.engine import Store
from store.tables import ticket
from store.types import to_utc
from ticketing.model import State

_PRIVATE_BASIS = "6.3"
_NOT_PUBLIC = (
    State.PENDING_ACCEPTANCE,
    State.REJECTED,
    State.EMERGENCY_TRANSFERRED,
    State.MERGED,
    State.WITHDRAWN,
)
_COLUMNS = (
    ticket.c.ticket_no,
    ticket.c.state,
    ticket.c.category_l2,
    ticket.c.region_code,
    ticket.c.town,
    ticket.c.unit,
    ticket.c.created_at,
    ticket.c.state_since,
    ticket.c.public_reply,
)


@dataclass(frozen=True)
class PublicTicket:
    """What anybody may know of a ticket."""

    ticket_no: str
    is_closed: bool
    category: str | None
    region: str | None
    town: str | None
    unit: str | None
    created_at: datetime
    updated_at: datetime
    reply: str | None
    """The reply for the public (公开答复) of a closed ticket."""


@dataclass(frozen=True)
class PublicQuery:
    """Which of them; None: any."""

    numbers: Collection[str] | None = None
    categories: Collection[str] | None = None
    since: datetime | None = None
    until: datetime | None = None
    is_closed: bool | None = None
    most: int = 1000


async def public_tickets(store: Store, wanted: PublicQuery) -> list[PublicTicket]:
    """The newest ones that fit."""
    query = sa.select(*_COLUMNS).where(_is_public(), *_conditions(wanted))
    newest = query.order_by(ticket.c.created_at.desc(), ticket.c.ticket_no.desc())
    async with store.read() as db:
        found = await db.execute(newest.limit(wanted.most))
        return [_told(row) for row in found.mappings()]


def _is_public() -> sa.ColumnElement[bool]:
    return sa.and_(
        ~ticket.c.confidential,
        sa.func.coalesce(ticket.c.request_type, "") != "report",
        sa.func.coalesce(ticket.c.acceptance_basis, _PRIVATE_BASIS) != _PRIVATE_BASIS,
        ticket.c.state.not_in([state.value for state in _NOT_PUBLIC]),
    )


def _conditions(wanted: PublicQuery) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    if wanted.numbers is not None:
        found.append(ticket.c.ticket_no.in_(sorted(wanted.numbers)))
    if wanted.categories is not None:
        found.append(ticket.c.category_l2.in_(sorted(wanted.categories)))
    if wanted.since is not None:
        found.append(ticket.c.created_at >= to_utc(wanted.since))
    if wanted.until is not None:
        found.append(ticket.c.created_at <= to_utc(wanted.until))
    if wanted.is_closed is not None:
        closed = ticket.c.state == State.CLOSED.value
        found.append(closed if wanted.is_closed else ~closed)
    return found


def _told(row: sa.RowMapping) -> PublicTicket:
    is_closed = row["state"] == State.CLOSED
    return PublicTicket(
        ticket_no=row["ticket_no"],
        is_closed=is_closed,
        category=row["category_l2"],
        region=row["region_code"],
        town=row["town"],
        unit=row["unit"],
        created_at=row["created_at"],
        updated_at=row["state_since"] or row["created_at"],
        reply=row["public_reply"] if is_closed else None,
    )
