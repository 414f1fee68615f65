"""A call that never ends: one longer than the city allows is ended in good order."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.e2e.phones import Phones
from tests.e2e.records import Records


@pytest.fixture(scope="module")
def line_config() -> Mapping[str, Any]:
    return {"ivr": {"max_call_seconds": 20}}


async def test_the_longest_call_is_ended_and_all_of_it_is_kept(
    phones: Phones, records: Records
) -> None:
    call, agent = await phones.talk()
    await call.ended(20)
    await agent.ended(5)
    row = await records.closed("13800000001")
    assert (row["ended_by"], row["outcome"]) == ("system", "agent_answered")
    assert await phones.state_of("1001") in ("wrap_up", "available")
    await records.archived(row["call_id"], 3)
