"""The city's data in the store: taken out, compared, brought in, reverted; seen at once."""

import csv
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from store.engine import Store
from tests.unit.ticket_story import MATTER, instant
from ticketing import citydata
from ticketing.city_editing import CityEditing
from ticketing.citydata import CityDataError
from ticketing.refusal import Refusal
from ticketing.tickets import Tickets

T0 = instant("10-01 08:00")
NEXT_DAY = T0 + timedelta(days=1)
SIGNED = {"by": "王主任", "reason": "机构改革", "at": T0}
NEW_UNIT = {"code": "DSJ", "name": "市大数据中心", "level": "city", "ext": "8150"}

Rows = list[dict[str, Any]]


@pytest.fixture
def editing(store: Store) -> CityEditing:
    return CityEditing(store)


@pytest.fixture
async def folder(editing: CityEditing, tmp_path: Path) -> Path:
    await editing.export(tmp_path / "city")
    return tmp_path / "city"


def edit(folder: Path, file: str, change: Callable[[Rows], Rows]) -> None:
    path = folder / file
    path.write_text(json.dumps(change(json.loads(path.read_text()))), encoding="utf-8")


def edit_csv(folder: Path, file: str, change: Callable[[Rows], Rows]) -> None:
    path = folder / file
    with path.open(encoding="utf-8", newline="") as opened:
        reader = csv.DictReader(opened)
        rows = change(list(reader))
    with path.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.DictWriter(opened, reader.fieldnames or ())
        writer.writeheader()
        writer.writerows(rows)


async def accepted(tickets: Tickets, at: Any = T0, **data: Any) -> str:
    made = await tickets.create({**MATTER, **data}, actor="1001", role="agent", at=at)
    await tickets.do(made.ticket_no, "accept", {}, actor="1001", role="agent", at=at)
    return made.ticket_no


async def dispatched(tickets: Tickets, number: str, unit: str, at: Any = T0) -> Any:
    sent = {"unit": unit, "answer_type": "investigate"}
    return await tickets.do(number, "dispatch", sent, actor="d1", role="dispatcher", at=at)


async def test_what_was_exported_comes_in_without_a_change(
    editing: CityEditing, folder: Path
) -> None:
    assert await editing.compare(folder, T0) == []
    assert await editing.bring_in(folder, **SIGNED) == (0, [])
    assert await editing.history(None, None) == []
    assert citydata.read(folder).units.keys() == citydata.load().units.keys()


async def test_a_new_unit_gets_its_first_ticket_while_the_line_runs(
    editing: CityEditing, folder: Path, store: Store
) -> None:
    tickets = Tickets(store)
    number = await accepted(tickets)
    with pytest.raises(Refusal) as found:
        await dispatched(tickets, number, "DSJ")
    assert found.value.code == "unknown_unit"
    edit(folder, "units.json", lambda rows: [*rows, NEW_UNIT])
    version, changes = await editing.bring_in(folder, **SIGNED)
    assert (version, [(one.kind, one.code) for one in changes]) == (2, [("units", "DSJ")])
    assert (await dispatched(tickets, number, "DSJ")).unit == "DSJ"
    assert (await Tickets(store).city()).units["DSJ"].name == "市大数据中心"


async def test_a_unit_that_is_left_out_is_closed_and_named_in_old_tickets(
    editing: CityEditing, folder: Path, store: Store
) -> None:
    tickets = Tickets(store)
    old = await dispatched(tickets, await accepted(tickets), "WGLJ")

    def close(rows: Rows) -> Rows:
        return [row for row in rows if row["code"] != "WGLJ"]

    edit(folder, "units.json", close)
    await editing.bring_in(folder, **SIGNED)
    unit = (await tickets.city()).units["WGLJ"]
    assert str(unit.valid_to) == "2026-10-01"
    assert (await tickets.read(old.ticket_no)).unit == "WGLJ"
    with pytest.raises(Refusal) as found:
        await dispatched(tickets, await accepted(tickets, NEXT_DAY), "WGLJ", NEXT_DAY)
    assert found.value.code == "unit_inactive"


async def test_a_closed_category_names_its_successor(
    editing: CityEditing, folder: Path, store: Store
) -> None:
    def close(rows: Rows) -> Rows:
        closed = {"valid_to": "2026-10-01", "successor": "0302"}
        return [row | closed if row["code"] == "0305" else row for row in rows]

    edit(folder, "taxonomy.json", close)
    await editing.bring_in(folder, **SIGNED)
    tickets = Tickets(store)
    await accepted(tickets, category_l2="0305")
    with pytest.raises(Refusal) as found:
        await accepted(tickets, NEXT_DAY, category_l2="0305")
    assert (found.value.code, found.value.field) == ("invalid_value", "category_l2")
    assert "0302" in found.value.fix


async def test_a_folder_that_was_overtaken_is_refused(editing: CityEditing, folder: Path) -> None:
    await editing.limit("SLJ", "resolve", 8, **SIGNED)
    with pytest.raises(Refusal) as found:
        await editing.bring_in(folder, **SIGNED)
    assert found.value.code == "stale_version"


