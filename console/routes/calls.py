"""Calls: what is known of them, by role (domain.md §2.6); the sound is another matter."""

from typing import Any

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.ext.asyncio import AsyncConnection

from console import call_lists
from console.call_lists import CallId
from console.call_rights import LISTENERS, TALKERS, audible, visible_calls
from console.call_words import calls_shown
from console.context import Context
from console.errors import ApiError
from console.routing import Routes
from store.call_json import call_objects
from store.recordings import RecordingLog
from store.tables import call, recording
from store.types import JsonObject, JsonObjects
from ticketing.new_ticket import Time

routes = Routes("calls")


class Listed(BaseModel):
    """Newest first."""

    model_config = ConfigDict(extra="forbid")

    since: Time | None = None
    """Begun then or later."""
    limit: int = Field(default=50, ge=1, le=200)


class Page(BaseModel):
    """A page of a list."""

    items: JsonObjects
    next: str | None
    """`after` of the next page; null on the last one."""


@routes.get("/api/calls", access=LISTENERS)
async def list_calls(context: Context, query: Listed) -> JsonObjects:
    """List calls, newest first; agents see those that they took part in.

    Of a call about a confidential ticket or a report (举报) the citizen's number is starred, but
    for the agent who talked with him. Dispatchers see calls of tickets, callback agents those of
    tickets that are to be called back.
    """
    wanted = sa.select(call).where(visible_calls(context))
    if query.since is not None:
        wanted = wanted.where(call.c.started_at >= query.since)
    newest = wanted.order_by(call.c.started_at.desc(), call.c.call_id.desc()).limit(query.limit)
    async with context.parts.store.read() as db:
        return await _objects(context, db, newest)


@routes.get("/api/calls/search", access=LISTENERS)
async def search(context: Context, query: call_lists.Wanted) -> Page:
    """Find calls by time, number, agent, outcome and so on: in short, newest first."""
    if query.emergency is not None and not context.roles & TALKERS:
        return Page(items=[], next=None)
    names = await context.parts.line_book.agents()
    async with context.parts.store.read() as db:
        found, following = await call_lists.page(
            db, visible_calls(context), query, context.user.agent_no, names
        )
    return Page(items=_without_emergencies(context, found), next=following)


@routes.get("/api/calls/{call_id}", access=LISTENERS)
async def show_call(context: Context, call_id: CallId) -> JsonObject:
    """Read a call (contract §4 `call`)."""
    query = sa.select(call).where(call.c.call_id == call_id, visible_calls(context))
    async with context.parts.store.read() as db:
        found = await _objects(context, db, query)
    if not found:
        raise ApiError(404, "unknown_call", "call_id", "没有此通话", "请核对通话标识")
    return found[0]


@routes.get("/api/calls/{call_id}/recordings", access=LISTENERS)
async def list_recordings(context: Context, call_id: CallId) -> JsonObjects:
    """List the recordings of a call that one may hear; agents: of their own calls, 24 hours."""
    await show_call(context, call_id)
    mine = sa.or_(sa.false(), *(audible(context, role) for role in context.acting_roles))
    query = sa.select(recording.c.recording_id).join(call, call.c.call_id == recording.c.call_id)
    async with context.parts.store.read() as db:
        heard = set((await db.execute(query.where(call.c.call_id == call_id, mine))).scalars())
    found = await RecordingLog(context.parts.store).list(call_id=call_id)
    # Where the file lies on the server helps nobody outside.
    return [
        {key: one[key] for key in one if key != "path"}
        for one in found
        if one["recording_id"] in heard
    ]


async def _objects(context: Context, db: AsyncConnection, query: sa.Select[Any]) -> JsonObjects:
    """The calls of a query as who asks may see them."""
    found = await call_objects(db, (await db.execute(query)).all())
    found = await calls_shown(db, found, context.user.agent_no)
    return _without_emergencies(context, found)


def _without_emergencies(context: Context, found: JsonObjects) -> JsonObjects:
    """Emergencies are the agents' and the supervisors' to know (domain.md §2.6)."""
    return found if context.roles & TALKERS else [{**one, "emergencies": []} for one in found]
