"""Citizens' numbers in calls: starred where the call concerns a hidden ticket (R-23-2).

Who must know the number asks for it at the ticket, with a reason that is kept. An agent's own call
is told in full: he has talked with the citizen (domain.md §2.6). Not so a call that he had the line
make for a hidden ticket: it is starred while he talks, and so it stays.
"""

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from console.live.views import CallLinks
from store.tables import call, call_leg, ticket, ticket_call
from store.types import JsonObject
from ticketing.identity import masked_number
from ticketing.visibility import MADE_BY_LINE
from ticketing.visible_rows import ASKED_FOR_BY_CITIZEN, IS_HIDDEN, took_part


def own_calls(agent_no: str | None) -> sa.Select[tuple[str]]:
    """The ids of the calls in which an agent talked; none without an extension."""
    legs = took_part(agent_no) if agent_no is not None else (sa.false(),)
    return sa.select(call_leg.c.call_id).where(*legs)


async def call_links(db: AsyncConnection, call_ids: Collection[str]) -> dict[str, CallLinks]:
    """The tickets of calls; calls without any are left out."""
    query = (
        sa.select(ticket_call.c.call_id, ticket_call.c.ticket_no, IS_HIDDEN.label("is_hidden"))
        .join(ticket, ticket.c.ticket_no == ticket_call.c.ticket_no)
        .where(ticket_call.c.call_id.in_(call_ids))
        .order_by(ticket_call.c.ticket_no)
        .distinct()
    )
    found: dict[str, CallLinks] = {}
    for row in await db.execute(query):
        known = found.get(row.call_id, CallLinks())
        found[row.call_id] = CallLinks(
            (*known.tickets, row.ticket_no), known.is_hidden or bool(row.is_hidden)
        )
    return found


def numbers_in_full(agent_no: str | None) -> sa.ColumnElement[bool]:
    """Calls whose citizen's number is shown: of no hidden ticket, or one's own.

    One's own, too, are starred where they were ordered for a hidden ticket.
    """
    hidden = (
        sa.select(ticket_call.c.call_id)
        .join(ticket, ticket.c.ticket_no == ticket_call.c.ticket_no)
        .where(IS_HIDDEN)
    )
    ordered = hidden.where(
        ticket_call.c.relation.in_(sorted(MADE_BY_LINE)), sa.not_(ASKED_FOR_BY_CITIZEN)
    )
    own = sa.and_(
        call.c.call_id.in_(own_calls(agent_no)),
        sa.or_(call.c.direction == "inbound", call.c.call_id.not_in(ordered)),
    )
    return call.c.call_id.not_in(hidden) | own


def starred(one: JsonObject) -> JsonObject:
    """The call without its citizen's number."""
    citizen = "caller_number" if one["direction"] == "inbound" else "called_number"
    legs = [
        {**leg, "number": _stars(leg["number"])} if leg["role"] == "caller" else leg
        for leg in one["legs"]
    ]
    return {**one, citizen: _stars(one[citizen]), "legs": legs}


def _stars(number: Any) -> str | None:
    return None if number is None else masked_number(number)
