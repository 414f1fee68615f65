"""A unit's duty phone is told of dispatches that nobody has signed (签收提醒); 1 signs them.

domain.md §2.4, `tm_sign`. Whoever answers hears how many there are, never a word of a citizen's.
"""

import asyncio
from datetime import timedelta

from ivr.call import Call
from ivr.flows.outbound import Serve, give_up, new_id, outbound, ring
from ivr.line import Line
from ivr.telephony.dial import Answered
from store.calls import Stage
from ticketing.reminding import AT_A_TIME
from ticketing.sign_reminders import Reminder

STAGE = "sign_reminder"
TOLD = 2
"""How often the message is said to somebody who presses nothing."""


async def remind(line: Line, reminder: Reminder, serve: Serve) -> None:
    """One ring: the contact whose turn it is; whatever comes of it is filed once."""
    unit, now = reminder.unit, line.now()
    numbers = line.city.directory.rosters.on_duty(unit, now)[:AT_A_TIME]
    call_id = new_id(line)
    told = await line.reminders.take(unit, call_id, now)
    if not told:
        return
    if not numbers:
        await in_vain(line, call_id, "no_contact")
        return
    number = numbers[reminder.tries % len(numbers)]
    call = outbound(line, call_id, number)
    call.note(Stage(STAGE, {}))
    call.visit(STAGE, unit)
    for one in told:
        link = line.tickets.link_call(one.ticket_no, call_id, "urge", at=now)
        call.owe(link, name=f"ticket of {call_id}")
    seconds = line.city.settings.sign_reminders.ring_seconds
    try:
        result = await ring(call, line.city.directory.contact(number), seconds)
    except BaseException:  # the line is being stopped: no fault of the unit's
        await asyncio.shield(line.reminders.release(call_id))
        await asyncio.shield(give_up(call, "fault", "unit not reached"))
        raise
    if isinstance(result, Answered):
        await serve(call, tell)
        return
    await in_vain(line, call_id, result.result)
    await give_up(call, "system", "unit not reached")


async def tell(call: Call, line: Line) -> None:
    """Say what waits, recorded; whoever presses 1 has signed it all."""
    told = await line.reminders.told_of(call.id)
    if not told:
        return
    call.reached("abandoned_in_menu")
    try:
        await call.parties.converse()
        if await _accepts(call, line, unit=str(told[0].unit), n=len(told)):
            await line.reminders.sign(call.id, call.leg.number, at=line.now())
            call.reached("query_answered")
            await call.say("sign_done")
        else:
            await call.say("goodbye")
    finally:
        call.owe(in_vain(line, call.id, "not_signed"), name=f"reminder {call.id}")


async def _accepts(call: Call, line: Line, *, unit: str, n: int) -> bool:
    message = line.prompts.media("sign_reminder", unit=unit, n=n)
    seconds = line.city.settings.sign_reminders.answer_seconds
    for _ in range(TOLD):
        digit = await call.ask(*message, seconds=seconds, keys="1")
        call.visit("sign_reminder", digit)
        if digit is not None:
            return True
    return False


async def in_vain(line: Line, call_id: str, result: str) -> None:
    """Files that nothing was signed; nothing where it was."""
    pause = timedelta(seconds=line.city.settings.sign_reminders.retry_seconds)
    await line.reminders.in_vain(call_id, result, at=line.now(), pause=pause)
