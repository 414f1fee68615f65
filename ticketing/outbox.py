"""The outbox (待发消息): what an event of a ticket has to tell people, written with the event.

A row is a short message (`sms`) that the courier sends, or a notice (`notice`) that waits in the
list of a role or unit. Texts and phone numbers are not in it: they are taken from the ticket when
the message is sent.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from store.engine import Store
from store.tables_outbox import outbox
from store.types import JsonObject, local_iso, to_utc
from ticketing.messages import Message
from ticketing.sms.texts import VALUES
from ticketing.workflow.terms import UNIT_ROLES, Role, refuse

SmsState = Literal["waiting", "sending", "sent", "delivered", "failed", "unknown", "outdated"]
"""`sent`: the gateway took it. `unknown`: it may have gone out, nobody can tell. `outdated`: what
it would say was no longer so. The others are as their names say."""

_c = outbox.c
_NOTICES = _c.to_role != "citizen"
_LONGEST_NOTE = 200


@dataclass(frozen=True)
class Entry:
    """A row of the outbox."""

    id: int
    ticket_no: str
    event_seq: int | None
    """The event of the ticket that sends it; None where it came from outside."""
    about: str
    """The ticket whose citizen or matter it concerns: one that was merged into `ticket_no`."""
    template: str
    to_role: str
    unit: str | None
    kind: str
    state: str
    created_at: datetime
    attempts: int
    next_at: datetime | None
    claimed_at: datetime | None
    sent_at: datetime | None
    ended_at: datetime | None
    sender: str | None
    gateway_id: str | None
    note: str | None
    done_at: datetime | None
    done_by: str | None

    @property
    def is_survey(self) -> bool:
        """Whether it asks the citizen for a score (art. 10(5))."""
        return self.template == "sms_survey"

    def to_json(self) -> JsonObject:
        """For lists; times as the contract writes them."""
        told = {name: getattr(self, name) for name in type(self).__dataclass_fields__}
        return {
            name: local_iso(value) if isinstance(value, datetime) else value
            for name, value in told.items()
        }


Entries = list[Entry]

_COLUMNS = [_c[name] for name in Entry.__dataclass_fields__]


async def put(
    db: AsyncConnection,
    told: Sequence[Message],
    *,
    ticket_no: str,
    event_seq: int | None,
    unit: str | None,
    at: datetime,
    note: str | None = None,
) -> None:
    """Writes what an event sends; in the event's transaction. `unit`: that holds the ticket."""
    if not told:
        return
    rows = [
        _row(message, unit, at) | {"position": position, "note": note and note[:_LONGEST_NOTE]}
        for position, message in enumerate(told)
    ]
    of_event = {"ticket_no": ticket_no, "event_seq": event_seq}
    await db.execute(sa.insert(outbox), [row | of_event for row in rows])


def _row(message: Message, unit: str | None, at: datetime) -> dict[str, Any]:
    to_unit = message.to_role in UNIT_ROLES
    is_sms = message.template in VALUES and (to_unit or message.to_role == "citizen")
    return {
        "about": message.ticket_no,
        "template": message.template,
        "to_role": message.to_role,
        "unit": unit if to_unit else None,
        "kind": "sms" if is_sms else "notice",
        "state": "waiting" if is_sms else "listed",
        "created_at": at,
        "attempts": 0,
        "next_at": at if is_sms else None,
    }


