"""A call to the citizen of a ticket that an agent asked for: agent first, then the citizen."""

import asyncio

from ivr.call import Call
from ivr.flows.outbound import give_up, reach_citizen
from ivr.flows.ringing import AgentThere, ring
from ivr.line import Line
from ivr.telephony.dial import Answered


async def ring_both(call: Call, line: Line, agent: str) -> AgentThere | None:
    """Ring a reserved agent, then the citizen. None: one of them was not reached, the call is
    over."""
    try:
        leg = await ring(call, line, agent)
        if leg is None:
            await give_up(call, "system", "agent not reached")
            return None
        if isinstance(await reach_citizen(call, line, leg), Answered):
            return AgentThere(agent, leg)
        await give_up(call, "agent" if leg.gone else "system")
        return None
    except BaseException:
        await asyncio.shield(give_up(call, "fault"))
        raise
