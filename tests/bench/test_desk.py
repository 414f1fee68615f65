"""The bench of pages works: few calls, few agents. Numbers are for `hotline bench desk`."""

import pytest

from service.bench_desk import bench_desk

pytestmark = pytest.mark.e2e


async def test_a_ring_and_a_change_on_their_way_to_pages() -> None:
    found = await bench_desk(agents=5, calls=2, screen=True, speech=None, settings={})
    assert [len(one.ms) for one in found] == [2, 2, 2, 2]
    to_phone, to_page, to_socket, to_screen = found
    assert all(ms > 0 for one in found for ms in one.ms)
    assert to_socket.bytes is not None
    assert to_socket.bytes > 0
    assert to_page.as_json()["ms"]["n"] == to_phone.as_json()["ms"]["n"] == 2
    assert all(drawn >= 0 for drawn in to_screen.ms)
