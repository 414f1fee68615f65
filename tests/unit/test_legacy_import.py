"""Old systems' tickets: mapping, checks, all or nothing, a second run, history without timers."""

import asyncio
import csv
import io
import json
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from openpyxl import Workbook
from ruamel.yaml import YAML

from store.engine import Store
from store.tables import ticket
from store.tables_outbox import outbox
from store.tables_tasks import ticket_task
from tests.unit.test_commands_tickets import tickets as command
from tests.unit.test_commands_tickets import var
from tests.unit.ticket_story import instant
from ticketing.exchange import legacy, legacy_map
from ticketing.exchange.faults import Faults
from ticketing.exchange.legacy import Imported, import_legacy
from ticketing.exchange.legacy_mark import legacy_of
from ticketing.model import State
from ticketing.refusal import Refusal
from ticketing.tickets import Tickets
from ticketing.timekeeper import Timekeeper

__all__ = ["var"]

NOW = instant("10-20 08:00")
MAP = legacy_map.of(YAML(typ="safe").load(legacy_map.EXAMPLE))
ROW = {
    "工单号": "A-1",
    "来电时间": "2026-10-01 08:00:00",
    "办结时间": "2026-10-02 09:30:00",
    "诉求内容": "幸福家园三天没有水了",
    "标题": "小区停水",
    "姓名": "王芳",
    "联系电话": "139-1111-2222",
    "地址": "幸福家园5号楼",
    "承办单位": "市水利局",
    "类型": "投诉",
    "县区": "宿城区",
    "答复内容": "管道已修复",
    "状态": "已办结",
}
OPEN = {**ROW, "工单号": "A-2", "状态": "办理中", "办结时间": "", "类型": "举报"}


def table(path: Path, *rows: Mapping[str, str], encoding: str = "utf-8") -> Path:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(ROW))
    writer.writeheader()
    writer.writerows(rows)
    path.write_bytes(text.getvalue().encode(encoding))
    return path


async def bring(store: Store, path: Path, **named: Any) -> Imported:
    given = {"mapping": MAP, "at": NOW, "faults": Faults(), "folder": path.parent, **named}
    mapping = given.pop("mapping")
    return await import_legacy(store, Tickets(store), path, mapping, **given)


async def test_history_is_closed_and_starts_nothing(store: Store, tmp_path: Path) -> None:
    done = await bring(store, table(tmp_path / "old.csv", ROW))
    assert (done.new, dict(done.states), dict(done.types)) == (1, {"closed": 1}, {"complaint": 1})
    tickets = Tickets(store)
    (number,) = await tickets.numbers()
    one = await tickets.read(number)
    assert number == "SQ261001000001"
    assert (one.state, one.unit, one.region_code) == (State.CLOSED, "SLJ", "321302")
    assert (one.requester_name, one.contact_phone) == ("王芳", "13911112222")
    assert (one.created_at, one.closed_at) == (instant("10-01 08:00"), instant("10-02 09:30"))
    assert one.resolved_at == one.closed_at
    assert legacy_of(one) == ("old12345", "A-1")
    assert [(event.command, event.at) for event in one.events] == [("import", NOW)]
    assert await tickets.verify(number) == []
    assert await tickets.list(number="13911112222") == [one]
    fired = await Timekeeper(tickets, lambda: NOW + timedelta(days=60)).fire_due()
    assert fired == []
    async with store.read() as db:
        assert await db.scalar(sa.select(sa.func.count()).select_from(outbox)) == 0
        assert await db.scalar(sa.select(ticket.c.next_timer_at)) is None


async def test_open_ones_are_on_the_work_lists_at_once(store: Store, tmp_path: Path) -> None:
    await bring(store, table(tmp_path / "old.csv", ROW, OPEN))
    (number,) = (one for one in await Tickets(store).list() if one.state is not State.CLOSED)
    async with store.read() as db:
        found = (await db.execute(sa.select(ticket_task))).all()
    assert [(one.ticket_no, one.queue, one.kind) for one in found] == [
        (number.ticket_no, "dispatcher", "accept")
    ]
    assert found[0].since == NOW


async def test_history_counts_for_repeat_complaints(store: Store, tmp_path: Path) -> None:
    await bring(store, table(tmp_path / "old.csv", ROW))
    tickets = Tickets(store)
    (number,) = await tickets.numbers()
    again = await tickets.do(
        number, "complain_again", {}, actor="1001", role="agent", at=instant("10-25 08:00")
    )
    assert (again.repeat_of, again.repeat_rule) == (number, "a")


