"""Tickets in the store: numbers, rows, hash-chained events."""

import secrets
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import AsyncConnection

from store.engine import insert
from store.tables import recording, ticket, ticket_call, ticket_event, ticket_serial
from store.types import GENESIS, SHANGHAI, canonical_json, chain_hash
from ticketing.model import State, Ticket

_LISTS = (
    "assist_units",
    "extension_requests",
    "return_requests",
    "audit",
    "callback",
    "key_categories",
    "event_ids",
    "emergencies",
    "sub_dispatches",
    "assist_replies",
    "supervision",
    "late",
)
_KEPT_ELSEWHERE = {"ticket_no", "query_code", "version"}
_COLUMNS = {column.name for column in ticket.c} & set(Ticket.model_fields) - _KEPT_ELSEWHERE
_JSON_COLUMNS = {column.name for column in ticket.c if isinstance(column.type, sa.JSON)} & _COLUMNS
_JSON = TypeAdapter(dict[str, Any])


async def next_number(db: AsyncConnection, prefix: str, at: datetime) -> str:
    """The next ticket number (工单编号) of the day: prefix, yyMMdd, six digits.

    The serial is part of the transaction: no number is given twice and none is left out.
    """
    day = at.astimezone(SHANGHAI).strftime("%y%m%d")
    first = insert(db.dialect.name, ticket_serial).values(day=day, last=1)
    counted = first.on_conflict_do_update(
        index_elements=["day"], set_={"last": ticket_serial.c.last + 1}
    )
    serial = await db.scalar(counted.returning(ticket_serial.c.last))
    return f"{prefix}{day}{serial:06d}"


class DraftExists(Exception):
    """The call has its draft of this kind already; the transaction is to be given up."""


async def add(db: AsyncConnection, values: Mapping[str, Any]) -> None:
    """Inserts a ticket with a new query code (查询码); raises DraftExists."""
    row = {
        "version": 0,
        "supervision_level": 0,
        "answered_in_call": False,
        "written_opinion_required": False,
        "clock_used": 0.0,
        "chain_seq": 0,
        "chain_head": GENESIS,
        **{name: [] for name in _LISTS},
        **values,
        "caller_tail4": tail4(values.get("caller_number")),
        "contact_tail4": tail4(values.get("contact_phone")),
    }
    while True:
        row["query_code"] = str(secrets.randbelow(90_000_000) + 10_000_000)
        added = await db.execute(
            insert(db.dialect.name, ticket).values(row).on_conflict_do_nothing()
        )
        if added.rowcount:
            return
        taken = sa.select(ticket.c.ticket_no).where(ticket.c.query_code == row["query_code"])
        if await db.scalar(taken) is None:
            raise DraftExists


async def record(
    db: AsyncConnection,
    ticket_no: str,
    command: str,
    *,
    actor: str,
    role: str,
    at: datetime,
    data: Mapping[str, Any],
    changes: Mapping[str, Any] | None = None,
    article: str | None = None,
) -> None:
    """Writes an event and what it changes in the ticket's row; the version grows by one."""
    row = (
        await db.execute(
            sa.select(ticket.c.state, ticket.c.version, ticket.c.chain_seq, ticket.c.chain_head)
            .where(ticket.c.ticket_no == ticket_no)
            .with_for_update()
        )
    ).one()
    changes = changes or {}
    seq = row.chain_seq + 1
    event = {
        "seq": seq,
        "at": at,
        "actor": actor,
        "role": role,
        "command": command,
        "from_state": row.state if row.chain_seq else None,
        "to_state": changes.get("state", row.state),
        "article": article,
        "data": _JSON.dump_python(dict(data), mode="json"),
    }
    digest = chain_hash(row.chain_head, _entry(ticket_no, event))
    await db.execute(sa.insert(ticket_event), {**event, "ticket_no": ticket_no, "hash": digest})
    await db.execute(
        sa.update(ticket)
        .where(ticket.c.ticket_no == ticket_no)
        .values({**changes, "version": row.version + 1, "chain_seq": seq, "chain_head": digest})
    )


def new_row(one: Ticket) -> dict[str, Any]:
    """The row of a ticket that is not in the store yet, for `add`."""
    return _columns(one) | {"ticket_no": one.ticket_no}


def row_changes(before: Ticket, after: Ticket) -> dict[str, Any]:
    """What is to be written in the row, so that it holds `after` instead of `before`."""
    old, new = _columns(before), _columns(after)
    return {name: value for name, value in new.items() if value != old[name]}


def _columns(one: Ticket) -> dict[str, Any]:
    plain = {name: getattr(one, name) for name in _COLUMNS - _JSON_COLUMNS}
    words = {name: value.value for name, value in plain.items() if isinstance(value, State)}
    return plain | words | one.model_dump(mode="json", include=_JSON_COLUMNS)


