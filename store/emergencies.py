"""Emergency events (紧急事件) and the attempts to reach a service."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from store.engine import Store
from store.tables import call, emergency_attempt, emergency_event, recording
from store.types import JsonObject, JsonObjects, UtcDateTime, local_iso, to_utc

Trigger = Literal["key", "digits", "agent", "speech", "fallback"]
Confirmed = Literal["silence", "key", "agent", "none"]
AttemptResult = Literal["answered", "busy", "no_answer", "rejected", "unreachable"]
EmergencyOutcome = Literal["connected", "guided", "failed", "caller_left"]


class EmergencyLog:
    """Every emergency of every call. Writers return the future of the commit (≤ 50 ms)."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def open(
        self, event_id: str, *, call_id: str, service: str, trigger: Trigger, detected_at: datetime
    ) -> asyncio.Future[None]:
        """An emergency was recognised; ignored where the event exists."""
        row = {
            "event_id": event_id,
            "call_id": call_id,
            "service": service,
            "trigger": trigger,
            "detected_at": to_utc(detected_at),
            "confirmed": "none",
        }
        insert = self._store.insert(emergency_event).on_conflict_do_nothing()
        return self._store.post(insert.values(row))

    def confirmed(self, event_id: str, how: Confirmed) -> asyncio.Future[None]:
        """How the caller or the agent confirmed; `none` until then."""
        return self._store.post(_update(event_id).values(confirmed=how))

    def chosen(self, event_id: str, service: str) -> asyncio.Future[None]:
        """The service that the caller chose after the event was opened."""
        return self._store.post(_update(event_id).values(service=service))

    def attempt(
        self,
        event_id: str,
        *,
        service: str,
        number: str,
        dialed_at: datetime,
        answered_at: datetime | None = None,
        result: AttemptResult | None = None,
    ) -> asyncio.Future[None]:
        """An attempt, when it begins and again when its result is known (same `dialed_at`)."""
        known = {
            "service": service,
            "answered_at": None if answered_at is None else to_utc(answered_at),
            "result": result,
        }
        insert = self._store.insert(emergency_attempt).values(
            event_id=event_id, number=number, dialed_at=to_utc(dialed_at), **known
        )
        return self._store.post(
            insert.on_conflict_do_update(
                index_elements=["event_id", "dialed_at", "number"], set_=known
            )
        )

    def close(
        self, event_id: str, *, answered_at: datetime | None, outcome: EmergencyOutcome
    ) -> asyncio.Future[None]:
        """How it ended. The first outcome stands, but `connected` replaces any other, and
        `guided` (taken back) replaces `failed`: it was not needed while all were still tried."""
        event = emergency_event.c
        replaces: sa.ColumnElement[bool] = event.outcome.is_(None)
        if outcome == "connected":
            replaces = sa.true()
        elif outcome == "guided":
            replaces = sa.or_(replaces, event.outcome == "failed")
        at = sa.literal(None if answered_at is None else to_utc(answered_at), UtcDateTime)
        return self._store.post(
            _update(event_id)
            .where(replaces)
            .values(
                outcome=outcome,
                answered_at=sa.func.coalesce(event.answered_at, at),
            )
        )

    async def get(self, event_id: str) -> JsonObject | None:
        """The contract's emergency event, or None."""
        found = await self._objects(emergency_event.c.event_id == event_id)
        return found[0] if found else None

    async def list(
        self, *, limit: int = 50, since: datetime | None = None, number: str | None = None
    ) -> JsonObjects:
        """Emergency events, newest first; `number` is the caller's."""
        where: list[sa.ColumnElement[bool]] = []
        if since is not None:
            where.append(emergency_event.c.detected_at >= since)
        if number is not None:
            calls = sa.select(call.c.call_id).where(call.c.caller_number == number)
            where.append(emergency_event.c.call_id.in_(calls))
        return await self._objects(*where, limit=limit)

    async def had_one(self, number: str, *, since: datetime) -> bool:
        """Whether a caller had an emergency later, other than one he took back."""
        query = sa.select(emergency_event.c.event_id).where(
            emergency_event.c.call_id.in_(
                sa.select(call.c.call_id).where(call.c.caller_number == number)
            ),
            emergency_event.c.detected_at > since,
            emergency_event.c.outcome.is_distinct_from("guided"),
        )
        async with self._store.read() as db:
            return await db.scalar(query.limit(1)) is not None

    async def unfinished(self) -> JsonObjects:
        """Events without an outcome, newest first: a restarted controller resumes them."""
        return await self._objects(emergency_event.c.outcome.is_(None))

    async def _objects(
        self, *where: sa.ColumnElement[bool], limit: int | None = None
    ) -> JsonObjects:
        event = emergency_event.c
        query = (
            sa.select(emergency_event)
            .where(*where)
            .order_by(event.detected_at.desc(), event.event_id.desc())
            .limit(limit)
        )
        async with self._store.read() as db:
            rows = (await db.execute(query)).all()
            attempts = await _attempts(db, [row.event_id for row in rows])
            recordings = await _recordings(db, [row.call_id for row in rows])
        return [
            {
                "event_id": row.event_id,
                "call_id": row.call_id,
                "service": row.service,
                "trigger": row.trigger,
                "detected_at": local_iso(row.detected_at),
                "confirmed": row.confirmed,
                "attempts": [_attempt(one) for one in attempts[row.event_id]],
                "answered_at": local_iso(row.answered_at),
                "outcome": row.outcome,
                "recordings": [
                    one.recording_id
                    for one in recordings[row.call_id]
                    if _reaches(one, row.detected_at)
                ],
            }
            for row in rows
        ]


async def is_unmet(db: AsyncConnection, call_id: str) -> bool:
    """Whether a call has an emergency that no desk took and nobody took back."""
    event = emergency_event.c
    unmet = sa.or_(event.outcome.is_(None), event.outcome.in_(("failed", "caller_left")))
    query = sa.select(event.event_id).where(event.call_id == call_id, unmet)
    return await db.scalar(query.limit(1)) is not None


def _update(event_id: str) -> sa.Update:
    return sa.update(emergency_event).where(emergency_event.c.event_id == event_id)


async def _attempts(db: AsyncConnection, event_ids: Sequence[str]) -> dict[str, list[sa.Row[Any]]]:
    query = sa.select(emergency_attempt).where(emergency_attempt.c.event_id.in_(event_ids))
    groups: dict[str, list[sa.Row[Any]]] = defaultdict(list)
    for row in await db.execute(query.order_by(emergency_attempt.c.dialed_at)):
        groups[row.event_id].append(row)
    return groups


async def _recordings(db: AsyncConnection, call_ids: Sequence[str]) -> dict[str, list[sa.Row[Any]]]:
    query = sa.select(recording).where(recording.c.call_id.in_(call_ids))
    groups: dict[str, list[sa.Row[Any]]] = defaultdict(list)
    for row in await db.execute(query.order_by(recording.c.started_at)):
        groups[row.call_id].append(row)
    return groups


def _reaches(row: sa.Row[Any], at: datetime) -> bool:
    """Whether a recording goes on after an instant; an open one does."""
    if row.duration_s is None:
        return row.closed_at is None
    return bool(row.started_at + timedelta(seconds=row.duration_s) >= at)


def _attempt(row: sa.Row[Any]) -> dict[str, Any]:
    return {
        "service": row.service,
        "number": row.number,
        "dialed_at": local_iso(row.dialed_at),
        "answered_at": local_iso(row.answered_at),
        "result": row.result,
    }
