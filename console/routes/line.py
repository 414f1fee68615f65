"""Calls that people order for a ticket."""

from pydantic import BaseModel

from console.context import Context
from console.errors import ApiError
from console.live.link import LineSilent, LineUnsure
from console.routes.desk import line_unsure, own_number
from console.routing import Routes
from console.showing import visible
from console.ticket_data import TicketNo
from ticketing.workflow.terms import UNIT_ROLES, Role

routes = Routes("line")


CALLERS: frozenset[Role] = frozenset({"agent", "callback_agent", "dispatcher", "supervisor"})


class Ringing(BaseModel):
    """A call that began."""

    call_id: str


@routes.post("/api/tickets/{ticket_no}/contact", access=UNIT_ROLES, status=201)
async def contact(context: Context, ticket_no: TicketNo) -> Ringing:
    """Ring the unit's duty phone, then the citizen (联系诉求人).

    The duty phone has to press 1. Both see the hotline's number, neither the other's; the call is
    recorded and belongs to the ticket as `relay`.
    """
    role = "unit_handler" if "unit_handler" in context.roles else "unit_leader"
    return await _ordered(context, "contact", ticket_no, role=role, unit=context.user.unit)


@routes.post("/api/tickets/{ticket_no}/call", access=CALLERS, status=201)
async def call(context: Context, ticket_no: TicketNo) -> Ringing:
    """Ring one's own phone, then the citizen of the ticket (回拨).

    The citizen sees the hotline's number; the call is recorded and belongs to the ticket as
    `callback`. One has to be signed in at the line and free.
    """
    role = next(role for role in context.acting_roles if role in CALLERS)
    return await _ordered(context, "call", ticket_no, role=role, agent=own_number(context))


async def _ordered(context: Context, name: str, ticket_no: str, **more: str | None) -> Ringing:
    await visible(context, ticket_no)
    try:
        call_id = await context.parts.order_call(
            name, ticket_no=ticket_no, actor=context.user.name, **more
        )
    except LineSilent:
        raise ApiError(
            503, "line_silent", None, "热线暂时不能拨打电话", "请稍后再试，或与系统管理员联系"
        ) from None
    except LineUnsure:
        raise line_unsure() from None
    return Ringing(call_id=call_id)
