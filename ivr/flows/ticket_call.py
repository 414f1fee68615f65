"""A call to the citizen of a ticket that an agent asked for: agent first, then the citizen."""

import asyncio

from ivr.call import Call
from ivr.flows.callback import talk_or_queue
from ivr.flows.outbound import give_up, ring_citizen
from ivr.flows.ringing import AgentThere, ring
from ivr.line import Line
from ivr.telephony.dial import Answered
from ivr.telephony.race import first


async def ring_both(call: Call, line: Line, agent: str) -> AgentThere | None:
    """Ring a reserved agent, then the citizen. None: one of them was not reached, the call is
    over."""
    try:
        leg = await ring(call, line, agent)
        if leg is None:
            await give_up(call, "system", "agent not reached")
            return None
        async with call.parties.sounding_to(leg, *line.prompts.ringback):
            seconds = line.city.settings.callback.ring_seconds
            there = await first(ring_citizen(call, line, ring_seconds=seconds), leg.until_gone())
        if isinstance(there, Answered):
            return AgentThere(agent, leg)
        await give_up(call, "agent" if leg.gone else "system")
        return None
    except BaseException:
        await asyncio.shield(give_up(call, "fault"))
        raise


async def talk(call: Call, line: Line, there: AgentThere) -> None:
    """As every talk with an agent."""
    await talk_or_queue(call, line, there)
