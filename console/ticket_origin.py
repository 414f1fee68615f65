"""Where a ticket comes from (通话、首接人): nobody gives himself, or somebody else, a part in it.

Who spoke in a ticket's call, and who was the first to hear of it, sees more of it than others, and
dispatchers hear the calls of tickets (domain.md §2.6). So both are checked when people give them.
"""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from console.call_rights import visible_calls
from console.context import Context
from console.errors import invalid
from store.tables import call
from ticketing.model import Ticket


async def check_call(context: Context, call_id: str) -> None:
    """Raises ApiError for a call that who asks may not know of, as for one that is none."""
    query = sa.select(call.c.call_id).where(call.c.call_id == call_id, visible_calls(context))
    async with context.parts.store.read() as db:
        is_known = await db.scalar(query) is not None
    if not is_known:
        raise invalid("call_id", "没有此通话", "请核对通话标识")


async def check_new(context: Context, data: Mapping[str, Any]) -> None:
    """What is said of a new ticket. Raises ApiError."""
    await _check(context, data, None, context.user.agent_no or context.user.name)


async def check_change(context: Context, data: Mapping[str, Any], one: Ticket) -> None:
    """What a command says of a ticket: the first who heard of it stays the first."""
    await _check(context, data, one.call_id, one.first_agent_no)


async def _check(
    context: Context, data: Mapping[str, Any], known_call: str | None, first: str | None
) -> None:
    if data.get("first_agent_no") not in (None, first):
        raise invalid("first_agent_no", "首接人不能由他人填写或更改", "请留空，系统自动填写")
    call_id = data.get("call_id")
    if call_id not in (None, known_call):
        await check_call(context, str(call_id))