async def test_open_ones_wait_to_be_accepted_with_fresh_clocks(
    store: Store, tmp_path: Path
) -> None:
    await bring(store, table(tmp_path / "old.csv", OPEN))
    tickets = Tickets(store)
    (number,) = await tickets.numbers()
    one = await tickets.read(number)
    assert (one.state, one.unit, one.public_reply) == (State.PENDING_ACCEPTANCE, None, None)
    assert one.confidential
    assert one.events[0].data["_legacy"]["was"]["unit"] == "SLJ"
    fired = await Timekeeper(tickets, lambda: NOW + timedelta(hours=1)).fire_due()
    assert [(timer.id, timer.due_at) for _, timer in fired] == [
        ("tm_accept", NOW + timedelta(minutes=30))
    ]
    told = {"acceptance_basis": "6.3", "target_name": "某单位"}
    done = await tickets.do(
        number, "accept", told, actor="1001", role="agent", at=NOW + timedelta(hours=2)
    )
    assert done.state is State.ACCEPTED
    assert await tickets.verify(number) == []


async def test_a_second_run_adds_nothing(store: Store, tmp_path: Path) -> None:
    path = table(tmp_path / "old.csv", ROW, OPEN)
    assert (await bring(store, path)).new == 2
    again = await bring(store, path)
    assert (again.new, again.unchanged) == (0, 2)
    third = await bring(store, table(path, ROW, OPEN, {**ROW, "工单号": "A-3"}))
    assert (third.new, third.unchanged) == (1, 2)
    assert len(await Tickets(store).numbers()) == 3


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
async def test_encodings_are_found_out(store: Store, tmp_path: Path, encoding: str) -> None:
    await bring(store, table(tmp_path / "old.csv", ROW, encoding=encoding))
    (one,) = await Tickets(store).list()
    assert one.content == ROW["诉求内容"]


