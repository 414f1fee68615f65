"""Exports of tickets and their way back into another store, with nothing lost."""

import csv
import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from store.engine import Store
from store.tables import ticket
from store.tables_exchange import import_run
from store.tables_tasks import ticket_task
from store.vault import MasterKey
from tests.stores import sqlite_url
from tests.unit.stored_story import Stage
from tests.unit.test_ticket_store import extended, rectified, repeated, returned, silent
from tests.unit.ticket_story import MATTER, Story, instant
from ticketing import letters
from ticketing.exchange import runs, stored
from ticketing.exchange.faults import Faults
from ticketing.exchange.outcome import Outcome
from ticketing.exchange.restoring import restore
from ticketing.exchange.stored import Selection
from ticketing.exchange.writing import Format, written
from ticketing.model import State
from ticketing.refusal import Refusal
from ticketing.revealing import Revealing
from ticketing.tickets import Tickets
from ticketing.visibility import Viewer

T0 = instant("10-01 08:00") + timedelta(microseconds=123_456)
FORMATS: tuple[Format, ...] = ("json", "jsonl", "csv", "xlsx")
NASTY = "=HYPERLINK(\"http://x\")\r\n'quoted'\t，第二行\n" + "长" * 19_000 + "𠮷" * 900


@pytest.fixture
async def other(tmp_path: Path) -> AsyncIterator[Store]:
    """An empty store of another city, with a master key of its own."""
    folder = tmp_path / "other"
    folder.mkdir()
    async with Store.open(sqlite_url(folder), key=MasterKey(bytes(32))) as opened:
        yield opened


async def filled(store: Store, *stories: Story) -> Tickets:
    """Tickets of every kind: stories, a draft, a letter, a hidden reporter, nasty texts."""
    tickets = Tickets(store)
    for story in stories:
        known = {number: number for number in await tickets.numbers()}
        await Stage(tickets, known).play(story.steps)
    await tickets.add_policy(
        {"sla.resolve_hours": 24}, policy_id="new", effective_from=T0, by="h1", at=T0
    )
    draft = await tickets.draft_from_call(
        "c1", "message", caller_number="13911112222", called_number="12345", at=T0
    )
    await tickets.set_transcript(draft.ticket_no, "市民：宿城区停电了", 0.7, at=T0)
    for relation in ("urge", "statement"):
        await tickets.link_call(draft.ticket_no, "c2", relation, at=T0)  # type: ignore[arg-type]
    await letters.receive(
        store, tickets, {**MATTER, "channel": "web"}, source="web", external_id="信-1", at=T0
    )
    data = {**MATTER, "request_type": "report", "content": NASTY, "requester_name": "'欧阳",
            "expected_result": "-1+1", "lng": 118.275432101234567, "lat": 33.9}  # fmt: skip
    made = await tickets.create(data, actor="1001", role="agent", at=T0)
    await tickets.do(made.ticket_no, "accept", {}, actor="1001", role="agent", at=T0)
    return tickets


async def export(
    store: Store, path: Path, form: Format, selection: Selection | None = None
) -> Path:
    policies = await stored.policies(store)
    with written(path, form, policies=policies, with_events=True) as write:
        async for batch in stored.batches(store, selection or Selection()):
            for _, record in batch:
                write(record)
    return path


async def bring(store: Store, path: Path, **named: Any) -> Outcome:
    return await restore(
        store, path, folder=path.parent, at=T0 + timedelta(days=90), faults=Faults(), **named
    )


async def numbers_in(store: Store) -> int:
    async with store.read() as db:
        return await db.scalar(sa.select(sa.func.count()).select_from(ticket)) or 0


async def tasks_in(store: Store) -> list[tuple[Any, ...]]:
    names = (ticket_task.c[name] for name in ("ticket_no", "queue", "owner", "kind", "due_at"))
    async with store.read() as db:
        return [tuple(row) for row in await db.execute(sa.select(*names).order_by(sa.text("1, 2")))]


@pytest.mark.parametrize("form", FORMATS)
async def test_export_import_export_is_byte_identical(
    store: Store, other: Store, tmp_path: Path, form: Format
) -> None:
    tickets = await filled(store, extended(), returned(), rectified(), silent(), repeated())
    if form in ("csv", "xlsx"):  # they do not carry the rules
        await Tickets(other).add_policy(
            {"sla.resolve_hours": 24}, policy_id="new", effective_from=T0, by="h1", at=T0
        )
    first = await export(store, tmp_path / f"a.{form}", form)
    done = await bring(other, first)
    assert (done.new, done.unchanged, done.faults.count) == (len(await tickets.numbers()), 0, 0)
    one, two = tmp_path / "one.json", tmp_path / "two.json"
    await export(store, one, "json")
    await export(other, two, "json")
    assert two.read_bytes() == one.read_bytes()
    brought = Tickets(other)
    for number in await brought.numbers():
        assert await brought.verify(number) == []
        was, now = await tickets.read(number), await brought.read(number)
        assert now.model_dump(exclude={"events"}) == was.model_dump(exclude={"events"})
        assert [e.model_copy(update={"hash": ""}) for e in now.events] == [
            e.model_copy(update={"hash": ""}) for e in was.events
        ]
        assert [e.hash for e in now.events] != [e.hash for e in was.events]
    again = await bring(other, first)
    assert (again.new, again.unchanged, again.faults.count) == (0, done.new, 0)


