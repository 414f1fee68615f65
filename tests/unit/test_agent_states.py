"""States of the agents in the store: the last one of each, and every change."""

from datetime import UTC, datetime, timedelta

from store.agents import AgentChange, AgentStates, KeptAgent
from store.engine import Store

T0 = datetime(2026, 10, 1, 2, 0, tzinfo=UTC)


def t(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


async def test_the_last_state_and_every_change(store_url: str) -> None:
    paused = KeptAgent("1001", "paused", t(5), "meal", None, False)
    async with Store.open(store_url) as store:
        states = AgentStates(store)
        states.keep(KeptAgent("1001", "available", T0, None, None, False), changed=True)
        states.keep(KeptAgent("1002", "talking", t(1), None, "c", True), changed=True)
        await states.keep(paused, changed=True)
    async with Store.open(store_url) as store:
        states = AgentStates(store)
        kept = {agent.number: agent for agent in await states.all()}
        assert kept["1001"] == paused
        assert (kept["1002"].status, kept["1002"].auto_answer) == ("talking", True)
        assert await states.changes(T0) == [
            AgentChange("1001", T0, "available", None, None),
            AgentChange("1002", t(1), "talking", None, "c"),
            AgentChange("1001", t(5), "paused", "meal", None),
        ]
        assert [change.at for change in await states.changes(t(1))] == [t(1), t(5)]


async def test_a_setting_is_no_change_of_state(store_url: str) -> None:
    async with Store.open(store_url) as store:
        states = AgentStates(store)
        await states.keep(KeptAgent("1001", "available", T0, None, None, False), changed=True)
        at_page = KeptAgent("1001", "available", T0, None, None, True, "web")
        await states.keep(at_page, changed=False)
        assert await states.all() == [at_page]
        assert len(await states.changes(T0)) == 1
