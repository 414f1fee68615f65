"""Citizens' numbers in calls: starred where the call concerns a hidden ticket (R-23-2).

Who must know the number asks for it at the ticket, with a reason that is kept. An agent's own call
is told in full: he has talked with the citizen (domain.md §2.6).
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from store.tables import ticket, ticket_call
from store.types import JsonObject, JsonObjects
from ticketing.identity import masked_number

_TALKERS = ("agent", "supervisor")


async def shown(
    db: AsyncConnection, calls: Sequence[JsonObject], agent_no: str | None
) -> JsonObjects:
    """The calls as somebody may see them; `agent_no`: his own extension, if he has one."""
    hidden = await _of_hidden_tickets(db, [one["call_id"] for one in calls])
    return [
        _starred(one) if one["call_id"] in hidden and not _is_own(one, agent_no) else one
        for one in calls
    ]


async def _of_hidden_tickets(db: AsyncConnection, call_ids: Sequence[str]) -> set[str]:
    linked = sa.select(ticket_call.c.call_id).join(
        ticket, ticket.c.ticket_no == ticket_call.c.ticket_no
    )
    is_hidden = ticket.c.confidential | (ticket.c.request_type == "report")
    query = linked.where(ticket_call.c.call_id.in_(call_ids), is_hidden)
    return set((await db.execute(query)).scalars())


def _is_own(one: JsonObject, agent_no: str | None) -> bool:
    return agent_no is not None and any(
        leg["number"] == agent_no and leg["role"] in _TALKERS and leg["answered_at"]
        for leg in one["legs"]
    )


def _starred(one: JsonObject) -> JsonObject:
    citizen = "caller_number" if one["direction"] == "inbound" else "called_number"
    legs = [
        {**leg, "number": _stars(leg["number"])} if leg["role"] == "caller" else leg
        for leg in one["legs"]
    ]
    return {**one, citizen: _stars(one[citizen]), "legs": legs}


def _stars(number: Any) -> str | None:
    return None if number is None else masked_number(number)
