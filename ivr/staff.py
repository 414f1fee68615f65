"""The agents of the line: their states across restarts, and whom the dialplan rings."""

from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

from ivr.ari.client import Ari
from ivr.ari.errors import AriError
from ivr.line import City, Line
from ivr.queue.agents import AgentState, AgentStatus
from ivr.queue.workload import NO_WORK, start_of_day, workloads
from store.agents import AgentStates, KeptAgent

ON_DUTY = (AgentStatus.AVAILABLE, AgentStatus.RINGING, AgentStatus.WRAP_UP)
Spawn = Callable[[Coroutine[Any, Any, None]], object]


class Staff:
    """Keeps the queue's agents as the configuration and the store say."""

    def __init__(self, line: Line, ari: Ari, states: AgentStates, spawn: Spawn) -> None:
        self._line = line
        self._ari = ari
        self._states = states
        self._spawn = spawn
        self._kept: dict[str, KeptAgent] = {}
        """What the store has of each agent."""

    def configure(self, city: City) -> None:
        """Agents of the configuration; states of those who stay are kept."""
        self._line.queue.configure(
            ((agent.number, agent.skills) for agent in city.directory.agents.values()),
            city.settings.queue.rules,
        )
        self._line.feed.touch()

    async def restore(self) -> None:
        """What the agents were before the controller's restart."""
        self._kept = {kept.number: kept for kept in await self._states.all()}
        today = workloads(await self._states.changes(start_of_day(self._line.now())))
        for kept in tuple(self._kept.values()):
            self._line.queue.restore(
                kept.number,
                AgentStatus(kept.status),
                kept.since,
                reason=kept.reason,
                auto_answer=kept.auto_answer,
                device="web" if kept.device == "web" else "phone",
                workload=today.get(kept.number, NO_WORK),
            )

    def changed(self, agent: AgentState) -> None:
        """An agent's state is another one: kept, and told to the dialplan."""
        self._line.feed.touch()
        kept = KeptAgent(
            agent.number,
            agent.status,
            agent.since,
            agent.reason,
            agent.call_id,
            agent.auto_answer,
            agent.device,
        )
        before = self._kept.get(agent.number)
        if kept == before:
            return
        self._kept[agent.number] = kept
        self._states.keep(kept, changed=before is None or kept.state != before.state)
        self._spawn(self.tell_dialplan())

    async def tell_dialplan(self) -> None:
        """DUTY: whom the fall-back rings."""
        on_duty = ((a.number, a.device) for a in self._line.queue.agents if a.status in ON_DUTY)
        with suppress(AriError):
            await self._ari.set_global("DUTY", self._line.city.directory.duty(on_duty))
