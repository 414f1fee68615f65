"""The same matter of one call filed twice (重复登记): whoever has the call next is asked first.

A citizen may bring several matters with one call; two agents who have talked with him, one after
the other, do not both file the same one unseen.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict

from console.account_rows import called
from console.context import Context
from console.errors import ApiError
from store.tables import ticket, ticket_call
from store.types import SHANGHAI
from ticketing import rows
from ticketing.model import Ticket, TicketEvent


class Asked(BaseModel):
    """`is_another`: it is another matter, although it reads like one that is filed."""

    model_config = ConfigDict(extra="forbid")

    is_another: bool = False


class Filing:
    """What is being filed, once it is made."""

    made: Ticket | None = None


@asynccontextmanager
async def filing(context: Context, asked: Asked) -> AsyncIterator[Filing]:
    """Makes the ticket inside. Raises ApiError 409 `same_matter`, and there is none, where one of
    its call says the same."""
    now = Filing()
    async with context.parts.store.as_one() as db:
        yield now
        made = now.made
        if made is None or made.call_id is None or asked.is_another:
            return
        # Also the ticket about which the citizen was called back. Locked: of two who file it at
        # once one is asked.
        linked = sa.select(ticket_call.c.ticket_no).where(ticket_call.c.call_id == made.call_id)
        of_call = sa.select(ticket).where(
            ticket.c.ticket_no.in_(linked),
            ticket.c.ticket_no.not_in([made.ticket_no, made.repeat_of or ""]),
        )
        in_order = of_call.order_by(ticket.c.ticket_no).with_for_update()
        for one in await rows.tickets(db, in_order):
            filed = _filed(one)
            if filed is not None and _says_the_same(one, made):
                names = await called(db, {filed.actor})
                is_earlier = one.call_id != made.call_id
                raise _same(one, filed, names.get(filed.actor, filed.actor), is_earlier)


def _filed(one: Ticket) -> TicketEvent | None:
    """When somebody filed it; None for a draft that the line made of the call."""
    by_people = (event for event in one.events if event.role != "system")
    found = {event.command: event for event in by_people if event.command in ("create", "accept")}
    return found.get("accept") or found.get("create")


def _says_the_same(one: Ticket, other: Ticket) -> bool:
    pairs = ((one.content, other.content), (one.title, other.title))
    return any(_bare(a) == _bare(b) for a, b in pairs if a and b)


def _bare(text: str) -> str:
    return "".join(filter(str.isalnum, text))


def _same(one: Ticket, filed: TicketEvent, who: str, is_earlier: bool) -> ApiError:
    at = filed.at.astimezone(SHANGHAI)
    when = f"{at:%m-%d %H:%M}" if is_earlier else f"{at:%H:%M}就本次通话"
    is_told = one.title and not one.is_hidden and one.reject_code != "N3"  # N3: R-7-3
    what = f"“{one.title}”" if is_told else ""
    return ApiError(
        409, "same_matter", "content",
        f"{who}已于{when}登记了相同的工单{one.ticket_no}{what}",
        "如是同一诉求，请在原工单中补充；如确是另一件诉求，请确认后再登记",
        beside={"ticket_no": one.ticket_no},
    )  # fmt: skip
