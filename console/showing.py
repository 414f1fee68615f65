"""Tickets as far as who asks may see them (domain.md §2.6); nothing else leaves the console."""

from collections.abc import Iterable

from console.context import Context
from console.errors import ApiError
from console.routing import Reply
from store.types import JsonObject
from ticketing.model import Ticket
from ticketing.refusal import Refusal
from ticketing.visibility import Viewer, sights, view
from ticketing.visible_rows import own_calls
from ticketing.workflow.terms import UNIT_ROLES


def viewer(context: Context) -> Viewer:
    """Who asks, for the rules of visibility."""
    user = context.user
    return Viewer(user.name, context.roles, unit=user.unit, agent_no=user.agent_no)


async def shown(context: Context, tickets: Iterable[Ticket]) -> list[JsonObject]:
    """What may be seen of the tickets; those that may not be known are left out."""
    found, who = list(tickets), viewer(context)
    own = await _own_calls(context, found)
    views = (view(one, who, own_calls=own) for one in found)
    return [one for one in views if one is not None]


async def one_shown(context: Context, one: Ticket, status: int | None = None) -> Reply[JsonObject]:
    """The ticket with its version as ETag. Raises ApiError 404 where it may not be known."""
    views = await shown(context, [one])
    if not views:
        raise unknown(one.ticket_no)
    return Reply(views[0], {"ETag": f'"{one.version}"'}, status)


async def made_shown(context: Context, made: Ticket) -> Reply[JsonObject]:
    """A ticket that was just made, and where it is from now on."""
    reply = await one_shown(context, made)
    return Reply(reply.value, {**reply.headers, "Location": f"/api/tickets/{made.ticket_no}"})


async def stored(context: Context, ticket_no: str) -> Ticket:
    """The ticket, whoever asks; for `one_shown`. Raises ApiError 404."""
    try:
        return await context.parts.tickets.read(ticket_no)
    except Refusal:
        raise unknown(ticket_no) from None


async def visible(context: Context, ticket_no: str) -> Ticket:
    """The ticket, if who asks may know it. Raises ApiError 404."""
    return (await visible_with_calls(context, ticket_no))[0]


async def visible_with_calls(context: Context, ticket_no: str) -> tuple[Ticket, frozenset[str]]:
    """Besides `visible`, the calls of the ticket that the agent took part in."""
    one = await stored(context, ticket_no)
    own = await _own_calls(context, [one])
    if sights(one, viewer(context), own) is None:
        raise unknown(ticket_no)
    return one, own


def unknown(ticket_no: str) -> ApiError:
    """404: the same answer whether there is no such ticket or it may not be known."""
    return ApiError(404, "unknown_ticket", "ticket_no", f"没有工单{ticket_no}", "请核对工单编号")


def is_unit(context: Context) -> bool:
    """Whether who asks belongs to a unit."""
    return bool(context.roles & UNIT_ROLES)


async def _own_calls(context: Context, tickets: Iterable[Ticket]) -> frozenset[str]:
    """Calls of these tickets that the agent took part in."""
    async with context.parts.store.read() as db:
        return await own_calls(db, viewer(context), tickets)
