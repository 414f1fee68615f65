"""Transfer by an agent (转接): blind; it comes back to him if nobody answers."""

import asyncio
from contextlib import suppress

from ivr.call import Call
from ivr.flows.inbound import fulfil
from ivr.flows.talk import join_agent, talk_on
from ivr.flows.waiting import AgentThere, Hearing, ring, ring_agents, with_agent
from ivr.line import Line
from ivr.queue.core import Priority
from ivr.requests import TransferRequest
from ivr.telephony.leg import Leg, LegGone
from store.calls import Stage

BACK_SECONDS = 20


async def transfer(call: Call, line: Line, request: TransferRequest) -> None:
    """Ring the target; the caller hears ring-back, the first agent waits or hangs up."""
    await call.end_hold()
    call.visit("transfer", request.target)
    conversation = await call.converse()
    first_agent = next((leg for leg in conversation.parties if leg.id == request.leg_id), None)
    with call.inviting():
        if first_agent is not None:
            await conversation.leave(first_agent)
        async with call.sounding(*line.prompts.ringback):
            there = await _target(call, line, request.target)
        if there is not None:
            if first_agent is not None:
                await first_agent.hang_up()
            await join_agent(call, line, there.leg, there.number)
            call.note(Stage("talk", {"agent": there.number}))
        elif not await _back(call, first_agent):
            await _to_queue(call, line)
            return
    await talk_on(call, line)


async def _target(call: Call, line: Line, target: str) -> AgentThere | None:
    with suppress(TimeoutError):
        async with asyncio.timeout(BACK_SECONDS):
            group = line.city.directory.groups.get(target)
            if group is not None:
                async with line.queue.place(
                    call.id, group, priority=Priority.TRANSFERRED, since=line.now()
                ) as place:
                    return await ring_agents(call, line, place, Hearing((), None))
            if line.queue.reserve(target):
                leg = await ring(call, line, target)
                return AgentThere(target, leg) if leg is not None else None
    return None


async def _back(call: Call, agent: Leg | None) -> bool:
    """The first agent gets his caller back, if he is still on the phone."""
    if agent is None or agent.gone or call.conversation is None:
        return False
    try:
        await call.conversation.join(agent, absorb_keys=True)
    except LegGone:
        return False
    return True


async def _to_queue(call: Call, line: Line) -> None:
    """He hung up: the caller is served next."""
    assert call.conversation is not None
    await call.conversation.leave(call.leg)
    await fulfil(
        call,
        line,
        await with_agent(
            call,
            line,
            call.skilled_for,
            priority=Priority.TRANSFERRED,
            since=call.waiting_since,
        ),
    )
