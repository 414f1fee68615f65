"""Direct mode (domain.md §4.1): no menu, the agent rings during the greeting; elderly callers."""

from collections.abc import Mapping
from typing import Any

import pytest

from ivr.line import utc_now
from service.useragent import NotHeardError
from store.engine import Store
from tests.e2e.phones import Phones
from tests.e2e.records import Records
from ticketing.person_flags import PersonFlags
from ticketing.persons import Persons

CITIZEN, ELDERLY, OTHER = "13800000001", "13800000002", "13800000003"


@pytest.fixture(scope="module")
def line_config() -> Mapping[str, Any]:
    return {"ivr": {"mode": "direct", "elderly": [ELDERLY]}}


async def test_the_agent_rings_during_the_greeting(phones: Phones, records: Records) -> None:
    agent = await phones.agent("1001")
    call = await phones.dial()
    rung = await agent.incoming(within=4)
    await rung.answer()
    welcome = await call.hears_whole("welcome_short", within=10)
    announced = await call.hears("agent_announce", within=15)
    assert announced.start > welcome.stop - 0.3
    with pytest.raises(NotHeardError):
        await call.hears("menu_main", within=0.1)
    await call.hang_up()
    row = await records.closed(CITIZEN)
    assert row["outcome"] == "agent_answered"


async def test_keys_work_while_waiting(phones: Phones, records: Records) -> None:
    call = await phones.dial(citizen=OTHER)
    await call.hears_whole("welcome_short", within=10)
    await call.press("3")
    await call.hears("query_code_ask", within=6)
    await call.hang_up()
    row = await records.closed(OTHER)
    assert [step["node"] for step in row["path"]][:2] == ["direct", "queue"]


async def flag(store: Store, number: str) -> None:
    """Notes that the number is an elderly person's."""
    acting: Any = {"actor": "1001", "role": "agent", "at": utc_now()}
    person = await Persons(store).add(None, [number], **acting)
    await PersonFlags(store).set(
        person.person_id, "elderly", "opt_in", "本人申请", expires_at=None, **acting
    )


@pytest.mark.parametrize("number", [ELDERLY, OTHER])
async def test_an_elderly_caller_presses_nothing(
    phones: Phones, records: Records, number: str
) -> None:
    if number != ELDERLY:  # not in the configuration
        await flag(records.store, number)
    agent = await phones.agent("1001")
    call = await phones.dial(citizen=number)
    await call.hears("elderly_direct", within=6)
    rung = await agent.incoming(within=15)
    await rung.answer()
    await call.hears("agent_announce", within=15)
    await rung.hang_up()
    await call.hears("goodbye", within=8)  # nobody asks an elderly caller for keys
    await call.ended(8)
    row = await records.closed(number)
    assert row["survey_score"] is None
