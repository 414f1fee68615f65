"""Several matters of one citizen (一次来电多事): the next one takes over person and place."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ticketing.acting import actor_of
from ticketing.model import Ticket
from ticketing.tickets import Tickets
from ticketing.workflow.again import PERSON_FIELDS, PLACE_FIELDS
from ticketing.workflow.terms import HOTLINE_ROLES, refuse

_CALL = ("channel", "call_id", "called_number", "first_agent_no")


async def another_matter(
    tickets: Tickets, ticket_no: str, data: Mapping[str, Any], *, actor: str, role: str,
    at: datetime, agent_no: str | None = None,
) -> Ticket:  # fmt: skip
    """Makes the ticket of another matter that the same citizen brought with the same call.

    `data`: as for `create`, with at least the content; what it says replaces what is taken over,
    and a place that it gives replaces the whole place. A hidden person stays hidden unless the
    data say otherwise. Both tickets have the call as their origin, unless `data` name another one
    in which it was brought: one in which the citizen was called back. `agent_no`: number (工号) of
    the agent, None: his name. Raises Refusal.
    """
    who = actor_of(role, actor, None)
    if who.role not in {*HOTLINE_ROLES, "system"}:
        raise refuse("not_allowed", "as", f"{role}不能登记工单", "请由热线工作人员登记", "4")
    if not data.get("content"):
        raise refuse("missing_field", "content", "缺少诉求内容（content）", "请填写另一事项的内容")
    first = await tickets.read(ticket_no)
    has_place = any(data.get(name) is not None for name in PLACE_FIELDS)
    is_same_call = data.get("call_id") in (None, first.call_id)
    call = _CALL if is_same_call else ()
    names = (*PERSON_FIELDS, "want_reply", *call, *(() if has_place else PLACE_FIELDS))
    taken = {name: value for name in names if (value := getattr(first, name)) is not None}
    if first.confidential:
        taken["confidential"] = True
    return await tickets.create(
        {**taken, **data}, actor=who.name, role=role, at=at, agent_no=agent_no
    )
