"""Tickets in the store: numbers, rows, hash-chained events."""

import secrets
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import AsyncConnection

from store.engine import insert, vault_of
from store.personal import PERSONAL, Erased, opened, sealed
from store.tables import (
    recording,
    ticket,
    ticket_call,
    ticket_event,
    ticket_serial,
    ticket_unit,
)
from store.types import GENESIS, SHANGHAI, canonical_json, chain_hash
from store.vault import Cipher, Vault
from ticketing import search_index, unit_rows
from ticketing.model import State, Ticket, TicketEvent
from ticketing.refusal import Refusal

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
_LINKS = (ticket_call.c.at, ticket_call.c.call_id, ticket_call.c.relation)
_JSON = TypeAdapter(dict[str, Any])


async def next_number(db: AsyncConnection, prefix: str, at: datetime) -> str:
    """The next ticket number (工单编号) of the day: prefix, yyMMdd, six digits.

    The serial is part of the transaction: no number is given twice and none is left out.
    """
    day = at.astimezone(SHANGHAI).strftime("%y%m%d")
    (serial,) = await next_serials(db, day, 1)
    return number(prefix, day, serial)


async def next_serials(db: AsyncConnection, day: str, count: int) -> range:
    """The next serials of a day (yyMMdd)."""
    first = insert(db.dialect.name, ticket_serial).values(day=day, last=count)
    counted = first.on_conflict_do_update(
        index_elements=["day"], set_={"last": ticket_serial.c.last + count}
    )
    last: int = (await db.execute(counted.returning(ticket_serial.c.last))).scalar_one()
    return range(last - count + 1, last + 1)


def number(prefix: str, day: str, serial: int) -> str:
    """The ticket number of a serial."""
    return f"{prefix}{day}{serial:06d}"


def new_code() -> str:
    """A random query code (查询码); whether it is free the caller has to see."""
    return str(secrets.randbelow(90_000_000) + 10_000_000)


class DraftExists(Exception):
    """The call has its draft of this kind already; the transaction is to be given up."""


async def add(db: AsyncConnection, values: Mapping[str, Any]) -> None:
    """Inserts a ticket with a new query code (查询码); raises DraftExists."""
    vault = vault_of(db)
    data_key = vault.new_key(values["ticket_no"])
    cipher = vault.cipher(values["ticket_no"], data_key)
    row = {
        "version": 0,
        "supervision_level": 0,
        "answered_in_call": False,
        "written_opinion_required": False,
        "clock_used": 0.0,
        "chain_seq": 0,
        "chain_head": GENESIS,
        **{name: [] for name in _LISTS},
        **protected(values, vault, cipher),
        "data_key": data_key,
    }
    while True:
        row["query_code"] = new_code()
        added = await db.execute(insert(db.dialect.name, ticket).on_conflict_do_nothing(), row)
        if added.rowcount:
            await _add_units(db, row)
            return
        taken = sa.select(ticket.c.ticket_no).where(ticket.c.query_code == row["query_code"])
        if await db.scalar(taken) is None:
            raise DraftExists


async def _add_units(db: AsyncConnection, row: Mapping[str, Any]) -> None:
    units = units_of_row(row)
    if units:
        await db.execute(sa.insert(ticket_unit), units)


