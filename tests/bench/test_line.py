"""The bench of the line works: few calls, on both ways. Numbers are for `hotline bench line`."""

import pytest

from service.bench_line import WAYS, bench, ratio
from service.bench_sipp import Load
from service.provision.sipp import sipp

pytestmark = pytest.mark.e2e


async def test_the_menu_on_both_ways() -> None:
    load = Load(rate=4, seconds=3)
    found = await bench(sipp(offline=False, say=print), [load])
    assert [m.way for m in found] == list(WAYS)
    for measured in found:
        assert (measured.calls, measured.failed) == (12, 0)
        assert measured.probes_failed == 0
        assert measured.percentile(50) is not None
    alone, controlled = found
    assert alone.records is None
    assert controlled.records is not None
    assert controlled.records >= controlled.calls + len(controlled.key_to_prompt_ms)
    assert ratio(found) is not None
