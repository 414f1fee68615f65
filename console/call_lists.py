"""Lists of calls for people: filtered in the query, page by page, in short."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.ext.asyncio import AsyncConnection

from console.call_numbers import call_links, numbers_in_full
from console.errors import invalid
from store.call_events import Direction, OutcomeWord
from store.tables import call, call_leg, emergency_event, recording
from store.tables import ticket_call as linked
from store.types import JsonObject, JsonObjects, local_iso, to_utc
from ticketing.identity import masked_number
from ticketing.new_ticket import Time

CallId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:-]{1,160}$")]


class Wanted(BaseModel):
    """Filters of a list of calls."""

    model_config = ConfigDict(extra="forbid")

    since: Time | None = None
    """Begun then or later."""
    until: Time | None = None
    """Begun before."""
    number: Annotated[str, Field(pattern=r"^[0-9]{4,20}$")] | None = None
    """The citizen's number, or its last digits (at least four)."""
    call_id: CallId | None = None
    agent: Annotated[str, Field(pattern=r"^[0-9]{2,20}$")] | None = None
    """Extension of an agent who talked in it."""
    ticket_no: Annotated[str, Field(pattern=r"^[A-Z]{2}[0-9]{12}$")] | None = None
    direction: Direction | None = None
    outcome: OutcomeWord | None = None
    score: Annotated[int, Field(ge=1, le=5)] | None = None
    """The caller's rating: 1 is very satisfied."""
    emergency: Literal["yes"] | None = None
    """Only calls with an emergency."""
    recorded: Literal["yes"] | None = None
    """Only calls with a recording."""
    limit: int = Field(default=50, ge=1, le=200)
    after: Annotated[str, Field(pattern=r"^[A-Za-z0-9_=-]{1,400}$")] | None = None
    """`next` of the page before."""


async def page(
    db: AsyncConnection,
    visible: sa.ColumnElement[bool],
    wanted: Wanted,
    agent_no: str | None,
    names: Mapping[str, str],
) -> tuple[JsonObjects, str | None]:
    """Calls in short, the newest first, and what the next page follows. Raises ApiError.

    `agent_no`: the extension of who asks, who knows the numbers of his own calls. `names`: of
    agents, by their extensions.
    """
    place = (call.c.started_at, call.c.call_id)
    query = sa.select(call).where(visible, *_conditions(wanted, agent_no))
    if wanted.after is not None:
        query = query.where(sa.tuple_(*place) < sa.tuple_(*map(sa.literal, _read(wanted.after))))
    query = query.order_by(*(column.desc() for column in place)).limit(wanted.limit + 1)
    rows = (await db.execute(query)).all()
    following = _written(rows[wanted.limit - 1]) if len(rows) > wanted.limit else None
    return await _in_short(db, rows[: wanted.limit], agent_no, names), following


def _conditions(wanted: Wanted, agent_no: str | None) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    if wanted.since is not None:
        found.append(call.c.started_at >= wanted.since)
    if wanted.until is not None:
        found.append(call.c.started_at < wanted.until)
    for column, value in (
        (call.c.call_id, wanted.call_id),
        (call.c.direction, wanted.direction),
        (call.c.outcome, wanted.outcome),
        (call.c.survey_score, wanted.score),
    ):
        if value is not None:
            found.append(column == value)
    if wanted.number is not None:
        citizen = sa.case(
            (call.c.direction == "inbound", call.c.caller_number), else_=call.c.called_number
        )
        # Whoever may not see a number must not find it by guessing either.
        found += [citizen.endswith(wanted.number), numbers_in_full(agent_no)]
    if wanted.agent is not None:
        talked = sa.select(call_leg.c.call_id).where(
            call_leg.c.number == wanted.agent,
            call_leg.c.role.in_(("agent", "supervisor")),
            call_leg.c.answered_at.is_not(None),
        )
        found.append(call.c.call_id.in_(talked))
    if wanted.ticket_no is not None:
        of_ticket = sa.select(linked.c.call_id).where(linked.c.ticket_no == wanted.ticket_no)
        found.append(call.c.call_id.in_(of_ticket))
    for table, asked in ((emergency_event, wanted.emergency), (recording, wanted.recorded)):
        if asked is not None:
            found.append(call.c.call_id.in_(sa.select(table.c.call_id)))
    return found


