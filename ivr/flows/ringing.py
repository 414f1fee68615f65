"""Ringing agents (振铃): one after the other until one is there."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass

from ivr.call import Call
from ivr.line import Line
from ivr.queue.agents import AgentEvent, IllegalAgentEvent
from ivr.queue.place import Place
from ivr.telephony.dial import Answered
from ivr.telephony.leg import Leg


@dataclass(frozen=True, slots=True)
class AgentThere:
    """An agent answered."""

    number: str
    leg: Leg


async def ring_agents(
    call: Call, line: Line, place: Place, *, after: asyncio.Event | None = None
) -> AgentThere:
    """Ring one agent after another, longest idle first, until one answers.

    `after`: what the caller must have heard before he is connected.
    """
    while True:
        agent = await place.agent()
        leg = await ring(call, line, agent.number)
        if leg is not None:
            if after is not None:
                await after.wait()
            return AgentThere(agent.number, leg)


async def ring(
    call: Call, line: Line, number: str, *, ring_seconds: float | None = None
) -> Leg | None:
    """Ring a reserved agent. None: he did not answer and is paused, or his phone is gone."""
    role = line.city.directory.agents[number].role
    agent = line.queue.agent(number)
    assert agent is not None  # he is reserved
    leg = call.parties.new_leg(role, number)
    try:
        result = await call.parties.dial(
            line.city.directory.agent(number, agent.device),
            leg,
            role,
            caller_id=None if call.hides_number else call.caller_number,
            ring_seconds=ring_seconds or line.city.settings.queue.ring_seconds,
            answers_itself=agent.auto_answer,
        )
    except BaseException:  # whatever went wrong, nobody rings him any more
        with suppress(IllegalAgentEvent):
            line.queue.event(number, AgentEvent.RELEASE)
        raise
    if isinstance(result, Answered):
        line.queue.event(number, AgentEvent.ANSWER, call_id=call.id)
        line.queue.follow(number, leg.hung_up)
        return leg
    line.queue.event(number, AgentEvent.NO_ANSWER)
    return None
