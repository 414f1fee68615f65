"""Three-way call (三方通话, domain.md §4.5): a member unit joins caller and agent."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

from ivr.ari.errors import AriError
from ivr.call import Call
from ivr.directory import Unit
from ivr.line import Line
from ivr.parties import AGENTS
from ivr.summons import Summons
from ivr.telephony.dial import Answered
from ivr.telephony.leg import Leg, LegGone
from ivr.telephony.race import first

CONTACTS_TRIED = 2

TOPIC = "市民诉求"
"""What the unit is told before the matter has a category; never the citizen's words or number."""


async def three_way(call: Call, line: Line, unit: Unit, summons: Summons) -> None:
    """Ring the unit's duty contacts, first and second; who presses 1 joins."""
    await call.parties.end_hold()
    call.visit("three_way", unit.code)
    with call.parties.inviting():
        await call.say("three_way_invite", unit=unit.code)
        async with call.sounding(*line.prompts.ringback):
            whisper = line.prompts.media("three_way_whisper", topic=TOPIC)
            leg = await invite(call, line, unit, whisper)
        joined = leg is not None and await _joined(call, leg)
        call.came(summons)
        if leg is not None and joined:
            call.spawn(tell_when_left(call, unit, leg), name=f"unit {unit.code}")
            await call.say("three_way_joined", unit=unit.code)
        else:
            call.notice("three_way_noanswer", f"{unit.name}暂时没有接听", level="warning")
            await call.say("three_way_noanswer", unit=unit.code)


async def _joined(call: Call, leg: Leg) -> bool:
    """Bring the contact in; when that is called off he is let go."""
    try:
        await call.parties.bring_in(leg)
    except LegGone:
        return False
    except asyncio.CancelledError:
        await asyncio.shield(_let_go(leg))
        raise
    return True


async def _let_go(leg: Leg) -> None:
    with suppress(AriError):
        await leg.hang_up()


async def invite(call: Call, line: Line, unit: Unit, whisper: Sequence[str]) -> Leg | None:
    """Ring the unit's duty contacts; the one who hears the whisper and presses 1, or None."""
    for number in line.city.directory.on_duty(unit, line.now())[:CONTACTS_TRIED]:
        to = line.city.directory.contact(number)
        if to is None:
            continue
        leg = call.parties.new_leg("unit", number)
        seconds = line.city.settings.three_way.ring_seconds
        result = await call.parties.dial(to, leg, "unit", ring_seconds=seconds)
        if isinstance(result, Answered) and await _accepted(line, leg, whisper):
            return leg
    return None


async def _accepted(line: Line, leg: Leg, whisper: Sequence[str]) -> bool:
    """Whether the contact presses 1; else, or when nobody needs him any more, he is let go."""
    accepted = False
    try:
        accepted = await _accepts(line, leg, whisper)
    finally:
        if not accepted:
            await asyncio.shield(_let_go(leg))
    return accepted


async def _accepts(line: Line, leg: Leg, whisper: Sequence[str]) -> bool:
    """The unit hears what it is about and has to press 1: a voicemail cannot join."""

    async def presses_one() -> bool:
        while True:
            if (await leg.keys.next()).digit == "1":
                return True

    async def says_nothing() -> bool:
        await leg.tell(*whisper)
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


async def tell_when_left(call: Call, unit: Unit, leg: Leg) -> None:
    """Those who talk on hear that the unit has left."""
    await leg.until_gone()
    if call.parties.with_role(*AGENTS):
        await call.say("three_way_left", unit=unit.code)


async def drop_units(call: Call) -> None:
    """The agent ends the unit's part."""
    for leg in call.parties.with_role("unit"):
        await leg.hang_up()