async def _in_short(
    db: AsyncConnection,
    rows: Sequence[sa.Row[Any]],
    agent_no: str | None,
    names: Mapping[str, str],
) -> JsonObjects:
    ids = [row.call_id for row in rows]
    links = await call_links(db, ids)
    shown = sa.select(call.c.call_id).where(call.c.call_id.in_(ids), numbers_in_full(agent_no))
    in_full = set((await db.execute(shown)).scalars())
    talked = call_leg.c.role.in_(("agent", "supervisor")) & call_leg.c.answered_at.is_not(None)
    agents = await _values(db, call_leg, call_leg.c.number, ids, talked)
    emergencies = await _emergencies(db, ids)
    there = recording.c.path.is_not(None) & (recording.c.kind != "speaker")
    recordings = await _values(db, recording, recording.c.recording_id, ids, there)

    def short(row: sa.Row[Any]) -> JsonObject:
        seconds = (row.ended_at - row.started_at).total_seconds() if row.ended_at else None
        citizen = row.caller_number if row.direction == "inbound" else row.called_number
        if citizen is not None and row.call_id not in in_full:
            citizen = masked_number(citizen)
        return {
            "call_id": row.call_id,
            "direction": row.direction,
            "citizen_number": citizen,
            "started_at": local_iso(row.started_at),
            "answered_at": local_iso(row.answered_at),
            "ended_at": local_iso(row.ended_at),
            "duration_s": None if seconds is None else round(seconds),
            "outcome": row.outcome,
            "ended_by": row.ended_by,
            "agents": [
                {"number": number, "name": names.get(number)} for number in agents[row.call_id]
            ],
            "tickets": list(links[row.call_id].tickets) if row.call_id in links else [],
            "emergencies": emergencies[row.call_id],
            "survey_score": row.survey_score,
            "recordings": recordings[row.call_id],
            "handled_by": row.handled_by,
        }

    return [short(row) for row in rows]


async def _emergencies(db: AsyncConnection, ids: Sequence[str]) -> dict[str, JsonObjects]:
    """By call: the service of each emergency and how it ended, in their order."""
    event = emergency_event.c
    query = sa.select(event.call_id, event.service, event.outcome).where(event.call_id.in_(ids))
    found: dict[str, JsonObjects] = defaultdict(list)
    for row in await db.execute(query.order_by(event.detected_at, event.event_id)):
        found[row.call_id].append({"service": row.service, "outcome": row.outcome})
    return found


async def _values(
    db: AsyncConnection,
    table: sa.Table,
    column: sa.Column[Any],
    ids: Sequence[str],
    *where: sa.ColumnElement[bool],
) -> dict[str, list[str]]:
    """Distinct values of a column by call, in their order."""
    query = sa.select(table.c.call_id, column).where(table.c.call_id.in_(ids), *where)
    found: dict[str, list[str]] = defaultdict(list)
    for call_id, value in await db.execute(query.order_by(column)):
        if value is not None and value not in found[call_id]:
            found[call_id].append(value)
    return found


def _written(last: sa.Row[Any]) -> str:
    text = f"{to_utc(last.started_at).isoformat()} {last.call_id}"
    return urlsafe_b64encode(text.encode()).decode()


def _read(mark: str) -> tuple[datetime, str]:
    try:
        at, _, call_id = urlsafe_b64decode(mark).decode().partition(" ")
        if call_id:
            return to_utc(datetime.fromisoformat(at)), call_id
    except (ValueError, OverflowError):
        pass
    raise invalid("after", "翻页标记无效", "请使用上一页 next 的值")
