"""State of the agents (话务员状态), kept for the next controller; every change, for reports."""

import asyncio
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from store.engine import Store
from store.tables_agents import agent_state, agent_state_event


@dataclass(frozen=True)
class KeptAgent:
    """An agent as the controller leaves him."""

    number: str
    status: str
    since: datetime
    reason: str | None
    """Why he is paused."""
    call_id: str | None
    auto_answer: bool
    device: str = "phone"
    """Which phone rings: `phone` or `web`."""

    @property
    def state(self) -> tuple[str, datetime, str | None, str | None]:
        """What a change of state changes: not his settings."""
        return self.status, self.since, self.reason, self.call_id


@dataclass(frozen=True)
class AgentChange:
    """A change of an agent's state; the state lasts until his next change."""

    number: str
    at: datetime
    status: str
    reason: str | None
    call_id: str | None


class AgentStates:
    """One row an agent, the last state wins; one row a change."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def keep(self, agent: KeptAgent, *, changed: bool) -> asyncio.Future[None]:
        """Done after the commit (≤ 50 ms). `changed`: his state, not only his settings."""
        values = {
            "status": agent.status,
            "since": agent.since,
            "reason": agent.reason,
            "auto_answer": agent.auto_answer,
            "device": agent.device,
        }
        upsert = self._store.insert(agent_state).values(number=agent.number, **values)
        upsert = upsert.on_conflict_do_update(index_elements=["number"], set_=values)
        if not changed:
            return self._store.post(upsert)
        event = sa.insert(agent_state_event).values(
            number=agent.number,
            at=agent.since,
            status=agent.status,
            reason=agent.reason,
            call_id=agent.call_id,
        )
        return self._store.post(upsert, event)

    async def all(self) -> list[KeptAgent]:
        async with self._store.read() as db:
            rows = await db.execute(sa.select(agent_state))
            return [
                KeptAgent(
                    row.number,
                    row.status,
                    row.since,
                    row.reason,
                    None,
                    row.auto_answer,
                    row.device,
                )
                for row in rows
            ]

    async def changes(self, since: datetime) -> list[AgentChange]:
        """What changed from `since` on, oldest first."""
        query = (
            sa.select(agent_state_event)
            .where(agent_state_event.c.at >= since)
            .order_by(agent_state_event.c.id)
        )
        async with self._store.read() as db:
            rows = await db.execute(query)
            return [
                AgentChange(row.number, row.at, row.status, row.reason, row.call_id) for row in rows
            ]
