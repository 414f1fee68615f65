"""Calls that people order for a ticket."""

from pydantic import BaseModel

from console.context import Context, LineSilent
from console.errors import ApiError
from console.routing import Routes
from console.showing import visible
from console.ticket_data import TicketNo
from ticketing.workflow.terms import UNIT_ROLES

routes = Routes("line")


class Ringing(BaseModel):
    """A call that began."""

    call_id: str


@routes.post("/api/tickets/{ticket_no}/contact", access=UNIT_ROLES, status=201)
async def contact(context: Context, ticket_no: TicketNo) -> Ringing:
    """Ring the unit's duty phone, then the citizen (联系诉求人).

    The duty phone has to press 1. Both see the hotline's number, neither the other's; the call is
    recorded and belongs to the ticket as `relay`.
    """
    await visible(context, ticket_no)
    role = "unit_handler" if "unit_handler" in context.roles else "unit_leader"
    try:
        call_id = await context.parts.order_call(
            "contact",
            ticket_no=ticket_no,
            actor=context.user.name,
            role=role,
            unit=context.user.unit,
        )
    except LineSilent:
        raise ApiError(
            503, "line_silent", None, "热线暂时不能拨打电话", "请稍后再试，或与系统管理员联系"
        ) from None
    return Ringing(call_id=call_id)
