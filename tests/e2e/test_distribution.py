"""Distribution of calls at real phones: levels, overflow, who knows the caller, who comes first."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from ivr.queue.core import Priority
from service.useragent import PhoneCall
from store.agents import AgentStates
from tests.e2e.line import wait_for
from tests.e2e.phones import Phones
from tests.e2e.records import Records

FIRST, SECOND, THIRD = "13800000001", "13800000002", "13800000003"
OVERFLOW_SECONDS = 8


@pytest.fixture(scope="module")
def line_config() -> Mapping[str, Any]:
    overflow = {"enterprise": {"to": ["citizen"], "after_seconds": OVERFLOW_SECONDS}}
    return {
        "agents": [{"number": "1002", "skills": {"citizen": 9}}],
        "ivr": {"queue": {"ring_seconds": 5, "strategy": "skill_first", "overflow": overflow}},
    }


async def calls(phones: Phones, citizen: str, key: str = "1") -> PhoneCall:
    """A citizen dials and presses a key of the menu."""
    call = await phones.dial(citizen=citizen)
    await call.hears("welcome_short", within=5)
    await call.press(key)
    return call


async def seen(phones: Phones, number: str) -> dict[str, Any]:
    """An agent in `status`."""
    agents = (await phones.line.status())["agents"]
    return next(a for a in agents if a["number"] == number)


async def queue(phones: Phones) -> list[dict[str, Any]]:
    """Who waits, in `status`."""
    return list((await phones.line.status())["queue"])


async def test_the_highest_level_is_rung_first(phones: Phones, records: Records) -> None:
    await phones.agent("1001")  # longest idle
    expert = await phones.agent("1002")
    call = await calls(phones, THIRD)
    await (await expert.incoming(within=15)).answer()
    await call.hears("agent_announce", within=15)
    await call.hang_up()
    await records.closed(THIRD)
    assert (await seen(phones, "1002"))["skills"] == {"citizen": 9}


async def test_a_call_overflows_to_the_other_group(phones: Phones, records: Records) -> None:
    busy, _ = await phones.talk("1003", citizen=SECOND, key="2")
    helper = await phones.agent("1001")
    call = await calls(phones, THIRD, "2")
    await (await helper.incoming(within=20)).answer()
    await call.hears("agent_announce", within=15)
    await call.hang_up()
    await busy.hang_up()
    (wait,) = (await records.closed(THIRD))["waits"]
    assert (wait["queue"], wait["agent"]) == ("enterprise", "1001")
    waited = datetime.fromisoformat(wait["left_at"]) - datetime.fromisoformat(wait["entered_at"])
    assert waited.total_seconds() >= OVERFLOW_SECONDS
    await records.closed(SECOND)


async def test_who_called_before_comes_first_and_to_the_agent_who_knows_him(
    phones: Phones, records: Records
) -> None:
    call, _ = await phones.talk("1001", citizen=FIRST)
    await call.hang_up()
    await records.closed(FIRST)
    again = await calls(phones, FIRST)
    (waiting,) = await wait_for(lambda: queue(phones), what="a caller in the queue")
    assert waiting["priority"] == Priority.REPEAT  # of the first call a draft is open
    await again.hang_up()
    await records.closed(FIRST)
    knows_him, _expert = await phones.agent("1001"), await phones.agent("1002")
    call = await calls(phones, FIRST)
    await (await knows_him.incoming(within=15)).answer()
    await call.hears("agent_announce", within=15)
    await call.hang_up()
    assert [w["agent"] for w in (await records.closed(FIRST))["waits"]] == ["1001"]


async def test_who_does_not_answer_is_paused_and_every_change_is_kept(
    phones: Phones, records: Records
) -> None:
    since = datetime.now(UTC)
    agent = await phones.agent("1001")
    call = await calls(phones, THIRD)
    await (await agent.incoming(within=15)).ended(10)

    async def reason() -> str | None:
        shown = await seen(phones, "1001")
        return shown["reason"] if shown["state"] == "paused" else None

    assert await wait_for(reason, what="1001 paused") == "no_answer"
    await call.hang_up()
    call_id = (await records.closed(THIRD))["call_id"]
    await phones.code(agent, "agent_resume")
    await phones.code(agent, "agent_pause")
    assert await reason() == "break"
    changes = await AgentStates(records.store).changes(since)
    assert [(c.status, c.reason, c.call_id) for c in changes if c.number == "1001"] == [
        ("available", None, None),
        ("ringing", None, call_id),
        ("paused", "no_answer", None),
        ("available", None, None),
        ("paused", "break", None),
    ]
