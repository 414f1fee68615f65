"""Routing: category x region -> unit with its ground (R-8-3), conflict of interest (R-6-3)."""

import json
import shutil
from pathlib import Path

import pytest

from ticketing import citydata
from ticketing.citydata import CITY_FOLDER, CityDataError
from ticketing.suggest import routing

CITY = citydata.load()
ROUTING = routing.load(CITY)


@pytest.mark.parametrize("code", sorted(CITY.categories))
def test_r_8_3_every_category_has_a_unit_and_a_ground(code: str) -> None:
    for region in (*CITY.regions, None):
        route = ROUTING.route(code, region, target_unit="GAJ")
        assert route.ground
        if code == "0307" and region in (None, "321300", "3213A3"):
            assert route.unit is None  # no government of that territory: a dispatcher decides
        else:
            assert route.unit in CITY.units


@pytest.mark.parametrize("code", sorted(CITY.categories))
def test_the_table_agrees_with_the_unit_in_charge(code: str) -> None:
    rule = ROUTING.rules[code, None]
    in_charge = CITY.categories[code].unit
    assert in_charge in (rule.unit, rule.assist)


def test_a_territorial_matter_goes_to_the_county_with_the_bureau_helping() -> None:
    route = ROUTING.route("0304", "321322")
    assert (route.unit, route.assist) == ("SYX", ("CGJ",))
    for region in ("321300", None, "3213A3"):
        route = ROUTING.route("0304", region)
        assert (route.unit, route.assist) == ("CGJ", ())


def test_another_matter_goes_to_the_bureau_wherever_it_is() -> None:
    assert ROUTING.route("0401", "321322").unit == "SLJ"


def test_relocation_is_the_countys() -> None:
    assert ROUTING.route("0307", "321323").unit == "SIYX"


def test_a_complaint_goes_above_the_unit_it_is_about() -> None:
    assert ROUTING.route("1101", "321302", "RQGS").unit == "ZJJ"
    assert ROUTING.route("1101", "321302", None).unit is None
    for unit in CITY.units:
        assert ROUTING.superior(unit) != unit


def test_an_unknown_category_has_no_unit() -> None:
    assert ROUTING.route("9999", "321302").unit is None


@pytest.mark.parametrize(
    ("text", "unit"),
    [("派出所不给办", "GAJ"), ("交警 大队", "GAJ"), ("政务大厅的窗口", "SJJ"), ("你好", None)],
)
def test_the_unit_that_a_text_names(text: str, unit: str | None) -> None:
    found = ROUTING.named(text)
    assert (found[0] if found else None) == unit


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("0101,,GAJ", "9999,,GAJ", "no category 9999"),
        ("0101,,GAJ", "0101,1,GAJ", "no region 1"),
        ("0101,,GAJ", "0101,,XX", "no unit XX"),
        ("0101,,GAJ", "0102,,GAJ", "the same category"),
        ("category,region", "category,place", "columns"),
    ],
)
def test_a_wrong_table_is_refused_with_its_row(
    tmp_path: Path, old: str, new: str, told: str
) -> None:
    table = (CITY_FOLDER / "routing.csv").read_text(encoding="utf-8")
    (tmp_path / "routing.csv").write_text(table.replace(old, new, 1), encoding="utf-8")
    shutil.copy(CITY_FOLDER / "unit_relations.json", tmp_path)
    with pytest.raises(CityDataError, match=told):
        routing.load(CITY, tmp_path)


def test_a_row_of_its_own_for_a_region_comes_first(tmp_path: Path) -> None:
    table = (CITY_FOLDER / "routing.csv").read_text(encoding="utf-8")
    (tmp_path / "routing.csv").write_text(f"{table}0401,321322,SYX,SLJ,沭阳自来水由县里管\n")
    shutil.copy(CITY_FOLDER / "unit_relations.json", tmp_path)
    own = routing.load(CITY, tmp_path)
    assert own.route("0401", "321322").unit == "SYX"
    assert own.route("0401", "321302").unit == "SLJ"


def test_wrong_relations_are_refused(tmp_path: Path) -> None:
    shutil.copy(CITY_FOLDER / "routing.csv", tmp_path)
    with pytest.raises(CityDataError, match="unit_relations"):
        routing.load(CITY, tmp_path)
    relations = {"territories": {"321302": "XX"}, "superiors": {}, "aliases": {}}
    (tmp_path / "unit_relations.json").write_text(json.dumps(relations))
    with pytest.raises(CityDataError, match="no unit XX"):
        routing.load(CITY, tmp_path)
