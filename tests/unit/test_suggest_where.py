"""Where a text happens: regions and places by character and by sound, nested and shared names."""

import pytest

from ticketing import citydata
from ticketing.suggest import places_csv
from ticketing.suggest.places import Gazetteer, Place
from ticketing.suggest.where import Finder

CITY = citydata.load()
SHARED = [
    Place("T1", "罗桥镇", "town", "321302", "321302", ("罗桥",)),
    Place("T2", "韩湾镇", "town", "321322", "321322", ("韩湾",)),
    Place("E1", "阳光花园", "estate", "T1", "321302"),
    Place("E2", "阳光花园", "estate", "T2", "321322"),
    Place("E3", "阳光花园二期", "estate", "T2", "321322"),
    Place("R1", "人民路", "road", "T1", "321302"),
]


@pytest.fixture(scope="module")
def finder() -> Finder:
    return Finder(CITY.regions, places_csv.load(CITY.regions))


@pytest.fixture(scope="module")
def shared() -> Finder:
    return Finder(CITY.regions, Gazetteer(SHARED))


@pytest.mark.parametrize("code", sorted(CITY.regions))
def test_every_name_of_a_region_is_found(finder: Finder, code: str) -> None:
    for name in CITY.regions[code].aliases:
        found = finder.find(f"我在{name}那一块，路灯坏了").regions
        assert next(iter(found)) == code, name


def test_a_county_of_the_city_is_the_county(finder: Finder) -> None:
    assert list(finder.find("宿迁市沭阳县的路灯坏了").regions) == ["321322"]
    assert list(finder.find("宿迁市有什么政策").regions) == ["321300"]


@pytest.mark.parametrize("text", ["沭阳开发区的路灯", "沭阳县经济开发区的厂", "沭阳经济技术开发区"])
def test_the_development_zone_of_a_county_is_the_county(finder: Finder, text: str) -> None:
    assert list(finder.find(text).regions) == ["321322"]
    assert list(finder.find("从沭阳县开车到开发区上班").regions) != ["321322"]


def test_an_estate_leads_to_its_county(finder: Finder) -> None:
    found = finder.find("我住 幸福 家园 五号楼")
    assert list(found.regions) == ["321302"]
    assert found.place is not None and found.place.name == "幸福家园"
    assert found.evidence == ("幸福家园",)


def test_an_estate_is_heard_by_its_sound(finder: Finder) -> None:
    found = finder.find("我住性福佳园五号楼")
    assert found.place is not None and found.place.name == "幸福家园"
    written = finder.find("我住幸福家园五号楼")
    assert found.regions["321302"] < written.regions["321302"]


def test_a_name_in_two_counties_is_sure_of_neither(shared: Finder) -> None:
    found = shared.find("阳光花园停水了")
    assert set(found.regions) == {"321302", "321322"}
    assert max(found.regions.values()) < 0.5


def test_a_county_or_town_beside_it_decides(shared: Finder) -> None:
    for text, place in (
        ("沭阳县阳光花园停水了", "E2"),
        ("罗桥镇阳光花园停水了", "E1"),
        ("阳光花园，韩湾那边的", "E2"),
    ):
        found = shared.find(text)
        assert found.place is not None and found.place.code == place
        assert next(iter(found.regions.values())) > 0.5


def test_the_longest_name_is_taken(shared: Finder) -> None:
    found = shared.find("阳光花园二期停水了")
    assert found.place is not None and found.place.code == "E3"


def test_a_road_is_weaker_than_an_estate(shared: Finder) -> None:
    road = shared.find("人民路上").regions["321302"]
    assert road < shared.find("罗桥镇").regions["321302"]
    assert road == shared.find("人民路上，人民路").regions["321302"]


@pytest.mark.parametrize("text", ["", "x", "我要投诉", "12345"])
def test_a_text_without_places_has_none(finder: Finder, text: str) -> None:
    found = finder.find(text)
    assert not found.regions and found.place is None and found.evidence == ()