async def test_timers_and_numbers_go_on_where_they_were(
    store: Store, other: Store, tmp_path: Path
) -> None:
    tickets = await filled(store)
    await bring(other, await export(store, tmp_path / "a.jsonl", "jsonl"))
    due = sa.select(ticket.c.ticket_no, ticket.c.next_timer_at).order_by(ticket.c.ticket_no)
    async with store.read() as db:
        was = (await db.execute(due)).all()
    async with other.read() as db:
        now = (await db.execute(due)).all()
    assert now == was
    assert any(at is not None for _, at in now)
    here = await tickets.create(MATTER, actor="1", role="agent", at=T0)
    there = await Tickets(other).create(MATTER, actor="1", role="agent", at=T0)
    assert there.ticket_no == here.ticket_no
    found = await Tickets(other).list(number="13911112222")
    assert [one.caller_number for one in found] == ["13911112222"]
    again = await letters.receive(
        other,
        Tickets(other),
        {**MATTER, "channel": "web"},
        source="web",
        external_id="信-1",
        at=T0,
    )
    assert not again.is_new


async def test_a_changed_ticket_is_a_conflict_and_changes_nothing(
    store: Store, other: Store, tmp_path: Path
) -> None:
    tickets = await filled(store)
    path = await export(store, tmp_path / "a.jsonl", "jsonl")
    await bring(other, path)
    number = (await tickets.numbers())[-1]
    changes = {"title": "别的", "reason": "核对"}
    await Tickets(other).do(number, "amend", changes, actor="2", role="agent", at=T0)
    new = await tickets.create(MATTER, actor="1001", role="agent", at=T0)
    later = await export(store, tmp_path / "b.jsonl", "jsonl")
    count = await numbers_in(other)
    done = await bring(other, later)
    (fault,) = done.faults.first
    assert (fault.code, fault.column, fault.value) == ("duplicate_key", "ticket_no", number)
    assert "title" in fault.reason
    assert await numbers_in(other) == count
    assert (await Tickets(other).read(number)).title == "别的"
    with pytest.raises(Refusal):
        await Tickets(other).read(new.ticket_no)


async def test_an_erased_person_stays_erased(store: Store, other: Store, tmp_path: Path) -> None:
    tickets = Tickets(store)
    one = await tickets.create(MATTER, actor="1001", role="agent", at=T0)
    async with store.write() as db:
        await db.execute(sa.update(ticket).values(data_key=None, personal=None))
    await bring(other, await export(store, tmp_path / "a.jsonl", "jsonl"))
    assert (await Tickets(other).read(one.ticket_no)).contact_phone is None
    with pytest.raises(Refusal) as found:
        await Tickets(other).do(
            one.ticket_no, "amend", {"contact_phone": "13800000009"},
            actor="1001", role="agent", at=T0,
        )  # fmt: skip
    assert (found.value.code, found.value.field) == ("wrong_state", "contact_phone")


async def test_an_export_can_be_narrowed(store: Store, tmp_path: Path) -> None:
    tickets = await filled(store, extended(), repeated())
    path = tmp_path / "a.jsonl"

    async def numbers(selection: Selection) -> set[str]:
        lines = (await export(store, path, "jsonl", selection)).read_text().splitlines()
        return {json.loads(line)["ticket_no"] for line in lines[1:]}

    everything = [await tickets.read(number) for number in await tickets.numbers()]
    for selection, fits in (
        (Selection(since=T0), lambda one: one.created_at >= T0),
        (Selection(until=T0), lambda one: one.created_at < T0),
        (Selection(state=State.CLOSED), lambda one: one.state is State.CLOSED),
        (Selection(unit="SLJ"), lambda one: one.unit == "SLJ"),
    ):
        wanted = {one.ticket_no for one in everything if fits(one)}
        assert await numbers(selection) == wanted
        assert 0 < len(wanted) < len(everything)


async def test_no_cell_of_a_csv_is_a_formula(store: Store, tmp_path: Path) -> None:
    await filled(store)
    path = await export(store, tmp_path / "a.csv", "csv")
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    assert path.stat().st_mode & 0o077 == 0
    csv.field_size_limit(10**7)
    with path.open(encoding="utf-8-sig", newline="") as file:
        cells = [
            (name, cell)
            for row in csv.DictReader(file)
            for name, cell in row.items()
            if name not in ("lng", "lat")
        ]
    assert any(cell.startswith("'=HYPERLINK") for _, cell in cells)
    assert [one for one in cells if one[1].startswith(("=", "+", "-", "@", "\t", "\r"))] == []