def _without_extension(rows: Rows) -> Rows:
    return [{key: value for key, value in rows[0].items() if key != "ext"}, *rows[1:]]


def _twice(rows: Rows) -> Rows:
    return [*rows, rows[0]]


def _same_extension(rows: Rows) -> Rows:
    return [*rows, NEW_UNIT | {"ext": rows[0]["ext"]}]


def _circle(rows: Rows) -> Rows:
    return [
        *rows,
        NEW_UNIT | {"parent": "B"},
        NEW_UNIT | {"code": "B", "parent": "DSJ", "ext": "1"},
    ]


def _bad_day(rows: Rows) -> Rows:
    return [*rows, NEW_UNIT | {"valid_to": "tomorrow"}]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (_without_extension, "has no ext"),
        (_twice, "twice"),
        (_same_extension, "DSJ: ext 8102 is that of CGJ"),
        (_circle, "circle"),
        (_bad_day, "valid_to must be a day"),
    ],
)
async def test_units_that_do_not_fit_change_nothing(
    editing: CityEditing, folder: Path, change: Callable[[Rows], Rows], told: str
) -> None:
    edit(folder, "units.json", change)
    with pytest.raises(CityDataError, match=told) as found:
        await editing.bring_in(folder, **SIGNED)
    assert "units.json" in str(found.value)
    assert "/tmp" not in str(found.value) or str(folder) in str(found.value)
    assert await editing.history(None, None) == []


async def test_a_route_to_nowhere_is_refused_with_its_row(
    editing: CityEditing, folder: Path
) -> None:
    edit_csv(folder, "routing.csv", lambda rows: [rows[0] | {"unit": "NONE"}, *rows[1:]])
    with pytest.raises(CityDataError, match=r"routing.csv: row 2: no unit NONE"):
        await editing.bring_in(folder, **SIGNED)


async def test_files_that_are_no_data_are_refused(editing: CityEditing, tmp_path: Path) -> None:
    with pytest.raises(CityDataError, match="no such folder"):
        await editing.compare(tmp_path / "none", T0)
    with pytest.raises(CityDataError, match=r"holds none of regions.json"):
        await editing.compare(tmp_path, T0)
    for content in (b"\xff\xfe", b"[1]", b"{", b'[{"name": 1}]', b"[" * 100_000):
        (tmp_path / "units.json").write_bytes(content)
        with pytest.raises(CityDataError, match=r"units.json"):
            await editing.compare(tmp_path, T0)


async def test_R_25_1_a_unit_may_be_stricter_never_looser(
    editing: CityEditing, store: Store
) -> None:
    tickets = Tickets(store)
    before = await dispatched(tickets, await accepted(tickets), "SLJ")
    await editing.limit("SLJ", "resolve", 8, **SIGNED)
    after = await dispatched(tickets, await accepted(tickets), "SLJ")
    assert after.resolve_due - T0 == timedelta(hours=8)
    again = await tickets.read(before.ticket_no)
    assert again.resolve_due is not None
    assert again.resolve_due - T0 == timedelta(hours=12)
    with pytest.raises(Refusal) as found:
        await editing.limit("SLJ", "resolve", 13, **SIGNED)
    assert (found.value.code, found.value.field) == ("looser_than_policy", "hours")
    for unit, clock, code in (("X", "resolve", "unknown_unit"), ("SLJ", "sms", "invalid_value")):
        with pytest.raises(Refusal) as found:
            await editing.limit(unit, clock, 1, **SIGNED)
        assert found.value.code == code
    await editing.limit("SLJ", "resolve", None, **SIGNED)
    free = await dispatched(tickets, await accepted(tickets), "SLJ")
    assert free.resolve_due - T0 == timedelta(hours=12)


async def test_a_version_can_be_brought_back(editing: CityEditing) -> None:
    await editing.limit("SLJ", "resolve", 8, **SIGNED)
    await editing.limit("SLJ", "resolve", 6, **SIGNED)
    version, changes = await editing.revert(2, **SIGNED)
    assert (version, [one.code for one in changes]) == (4, ["SLJ"])
    told = await editing.history("units", "SLJ")
    assert [one["version"] for one in told] == [4, 3, 2, 1]
    assert [(one["data"].get("limits") or {}).get("resolve") for one in told] == [8, 6, 8, None]
    assert [one["by"] for one in await editing.history(None, None)] == ["王主任"] * 3 + ["system"]
    for version in (0, 9):
        with pytest.raises(Refusal, match="没有版本"):
            await editing.revert(version, **SIGNED)


async def test_every_change_is_signed(editing: CityEditing) -> None:
    for name in ("by", "reason"):
        with pytest.raises(Refusal) as found:
            await editing.limit("SLJ", "resolve", 8, **{**SIGNED, name: " "})
        assert (found.value.code, found.value.field) == ("missing_field", name)
