"""Whole tickets with their journals as rows of the store, many at once.

Everything slow (encrypting, hashing) is done before the transaction, so that the write lock is
held for the inserts alone and the line's own writes come in between.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from store.engine import Store, insert
from store.personal import Erased, sealed
from store.tables import ticket, ticket_call, ticket_event, ticket_serial, ticket_unit
from store.tables_exchange import ticket_import
from store.tables_intake import letter
from store.tables_tasks import ticket_task
from store.types import GENESIS, JsonObject, JsonObjects, chain_hash, to_utc
from store.vault import Vault
from ticketing import rows, search_index, task_rows
from ticketing.acting import fired_timers
from ticketing.exchange.record import Extra
from ticketing.model import Ticket
from ticketing.policy import Policies
from ticketing.refusal import Refusal
from ticketing.timers import next_timer

_NUMBER = re.compile(r"\D*([0-9]{6})([0-9]{6,9})")
"""A ticket's number: letters, day, serial."""


@dataclass
class Rows:
    """What is to be inserted, by table."""

    tickets: JsonObjects = field(default_factory=list)
    units: JsonObjects = field(default_factory=list)
    events: JsonObjects = field(default_factory=list)
    calls: JsonObjects = field(default_factory=list)
    letters: JsonObjects = field(default_factory=list)
    imports: JsonObjects = field(default_factory=list)
    tasks: JsonObjects = field(default_factory=list)
    """What waits on the open ones, for work lists."""
    documents: JsonObjects = field(default_factory=list)
    """Words of the full-text index."""

    async def write(self, store: Store) -> None:
        """Inserts everything at once. Raises Refusal where somebody used a number or code."""
        try:
            async with store.write() as db:
                await self._insert(db)
        except IntegrityError:
            what, fix = "导入期间有人登记了相同编号的工单", "请再次导入"
            raise Refusal("duplicate_key", "ticket_no", what, fix) from None

    async def _insert(self, db: AsyncConnection) -> None:
        for table, values in (
            (ticket, self.tickets),
            (ticket_unit, self.units),
            (ticket_event, self.events),
            (ticket_call, self.calls),
            (letter, self.letters),
            (ticket_import, self.imports),
            (ticket_task, self.tasks),
        ):
            if values:
                await db.execute(sa.insert(table), values)
        await search_index.add_documents(db, self.documents)
        await _count_serials(db, [str(one["ticket_no"]) for one in self.tickets])


@dataclass(frozen=True)
class Origin:
    """Where tickets come from."""

    run_id: str
    system: str | None = None
    legacy_no: str | None = None


def add_rows(
    into: Rows,
    one: Ticket,
    extra: Extra,
    origin: Origin,
    *,
    vault: Vault,
    policies: Policies,
    at: datetime,
) -> None:
    """Adds a ticket's rows; its events get the chain of this store. Raises Refusal."""
    data_key = None if extra.erased else vault.new_key(one.ticket_no)
    cipher = vault.cipher(one.ticket_no, data_key) if data_key is not None else None
    timer = next_timer(one, policies.of(one.policy_id, at), fired_timers(one))
    head, events = GENESIS, []
    try:
        for event in one.events:
            row = event.model_dump() | {"at": to_utc(event.at), "data": sealed(event.data, cipher)}
            head = chain_hash(head, rows.entry(one.ticket_no, row))
            events.append({**row, "ticket_no": one.ticket_no, "hash": head})
        columns = rows.protected(rows.new_row(one), vault, cipher)
    except Erased as error:
        fix = "请重新导出"
        raise Refusal("invalid_value", error.field, "该工单的个人信息已删除", fix) from None
    into.tickets.append(
        {
            **columns,
            "query_code": one.query_code,
            "version": one.version,
            "next_timer_at": None,  # until the run is finished
            "data_key": data_key,
            "chain_seq": len(events),
            "chain_head": head,
        }
    )
    into.units += rows.units_of_row(into.tickets[-1])
    into.events += events
    into.tasks += task_rows.rows_of(one, policies, at)
    into.documents.append(search_index.document(one))
    into.calls += [
        {"ticket_no": one.ticket_no, **call.model_dump(), "at": _linked_at(one, call.call_id, seq)}
        for seq, call in enumerate(one.calls)
    ]
    into.letters += [{**known, "ticket_no": one.ticket_no} for known in extra.letters]
    into.imports.append(
        {
            "ticket_no": one.ticket_no,
            "run_id": origin.run_id,
            "events": len(events),
            "next_timer_at": timer.due_at if timer is not None else None,
            "system": origin.system,
            "legacy_no": origin.legacy_no,
            "hashes": list(extra.hashes),
            "recording_ids": list(extra.recording_ids),
        }
    )


def _linked_at(one: Ticket, call_id: str, seq: int) -> datetime:
    """When a call was linked: the event that says so, else the beginning."""
    relation = one.calls[seq].relation
    told: JsonObject = {"call_id": call_id, "relation": relation}
    said = (
        event.at
        for event in one.events
        if event.command == "link_call" and event.data.items() >= told.items()
    )
    return next(said, one.created_at)


async def _count_serials(db: AsyncConnection, numbers: Sequence[str]) -> None:
    """Serials of the day that came with a file are not given again."""
    last: dict[str, int] = defaultdict(int)
    for number in numbers:
        found = _NUMBER.fullmatch(number)
        if found:
            last[found[1]] = max(last[found[1]], int(found[2]))
    for day, serial in sorted(last.items()):
        first = insert(db.dialect.name, ticket_serial).values(day=day, last=serial)
        higher = sa.case(
            (ticket_serial.c.last < serial, sa.literal(serial)), else_=ticket_serial.c.last
        )
        await db.execute(first.on_conflict_do_update(index_elements=["day"], set_={"last": higher}))
