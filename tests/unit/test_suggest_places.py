"""The gazetteer: search as agents type, import from CSV, the demo set."""

import io
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ticketing import citydata
from ticketing.citydata import CITY_FOLDER, CityDataError
from ticketing.suggest import demo_places, places_csv
from ticketing.suggest.places import Gazetteer, Place
from ticketing.suggest.places_csv import read_places

CITY = citydata.load()
TODAY = date(2026, 10, 1)
HEADER = "code,name,kind,parent,aliases,lng,lat,valid_from,valid_to\n"


@pytest.fixture(scope="module")
def gazetteer() -> Gazetteer:
    return places_csv.load(CITY.regions)


@pytest.mark.parametrize(
    "typed",
    ["xfjy", "XFJY", "幸福家园", "幸福jy", "xingfujiayuan", "xingfujy", "xfjiayuan", "幸福家",
     "幸福家园小区", "xf jy", "性福家园", "新福家园"],
)  # fmt: skip
def test_search_finds_it_in_the_top_five(gazetteer: Gazetteer, typed: str) -> None:
    found = [match.place.name for match in gazetteer.search(typed, on=TODAY, limit=5)]
    assert "幸福家园" in found


@pytest.mark.parametrize("typed", ["", "  ", "？", "zzzz", "没有这个地方"])
def test_search_for_nothing_finds_nothing(gazetteer: Gazetteer, typed: str) -> None:
    assert gazetteer.search(typed, on=TODAY) == []


def test_search_keeps_to_a_region_and_to_what_is_valid(gazetteer: Gazetteer) -> None:
    found = gazetteer.search("rm", on=TODAY, region="321322", limit=50)
    assert found and {match.place.region for match in found} == {"321322"}
    assert gazetteer.search("xfjy", on=date(2019, 1, 1)) == []


def test_whole_names_come_before_longer_ones_and_parts() -> None:
    names = {"a": "幸福家园二期", "b": "新幸福家园", "c": "幸福家园"}
    places = [Place(code, name, "estate", "321302", "321302") for code, name in names.items()]
    found = Gazetteer(places).search("xfjy", on=TODAY)
    assert [match.place.code for match in found] == ["c", "a", "b"]


def test_every_place_is_found_by_its_sound_and_initials(gazetteer: Gazetteer) -> None:
    for place in gazetteer.places.values():
        for typed in (place.name, place.pinyin, place.initials):
            best = gazetteer.search(typed, on=TODAY, limit=20)
            assert any(match.place.code == place.code for match in best) or len(best) == 20


def test_the_demo_set_covers_the_nine_areas_and_is_what_the_script_makes() -> None:
    made = io.StringIO()
    demo_places.write(made)
    assert made.getvalue() == (CITY_FOLDER / "places.csv").read_text(encoding="utf-8")
    found = read_places(io.StringIO(made.getvalue()), CITY.regions)
    assert not found.errors
    assert len(found.places) >= 500
    regions = {place.region for place in found.places}
    assert regions == {code for code, one in CITY.regions.items() if not one.is_city}
    kinds = {place.kind for place in found.places}
    assert {"estate", "road", "village", "school", "market", "town"} <= kinds
    assert len({place.code for place in found.places}) == len(found.places)


def test_parents_lead_to_the_region(gazetteer: Gazetteer) -> None:
    (place,) = [one for one in gazetteer.places.values() if one.name == "幸福家园"]
    (town,) = gazetteer.parents(place)
    assert town.kind == "town" and town.parent == place.region == "321302"
    assert place in gazetteer.within(town.code)
    assert town in gazetteer.within("321302")


def test_import_takes_rows_whose_parents_come_later() -> None:
    table = HEADER + (
        "B,新丰小区,estate,A,新丰|新丰花园,118.2,33.9,2026-01-01,\n"
        "A,新丰街道,town,321302,,,,,2030-12-31\n"
    )
    found = read_places(io.StringIO(table), CITY.regions)
    assert not found.errors
    estate, town = found.places
    assert (estate.region, estate.aliases, estate.lng) == ("321302", ("新丰", "新丰花园"), 118.2)
    assert estate.is_valid(date(2026, 1, 1)) and not estate.is_valid(date(2025, 12, 31))
    assert town.is_valid(date(2030, 12, 31)) and not town.is_valid(date(2031, 1, 1))


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ("X,新丰小区,house,321302,,,,,", "kind"),
        ("X,新,estate,321302,,,,,", "name"),
        (",新丰小区,estate,321302,,,,,", "code"),
        ("X,新丰小区,estate,,,,,,", "parent"),
        ("X,新丰小区,estate,999999,,,,,", "parent"),
        ("X,新丰小区,estate,X,,,,,", "parent"),
        ("X,新丰小区,estate,321302,丰,,,,", "aliases"),
        ("X,新丰小区,estate,321302,,200,33,,", "lng"),
        ("X,新丰小区,estate,321302,,118,nan,,", "lat"),
        ("X,新丰小区,estate,321302,,,,2026-13-01,", "valid_from"),
        ("X,新丰小区,estate,321302,,,,2026-02-01,2026-01-01", "valid_to"),
        ("321302,新丰小区,estate,321302,,,,,", "code"),
        ("GOOD,新丰小区,estate,321302,,,,,", "code"),
        ("X", "name"),
    ],
)
def test_import_names_row_and_field_at_fault(row: str, field: str) -> None:
    table = f"{HEADER}GOOD,好地方,estate,321302,,,,,\n{row}\n"
    found = read_places(io.StringIO(table), CITY.regions)
    assert (3, field) in [(error.row, error.field) for error in found.errors]
    assert all(error.message for error in found.errors)
    assert [place.code for place in found.places] == ["GOOD"]


def test_import_without_columns_says_which() -> None:
    for table in ("", "code,name\n1,2\n"):
        (error,) = read_places(io.StringIO(table), CITY.regions).errors
        assert error.row == 1 and "kind" in error.message


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=200))
def test_import_of_anything_never_raises(text: str) -> None:
    found = read_places(io.StringIO(HEADER + text), CITY.regions)
    assert all(place.region in CITY.regions for place in found.places)


def test_a_wrong_file_of_the_city_is_named(tmp_path: Path) -> None:
    with pytest.raises(CityDataError, match=r"places\.csv"):
        places_csv.load(CITY.regions, tmp_path)
    (tmp_path / "places.csv").write_text(HEADER + "X,新,estate,321302,,,,,\n", encoding="utf-8")
    with pytest.raises(CityDataError, match="row 2, name"):
        places_csv.load(CITY.regions, tmp_path)
