"""Three-way call (三方通话, domain.md §4.5): a member unit joins caller and agent."""

import asyncio
from contextlib import suppress

from ivr.call import Call
from ivr.directory import Unit
from ivr.line import Line
from ivr.telephony.dial import Answered, dial
from ivr.telephony.leg import Leg, LegGone, PlaybackFailed
from ivr.telephony.race import first

NOT_ACCEPTED = 21
"""Q.850 call rejected: answered, but nobody pressed 1 (a voicemail, perhaps)."""

CONTACTS_TRIED = 2

TOPIC = "市民诉求"
"""What the unit is told before the matter has a category; never the citizen's words or number."""


async def three_way(call: Call, line: Line, unit: Unit) -> None:
    """Ring the unit's duty contacts, first and second; who presses 1 joins."""
    call.visit("three_way", unit.code)
    with call.inviting():
        await call.say("three_way_invite", unit=unit.code)
        async with call.sounding(*line.prompts.ringback):
            leg = await _invite(call, line, unit)
        if leg is not None:
            try:
                await call.bring_in(leg, absorb_keys=True)
            except LegGone:
                leg = None
    if leg is None:
        await call.say("three_way_noanswer", unit=unit.code)
    else:
        call.spawn(_tell_when_left(call, unit, leg), name=f"unit {unit.code}")
        await call.say("three_way_joined", unit=unit.code)


async def _invite(call: Call, line: Line, unit: Unit) -> Leg | None:
    for number in unit.contacts[:CONTACTS_TRIED]:
        to = line.city.directory.contact(number)
        if to is None:
            continue
        leg_id = call.new_leg_id("unit")
        call.leg_dialed(leg_id, "unit", number)
        result = await dial(
            line.switch,
            to.endpoint,
            leg_id=leg_id,
            role="unit",
            number=number,
            caller_id=to.caller_id,
            ring_seconds=line.city.settings.three_way.ring_seconds,
        )
        if not isinstance(result, Answered):
            call.leg_failed(leg_id, result.cause)
            continue
        call.leg_answered(result.leg)
        if await _accepts(line, result.leg):
            return result.leg
        await result.leg.hang_up()
    return None


async def _accepts(line: Line, leg: Leg) -> bool:
    """The unit hears what it is about and has to press 1: a voicemail cannot join."""

    async def presses_one() -> bool:
        while True:
            if (await leg.keys.next()).digit == "1":
                return True

    async def says_nothing() -> bool:
        with suppress(PlaybackFailed):
            await leg.play(*line.prompts.media("three_way_whisper", topic=TOPIC))
        await asyncio.sleep(line.city.settings.three_way.accept_seconds)
        return False

    async def hangs_up() -> bool:
        await leg.until_gone()
        return False

    try:
        accepted: bool = await first(hangs_up(), presses_one(), says_nothing())
    except LegGone:
        return False
    return accepted


async def _tell_when_left(call: Call, unit: Unit, leg: Leg) -> None:
    await leg.until_gone()
    if call.conversation is not None and call.conversation.with_role("agent", "supervisor"):
        await call.say("three_way_left", unit=unit.code)


async def drop_units(call: Call) -> None:
    """The agent ends the unit's part."""
    assert call.conversation is not None
    for leg in call.conversation.with_role("unit"):
        await leg.hang_up()
