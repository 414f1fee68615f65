"""State of the agents (话务员状态), kept for the next controller."""

import asyncio
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from store.engine import Store
from store.tables import agent_state


@dataclass(frozen=True)
class KeptAgent:
    """An agent as the last controller left him."""

    number: str
    status: str
    since: datetime


class AgentStates:
    """One row an agent; the last state wins."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def keep(self, number: str, status: str, since: datetime) -> asyncio.Future[None]:
        """Done after the commit (≤ 50 ms)."""
        values = {"status": status, "since": since}
        upsert = self._store.insert(agent_state).values(number=number, **values)
        return self._store.post(
            upsert.on_conflict_do_update(index_elements=["number"], set_=values)
        )

    async def all(self) -> list[KeptAgent]:
        async with self._store.read() as db:
            rows = await db.execute(sa.select(agent_state))
            return [KeptAgent(row.number, row.status, row.since) for row in rows]
