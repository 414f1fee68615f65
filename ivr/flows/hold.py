"""Hold (保持): the caller hears music until the agent is back."""

import asyncio

from ivr.call import Call
from ivr.telephony.leg import Leg, LegGone


async def hold(call: Call, agent: Leg) -> None:
    """Runs until it is cancelled (the code again) or the agent's leg ends."""
    conversation = call.conversation
    if conversation is None or not call.talking:
        return
    await call.say("hold_start")
    await conversation.leave(call.leg)
    try:
        async with call.leg.music():
            await agent.until_gone()
    finally:
        if not call.leg.gone and conversation.with_role("agent", "supervisor"):
            await asyncio.shield(_back(call))


async def _back(call: Call) -> None:
    assert call.conversation is not None
    try:
        await call.conversation.join(call.leg)
        await call.say("hold_return")
    except LegGone:
        return
