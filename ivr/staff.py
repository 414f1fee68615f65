"""The agents of the line: their states across restarts, and whom the dialplan rings."""

from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

from ivr.ari.client import Ari
from ivr.ari.errors import AriError
from ivr.line import City, Line
from ivr.queue.agents import AgentState, AgentStatus
from store.agents import AgentStates

ON_DUTY = (AgentStatus.AVAILABLE, AgentStatus.RINGING, AgentStatus.WRAP_UP)
Spawn = Callable[[Coroutine[Any, Any, None]], object]


class Staff:
    """Keeps the queue's agents as the configuration and the store say."""

    def __init__(self, line: Line, ari: Ari, states: AgentStates, spawn: Spawn) -> None:
        self._line = line
        self._ari = ari
        self._states = states
        self._spawn = spawn

    def configure(self, city: City) -> None:
        """Agents of the configuration; states of those who stay are kept."""
        self._line.queue.configure(
            (agent.number, frozenset(agent.skills)) for agent in city.directory.agents.values()
        )

    async def restore(self) -> None:
        """What the agents were before the controller's restart."""
        for kept in await self._states.all():
            self._line.queue.restore(kept.number, AgentStatus(kept.status), kept.since)

    def changed(self, agent: AgentState) -> None:
        """An agent's state is another one: kept, and told to the dialplan."""
        self._states.keep(agent.number, agent.status, agent.since)
        self._spawn(self.tell_dialplan())

    async def tell_dialplan(self) -> None:
        """DUTY: whom the fall-back rings."""
        on_duty = (a.number for a in self._line.queue.agents if a.status in ON_DUTY)
        with suppress(AriError):
            await self._ari.set_global("DUTY", self._line.city.directory.duty(on_duty))
