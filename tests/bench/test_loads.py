"""The bench of page loads works: each page once. Numbers are for `hotline bench desk --loads`."""

import pytest

from service.bench_loads import BARE, PAGES, bench_loads

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(400)]


async def test_every_page_can_be_used_with_an_empty_cache_and_again() -> None:
    found = await bench_loads(agents=5, rounds=1, tickets=100)
    bare, *pages = found
    assert [one.page for one in found] == [page.what for page in (BARE, *PAGES)]
    assert all(len(one.cold) == len(one.warm) == 1 for one in found)
    assert all(ms > 0 for one in found for ms in (*one.cold, *one.warm))
    for one in pages:
        told = one.as_json(bare)
        assert told["bytes"]["program"] > bare.bytes["program"] > 0
        assert 0 < told["cold_ms"]["p50"] <= told["cold_ms"]["p99"]
        assert told["cold_ms"]["n"] == told["warm_ms"]["n"] == 1
        assert told["cold_ms"]["ratio"] > 0
    signed_in = [one for one, page in zip(pages, PAGES, strict=True) if page.by is not None]
    assert all(one.bytes["data"] > 0 for one in signed_in)