async def link(
    db: AsyncConnection, ticket_no: str, call_id: str, relation: str, at: datetime
) -> bool:
    """Links a call; False where it was linked before."""
    row = {"ticket_no": ticket_no, "call_id": call_id, "relation": relation, "at": at}
    added = await db.execute(
        insert(db.dialect.name, ticket_call).values(row).on_conflict_do_nothing()
    )
    return added.rowcount > 0


async def tickets(db: AsyncConnection, query: sa.Select[Any]) -> list[Ticket]:
    """The tickets that a select of the table finds, in its order."""
    rows = (await db.execute(query)).mappings().all()
    numbers = [row["ticket_no"] for row in rows]
    if not numbers:
        return []
    calls = await _of_tickets(db, sa.select(ticket_call).order_by(ticket_call.c.at), numbers)
    events = await _of_tickets(db, sa.select(ticket_event).order_by(ticket_event.c.seq), numbers)
    files = await _of_tickets(
        db,
        sa.select(ticket_call.c.ticket_no, recording.c.recording_id)
        .join(recording, recording.c.call_id == ticket_call.c.call_id)
        .order_by(recording.c.started_at),
        numbers,
    )
    return [
        Ticket.model_validate(
            {
                **row,
                "calls": calls[row["ticket_no"]],
                "events": events[row["ticket_no"]],
                "recording_ids": list(
                    dict.fromkeys(one["recording_id"] for one in files[row["ticket_no"]])
                ),
            }
        )
        for row in rows
    ]


async def problems(db: AsyncConnection, ticket_no: str) -> list[str]:
    """What is wrong with a ticket's hash chain (哈希链)."""
    row = (await db.execute(sa.select(ticket).where(ticket.c.ticket_no == ticket_no))).first()
    if row is None:
        return [f"there is no ticket {ticket_no}"]
    query = sa.select(ticket_event).where(ticket_event.c.ticket_no == ticket_no)
    events = (await db.execute(query.order_by(ticket_event.c.seq))).mappings().all()
    found: list[str] = []
    head = GENESIS
    for expected, event in enumerate(events, 1):
        if event["seq"] != expected:
            return [*found, f"event {expected} is missing"]
        if event["hash"] != chain_hash(head, _entry(ticket_no, dict(event))):
            found.append(f"event {expected} ({event['command']}) was changed")
        head = event["hash"]
    if (row.chain_seq, row.chain_head) != (len(events), head):
        found.append(f"the chain ends at event {len(events)}, the ticket says {row.chain_seq}")
    if events and events[-1]["to_state"] != row.state:
        found.append(f"the state is {row.state}, the events say {events[-1]['to_state']}")
    return found


def tail4(number: str | None) -> str | None:
    """Last four digits of a phone number."""
    return number[-4:] if number else None


def draft_of(call_id: str, kind: str) -> sa.Select[Any]:
    """The draft that a call brought."""
    return sa.select(ticket).where(ticket.c.call_id == call_id, ticket.c.draft_kind == kind)


def first_due(at: datetime, besides: Collection[str]) -> sa.Select[Any]:
    """The number of the ticket, not one of `besides`, whose timer was due first before `at`."""
    return (
        sa.select(ticket.c.ticket_no)
        .where(ticket.c.next_timer_at < at, ticket.c.ticket_no.not_in(sorted(besides)))
        .order_by(ticket.c.next_timer_at, ticket.c.ticket_no)
        .limit(1)
    )


async def merged_into(db: AsyncConnection, ticket_no: str) -> list[str]:
    """The numbers of the tickets that share the result of this one, in their order."""
    query = sa.select(ticket.c.ticket_no).where(
        ticket.c.master_ticket == ticket_no, ticket.c.state == State.MERGED.value
    )
    return list((await db.execute(query.order_by(ticket.c.ticket_no))).scalars())


def of_number(number: str) -> sa.ColumnElement[bool]:
    """Tickets of a caller or contact number."""
    return (ticket.c.caller_number == number) | (ticket.c.contact_phone == number)


async def _of_tickets(
    db: AsyncConnection, query: sa.Select[Any], numbers: Sequence[str]
) -> dict[str, list[sa.RowMapping]]:
    groups: dict[str, list[sa.RowMapping]] = defaultdict(list)
    column = query.selected_columns["ticket_no"]
    for row in (await db.execute(query.where(column.in_(numbers)))).mappings():
        groups[row["ticket_no"]].append(row)
    return groups


def _entry(ticket_no: str, event: Mapping[str, Any]) -> list[str | int | None]:
    return [
        ticket_no,
        event["seq"],
        event["at"].isoformat(),
        event["actor"],
        event["role"],
        event["command"],
        event["from_state"],
        event["to_state"],
        event["article"],
        canonical_json(event["data"]),
    ]
