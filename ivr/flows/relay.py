"""联系诉求人: a unit talks with the citizen of its ticket, and neither sees the other's number.

Domain: a hidden citizen is reached by way of the hotline alone. The record of the call, linked to
the ticket as `relay`, proves that the unit was in touch (contacted).
"""

import asyncio

from ivr.call import Call
from ivr.directory import Unit
from ivr.flows.outbound import give_up, reach_citizen
from ivr.flows.three_way import invite
from ivr.line import Line
from ivr.telephony.dial import Answered
from ivr.telephony.leg import Leg, LegGone
from store.calls import Stage

STAGE = "relay"


async def relay(call: Call, line: Line, unit: Unit) -> Leg | None:
    """Ring the unit's duty contacts, then the citizen; the unit's leg when both are there.

    None: one of them could not be reached, and the call is over.
    """
    call.note(Stage(STAGE, {}))
    call.visit("relay", unit.code)
    try:
        leg = await invite(call, line, unit, line.prompts.media("relay_whisper"))
        if leg is None:
            await give_up(call, "system", "unit not reached")
            return None
        if isinstance(await reach_citizen(call, line, leg), Answered):
            return leg
        try:
            await leg.tell(*line.prompts.media("relay_noanswer"))
        except LegGone:
            await give_up(call, "unit")
        else:
            await give_up(call, "system")
        return None
    except BaseException:
        await asyncio.shield(give_up(call, "fault"))
        raise


async def talk(call: Call, line: Line, leg: Leg) -> None:
    """Both are told that they are recorded, and talk until one of them hangs up."""
    await call.parties.converse()
    try:
        await call.parties.bring_in(leg)
    except LegGone:
        call.ended_by = "unit"
        return
    call.reached("agent_answered")
    # The unit may hang up before it has been told to the end.
    call.spawn(call.say("relay_intro"), name=f"relay_intro {call.id}")
    await talk_on(call)


async def talk_on(call: Call) -> None:
    """Until the unit hangs up; at once where it is not there (after a restart)."""
    conversation = call.parties.conversation
    if conversation is not None:
        await conversation.until(lambda c: not c.with_role("unit"))
    call.ended_by = "unit"
