"""Calls and recordings: what is known of them, never the sound itself (domain.md §2.6)."""

from datetime import datetime, timedelta
from typing import Annotated

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field

from console.call_numbers import own_calls, shown
from console.context import Context
from console.errors import ApiError
from console.routing import Routes
from store.call_json import call_objects
from store.recordings import RecordingLog
from store.tables import call
from store.types import JsonObject, JsonObjects
from ticketing.new_ticket import Time
from ticketing.workflow.terms import Role

routes = Routes("calls")

SUPERVISING: frozenset[Role] = frozenset({"supervisor", "center_head"})
LISTENERS: frozenset[Role] = SUPERVISING | {"agent"}
"""Supervisors see all calls, agents their own."""
AGENTS_HOURS = timedelta(hours=24)
"""So long an agent sees the recordings of his calls."""
CallId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:-]{1,160}$")]


class Listed(BaseModel):
    """Newest first."""

    model_config = ConfigDict(extra="forbid")

    since: Time | None = None
    """Begun then or later."""
    limit: int = Field(default=50, ge=1, le=200)


@routes.get("/api/calls", access=LISTENERS)
async def list_calls(context: Context, query: Listed) -> JsonObjects:
    """List calls, newest first; agents see those that they took part in.

    Of a call about a confidential ticket or a report (举报) the citizen's number is starred, but
    for the agent who talked with him.
    """
    wanted = sa.select(call).where(may_see(context))
    if query.since is not None:
        wanted = wanted.where(call.c.started_at >= query.since)
    newest = wanted.order_by(call.c.started_at.desc(), call.c.call_id.desc()).limit(query.limit)
    async with context.parts.store.read() as db:
        found = await call_objects(db, (await db.execute(newest)).all())
        return await shown(db, found, context.user.agent_no)


@routes.get("/api/calls/{call_id}", access=LISTENERS)
async def show_call(context: Context, call_id: CallId) -> JsonObject:
    """Read a call (contract §4 `call`)."""
    query = sa.select(call).where(call.c.call_id == call_id, may_see(context))
    async with context.parts.store.read() as db:
        found = await call_objects(db, (await db.execute(query)).all())
        found = await shown(db, found, context.user.agent_no)
    if not found:
        raise ApiError(404, "unknown_call", "call_id", "没有此通话", "请核对通话标识")
    return found[0]


@routes.get("/api/calls/{call_id}/recordings", access=LISTENERS)
async def list_recordings(context: Context, call_id: CallId) -> JsonObjects:
    """List the recordings of a call; agents see those of their own calls for 24 hours."""
    await show_call(context, call_id)
    found = await RecordingLog(context.parts.store).list(call_id=call_id)
    if not context.roles & SUPERVISING:
        first = context.now - AGENTS_HOURS
        found = [one for one in found if datetime.fromisoformat(one["started_at"]) >= first]
    # Where the file lies on the server helps nobody outside.
    return [{key: one[key] for key in one if key != "path"} for one in found]


def may_see(context: Context) -> sa.ColumnElement[bool]:
    """Calls that who asks may know of."""
    if context.roles & SUPERVISING:
        return sa.true()
    return call.c.call_id.in_(own_calls(context.user.agent_no))
