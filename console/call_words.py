"""Calls as somebody may see them: of a hidden ticket (R-23-2) the citizen is starred, in numbers
and in what was said; of matters that nobody may read (R-7-3) no word is told.

The same words stand in the ticket, where the same is hidden (ticketing/visibility.py): a call must
not tell what the ticket does not.
"""

from collections.abc import Iterable, Sequence

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from console.call_numbers import numbers_in_full, starred
from store.tables import call, ticket, ticket_call
from store.types import JsonObject, JsonObjects
from ticketing import rows
from ticketing.identity import Identity
from ticketing.model import Ticket
from ticketing.visible_rows import IS_SECRET


def secret_calls() -> sa.Select[tuple[str]]:
    """The ids of calls of which nobody reads a word without a reason (N3, R-7-3)."""
    joined = sa.select(ticket_call.c.call_id).join(
        ticket, ticket.c.ticket_no == ticket_call.c.ticket_no
    )
    return joined.where(IS_SECRET)


async def calls_shown(
    db: AsyncConnection, calls: Sequence[JsonObject], agent_no: str | None
) -> JsonObjects:
    """The calls as somebody may see them; `agent_no`: his own extension, if he has one."""
    ids = call.c.call_id.in_([one["call_id"] for one in calls])
    in_full = set((await db.scalars(_ids(ids, numbers_in_full(agent_no)))).all())
    secret = set((await db.scalars(_ids(ids, call.c.call_id.in_(secret_calls())))).all())
    told = [one if one["call_id"] in in_full else starred(one) for one in calls]
    masked = [one for one in told if one["call_id"] not in in_full and one["transcript"]]
    numbers = sorted({number for one in masked for number in one["tickets"]})
    concerned = sa.select(ticket).where(ticket.c.ticket_no.in_(numbers))
    found = await rows.tickets(db, concerned) if numbers else []
    by_number = {one.ticket_no: one for one in found}

    def words(one: JsonObject) -> JsonObjects:
        if one["call_id"] in secret:
            return []
        if one["call_id"] in in_full or not one["transcript"]:
            return list(one["transcript"])
        return _scrubbed(one["transcript"], (by_number[number] for number in one["tickets"]))

    return [{**one, "transcript": words(one)} for one in told]


def _ids(*where: sa.ColumnElement[bool]) -> sa.Select[tuple[str]]:
    return sa.select(call.c.call_id).where(*where)


def _scrubbed(segments: JsonObjects, tickets: Iterable[Ticket]) -> JsonObjects:
    """What was said, without the citizens of the hidden ones among these tickets."""
    hidden = [one for one in tickets if one.is_hidden]
    if any(one.is_erased for one in hidden):
        return []  # nobody knows any more which words would have to be starred
    for identity in map(Identity.of, hidden):
        # A name is several words at times: word by word nobody finds it.
        segments = [
            {**one, "text": identity.scrubbed(one["text"]), "words": []} for one in segments
        ]
    return segments