class Outbox:
    """The outbox of one store, for lists and for people who take note."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def list(
        self, *, limit: int = 50, state: str | None = None, ticket_no: str | None = None
    ) -> Entries:
        """Short messages, newest first."""
        query = select().where(_c.kind == "sms")
        if state is not None:
            query = query.where(_c.state == state)
        if ticket_no is not None:
            query = query.where((_c.ticket_no == ticket_no) | (_c.about == ticket_no))
        return await self._found(query.order_by(_c.id.desc()).limit(limit))

    async def get(self, id: int) -> Entry:
        """One row; raises Refusal `invalid_value` where there is none."""
        found = await self._found(select().where(_c.id == id))
        if not found:
            raise _unknown(id)
        return found[0]

    async def retry(self, id: int, *, at: datetime) -> Entry:
        """Sends a message again that failed or whose fate is unknown. Raises Refusal.

        A survey is left to the people who call back: its ticket went to them when it failed.
        """
        async with self._store.write() as db:
            found = await entries(db, select().where(_c.id == id).with_for_update())
            if not found:
                raise _unknown(id)
            (one,) = found
            if one.is_survey or one.state not in ("failed", "unknown"):
                raise refuse(
                    "wrong_state",
                    "id",
                    f"消息{id}的状态是{one.state}，不能重发",
                    "只有failed或unknown的消息可以重发；满意度短信失败后由人工回访",
                )
            again = {"state": "waiting", "attempts": 0, "next_at": to_utc(at), "note": None}
            await db.execute(sa.update(outbox).where(_c.id == id).values(again))
        return await self.get(id)

    async def notices(
        self,
        *,
        role: Role | None = None,
        unit: str | None = None,
        done: bool = False,
        limit: int = 50,
    ) -> Entries:
        """What a role, or a unit's people, have to know, newest first; `done`: also what they
        have taken note of. For units these are also the messages that went to their phones."""
        query = select().where(_NOTICES)
        if role is not None:
            query = query.where(_c.to_role == role)
        if unit is not None:
            query = query.where(_c.unit == unit)
        if not done:
            query = query.where(_c.done_at.is_(None))
        return await self._found(query.order_by(_c.id.desc()).limit(limit))

    async def take_note(
        self, id: int, *, by: str, at: datetime, role: Role | None = None, unit: str | None = None
    ) -> Entry:
        """Somebody has taken note of a notice; idempotent, the first one stands.

        `role`, `unit`: only of one for that role or unit. Raises Refusal `invalid_value`.
        """
        query = select().where(_c.id == id, _NOTICES).with_for_update()
        if role is not None:
            query = query.where(_c.to_role == role)
        if unit is not None:
            query = query.where(_c.unit == unit)
        async with self._store.write() as db:
            found = await entries(db, query)
            if not found:
                raise _unknown(id)
            if found[0].done_at is None:
                done = {"done_at": to_utc(at), "done_by": by}
                await db.execute(sa.update(outbox).where(_c.id == id).values(done))
        return await self.get(id)

    async def _found(self, query: sa.Select[Any]) -> Entries:
        async with self._store.read() as db:
            return await entries(db, query)


def select() -> sa.Select[Any]:
    """A select for `entries`."""
    return sa.select(*_COLUMNS)


async def entries(db: AsyncConnection, query: sa.Select[Any]) -> Entries:
    """The rows that a query made by `select` finds."""
    return [Entry(*row) for row in await db.execute(query)]


# What the courier does


async def claim(db: AsyncConnection, at: datetime, limit: int) -> Entries:
    """Takes messages that are due, so that no other courier does, and counts the attempt."""
    due = sa.select(_c.id).where(_c.state == "waiting", _c.next_at <= at)
    due = due.order_by(_c.next_at, _c.id).limit(limit).with_for_update(skip_locked=True)
    ids = (await db.execute(due)).scalars().all()
    if not ids:
        return []
    taken = {"state": "sending", "claimed_at": at, "attempts": _c.attempts + 1}
    await db.execute(sa.update(outbox).where(_c.id.in_(ids)).values(taken))
    return await entries(db, select().where(_c.id.in_(ids)).order_by(_c.id))


async def has_work(db: AsyncConnection, at: datetime, lease: timedelta) -> bool:
    """Whether messages are due, or lie with a courier that is gone."""
    due = (_c.state == "waiting") & (_c.next_at <= at)
    found = await db.scalar(sa.select(_c.id).where(due | _abandoned(at, lease)).limit(1))
    return found is not None


async def abandoned(db: AsyncConnection, at: datetime, lease: timedelta) -> Entries:
    """Messages that a courier took longer ago than `lease`: it died and nobody knows their fate."""
    query = select().where(_abandoned(at, lease)).order_by(_c.id).limit(100)
    return await entries(db, query.with_for_update(skip_locked=True))


def _abandoned(at: datetime, lease: timedelta) -> sa.ColumnElement[bool]:
    return (_c.state == "sending") & (_c.claimed_at < at - lease)


async def settle(db: AsyncConnection, one: Entry, state: SmsState, **values: Any) -> bool:
    """Ends an attempt; False where somebody else has judged the message meanwhile."""
    mine = sa.update(outbox).where(
        _c.id == one.id, _c.state == one.state, _c.attempts == one.attempts
    )
    note = values.get("note")
    if isinstance(note, str):
        values["note"] = note[:_LONGEST_NOTE]
    return (await db.execute(mine.values(state=state, **values))).rowcount > 0


def _unknown(id: int) -> Exception:
    return refuse("invalid_value", "id", f"没有消息{id}", "请用 outbox list 或 notices list 查看")