async def test_what_was_changed_after_the_export_is_refused(
    store: Store, other: Store, tmp_path: Path
) -> None:
    await filled(store)
    path = await export(store, tmp_path / "a.jsonl", "jsonl")
    good = path.read_text().splitlines()
    record = json.loads(good[1])
    for changed, column in (
        (json.dumps({**record, "title": "别的"}), "digest"),
        (json.dumps({**record, "colour": 1}), "colour"),
        (json.dumps({key: record[key] for key in record if key != "digest"}), "digest"),
        ("[1]", None),
        ("{", None),
        (good[2], "ticket_no"),
    ):
        path.write_text("\n".join([good[0], changed, *good[2:]]))
        done = await bring(other, path)
        assert done.faults.count >= 1
        assert done.faults.first[0].column == column
        assert done.faults.first[0].line == (3 if changed == good[2] else 2)
        assert done.faults.first[0].fix
        assert await numbers_in(other) == 0
    path.write_text("\n".join(good))
    assert (await bring(other, path, dry_run=True)).new == len(good) - 1
    assert await numbers_in(other) == 0


async def test_a_document_that_was_cut_off_is_refused(
    store: Store, other: Store, tmp_path: Path
) -> None:
    await filled(store)
    path = await export(store, tmp_path / "a.json", "json")
    lines = path.read_text().splitlines()
    path.write_text("\n".join(lines[:2]) + "\n")
    done = await bring(other, path)
    assert (done.faults.count, done.faults.first[0].line) == (1, 2)
    assert await numbers_in(other) == 0


async def test_a_ticket_that_is_made_between_check_and_import_is_not_left_out(
    store: Store, other: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(2):
        await Tickets(store).create(MATTER, actor="1001", role="agent", at=T0)
    path = await export(store, tmp_path / "a.jsonl", "jsonl")
    run = runs.run

    @asynccontextmanager
    async def meanwhile(*args: Any) -> AsyncIterator[str]:
        async with run(*args) as run_id:
            await Tickets(other).create(MATTER, actor="1001", role="agent", at=T0)
            yield run_id

    monkeypatch.setattr(runs, "run", meanwhile)
    with pytest.raises(Refusal) as refused:
        await bring(other, path)
    assert (refused.value.code, refused.value.field) == ("duplicate_key", "ticket_no")
    assert await numbers_in(other) == 1  # the one that was made here


async def test_an_import_that_breaks_off_is_taken_back(
    store: Store, other: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tickets = Tickets(store)
    for _ in range(5):
        await tickets.create(MATTER, actor="1001", role="agent", at=T0)
    path = await export(store, tmp_path / "a.jsonl", "jsonl")
    from ticketing.exchange import restoring

    monkeypatch.setattr(restoring, "_BATCH", 2)
    write, calls = restoring._write, []

    async def broken(*args: Any) -> None:
        calls.append(await numbers_in(other))
        if len(calls) == 3:
            raise KeyboardInterrupt
        await write(*args)

    monkeypatch.setattr(restoring, "_write", broken)
    with pytest.raises(KeyboardInterrupt):
        await bring(other, path)
    assert calls == [0, 2, 4]
    assert await numbers_in(other) == 0
    assert await tasks_in(other) == []
    monkeypatch.setattr(restoring, "_write", write)
    assert (await bring(other, path)).new == 5
    late = [one for one in await tasks_in(other) if one[1] == "supervisor"]
    assert len(late) == 5, "it is ninety days later"
    assert [one for one in await tasks_in(other) if one not in late] == await tasks_in(store)


async def test_an_import_that_was_killed_is_taken_back_by_the_next(
    store: Store, other: Store, tmp_path: Path
) -> None:
    tickets = Tickets(store)
    for _ in range(3):
        await tickets.create(MATTER, actor="1001", role="agent", at=T0)
    path = await export(store, tmp_path / "a.jsonl", "jsonl")
    await bring(other, path)
    worked, *_ = await tickets.numbers()
    await Tickets(other).do(worked, "accept", {}, actor="1001", role="agent", at=T0)
    with sqlite3.connect(tmp_path / "other" / "store.sqlite") as db:
        db.execute("update import_run set finished_at = null")
    await runs.recover(other, tmp_path)
    assert await Tickets(other).numbers() == [worked]


async def test_a_ticket_whose_citizen_was_shown_stays_when_its_import_is_taken_back(
    store: Store, other: Store, tmp_path: Path
) -> None:
    agent: dict[str, Any] = {"actor": "1001", "role": "agent", "at": T0}
    for _ in range(2):
        one = await Tickets(store).create(MATTER, **agent)
        await Tickets(store).do(one.ticket_no, "accept", {}, **agent)
    await bring(other, await export(store, tmp_path / "a.jsonl", "jsonl"))
    tickets = Tickets(other)
    shown, _ = await tickets.numbers()
    viewer = Viewer("s1", frozenset({"supervisor"}))
    await Revealing(other, tickets).reveal(shown, viewer, "公安机关调取", at=T0)
    async with other.write() as db:
        await db.execute(sa.update(import_run).values(finished_at=None))
        await db.execute(sa.update(ticket).values(next_timer_at=None))
    await runs.recover(other, tmp_path)
    assert await tickets.numbers() == [shown]
    assert await tickets.first_due(T0 + timedelta(days=1)) == shown  # its timers go on
    assert len(await Revealing(other, tickets).log(shown)) == 1
