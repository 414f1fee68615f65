"""Our own export brought back (重新导入), into an empty store or another one.

First the whole file is read and checked and nothing written; then it is read again and written
in short transactions (ticketing/exchange/runs.py). Tickets that are there already as the file
has them are left alone; one that differs is a conflict, and then nothing is written at all.
"""

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path

import sqlalchemy as sa
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncConnection

from store.engine import Store
from store.tables import policy_version, ticket
from store.tables_exchange import ticket_import
from store.tables_intake import letter
from store.types import JsonObject
from ticketing import policy_versions
from ticketing.exchange import runs
from ticketing.exchange.faults import Fault, Faults
from ticketing.exchange.legacy_mark import legacy_of
from ticketing.exchange.outcome import Outcome
from ticketing.exchange.reading import Exported, exported
from ticketing.exchange.record import Extra, ticket_of
from ticketing.exchange.seen import Seen, seen
from ticketing.exchange.stored import with_records
from ticketing.exchange.storing import Origin, Rows, add_rows
from ticketing.model import Ticket
from ticketing.policy import Policies, Policy
from ticketing.refusal import Refusal
from ticketing.replaying import differences
from ticketing.workflow.terms import refuse

_BATCH = 100


@dataclass(frozen=True)
class _Read:
    """A record of the file that is sound in itself."""

    line: int
    record: JsonObject
    ticket: Ticket
    extra: Extra


async def restore(
    store: Store, path: Path, *, folder: Path, at: datetime, faults: Faults, dry_run: bool = False
) -> Outcome:
    """Brings an export into the store; with faults, or as a dry run, writes nothing.

    `folder`: where the lock of imports is kept. Raises Refusal for a file that cannot be read.
    """
    file = exported(path)
    async with runs.alone(store, folder):
        rules = await _rules(store, file)
        done = Outcome(faults=faults)
        with seen() as numbers:
            async for batch in _checked(store, file, rules.all, done, numbers):
                done.new += len(batch)
                done.states.update(one.ticket.state.value for one in batch)
        if done.faults.count or dry_run or not done.new:
            return done
        async with runs.run(store, "exported", path.name, at) as run_id:
            async with store.write() as db:
                await _add_policies(db, rules.missing, at)
            again = Outcome()
            with seen() as numbers:
                async for batch in _checked(store, file, rules.all, again, numbers):
                    await _write(store, batch, run_id, rules.all, at)
                    again.new += len(batch)
            if (again.new, again.faults.count) != (done.new, 0):
                what = "导入期间文件改变，或有人登记了相同编号的工单"
                raise refuse("duplicate_key", "ticket_no", what, "请再次导入")
    return done


# The rules that the tickets were accepted under


@dataclass(frozen=True)
class _Rules:
    all: Policies
    missing: Sequence[Policy]
    """Those of the file that the store gets."""


async def _rules(store: Store, file: Exported) -> _Rules:
    """An empty store gets the file's rules; any other one must have them. Raises Refusal."""
    try:
        given = [Policy.model_validate(one) for one in file.policies]
    except ValidationError as error:
        name = str(error.errors()[0]["loc"][0])
        raise refuse("invalid_value", name, f"规则参数{name}无效", "请使用原导出文件") from None
    async with store.read() as db:
        is_empty = await db.scalar(sa.select(ticket.c.ticket_no).limit(1)) is None
        is_seeded = await db.scalar(sa.select(policy_version.c.policy_id).limit(1)) is not None
        known = await policy_versions.read(db)
    of_store = (
        {one.policy_id: one for one in known.versions}
        if is_seeded or not is_empty or not given
        else {}
    )
    missing = [one for one in given if one.policy_id not in of_store]
    for one in given:
        if of_store.get(one.policy_id, one) != one:
            fix = "两地规则不同，请导入空库"
            raise refuse("invalid_value", "policies", f"规则版本{one.policy_id}内容不同", fix)
    if missing and not is_empty:
        name = missing[0].policy_id
        fix = "请先用 policy add 登记该规则版本，或导入空库"
        raise refuse("invalid_value", "policies", f"库中没有规则版本{name}", fix)
    versions = sorted((*of_store.values(), *missing), key=lambda one: one.effective_from)
    return _Rules(Policies(versions), missing)


async def _add_policies(db: AsyncConnection, missing: Sequence[Policy], at: datetime) -> None:
    for one in missing:
        await policy_versions.keep(db, one, by="import", at=at)


# Checks


