"""Transfer by an agent (转接): blind; it comes back to him if nobody answers."""

import asyncio
from contextlib import AsyncExitStack, suppress

from ivr.ari.errors import AriError
from ivr.call import Call
from ivr.flows.going_on import go_on
from ivr.flows.reaching import reach_summoned
from ivr.flows.talk import join_agent
from ivr.line import Line
from ivr.requests import TransferRequest
from ivr.summons import Summons
from ivr.targets import shown
from ivr.telephony.leg import Leg, LegGone
from store.calls import Stage


async def transfer(call: Call, line: Line, request: TransferRequest) -> None:
    """Ring the target; the caller hears ring-back, the first agent waits or hangs up."""
    parties, summons = call.parties, request.summons
    await parties.end_hold()
    call.visit("transfer", shown(request.target))
    call.note(Stage("transfer", {"leg": request.leg_id}))
    conversation = await parties.converse()
    agent = parties.answered(request.leg_id)
    call.passed_by = agent
    with parties.inviting():
        try:
            if agent is not None:
                await conversation.leave(agent)
            helped = await _to_target(call, line, summons, agent)
        except asyncio.CancelledError:
            # An emergency, say: he is there again, to help.
            await asyncio.shield(_back(call, agent))
            raise
        if helped and agent is not None:
            with suppress(AriError):
                await agent.hang_up()
        elif not helped:
            called_off = summons.is_called_off
            if called_off:
                call.notice("transfer_called_off", "已取消转接，请继续通话")
            else:
                call.notice("transfer_noanswer", "转接无人接听，来电已回到您这里", level="warning")
            if await _back(call, agent) and not called_off:
                call.spawn(_tell(line, agent), name=f"transfer failed {call.id}")
    await go_on(call, line, passed_on=helped)


async def _to_target(call: Call, line: Line, summons: Summons, agent: Leg | None) -> bool:
    ringback = line.prompts.ringback
    async with AsyncExitStack() as sounds:
        await sounds.enter_async_context(call.sounding(*ringback))
        if agent is not None:
            await sounds.enter_async_context(call.parties.sounding_to(agent, *ringback))
        there = await reach_summoned(call, line, summons)
    return there is not None and await join_agent(call, there)


async def _tell(line: Line, agent: Leg | None) -> None:
    """The agent hears that nobody answered."""
    if agent is not None:
        await agent.tell(*line.prompts.media("agent_code_failed"))


async def _back(call: Call, agent: Leg | None) -> bool:
    """The first agent gets his caller back, if he is still on the phone."""
    conversation = call.parties.conversation
    if agent is None or agent.gone or conversation is None:
        return False
    call.passed_by = None
    if agent not in conversation.parties:
        try:
            await conversation.join(agent, absorb_keys=True)
        except LegGone:
            return False
    call.note(Stage("talk", {"agent": agent.number}))
    return True
