"""The contract's `call` object (contract §4) from the tables."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from store.tables import (
    call_event,
    call_leg,
    call_wait,
    emergency_event,
    recording,
    ticket_call,
    transcript_segment,
)
from store.transcript_merge import merged, segment_json
from store.types import JsonObjects, local_iso

_Grouped = dict[str, list[sa.Row[Any]]]


async def call_objects(db: AsyncConnection, rows: Sequence[sa.Row[Any]]) -> JsonObjects:
    """One object for each row of `call`, in their order."""
    ids = [row.call_id for row in rows]
    if not ids:
        return []
    nodes = await _grouped(db, call_event, ids, call_event.c.seq, where=call_event.c.kind == "node")
    waits = await _grouped(db, call_wait, ids, call_wait.c.seq)
    legs = await _grouped(db, call_leg, ids, call_leg.c.dialed_at, call_leg.c.leg_id)
    recordings = await _grouped(db, recording, ids, recording.c.started_at)
    emergencies = await _grouped(db, emergency_event, ids, emergency_event.c.detected_at)
    tickets = await _grouped(db, ticket_call, ids, ticket_call.c.at)
    segments = await _grouped(db, transcript_segment, ids, transcript_segment.c.start)
    return [
        {
            "call_id": row.call_id,
            "direction": row.direction,
            "caller_number": row.caller_number,
            "called_number": row.called_number,
            "started_at": local_iso(row.started_at),
            "answered_at": local_iso(row.answered_at),
            "ended_at": local_iso(row.ended_at),
            "ended_by": row.ended_by,
            "outcome": row.outcome,
            "reason": row.reason,
            "path": [{"at": local_iso(one.at), **one.data} for one in nodes[row.call_id]],
            "waits": [_wait(one) for one in waits[row.call_id]],
            "legs": [_leg(one) for one in legs[row.call_id]],
            "recordings": [one.recording_id for one in recordings[row.call_id]],
            "tickets": _unique(one.ticket_no for one in tickets[row.call_id]),
            "emergencies": [one.event_id for one in emergencies[row.call_id]],
            "survey_score": row.survey_score,
            "transcript": [segment_json(one) for one in merged(segments[row.call_id])],
            "handled_by": row.handled_by,
        }
        for row in rows
    ]


async def _grouped(
    db: AsyncConnection,
    table: sa.Table,
    ids: Sequence[str],
    *order: sa.ColumnElement[Any],
    where: sa.ColumnElement[bool] | None = None,
) -> _Grouped:
    query = sa.select(table).where(table.c.call_id.in_(ids)).order_by(*order)
    if where is not None:
        query = query.where(where)
    groups: _Grouped = defaultdict(list)
    for row in await db.execute(query):
        groups[row.call_id].append(row)
    return groups


def _unique(values: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(values))


def _wait(row: sa.Row[Any]) -> dict[str, Any]:
    return {
        "queue": row.queue,
        "entered_at": local_iso(row.entered_at),
        "left_at": local_iso(row.left_at),
        "result": row.result,
        "agent": row.agent,
    }


def _leg(row: sa.Row[Any]) -> dict[str, Any]:
    return {
        "leg_id": row.leg_id,
        "role": row.role,
        "number": row.number,
        "dialed_at": local_iso(row.dialed_at),
        "answered_at": local_iso(row.answered_at),
        "ended_at": local_iso(row.ended_at),
        "cause": row.cause,
    }
