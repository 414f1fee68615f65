"""Matters that many call about at once: what an agent is told of them."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest

from tests.console_kit import Api, console
from tests.unit.ticket_story import MATTER
from ticketing.heat import Heat


@pytest.fixture
async def api(store_url: str) -> AsyncIterator[Api]:
    async with console(store_url) as opened:
        await opened.everybody()
        yield opened


async def filed(api: Api, at: datetime, count: int, region: str = "321302") -> None:
    told = MATTER | {"category_l2": "0101", "region_code": region}
    for _ in range(count):
        await api.parts.tickets.create(told, actor="1001", role="agent", at=at)


@pytest.mark.parametrize(
    ("last_day", "usual", "is_hot"),
    [
        (10, 9.0, True), (9, 9.0, False),
        (5, 1.6, True), (5, 1.7, False),
        (5, 0.0, True), (4, 0.0, False),
    ],
)  # fmt: skip
def test_many_or_many_times_the_usual_are_hot(last_day: int, usual: float, is_hot: bool) -> None:
    assert Heat(last_day, usual).is_hot is is_hot


async def test_the_day_is_set_against_the_four_weeks_before_it(api: Api) -> None:
    path = "/api/heat?category_l2=0101&region=321302"
    nothing = (await api.ask("agent", "GET", path)).body
    assert nothing == {"last_day": 0, "usual": 0.0, "is_hot": False, "notices": []}
    await filed(api, api.now - timedelta(days=40), 1)
    await filed(api, api.now - timedelta(days=20), 14)
    await filed(api, api.now - timedelta(hours=25), 14)
    await filed(api, api.now - timedelta(hours=23), 5)
    await filed(api, api.now - timedelta(hours=1), 3, region="321311")
    cold = (await api.ask("agent", "GET", path)).body
    assert (cold["last_day"], cold["usual"], cold["is_hot"]) == (5, 1.0, True)
    elsewhere = (await api.ask("agent", "GET", path.replace("321302", "321311"))).body
    assert (elsewhere["last_day"], elsewhere["is_hot"]) == (3, False)


async def test_what_is_announced_there_is_told_too(api: Api) -> None:
    notice = {
        "id": "n1", "area": "宿城区", "reason": "管道抢修", "event": "停水", "region": "321302",
        "expected_at": "2026-10-01T18:00:00+08:00", "until": "2026-10-01T20:00:00+08:00",
    }  # fmt: skip
    put = {"reason": "抢修", "entries": {"n1": notice}}
    headers = {"If-Match": "0"}
    said = await api.ask("supervisor", "PATCH", "/api/admin/notices", put, headers=headers)
    assert said.status == 200, said.body
    for region, told in (("321302", ["n1"]), ("321311", [])):
        path = f"/api/heat?category_l2=0101&region={region}"
        assert [one["id"] for one in (await api.ask("agent", "GET", path)).body["notices"]] == told
