"""Hold (保持): the caller hears music until the agent is back."""

import asyncio
from contextlib import suppress

from ivr.call import Call
from ivr.parties import HELPERS
from ivr.telephony.leg import Leg, LegGone


async def hold(call: Call, agent: Leg) -> None:
    """Runs until it is cancelled (the code again, an emergency) or the agent's leg ends.

    Whoever is still there then, agent, unit or desk, has the caller back.
    """
    conversation = call.parties.conversation
    if conversation is None or not call.parties.caller_talks:
        return
    await call.say("hold_start")
    try:
        await conversation.leave(call.leg)
        async with call.leg.music():
            await agent.until_gone()
    finally:
        if not call.leg.gone and conversation.with_role(*HELPERS):
            await asyncio.shield(_back(call))


async def _back(call: Call) -> None:
    conversation = call.parties.conversation
    if conversation is None:
        return
    with suppress(LegGone):
        await conversation.join(call.leg)