async def test_xlsx_is_a_table_too(store: Store, tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(list(ROW))
    sheet.append([*ROW.values()])
    sheet.append([13800000001 if key == "联系电话" else value for key, value in OPEN.items()])
    book.save(tmp_path / "old.xlsx")
    assert (await bring(store, tmp_path / "old.xlsx")).new == 2
    assert [one.contact_phone for one in await Tickets(store).list(number="13800000001")] == [
        "13800000001"
    ]


WRONG = (
    ({"工单号": ""}, "工单号", "missing_field"),
    ({"工单号": "x" * 201}, "工单号", "invalid_value"),
    ({"来电时间": "2026/10/01"}, "来电时间", "invalid_value"),
    ({"来电时间": ""}, "来电时间", "missing_field"),
    ({"来电时间": "2030-10-01 08:00:00"}, "来电时间", "invalid_value"),
    ({"来电时间": "0001-01-01 00:00:00"}, "来电时间", "invalid_value"),
    ({"办结时间": "2026-09-30 08:00:00"}, "办结时间", "time_reversed"),
    ({"诉求内容": ""}, "诉求内容", "missing_field"),
    ({"诉求内容": "a\x00b"}, "诉求内容", "invalid_value"),
    ({"诉求内容": "长" * 20_001}, "诉求内容", "invalid_value"),
    ({"联系电话": "没有"}, "联系电话", "invalid_value"),
    ({"承办单位": "火星局"}, "承办单位", "unknown_unit"),
    ({"县区": ""}, None, None),
    ({"状态": "转办"}, "状态", "invalid_value"),
)


@pytest.mark.parametrize(("changes", "column", "code"), WRONG)
async def test_a_wrong_row_is_told_by_line_and_column_and_keeps_everything_out(
    store: Store, tmp_path: Path, changes: dict[str, str], column: str | None, code: str | None
) -> None:
    path = table(tmp_path / "old.csv", {**ROW, "工单号": "A-0"}, {**ROW, **changes})
    done = await bring(store, path)
    if code is None:
        assert (done.new, done.faults.count) == (2, 0)
        return
    (fault,) = done.faults.first
    assert (fault.line, fault.column, fault.code) == (3, column, code)
    assert fault.value == changes[str(column)][:80]
    assert fault.reason
    assert fault.fix
    assert await Tickets(store).numbers() == []
    done = await bring(store, path, skip_bad=True)
    assert [legacy_of(one) for one in await Tickets(store).list()] == [("old12345", "A-0")]


async def test_a_number_that_stands_twice_is_told(store: Store, tmp_path: Path) -> None:
    done = await bring(store, table(tmp_path / "old.csv", ROW, OPEN, ROW))
    (fault,) = done.faults.first
    assert (fault.line, fault.column, fault.code) == (4, "工单号", "duplicate_key")
    assert "第2行" in fault.reason


async def test_a_dry_run_writes_nothing(store: Store, tmp_path: Path) -> None:
    done = await bring(store, table(tmp_path / "old.csv", ROW, OPEN), dry_run=True)
    assert dict(done.states) == {"closed": 1, "pending_acceptance": 1}
    assert await Tickets(store).numbers() == []


async def test_an_interrupted_import_leaves_nothing(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = table(tmp_path / "old.csv", *({**ROW, "工单号": f"A-{n}"} for n in range(6)))
    monkeypatch.setattr(legacy, "_BATCH", 2)
    write, seen = legacy._write, []

    async def interrupted(*args: Any) -> None:
        seen.append(len(await Tickets(store).numbers()))
        if len(seen) == 3:
            raise asyncio.CancelledError
        await write(*args)

    monkeypatch.setattr(legacy, "_write", interrupted)
    with pytest.raises(asyncio.CancelledError):
        await bring(store, path)
    assert seen == [0, 2, 4]
    assert await Tickets(store).numbers() == []


async def test_constants_and_defaults_are_read_like_cells(store: Store, tmp_path: Path) -> None:
    day, form = "2026-09-30 08:00:00", "%Y-%m-%d %H:%M:%S"

    def mapped(**fields: Any) -> legacy_map.Mapping:
        example = YAML(typ="safe").load(legacy_map.EXAMPLE)
        return legacy_map.of({**example, "fields": {**example["fields"], **fields}})

    path = table(tmp_path / "old.csv", {**ROW, "办结时间": ""})
    mapping = mapped(
        created_at={"constant": day, "format": form},
        closed_at={"column": "办结时间", "format": form, "default": day},
    )
    assert (await bring(store, path, mapping=mapping)).new == 1
    (one,) = await Tickets(store).list()
    assert one.created_at == one.closed_at == instant("09-30 08:00")
    twice = mapped(created_at={"column": "来电时间", "format": "%Y %Y"})
    done = await bring(store, path, mapping=twice)
    assert [fault.column for fault in done.faults.first] == ["来电时间"]


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"colour": 1}, "colour"),
        ({"fields": {}}, "fields"),
        ({"fields": {"content": {"column": "x"}}}, "fields.created_at"),
        ({"fields": {"created_at": {"column": "x"}}}, "fields.content"),
        ({"fields": {"colour": {"column": "x"}}}, "fields.colour"),
        ({"fields": {"created_at": {"column": "x", "constant": "y"}}}, "fields.created_at"),
        ({"timezone": "+99:99"}, "timezone"),
        ({"system": "x y"}, "system"),
    ],
)
def test_a_wrong_mapping_names_the_key(changed: dict[str, Any], field: str) -> None:
    with pytest.raises(Refusal) as found:
        legacy_map.of({**YAML(typ="safe").load(legacy_map.EXAMPLE), **changed})
    assert (found.value.code, found.value.field) == ("invalid_value", field)


async def test_a_table_without_a_mapped_column_is_refused(store: Store, tmp_path: Path) -> None:
    (tmp_path / "old.csv").write_text("工单号,内容\nA-1,停水\n")
    with pytest.raises(Refusal) as found:
        await bring(store, tmp_path / "old.csv")
    assert found.value.code == "missing_field"


def test_the_command_imports_and_tells(var: Path, tmp_path: Path) -> None:
    example = command(var, "import", "legacy", "--example-map").stdout
    (tmp_path / "map.yaml").write_text(example)
    path = str(table(tmp_path / "old.csv", ROW, {**ROW, "工单号": "A-9", "承办单位": "=1"}))
    run = ("import", "legacy", path, "--map", str(tmp_path / "map.yaml"))
    errors = tmp_path / "errors.csv"
    done = command(var, *run, "--errors", str(errors))
    assert errors.stat().st_mode & 0o777 == 0o600
    assert done.exit_code == 1
    told = json.loads(done.stdout)
    assert (told["new"], told["imported"], told["faults"]) == (1, 0, 1)
    with errors.open(encoding="utf-8-sig", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["line"], row["column"], row["value"]) == ("3", "承办单位", "'=1")
    done = command(var, *run, "--skip-bad")
    assert (done.exit_code, json.loads(done.stdout)["imported"]) == (0, 1)
    assert command(var, "import", "legacy", path).exit_code == 2
