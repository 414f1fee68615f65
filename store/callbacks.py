"""Calls back that callers asked for while waiting (预约回电)."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from store.engine import Store
from store.tables import callback_request
from store.types import to_utc

_c = callback_request.c


@dataclass(frozen=True)
class CallbackRequest:
    """A promise to call back; identified by the call in which it was made."""

    call_id: str
    number: str
    queue: str
    priority: int
    entered_at: datetime
    """When the caller entered the queue: his place is kept."""
    state: str
    """waiting | dialling | done | failed"""
    tries: int
    next_try_at: datetime
    last_result: str | None
    ticket_no: str | None


class CallbackRequests:
    """Callback requests. Writers return the future of the commit (≤ 50 ms) unless async."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def request(
        self,
        call_id: str,
        *,
        number: str,
        queue: str,
        priority: int,
        entered_at: datetime,
        ticket_no: str | None = None,
    ) -> asyncio.Future[None]:
        """The caller wants to be called back; due at once; ignored where the call has one."""
        row = {
            "call_id": call_id,
            "number": number,
            "queue": queue,
            "priority": priority,
            "entered_at": to_utc(entered_at),
            "state": "waiting",
            "tries": 0,
            "next_try_at": to_utc(entered_at),
            "ticket_no": ticket_no,
        }
        insert = self._store.insert(callback_request).on_conflict_do_nothing()
        return self._store.post(insert.values(row))

    async def due(self, now: datetime) -> list[CallbackRequest]:
        """Waiting requests whose next try has come: by priority, then by place in the queue."""
        return await self._select(_c.state == "waiting", _c.next_try_at <= to_utc(now))

    async def get(self, call_id: str) -> CallbackRequest | None:
        """The request made in a call, or None."""
        found = await self._select(_c.call_id == call_id)
        return found[0] if found else None

    async def attempt(self, call_id: str) -> bool:
        """Takes a waiting request for dialling and counts the try; False if it was taken."""
        async with self._store.write() as db:
            taken = await db.execute(
                _update(call_id)
                .where(_c.state == "waiting")
                .values(state="dialling", tries=_c.tries + 1)
            )
        return taken.rowcount > 0

    def release(self, call_id: str) -> asyncio.Future[None]:
        """Gives a taken request back uncounted, e.g. the agent did not answer."""
        return self._store.post(
            _update(call_id)
            .where(_c.state == "dialling")
            .values(state="waiting", tries=_c.tries - 1)
        )

    def missed(
        self, call_id: str, *, result: str, next_try_at: datetime | None, at: datetime
    ) -> asyncio.Future[None]:
        """The citizen was not reached; `next_try_at` None gives up (state failed)."""
        values: dict[str, Any] = {"state": "failed", "ended_at": to_utc(at)}
        if next_try_at is not None:
            values = {"state": "waiting", "next_try_at": to_utc(next_try_at)}
        return self._store.post(
            _update(call_id)
            .where(_c.state.in_(("waiting", "dialling")))
            .values(last_result=result, **values)
        )

    def done(self, call_id: str, *, at: datetime, result: str = "answered") -> asyncio.Future[None]:
        """The citizen was reached."""
        return self._store.post(
            _update(call_id)
            .where(_c.state.in_(("waiting", "dialling")))
            .values(state="done", last_result=result, ended_at=to_utc(at))
        )

    def recover(self) -> asyncio.Future[None]:
        """After a restart: what was being dialled waits again; the try stays counted."""
        return self._store.post(
            sa.update(callback_request).where(_c.state == "dialling").values(state="waiting")
        )

    async def _select(self, *where: sa.ColumnElement[bool]) -> list[CallbackRequest]:
        names = CallbackRequest.__dataclass_fields__
        query = (
            sa.select(*(_c[name] for name in names))
            .where(*where)
            .order_by(_c.priority.desc(), _c.entered_at)
        )
        async with self._store.read() as db:
            return [CallbackRequest(*row) for row in await db.execute(query)]


def _update(call_id: str) -> sa.Update:
    return sa.update(callback_request).where(_c.call_id == call_id)
