"""Hold (保持): the caller hears music until the agent is back."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from ivr.call import Call
from ivr.parties import HELPERS
from ivr.telephony.leg import Leg, LegGone
from ivr.telephony.race import end


async def hold(call: Call, agent: Leg) -> None:
    """Runs until it is cancelled (the code again, an emergency) or the agent's leg ends."""
    if not call.parties.caller_talks:
        return
    async with aside(call):
        await agent.until_gone()


@asynccontextmanager
async def aside(call: Call) -> AsyncIterator[None]:
    """The caller is asked to wait and hears music, apart from the others.

    Whoever is still there afterwards, agent, unit or desk, has the caller back.
    """
    conversation = call.parties.conversation
    assert conversation is not None
    music = call.spawn(_music(call), name=f"aside {call.id}")
    try:
        await conversation.leave(call.leg)
        yield
    finally:
        await end(music)
        if not call.leg.gone and conversation.with_role(*HELPERS):
            await asyncio.shield(_back(call))


async def _music(call: Call) -> None:
    await call.leg.tell(*call.line.prompts.media("hold_start"))
    async with call.leg.music():
        await asyncio.Event().wait()


async def _back(call: Call) -> None:
    conversation = call.parties.conversation
    if conversation is None:
        return
    with suppress(LegGone):
        await conversation.join(call.leg)
