"""Single kinds of the city's data: what config.yaml brings, versions, changes, reverts."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from store.engine import Store
from tests.unit.ticket_story import instant
from ticketing import city_versions
from ticketing.city_editing import CityEditing
from ticketing.city_files import KINDS, TICKET_KINDS, Entries
from ticketing.city_labels import form_of
from ticketing.citydata import CityDataError
from ticketing.refusal import Refusal

T0 = instant("10-01 08:00")
SIGNED: dict[str, Any] = {"by": "王主任", "reason": "换人", "at": T0}
LATER: dict[str, Any] = {**SIGNED, "by": "李班长", "at": T0 + timedelta(hours=1)}


def contacts(unit: str, *numbers: str) -> dict[str, Any]:
    return {"unit": unit, "contacts": [{"number": number} for number in numbers]}


SEEDS: Entries = {
    "contacts": {"SLJ": contacts("SLJ", "8105", "8605"), "CGJ": contacts("CGJ", "8102")}
}
ROSTER = {
    "unit": "SLJ",
    "shifts": [{"days": ["mon"], "start": "08:00", "end": "17:00", "contacts": ["8605"]}],
}


DSJ = {"code": "DSJ", "name": "市大数据中心", "level": "city", "ext": "8150"}
PLACE = {"code": "P1", "name": "幸福家园", "kind": "estate", "parent": "321302"}
SMS = {"key": "sms_created", "text": "已登记", "hidden": "已登记"}


def above(value: Any) -> dict[str, Any]:
    return {"table": "superiors", "code": "SLJ", "value": value}


@pytest.fixture
def editing(store: Store) -> CityEditing:
    return CityEditing(store, lambda: SEEDS)


async def test_config_yaml_is_followed_until_an_entry_was_changed(
    editing: CityEditing, store: Store
) -> None:
    assert await editing.entries_of("contacts") == SEEDS["contacts"]
    assert (await editing.head("contacts")).version == 0
    version, changes = await editing.put("contacts", {"SLJ": contacts("SLJ", "8190")}, **SIGNED)
    assert (version, [one.before for one in changes]) == (2, [SEEDS["contacts"]["SLJ"]])
    head = await editing.head("contacts")
    assert (head.version, head.by, head.reason, head.changed) == (2, "王主任", "换人", 1)
    # Another start with another config.yaml: what the store has held is the city's.
    other: Entries = {"contacts": {code: contacts(code, "8777") for code in ("SLJ", "CGJ", "GDGS")}}
    found = await CityEditing(store, lambda: other).entries_of("contacts")
    assert {code: row["contacts"][0]["number"] for code, row in found.items()} == {
        "SLJ": "8190", "CGJ": "8102", "GDGS": "8777",
    }  # fmt: skip


async def test_what_was_taken_away_does_not_come_back(editing: CityEditing) -> None:
    await editing.put("contacts", {"CGJ": None}, **SIGNED)
    assert list(await editing.entries_of("contacts")) == ["SLJ"]
    await editing.revert(1, kind="contacts", **LATER)
    assert list(await editing.entries_of("contacts")) == ["SLJ", "CGJ"]


async def test_data_of_the_line_leave_tickets_data_to_the_program(
    editing: CityEditing, store: Store
) -> None:
    """A notice makes no release's new categories stay away, and nothing is learnt again."""
    await editing.put("contacts", {"SLJ": contacts("SLJ", "8190")}, **SIGNED)
    async with store.read() as db:
        assert await city_versions.newest(db, TICKET_KINDS) is None
        assert set(await city_versions.held(db, 2)) == {"contacts"}


async def test_who_saw_an_older_entry_is_refused_and_told_who_was_faster(
    editing: CityEditing,
) -> None:
    await editing.put("contacts", {"SLJ": contacts("SLJ", "8190")}, seen=0, **SIGNED)
    with pytest.raises(Refusal) as found:
        await editing.put("contacts", {"SLJ": contacts("SLJ", "8191")}, seen=0, **LATER)
    assert found.value.code == "stale_version"
    assert "王主任于10-01 08:00修改了SLJ" in found.value.message
    # Another unit's entry is another matter.
    await editing.put("contacts", {"CGJ": contacts("CGJ", "8191")}, seen=0, **LATER)


async def test_a_dry_run_tells_and_writes_nothing(editing: CityEditing) -> None:
    _, changes = await editing.put(
        "contacts", {"SLJ": contacts("SLJ", "8190")}, dry_run=True, **SIGNED
    )
    assert [one.code for one in changes] == ["SLJ"]
    assert (await editing.head("contacts")).version == 0


async def test_versions_tell_what_they_changed(editing: CityEditing) -> None:
    await editing.put("contacts", {"SLJ": contacts("SLJ", "8190")}, **SIGNED)
    await editing.put("contacts", {"SLJ": contacts("SLJ", "8191"), "CGJ": None}, **LATER)
    told = [(one.version, one.by, one.changed) for one in await editing.versions("contacts", 10)]
    assert told == [(3, "李班长", 2), (2, "王主任", 1), (1, "system", 2)]
    changes = {one.code: one for one in await editing.changes_in("contacts", 3)}
    assert changes["SLJ"].before == contacts("SLJ", "8190")
    assert changes["CGJ"].after is None
    with pytest.raises(Refusal, match="版本9没有修改值班电话"):
        await editing.changes_in("contacts", 9)


