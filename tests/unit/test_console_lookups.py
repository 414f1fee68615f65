"""What forms look up: units and places as one types them."""

from collections.abc import AsyncIterator

import pytest

from tests.console_kit import Api, console


@pytest.fixture
async def api(store_url: str) -> AsyncIterator[Api]:
    async with console(store_url) as opened:
        await opened.user("d1", "dispatcher")
        yield opened


async def test_places_are_found_by_their_initials(api: Api) -> None:
    said = await api.ask("d1", "GET", "/api/places?q=xfjy&limit=5")
    found = {one["name"]: one for one in said.body}
    assert said.status == 200
    assert found["幸福家园"]["region"] == "321302"
    assert found["幸福家园"]["region_name"] == "宿城区"
    assert [one["name"] for one in found["幸福家园"]["parents"]][-1:] != []
    assert (await api.ask("d1", "GET", "/api/places?q=xfjy&region=321322")).body == []


async def test_units_are_found_by_name_and_code(api: Api) -> None:
    for typed in ("水利", "slj", "SLJ"):
        said = await api.ask("d1", "GET", f"/api/units?q={typed}")
        assert said.body[0]["code"] == "SLJ", typed
    assert (await api.ask("d1", "GET", "/api/units?q=没有这个单位")).body == []


async def test_regions_are_found_by_their_initials(api: Api) -> None:
    said = await api.ask("d1", "GET", "/api/regions?q=sy")
    assert "泗阳县" in [one["name"] for one in said.body]
    assert (await api.ask("d1", "GET", "/api/regions?q=泗阳")).body[0]["code"] == "321323"


async def test_a_basis_tells_what_it_makes_of_an_ordinary_matter(api: Api) -> None:
    said = await api.ask("d1", "GET", "/api/bases")
    told = {one["code"]: one["urgency"] for one in said.body}
    assert len(told) == 9
    assert [code for code, urgency in told.items() if urgency != "normal"] == ["6.5"]
