"""Commands that people give: in the least of their roles that may, and not over somebody's head."""

from collections.abc import Mapping
from typing import Any

from console import leases
from console.account_rows import called
from console.context import Context
from console.showing import unknown
from ticketing.conflict import Conflict
from ticketing.model import Ticket
from ticketing.refusal import Refusal
from ticketing.replaying import NEVER_CONFLICT


async def give(
    context: Context, ticket_no: str, name: str, data: Mapping[str, Any], version: int | None
) -> Ticket:
    """Does a command of the workflow; the ticket as it then is. Raises Refusal or ApiError.

    The lease of whoever acts ends with it; notes and statements need none and end none. A conflict
    tells who changed something by what people call him.
    """
    try:
        return await _given(context, ticket_no, name, data, version)
    except Conflict as conflict:
        async with context.parts.store.read() as db:
            known = await called(db, conflict.actors)
        raise conflict.naming(known) from None


async def _given(
    context: Context, ticket_no: str, name: str, data: Mapping[str, Any], version: int | None
) -> Ticket:
    parts, who = context.parts, context.user
    item = leases.of_ticket(ticket_no, who)
    async with parts.store.as_one() as db:
        if name in NEVER_CONFLICT:
            return await _do(context, ticket_no, name, data, version)
        await parts.leases.check(db, item, who, context.now)
        done = await _do(context, ticket_no, name, data, version)
        await parts.leases.release(db, item, who)
        return done


async def _do(
    context: Context, ticket_no: str, name: str, data: Mapping[str, Any], version: int | None
) -> Ticket:
    roles = context.acting_roles
    for role in roles:
        try:
            return await context.parts.tickets.do(
                ticket_no,
                name,
                data,
                actor=context.user.name,
                role=role,
                at=context.now,
                unit=context.user.unit,
                expected_version=version,
            )
        except Refusal as refusal:
            if refusal.code == "unknown_ticket" and refusal.field in (None, "ticket"):
                raise unknown(ticket_no) from None
            if refusal.code not in ("not_allowed", "needs_supervisor") or role == roles[-1]:
                raise
    raise AssertionError("nobody without a role gives commands")
