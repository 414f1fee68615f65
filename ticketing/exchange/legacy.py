"""Import of an old system's table (旧系统导入): read and checked whole, then written in batches.

Whoever was imported before, by his number in the old system, is left alone: a second run adds
nothing. History starts no timer, message or survey.
"""

import secrets
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from store.engine import Store
from store.tables import ticket
from store.tables_exchange import ticket_import
from store.types import SHANGHAI, JsonObject
from ticketing import policy_versions, rows
from ticketing.citydata import CityData
from ticketing.exchange import legacy_map, legacy_row, runs, tables
from ticketing.exchange.faults import Fault, Faults
from ticketing.exchange.legacy_map import Mapping, Misfit
from ticketing.exchange.outcome import Outcome
from ticketing.exchange.record import Extra
from ticketing.exchange.seen import Seen, seen
from ticketing.exchange.storing import Origin, Rows, add_rows
from ticketing.model import Ticket
from ticketing.new_ticket import CONTROL
from ticketing.policy import Policies
from ticketing.refusal import Refusal
from ticketing.tickets import Tickets
from ticketing.workflow.terms import refuse

_BATCH = 200
_LONGEST_ID = 200


@dataclass
class Imported(Outcome):
    """What an import of an old system's table did, or would do."""

    types: Counter[str] = field(default_factory=Counter)
    """Request types of the new ones."""

    def to_json(self) -> JsonObject:
        """Counts, and the first faults."""
        return super().to_json() | {"types": dict(sorted(self.types.items()))}


@dataclass(frozen=True)
class _Old:
    """A row that can be taken."""

    line: int
    number: str
    """In the old system."""
    ticket: Ticket
    """Without its number and query code."""


@dataclass(frozen=True)
class _Job:
    """One file, and what decides about it."""

    store: Store
    path: Path
    mapping: Mapping
    city: CityData
    policies: Policies
    prefix: str
    at: datetime


async def import_legacy(
    store: Store,
    tickets: Tickets,
    path: Path,
    mapping: Mapping,
    *,
    folder: Path,
    at: datetime,
    faults: Faults,
    dry_run: bool = False,
    skip_bad: bool = False,
) -> Imported:
    """Brings a table in. With faults nothing is written, unless `skip_bad` leaves their rows out.

    `folder`: where the lock of imports is kept. Raises Refusal for a file that cannot be read.
    """
    async with runs.alone(store, folder):
        async with store.read() as db:
            policies = await policy_versions.read(db)
        city = await tickets.city()
        job = _Job(store, path, mapping, city, policies, tickets.prefix, at)
        done = Imported(faults=faults)
        with seen() as known:
            async for batch in _checked(job, done, known):
                done.new += len(batch)
                done.states.update(one.ticket.state.value for one in batch)
                done.types.update(one.ticket.request_type or "-" for one in batch)
        if dry_run or not done.new or (faults.count and not skip_bad):
            return done
        async with runs.run(store, "legacy", path.name, at) as run_id:
            with seen() as known:
                async for batch in _checked(job, Imported(), known):
                    await _write(job, batch, run_id)
    return done


async def _checked(job: _Job, done: Imported, known: Seen) -> AsyncIterator[list[_Old]]:
    """The new rows that can be taken, in batches."""
    sound = _sound(job, done.faults, known)
    while batch := list(islice(sound, _BATCH)):
        query = sa.select(ticket_import.c.legacy_no).where(
            ticket_import.c.system == job.mapping.system,
            ticket_import.c.legacy_no.in_([one.number for one in batch]),
        )
        async with job.store.read() as db:
            stored = set((await db.execute(query)).scalars())
        done.unchanged += len(stored)
        yield [one for one in batch if one.number not in stored]


def _sound(job: _Job, faults: Faults, known: Seen) -> Iterator[_Old]:
    """Rows that are right in themselves; raises Refusal where the table cannot be read on."""
    mapping = job.mapping
    missing = mapping.columns()
    for line, row in tables.rows(job.path):
        if missing and (missing := missing - row.keys()):
            name = sorted(missing)[0]
            fix = f"请核对映射文件；表头有：{'、'.join(row)[:300]}"
            raise refuse("missing_field", name, f"表中没有“{name}”这一列", fix)
        number = row[mapping.id].strip()
        try:
            _is_number(number, line, mapping, known)
            fields = legacy_row.fields_of(legacy_map.values(mapping, row), job.city, job.at)
            made = legacy_row.ticket_of(fields, (mapping.system, number), job.at)
        except Misfit as wrong:
            faults.add(Fault.of(line, wrong.refusal, wrong.column, wrong.value))
        except Refusal as refusal:
            source = mapping.fields.get(refusal.field or "")
            column = source.column if source is not None else None
            column = mapping.id if refusal.field == "id" else column
            faults.add(Fault.of(line, refusal, column, row.get(column or "")))
        else:
            yield _Old(line, number, made)


def _is_number(number: str, line: int, mapping: Mapping, known: Seen) -> None:
    if not number:
        raise refuse("missing_field", "id", "缺少旧工单编号", f"请填写“{mapping.id}”")
    if len(number) > _LONGEST_ID or CONTROL.search(number):
        fix = f"请填写不超过{_LONGEST_ID}字、不含控制字符的编号"
        raise refuse("invalid_value", "id", "旧工单编号无效", fix)
    before = known.before(number, line)
    if before is not None:
        fix = "每个旧工单在文件中只能出现一次"
        raise refuse("duplicate_key", "id", f"编号{number}在第{before}行已出现", fix)


async def _write(job: _Job, batch: Sequence[_Old], run_id: str) -> None:
    """Writes a batch; everything slow happens outside the transactions."""
    if not batch:
        return
    days = [one.ticket.created_at.astimezone(SHANGHAI).strftime("%y%m%d") for one in batch]
    async with job.store.write() as db:
        numbers = await _numbers(db, job.prefix, days)
    async with job.store.read() as db:
        codes = await _codes(db, len(batch))
    new = Rows()
    for one, number, code in zip(batch, numbers, codes, strict=True):
        made = one.ticket.changed(ticket_no=number, query_code=code)
        add_rows(
            new, made, Extra(), Origin(run_id, job.mapping.system, one.number),
            vault=job.store.vault, policies=job.policies, at=job.at,
        )  # fmt: skip
    await new.write(job.store)


async def _numbers(db: AsyncConnection, prefix: str, days: Sequence[str]) -> list[str]:
    """A ticket number for each day of the list."""
    free = {
        day: iter(await rows.next_serials(db, day, count)) for day, count in Counter(days).items()
    }
    return [rows.number(prefix, day, next(free[day])) for day in days]


async def _codes(db: AsyncConnection, count: int) -> list[str]:
    """So many query codes that no ticket has."""
    found: set[str] = set()
    while len(found) < count:
        tried = {rows.new_code() for _ in range(count - len(found))} - found
        query = sa.select(ticket.c.query_code).where(ticket.c.query_code.in_(sorted(tried)))
        found |= tried - set((await db.execute(query)).scalars())
    return sorted(found, key=lambda _: secrets.randbelow(1 << 30))