@pytest.mark.parametrize(
    ("kind", "given", "code", "field"),
    [
        ("contacts", {"NONE": contacts("NONE", "8190")}, "unknown_unit", "NONE.unit"),
        ("contacts", {"SLJ": contacts("SLJ")}, "invalid_value", "SLJ.contacts"),
        ("contacts", {"SLJ": contacts("SLJ", "81x")}, "invalid_value", "SLJ.contacts.0.number"),
        ("contacts", {"SLJ": contacts("CGJ", "8190")}, "invalid_value", "SLJ"),
        ("contacts", {"SLJ": {"unit": "SLJ"}}, "missing_field", "SLJ.contacts"),
        ("contacts", {"GDGS": None}, "invalid_value", "GDGS"),
        ("units", {"SLJ": None}, "invalid_value", "SLJ"),
        ("roster", {"SLJ": ROSTER | {"extra": 1}}, "invalid_value", "SLJ.extra"),
        ("roster", {"CGJ": ROSTER | {"unit": "CGJ"}}, "invalid_value", "CGJ.shifts.0.contacts"),
    ],
)
async def test_what_does_not_fit_is_refused_at_its_place(
    editing: CityEditing, kind: str, given: dict[str, Any], code: str, field: str
) -> None:
    with pytest.raises(Refusal) as found:
        await editing.put(kind, given, **SIGNED)
    assert (found.value.code, found.value.field) == (code, field)
    assert (await editing.head(kind)).version == 0


@pytest.mark.parametrize(
    ("kind", "given", "field", "told"),
    [
        ("units", {"DSJ": {**DSJ, "name": ""}}, "DSJ.name", "DSJ：名称没有填写"),
        (
            "units",
            {"DSJ": DSJ | {"ext": "8105"}},
            "DSJ.ext",
            "内线号码8105已由市水利局.*（SLJ）使用",
        ),
        (
            "units",
            {"DSJ": DSJ | {"valid_from": "2026-10-02", "valid_to": "2026-10-01"}},
            "DSJ.valid_to",
            "停用日期早于启用日期",
        ),
        (
            "contacts",
            {"SLJ": contacts("SLJ", "81x")},
            "SLJ.contacts.0.number",
            "值班电话第1项的号码“81x”无效",
        ),
        (
            "relations",
            {"superiors/SLJ": above("NONE")},
            "superiors/SLJ.value",
            "NONE",
        ),
        (
            "relations",
            {"superiors/SLJ": above(["水利"])},
            "superiors/SLJ.value",
            "俗称",
        ),
        ("places", {"P1": PLACE | {"parent": "NONE"}}, "P1.parent", "地名P1：上级 NONE"),
        ("sms", {"sms_created": SMS | {"text": "详见 {page}"}}, "sms_created.text", "不能用{page}"),
    ],
)
async def test_a_refusal_names_the_field_as_its_form_does(
    editing: CityEditing, kind: str, given: dict[str, Any], field: str, told: str
) -> None:
    with pytest.raises((Refusal, CityDataError)) as found:
        await editing.put(kind, given, **SIGNED)
    refused = found.value
    assert refused.field == field
    assert re.search(told, refused.told if isinstance(refused, CityDataError) else refused.message)


def test_the_form_tells_in_words_how_a_value_is_written() -> None:
    ext = form_of("units")["properties"]["ext"]
    assert (ext["title"], ext["wanted"]) == ("内线号码", "请填写2至20位数字，例如 8101")
    for kind in KINDS:
        patterns = re.findall(r"'pattern': ", str(form_of(kind.name)))
        assert len(patterns) == str(form_of(kind.name)).count("'wanted': "), kind.name


async def test_a_contact_of_the_roster_stays(editing: CityEditing) -> None:
    await editing.put("roster", {"SLJ": ROSTER}, **SIGNED)
    with pytest.raises(Refusal, match="值班表用了8605"):
        await editing.put("contacts", {"SLJ": contacts("SLJ", "8105")}, **LATER)


async def test_a_notice_has_an_end(editing: CityEditing) -> None:
    notice = {
        "id": "n1", "area": "宿城区", "reason": "管道抢修", "event": "停水",
        "expected_at": "2026-10-01T18:00:00+08:00", "until": "2026-10-01T20:00:00+08:00",
    }  # fmt: skip
    for wrong, field in (
        ({"until": "2027-10-01T20:00:00+08:00"}, "n1.until"),
        ({"starts_at": "2026-10-01T21:00:00+08:00"}, "n1.until"),
        ({"region": "999999"}, "n1.region"),
        ({"area": "宿城区，幸福路"}, "n1.area"),
    ):
        with pytest.raises(Refusal) as found:
            await editing.put("notices", {"n1": notice | wrong}, **SIGNED)
        assert found.value.field == field
    await editing.put("notices", {"n1": notice}, **SIGNED)


async def test_the_lines_data_travel_in_the_folder(editing: CityEditing, tmp_path: Path) -> None:
    folder = tmp_path / "city"
    await editing.put("roster", {"SLJ": ROSTER}, **SIGNED)
    await editing.export(folder)
    assert (folder / "roster.json").exists()
    assert await editing.compare(folder, T0) == []


async def test_a_new_entry_never_replaces_one_that_is_there(editing: CityEditing) -> None:
    with pytest.raises(Refusal, match="这一项已经存在") as refused:
        await editing.put("contacts", {"CGJ": contacts("CGJ", "8777")}, **SIGNED, are_new=True)
    assert (refused.value.code, refused.value.field) == ("invalid_value", "CGJ")
    assert (await editing.entries_of("contacts"))["CGJ"] == SEEDS["contacts"]["CGJ"]
    await editing.put("contacts", {"GDGS": contacts("GDGS", "8107")}, **SIGNED, are_new=True)
    assert set(await editing.entries_of("contacts")) == {"SLJ", "CGJ", "GDGS"}
