"""People behind hidden tickets: the text for units, unmasked views and the log of them."""

import asyncio

from pydantic import BaseModel

from console.account_rows import called
from console.context import Context
from console.errors import ApiError
from console.routing import Routes
from console.showing import viewer, visible
from console.ticket_data import TicketNo, TicketView
from ticketing.identity import Identity
from ticketing.redaction import Kind, proposal
from ticketing.revealing import MAY_READ_LOG, MAY_REVEAL, Reason, Revealing
from ticketing.sights import Group, Sight
from ticketing.visibility import sights

routes = Routes("reporters")


class RemovedWords(BaseModel):
    """A stretch of the content that the proposal leaves out."""

    start: int
    end: int
    kind: Kind
    text: str


class UnitContent(BaseModel):
    """A proposal for `unit_content`; whoever dispatches reads and corrects it."""

    unit_content: str
    removed: list[RemovedWords]


class Unmasked(BaseModel):
    """Somebody saw who the citizen of a hidden ticket is."""

    ticket_no: str
    seq: int
    at: str
    actor: str
    full_name: str | None
    """As his account says it."""
    role: str
    reason: str


@routes.get("/api/tickets/{ticket_no}/unit-content", access=frozenset(MAY_REVEAL))
async def unit_content(context: Context, ticket_no: TicketNo) -> UnitContent:
    """Propose the text that a unit may see of a ticket.

    Of the words that it leaves out, those that name a citizen whom one may not see are starred.
    """
    one = await visible(context, ticket_no)
    row = sights(one, viewer(context))
    if row is None or row[Group.MATTER] is not Sight.SHOWN:
        raise ApiError(403, "not_allowed", None, "工单内容涉密，不能查看", "请由中心负责人处理")
    found = await asyncio.to_thread(proposal, one)
    hidden = None if row[Group.PERSON] is Sight.SHOWN else Identity.of(one)
    return UnitContent.model_validate(found.to_json(hidden))


# Each view is one of its own, whatever key it is asked with.
@routes.post("/api/tickets/{ticket_no}/reveal", access=frozenset(MAY_REVEAL), given_again=False)
async def reveal(context: Context, ticket_no: TicketNo, body: Reason) -> TicketView:
    """Show who the citizen of a hidden ticket is; each view and its reason are put on record."""
    await visible(context, ticket_no)
    return await Revealing(context.parts.store, context.parts.tickets).reveal(
        ticket_no, viewer(context), body.reason, at=context.now
    )


@routes.get("/api/tickets/{ticket_no}/access", access=MAY_READ_LOG)
async def access(context: Context, ticket_no: TicketNo) -> list[Unmasked]:
    """List who saw the citizen of a hidden ticket, newest first."""
    await visible(context, ticket_no)
    log = Revealing(context.parts.store, context.parts.tickets)
    found = await log.log(ticket_no, limit=500)
    async with context.parts.store.read() as db:
        names = await called(db, {one.actor for one in found})
    return [
        Unmasked.model_validate(one.to_json() | {"full_name": names.get(one.actor)})
        for one in found
    ]
