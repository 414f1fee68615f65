"""Agents' phones that refuse, forward or say nothing: the caller reaches the next agent."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.e2e.odd import SILENT, odd_phone
from tests.e2e.phones import AGENT_TONE, Phones
from tests.e2e.records import Records

CITIZEN = "13800000001"


@pytest.fixture(scope="module")
def line_config() -> Mapping[str, Any]:
    """Nobody is rung because he knows the caller."""
    return {"ivr": {"queue": {"last_agent_hours": 0}}}


@pytest.mark.parametrize(
    ("answer", "moved_to", "within"),
    [
        ("603 Decline", "", 8),
        ("480 Temporarily Unavailable", "", 8),
        ("302 Moved Temporarily", "1003", 8),
        ("500 Server Internal Error", "", 8),
        (SILENT, "", 25),
    ],
    ids=["declined", "unavailable", "forwarded", "broken", "silent"],
)
async def test_the_next_agent_is_rung(
    phones: Phones, records: Records, answer: str, moved_to: str, within: float
) -> None:
    # Longest idle first: the odd one logs in before the other.
    first = await phones.agent("1001")
    second = await phones.agent("1002")
    third = await phones.agent("1003", duty=False)
    async with odd_phone(
        phones.line, phones.account("agent", number="1001"), answer, moved_to=moved_to
    ) as odd:
        call = await phones.dial()
        await call.press("0")
        rung = await second.incoming(within=12 + within)
        await rung.answer()
        rung.hum(AGENT_TONE)
        await call.hears_tone(AGENT_TONE, within=12)
        assert len(odd.rung) == 1
        assert not third.is_rung
        assert await phones.state(first) == "paused"
        await call.hang_up()
    row = await records.closed(CITIZEN)
    agents = [(leg["number"], leg["answered_at"] is not None) for leg in row["legs"]]
    assert [leg for leg in agents if leg[0] in ("1001", "1002")] == [
        ("1001", False),
        ("1002", True),
    ]
    assert row["outcome"] == "agent_answered"
    await first.register()
