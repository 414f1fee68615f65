"""Transfer by an agent (转接): blind; it comes back to him if nobody answers."""

import asyncio
from contextlib import AsyncExitStack, suppress

from ivr.ari.errors import AriError
from ivr.call import Call
from ivr.flows.inbound import fulfil
from ivr.flows.ringing import AgentThere, ring, ring_agents
from ivr.flows.talk import join_agent, talk_on
from ivr.flows.waiting import back_in_queue
from ivr.line import Line
from ivr.parties import HELPERS
from ivr.queue.core import Priority
from ivr.requests import TransferRequest
from ivr.telephony.leg import Leg, LegGone
from store.calls import Stage

BACK_SECONDS = 20


async def transfer(call: Call, line: Line, request: TransferRequest) -> None:
    """Ring the target; the caller hears ring-back, the first agent waits or hangs up."""
    parties = call.parties
    await parties.end_hold()
    call.visit("transfer", request.target)
    call.note(Stage("transfer", {"leg": request.leg_id}))
    conversation = await parties.converse()
    agent = parties.answered(request.leg_id)
    with parties.inviting():
        try:
            if agent is not None:
                await conversation.leave(agent)
            helped = await _to_target(call, line, request.target, agent)
        except asyncio.CancelledError:
            # An emergency, say: he is there again, to help.
            await asyncio.shield(_back(call, agent))
            raise
        if helped and agent is not None:
            with suppress(AriError):
                await agent.hang_up()
        elif not helped and await _back(call, agent):
            call.spawn(_tell(line, agent), name=f"transfer failed {call.id}")
        helped = bool(parties.with_role(*HELPERS))  # a unit or a desk may be there as well
    if not (helped and await talk_on(call, line)):
        await parties.end_conversation()
        call.priority = max(call.priority, Priority.TRANSFERRED)
        await fulfil(call, line, await back_in_queue(call, line))


async def _to_target(call: Call, line: Line, target: str, agent: Leg | None) -> bool:
    ringback = line.prompts.ringback
    async with AsyncExitStack() as sounds:
        await sounds.enter_async_context(call.sounding(*ringback))
        if agent is not None:
            await sounds.enter_async_context(call.parties.sounding_to(agent, *ringback))
        there = await _target(call, line, target)
    return there is not None and await join_agent(call, line, there.leg, there.number)


async def _target(call: Call, line: Line, target: str) -> AgentThere | None:
    group = line.city.directory.groups.get(target)
    if group is None:
        if not line.queue.reserve(target, call_id=call.id):
            return None
        leg = await ring(call, line, target, ring_seconds=BACK_SECONDS)
        return AgentThere(target, leg) if leg is not None else None
    with suppress(TimeoutError):
        async with (
            asyncio.timeout(BACK_SECONDS),
            line.queue.place(
                call.id, group, priority=Priority.TRANSFERRED, since=line.now()
            ) as place,
        ):
            return await ring_agents(call, line, place)
    return None


async def _tell(line: Line, agent: Leg | None) -> None:
    """The agent hears that nobody answered."""
    if agent is not None:
        await agent.tell(*line.prompts.media("agent_code_failed"))


async def _back(call: Call, agent: Leg | None) -> bool:
    """The first agent gets his caller back, if he is still on the phone."""
    conversation = call.parties.conversation
    if agent is None or agent.gone or conversation is None:
        return False
    if agent not in conversation.parties:
        try:
            await conversation.join(agent, absorb_keys=True)
        except LegGone:
            return False
    call.note(Stage("talk", {"agent": agent.number}))
    return True