def units_of_row(row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Rows of the table of units for a new row of a ticket."""
    units = unit_rows.named(
        row.get("unit"), row.get("lead_unit"), row["assist_units"], row["sub_dispatches"]
    )
    return unit_rows.unit_rows(row["ticket_no"], row["created_at"], row["state"], units)


_ALL = sa.select(ticket)
_ONE = _ALL.where(ticket.c.ticket_no == sa.bindparam("ticket_no"))
_ONE_LOCKED = _ONE.with_for_update()
_NUMBERS: sa.BindParameter[Any] = sa.bindparam("numbers", expanding=True)
_MOST_NUMBERS = 10_000
_EVENTS = (
    sa.select(ticket_event)
    .where(ticket_event.c.ticket_no.in_(_NUMBERS))
    .order_by(ticket_event.c.seq)
)
_CALLS = (
    sa.select(ticket_call, recording.c.recording_id, recording.c.started_at)
    .outerjoin(recording, recording.c.call_id == ticket_call.c.call_id)
    .where(ticket_call.c.ticket_no.in_(_NUMBERS))
    .order_by(*_LINKS)
)
_HEAD = (
    sa.select(
        ticket.c.state,
        ticket.c.version,
        ticket.c.chain_seq,
        ticket.c.chain_head,
        ticket.c.data_key,
    )
    .where(ticket.c.ticket_no == sa.bindparam("ticket_no"))
    .with_for_update()
)
_UPDATE = sa.update(ticket).where(ticket.c.ticket_no == sa.bindparam("this"))
"""Statements that every act on a ticket needs, made once: making one costs more than running it."""


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
) -> TicketEvent:
    """Writes an event and what it changes in the ticket's row; the version grows by one.

    Gives the event as it is in the journal. Who makes a ticket puts it into the full-text index.
    Of personal values `changes` has all or none. Raises Refusal for one of an erased ticket.
    """
    row = (await db.execute(_HEAD, {"ticket_no": ticket_no})).one()
    vault = vault_of(db)
    cipher = vault.cipher(ticket_no, row.data_key) if row.data_key is not None else None
    try:
        plain = _JSON.dump_python(dict(data), mode="json")
        told = sealed(plain, cipher)
        changes = protected(changes or {}, vault, cipher)
    except Erased as erased:
        raise Refusal(
            "wrong_state", erased.field, "该工单的个人信息已删除，不能再登记", "请登记新的工单"
        ) from None
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
        "data": told,
    }
    digest = chain_hash(row.chain_head, entry(ticket_no, event))
    await db.execute(sa.insert(ticket_event), {**event, "ticket_no": ticket_no, "hash": digest})
    counted = {"version": row.version + 1, "chain_seq": seq, "chain_head": digest}
    await db.execute(_UPDATE, {**changes, **counted, "this": ticket_no})
    state = event["to_state"]
    if not unit_rows.COLUMNS.isdisjoint(changes):
        await unit_rows.renew(db, ticket_no)
    elif unit_rows.is_open(state) != unit_rows.is_open(row.state):
        await unit_rows.turn(db, ticket_no, state)
    if seq > 1 and search_index.concerns({*changes, *data}):
        one = await find(db, ticket_no)
        assert one is not None
        await search_index.put(db, one)
    return TicketEvent.model_validate({**event, "data": plain, "hash": digest})


def new_row(one: Ticket) -> dict[str, Any]:
    """The row of a ticket that is not in the store yet, for `add`."""
    return _columns(one) | {"ticket_no": one.ticket_no}


def row_changes(before: Ticket, after: Ticket) -> dict[str, Any]:
    """What is to be written in the row, so that it holds `after` instead of `before`."""
    old, new = _columns(before), _columns(after)
    changed = {name: value for name, value in new.items() if value != old[name]}
    if not PERSONAL.isdisjoint(changed):
        changed |= {name: new[name] for name in PERSONAL}
    return changed


def _columns(one: Ticket) -> dict[str, Any]:
    """Values of the columns, and personal values as they are."""
    plain = {name: getattr(one, name) for name in (_COLUMNS - _JSON_COLUMNS) | PERSONAL}
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


def protected(values: Mapping[str, Any], vault: Vault, cipher: Cipher | None) -> dict[str, Any]:
    """The columns of values among which are the personal ones, or none of them."""
    columns = {name: value for name, value in values.items() if name not in PERSONAL}
    if PERSONAL.isdisjoint(values):
        return columns
    personal = {name: values.get(name) for name in sorted(PERSONAL)}
    known = [name for name, value in personal.items() if value is not None]
    if known and cipher is None:
        raise Erased(known[0])
    caller, contact = personal["caller_number"], personal["contact_phone"]
    return columns | {
        "personal": cipher.seal("personal", personal) if cipher and known else None,
        "caller_hash": vault.number_hash(caller),
        "caller_tail_hash": vault.tail_hash(tail4(caller)),
        "contact_hash": vault.number_hash(contact),
        "contact_tail_hash": vault.tail_hash(tail4(contact)),
    }


def personal(row: Mapping[str, Any], cipher: Cipher | None) -> dict[str, Any]:
    """The personal values of a ticket's row (columns `ticket_no`, `data_key`, `personal`)."""
    values = dict.fromkeys(PERSONAL)
    if cipher is not None and row["personal"] is not None:
        values |= cipher.open("personal", row["personal"])
    return values


def cipher_of(vault: Vault, row: Mapping[str, Any]) -> Cipher | None:
    """What decrypts a ticket's personal values; None where they were erased."""
    return vault.cipher(row["ticket_no"], row["data_key"]) if row["data_key"] else None


async def find(db: AsyncConnection, ticket_no: str, *, locked: bool = False) -> Ticket | None:
    """The ticket of that number; `locked`: nobody else changes it before the transaction ends."""
    query = _ONE_LOCKED if locked else _ONE
    found = await _whole(db, await db.execute(query, {"ticket_no": ticket_no}))
    return found[0] if found else None


async def tickets(db: AsyncConnection, query: sa.Select[Any]) -> list[Ticket]:
    """The tickets that a select of the table finds, in its order."""
    return await _whole(db, await db.execute(query))


async def _whole(db: AsyncConnection, found: sa.CursorResult[Any]) -> list[Ticket]:
    """The tickets of rows, with their calls, recordings and journals."""
    rows: list[dict[str, Any]] = [row._asdict() for row in found]
    numbers = [row["ticket_no"] for row in rows]
    if not numbers:
        return []
    vault = vault_of(db)
    calls = await _by(db, _CALLS, "ticket_no", numbers)
    events = await _by(db, _EVENTS, "ticket_no", numbers)
    ciphers = {row["ticket_no"]: cipher_of(vault, row) for row in rows}
    return [
        Ticket.model_validate(
            {
                **row,
                **personal(row, ciphers[row["ticket_no"]]),
                **_calls_of(calls[row["ticket_no"]]),
                "events": [
                    {**event, "data": opened(event["data"], ciphers[row["ticket_no"]])}
                    for event in events[row["ticket_no"]]
                ],
            }
        )
        for row in rows
    ]


def _calls_of(rows: Sequence[sa.RowMapping]) -> dict[str, Any]:
    """Calls, each once, and the recordings of all of them, the oldest first."""
    links = {(row["call_id"], row["relation"]): row for row in rows}
    files = [row for row in rows if row["recording_id"] is not None]
    files.sort(key=lambda row: row["started_at"])
    ids = dict.fromkeys(row["recording_id"] for row in files)
    return {"calls": list(links.values()), "recording_ids": list(ids)}


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
        if event["hash"] != chain_hash(head, entry(ticket_no, dict(event))):
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
    """The numbers of the tickets that share the result of this one, in their order; also of
    those that were merged into one of them before."""
    found: set[str] = set()
    masters = {ticket_no}
    while masters:
        query = sa.select(ticket.c.ticket_no).where(
            ticket.c.master_ticket.in_(sorted(masters)), ticket.c.state == State.MERGED.value
        )
        masters = set((await db.execute(query)).scalars()) - found - {ticket_no}
        found |= masters
    return sorted(found)


def of_number(number: str, vault: Vault) -> sa.ColumnElement[bool]:
    """Tickets of a caller or contact number."""
    hashed = vault.number_hash(number)
    return (ticket.c.caller_hash == hashed) | (ticket.c.contact_hash == hashed)


def of_tail4(digits: str, vault: Vault) -> sa.ColumnElement[bool]:
    """Tickets of a caller or contact number with these last four digits; none for ""."""
    hashed = vault.tail_hash(digits)
    known = sa.literal(hashed is not None)
    return known & ((ticket.c.caller_tail_hash == hashed) | (ticket.c.contact_tail_hash == hashed))


async def grouped(
    db: AsyncConnection, query: sa.Select[Any], key: str, wanted: Sequence[str]
) -> dict[str, list[sa.RowMapping]]:
    """The rows of a query whose column `key` has one of the wanted values, by that value."""
    column = query.selected_columns[key]
    return await _by(db, query.where(column.in_(_NUMBERS)), key, wanted)


async def _by(
    db: AsyncConnection, query: sa.Select[Any], key: str, numbers: Sequence[str]
) -> dict[str, list[sa.RowMapping]]:
    """The rows of a query of `_NUMBERS` by their column `key`; of so many at once as databases
    take parameters."""
    groups: dict[str, list[sa.RowMapping]] = defaultdict(list)
    for at in range(0, len(numbers), _MOST_NUMBERS):
        some = {"numbers": numbers[at : at + _MOST_NUMBERS]}
        for row in (await db.execute(query, some)).mappings():
            groups[row[key]].append(row)
    return groups


def entry(ticket_no: str, event: Mapping[str, Any]) -> list[str | int | None]:
    """What an event's hash is taken over."""
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
