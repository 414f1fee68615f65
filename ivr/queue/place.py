"""A place in a queue (排队): what a waiting caller's flow holds."""

import asyncio
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ivr.queue.agents import AgentEvent, AgentState
from ivr.queue.core import Waiting, ahead_of, estimated_minutes

if TYPE_CHECKING:
    from ivr.queue.desk import QueueDesk


@dataclass(eq=False, slots=True)
class Place:
    """A place in a queue. Await `agent()`; a ringing that failed leaves the place as it was."""

    desk: "QueueDesk"
    waiting: Waiting
    _offer: "asyncio.Future[AgentState] | None" = field(default=None)

    async def agent(self) -> AgentState:
        """An agent reserved for this place (state ringing). Cancelling gives him back."""
        self._offer = asyncio.get_running_loop().create_future()
        try:
            self.desk.distribute()
            return await self._offer
        except asyncio.CancelledError:
            if self._offer.done() and not self._offer.cancelled():
                self.desk.event(self._offer.result().number, AgentEvent.RELEASE)
            raise
        finally:
            self._offer = None

    @property
    def open(self) -> bool:
        return self._offer is not None and not self._offer.done()

    def offer(self, agent: AgentState) -> None:
        assert self._offer is not None
        self._offer.set_result(agent)

    @property
    def ahead(self) -> int:
        return ahead_of(self.waiting, self.desk.waiting)

    @property
    def minutes(self) -> int | None:
        agents = self.desk.on_duty_for(self.waiting.group)
        return estimated_minutes(self.ahead, len(agents), self.desk.handling_seconds)

    @property
    def staffed(self) -> bool:
        """Somebody who could take it is logged in, be it in a call or in wrap-up."""
        return self.desk.staffed(self.waiting.group)

    def raise_to(self, priority: int) -> None:
        if priority > self.waiting.priority:
            self.waiting = replace(self.waiting, priority=priority)
            self.desk.distribute()
