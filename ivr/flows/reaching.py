"""Somebody is rung whom an agent asks for: to take the caller over, to be asked, to help."""

import asyncio
from contextlib import suppress

from ivr.call import Call
from ivr.flows.ringing import ring, ring_agents
from ivr.flows.three_way import TOPIC, invite
from ivr.line import Line
from ivr.queue.agents import AgentStatus
from ivr.queue.core import Priority
from ivr.summons import Summons
from ivr.targets import Target, ToAgent, ToGroup, ToSupervisors, ToUnit
from ivr.telephony.leg import Leg
from ivr.telephony.race import first

RING_SECONDS = 20
"""Who does not answer for so long is not there."""
SUPERVISORS_TRIED = 2


async def reach(call: Call, line: Line, target: Target) -> Leg | None:
    """Ring until somebody answers (a unit's contact: presses 1); None: nobody did."""
    match target:
        case ToAgent(number=number):
            return await _agent(call, line, number)
        case ToGroup(group=group):
            return await _group(call, line, group)
        case ToSupervisors():
            for number in free_supervisors(line)[:SUPERVISORS_TRIED]:
                leg = await _agent(call, line, number)
                if leg is not None:
                    return leg
            return None
        case ToUnit(unit=unit):
            whisper = line.prompts.media("three_way_whisper", topic=TOPIC)
            return await invite(call, line, unit, whisper)


async def reach_summoned(call: Call, line: Line, summons: Summons) -> Leg | None:
    """`reach`, unless the agent who has them rung calls it off."""
    try:
        if summons.is_called_off:
            return None
        ringing = reach(call, line, summons.target)
        there: Leg | None = await first(ringing, summons.until_called_off())
    finally:
        call.came(summons)
    return there


def free_supervisors(line: Line) -> list[str]:
    """Numbers of the supervisors (班长) who may be rung, longest idle first."""
    agents = line.city.directory.agents
    free = [
        state
        for state in line.queue.agents
        if state.status is AgentStatus.AVAILABLE
        and state.number in agents
        and agents[state.number].role == "supervisor"
    ]
    return [one.number for one in sorted(free, key=lambda one: (one.idle_since, one.number))]


async def _agent(call: Call, line: Line, number: str) -> Leg | None:
    if not line.queue.reserve(number, call_id=call.id):
        return None
    return await ring(call, line, number, ring_seconds=RING_SECONDS)


async def _group(call: Call, line: Line, group: str) -> Leg | None:
    priority = max(call.priority, Priority.TRANSFERRED)
    with suppress(TimeoutError):
        async with (
            asyncio.timeout(RING_SECONDS),
            line.queue.place(call.id, group, priority=priority, since=line.now()) as place,
        ):
            return (await ring_agents(call, line, place)).leg
    return None
