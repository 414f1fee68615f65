"""A consultation (咨询): an agent asks somebody while the caller hears music, then decides."""

import asyncio

from ivr.agent_commands import Decision
from ivr.telephony.leg import Leg


class Consultation:
    """Lasts from the ringing to the decision."""

    def __init__(self, asked_by: Leg) -> None:
        self.asked_by = asked_by
        self.there: Leg | None = None
        """Who is asked, once he is on the line."""
        self.over = asyncio.Event()
        """The caller is back with who asked, or was passed on."""
        self._decision: asyncio.Future[Decision] = asyncio.get_running_loop().create_future()

    def decide(self, how: Decision) -> None:
        """The agent's word; the first one counts."""
        if not self._decision.done():
            self._decision.set_result(how)

    @property
    def is_decided(self) -> bool:
        """Whether the agent has given his word."""
        return self._decision.done()

    async def decided(self) -> Decision:
        """Wait for the agent's word."""
        return await asyncio.shield(self._decision)
