"""The call log (通话记录): an append-only journal and the rows projected from it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

import sqlalchemy as sa

from store import listening
from store.call_events import (
    Answered,
    CallEvent,
    Direction,
    Ended,
    EndedBy,
    HandledBy,
    LegAnswered,
    LegDialed,
    LegEnded,
    Node,
    Opened,
    Outcome,
    OutcomeWord,
    Role,
    Stage,
    Surveyed,
    WaitEntered,
    WaitLeft,
)
from store.call_journal import CallJournal, UnknownCall, event_json
from store.call_json import call_objects
from store.call_verify import problems
from store.engine import Store
from store.tables import call, call_event, call_leg, call_wait
from store.types import JsonObject, JsonObjects, to_utc

__all__ = [
    "Answered",
    "CallEvent",
    "CallLog",
    "Direction",
    "Ended",
    "EndedBy",
    "HandledBy",
    "LegAnswered",
    "LegDialed",
    "LegEnded",
    "Node",
    "OpenCall",
    "OpenLeg",
    "OpenWait",
    "Opened",
    "Outcome",
    "OutcomeWord",
    "Role",
    "Stage",
    "Surveyed",
    "UnknownCall",
    "WaitEntered",
    "WaitLeft",
]


@dataclass(frozen=True)
class OpenLeg:
    """A leg (话路) without an end."""

    leg_id: str
    role: str
    number: str | None
    dialed_at: datetime
    answered_at: datetime | None


@dataclass(frozen=True)
class OpenWait:
    """A place in a queue that was not left."""

    queue: str
    entered_at: datetime


@dataclass(frozen=True)
class OpenCall:
    """A call without an end, as a restarted controller finds it."""

    call_id: str
    direction: Direction
    caller_number: str | None
    called_number: str | None
    handled_by: str
    started_at: datetime
    answered_at: datetime | None
    outcome: str | None
    stage: str | None
    """Name of the last `Stage`, None where the flow set none."""
    stage_data: dict[str, Any]
    stage_at: datetime | None
    legs: tuple[OpenLeg, ...]
    waits: tuple[OpenWait, ...]


class CallLog:
    """The journal of all calls. One instance per process; only the controller appends."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._journal = CallJournal(store)

    def append(self, call_id: str, event: CallEvent, *, at: datetime) -> asyncio.Future[None]:
        """Writes an event; the future is done after its commit (≤ 50 ms).

        An event that was written before is ignored, so that replay, rescue and import are safe.
        Raises ValueError for `at` without a zone and TypeError for data that is not JSON; the
        future raises UnknownCall for a call that was never `Opened`.
        """
        work = partial(self._journal.apply, call_id, event, to_utc(at), event_json(event))
        return self._store.post(work)

    async def get(self, call_id: str) -> JsonObject | None:
        """The contract's `call` object, or None."""
        async with self._store.read() as db:
            rows = (await db.execute(sa.select(call).where(call.c.call_id == call_id))).all()
            objects = await call_objects(db, rows)
        return objects[0] if objects else None

    async def list(
        self, *, limit: int = 50, since: datetime | None = None, number: str | None = None
    ) -> JsonObjects:
        """Calls, newest first; `since`: started then or later; `number`: caller or called."""
        query = sa.select(call).order_by(call.c.started_at.desc(), call.c.call_id.desc())
        if since is not None:
            query = query.where(call.c.started_at >= since)
        if number is not None:
            query = query.where((call.c.caller_number == number) | (call.c.called_number == number))
        async with self._store.read() as db:
            rows = (await db.execute(query.limit(limit))).all()
            return await call_objects(db, rows)

    async def last_agent(self, number: str, *, since: datetime) -> str | None:
        """Number of the agent who talked last with a citizen, in a call that began later."""
        query = (
            sa.select(call_leg.c.number)
            .join(call)
            .where(
                (call.c.caller_number == number) | (call.c.called_number == number),
                call.c.started_at > since,
                call_leg.c.role == "agent",
                call_leg.c.answered_at.is_not(None),
            )
            .order_by(call_leg.c.answered_at.desc())
            .limit(1)
        )
        async with self._store.read() as db:
            found: str | None = await db.scalar(query)
            return found

    async def open_calls(self) -> Sequence[OpenCall]:
        """Calls without an end, oldest first, with what is needed to adopt them."""
        async with self._store.read() as db:
            rows = await db.execute(
                sa.select(call).where(call.c.ended_at.is_(None)).order_by(call.c.started_at)
            )
            calls = rows.all()
            legs = await db.execute(
                sa.select(call_leg)
                .join(call)
                .where(call.c.ended_at.is_(None), call_leg.c.ended_at.is_(None))
                .order_by(call_leg.c.dialed_at)
            )
            waits = await db.execute(
                sa.select(call_wait)
                .join(call)
                .where(call.c.ended_at.is_(None), call_wait.c.left_at.is_(None))
                .order_by(call_wait.c.seq)
            )
            open_legs = legs.all()
            open_waits = waits.all()
        return [_open_call(row, open_legs, open_waits) for row in calls]

    async def verify(self, call_id: str) -> Sequence[str]:
        """What is wrong with the call's hash chain and row, and with the log of who listened to
        it; empty where all is whole."""
        async with self._store.read() as db:
            row = (await db.execute(sa.select(call).where(call.c.call_id == call_id))).first()
            if row is None:
                return [f"there is no call {call_id}"]
            events = await db.execute(
                sa.select(call_event)
                .where(call_event.c.call_id == call_id)
                .order_by(call_event.c.seq)
            )
            listened = await listening.LOG.problems(db, call_id)
            return [*problems(row, events.all()), *listened]


def _open_call(
    row: sa.Row[Any], legs: Sequence[sa.Row[Any]], waits: Sequence[sa.Row[Any]]
) -> OpenCall:
    return OpenCall(
        call_id=row.call_id,
        direction=row.direction,
        caller_number=row.caller_number,
        called_number=row.called_number,
        handled_by=row.handled_by,
        started_at=row.started_at,
        answered_at=row.answered_at,
        outcome=row.outcome,
        stage=row.stage,
        stage_data=row.stage_data or {},
        stage_at=row.stage_at,
        legs=tuple(
            OpenLeg(leg.leg_id, leg.role, leg.number, leg.dialed_at, leg.answered_at)
            for leg in legs
            if leg.call_id == row.call_id
        ),
        waits=tuple(
            OpenWait(wait.queue, wait.entered_at) for wait in waits if wait.call_id == row.call_id
        ),
    )
