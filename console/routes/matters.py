"""Several matters in one call, several calls on one matter."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from console.call_lists import CallId
from console.context import Context
from console.errors import ApiError
from console.routing import Reply, Routes
from console.same_matter import Asked, filing
from console.showing import made_shown, one_shown, viewer, visible, visible_with_calls
from console.ticket_data import TicketData, TicketNo, TicketView
from console.ticket_origin import check_call, check_new
from ticketing.another import another_matter
from ticketing.sights import Group, Sight
from ticketing.visibility import sights
from ticketing.workflow.terms import HOTLINE_ROLES, Role

routes = Routes("matters")


class CallOfTicket(BaseModel):
    """A call that concerns a ticket."""

    model_config = ConfigDict(extra="forbid")

    call_id: CallId
    relation: Annotated[Literal["statement", "urge", "callback", "relay"], Field(examples=["urge"])]
    """Not the origin: nobody says afterwards in which call a ticket was made."""


@routes.post("/api/tickets/{ticket_no}/another", access=HOTLINE_ROLES, status=201)
async def another(
    context: Context, ticket_no: TicketNo, query: Asked, body: TicketData
) -> Reply[TicketView]:
    """Make the ticket of another matter of the same citizen, with his person, place and call.

    Only who sees the citizen of the first ticket may take him over. 409 `same_matter` where a
    ticket of the call says the same.
    """
    await _seen(context, ticket_no)
    told = body.said()
    await check_new(context, told)
    async with filing(context, query) as now:
        now.made = await another_matter(
            context.parts.tickets,
            ticket_no,
            told,
            actor=context.user.name,
            role=_role(context),
            at=context.now,
            agent_no=context.user.agent_no,
        )
    return await made_shown(context, now.made)


@routes.post("/api/tickets/{ticket_no}/calls", access=HOTLINE_ROLES)
async def link_call(context: Context, ticket_no: TicketNo, body: CallOfTicket) -> Reply[TicketView]:
    """Say that a call concerns the ticket: more facts, urging, a call back; idempotent.

    To a hidden ticket only by who sees its citizen. It shows nobody more of the ticket.
    """
    if (await visible(context, ticket_no)).is_hidden:
        await _seen(context, ticket_no)
    await check_call(context, body.call_id)
    linked = await context.parts.tickets.link_call(
        ticket_no,
        body.call_id,
        body.relation,
        at=context.now,
        actor=context.user.name,
        role=_role(context),
    )
    return await one_shown(context, linked)


async def _seen(context: Context, ticket_no: TicketNo) -> None:
    """Raises ApiError where who asks does not see the citizen of the ticket."""
    one, own = await visible_with_calls(context, ticket_no)
    row = sights(one, viewer(context), own)
    if row is None or row[Group.PERSON] is not Sight.SHOWN:
        raise ApiError(
            403, "not_allowed", None, "不能查看该工单的诉求人", "请由班长办理，或登记新的工单"
        )


def _role(context: Context) -> Role:
    return next(role for role in context.acting_roles if role in HOTLINE_ROLES)