async def _checked(
    store: Store, file: Exported, policies: Policies, done: Outcome, numbers: Seen
) -> AsyncIterator[list[_Read]]:
    """The file's new tickets in batches."""
    records = _sound(file, policies, done.faults, numbers)
    while batch := list(islice(records, _BATCH)):
        async with store.read() as db:
            new = await _unknown(db, batch, done)
            new = [one for one in new if await _is_free(db, one, done.faults)]
        yield new


def _sound(file: Exported, policies: Policies, faults: Faults, numbers: Seen) -> Iterator[_Read]:
    """Records that are right in themselves."""
    known = {one.policy_id for one in policies.versions}
    for line, record in file.records():
        try:
            if isinstance(record, Refusal):
                raise record
            one, extra = ticket_of(record)
            _is_first(one, line, numbers)
            if one.policy_id is not None and one.policy_id not in known:
                fix = "请先用 policy add 登记该规则版本，或导入 .json 或 .jsonl 导出文件"
                raise refuse("invalid_value", "policy_id", f"没有规则版本{one.policy_id}", fix)
            wrong = next(iter(sorted(differences(one, policies))), None)
            if wrong is not None:
                raise refuse(
                    "invalid_value", "events", f"字段与事件流水不符：{wrong}", "请重新导出"
                )
        except Refusal as refusal:
            number = record.get("ticket_no") if isinstance(record, dict) else None
            faults.add(Fault.of(line, refusal, value=str(number) if number else None))
            continue
        yield _Read(line, record, one, extra)


def _is_first(one: Ticket, line: int, numbers: Seen) -> None:
    keys = [("ticket_no", one.ticket_no), ("query_code", one.query_code)]
    for name, key in keys:
        before = numbers.before(f"{name} {key}", line)
        if before is not None:
            what = f"{key}在第{before}行已出现"
            raise refuse("duplicate_key", name, what, "请使用原导出文件")


async def _unknown(db: AsyncConnection, batch: list[_Read], done: Outcome) -> list[_Read]:
    """Those that the store does not have; what it has otherwise is a conflict."""
    query = sa.select(ticket).where(ticket.c.ticket_no.in_([one.ticket.ticket_no for one in batch]))
    stored = {one.ticket_no: record for one, record in await with_records(db, query)}
    for one in batch:
        known = stored.get(one.ticket.ticket_no)
        if known is None:
            continue
        differing = [key for key in one.record if one.record[key] != known[key] and key != "digest"]
        if not differing:
            done.unchanged += 1
            continue
        what = f"工单{one.ticket.ticket_no}在库中不同：{'、'.join(differing)}"
        fix = "库中的工单保持不变；请核对后从文件中选出其他工单"
        refusal = refuse("duplicate_key", "ticket_no", what, fix)
        done.faults.add(Fault.of(one.line, refusal, value=one.ticket.ticket_no))
    return [one for one in batch if one.ticket.ticket_no not in stored]


async def _is_free(db: AsyncConnection, one: _Read, faults: Faults) -> bool:
    """Whether what has to be unique is not another ticket's."""
    code = one.ticket.query_code
    query = sa.select(ticket.c.ticket_no).where(ticket.c.query_code == code)
    taken: list[tuple[str, str, str | None]] = [("query_code", code, await db.scalar(query))]
    if one.ticket.call_id is not None and one.ticket.draft_kind is not None:
        query = sa.select(ticket.c.ticket_no).where(
            ticket.c.call_id == one.ticket.call_id, ticket.c.draft_kind == one.ticket.draft_kind
        )
        taken.append(("call_id", one.ticket.call_id, await db.scalar(query)))
    mark = legacy_of(one.ticket)
    if mark is not None:
        query = sa.select(ticket_import.c.ticket_no).where(
            ticket_import.c.system == mark[0], ticket_import.c.legacy_no == mark[1]
        )
        taken.append(("legacy_no", mark[1], await db.scalar(query)))
    for sent in one.extra.letters:
        query = sa.select(letter.c.ticket_no).where(
            *(letter.c[key] == sent[key] for key in ("source", "channel", "external_id"))
        )
        taken.append(("letters", sent["external_id"], await db.scalar(query)))
    for name, key, owner in taken:
        if owner is not None:
            what = f"{key}已属于工单{owner}"
            refusal = refuse("duplicate_key", name, what, "请从文件中选出其他工单")
            faults.add(Fault.of(one.line, refusal, value=one.ticket.ticket_no))
            return False
    return True


async def _write(
    store: Store, batch: list[_Read], run_id: str, policies: Policies, at: datetime
) -> None:
    rows = Rows()
    for one in batch:
        origin = Origin(run_id, *(legacy_of(one.ticket) or (None, None)))
        add_rows(rows, one.ticket, one.extra, origin, vault=store.vault, policies=policies, at=at)
    await rows.write(store)
