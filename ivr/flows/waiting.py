"""Waiting for an agent (排队): who is rung, what the caller hears, what the caller may choose."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from ivr import notices
from ivr.call import Call
from ivr.flows.message import message
from ivr.flows.ringing import AgentThere, ring_agents
from ivr.flows.spotting import spotting
from ivr.flows.talk import talk
from ivr.line import Line
from ivr.menus import Action, Verb
from ivr.notices import NoticesHeard
from ivr.queue.core import Priority
from ivr.queue.place import Place
from ivr.telephony.race import first
from ticketing.notices import Notice

UNSTAFFED_PAUSE = 5.0
"""Seconds for a key between the offer of a callback and the message, nobody being logged in."""

UNSTAFFED_ROUND = 60.0

STAFFED_CHECK = 1.0
"""How often it is seen whether somebody is still logged in."""

CALLBACK_KEY = "1"


@dataclass(frozen=True, slots=True)
class CallbackWanted:
    """预约回电"""


@dataclass(frozen=True, slots=True)
class MessageOffered:
    """登记留言"""


Waited = AgentThere | CallbackWanted | MessageOffered | Action


async def with_agent(
    call: Call,
    line: Line,
    group: str,
    *,
    since: datetime | None = None,
    greeting: tuple[str, ...] = (),
    then_say: str | None = None,
) -> Action | None:
    """Queue for a skill group until there is an agent, a callback or a message.

    Returns what else the caller wishes, None when he has been served.
    """
    entered = since or line.now()
    await call.introduced()
    call.waits_for(group, entered)
    hearing = Hearing(greeting, then_say)
    async with line.queue.place(
        call.id, group, priority=call.priority, since=entered, last_agent=call.last_agent
    ) as place:
        waited = await _wait(call, line, place, hearing)
        while isinstance(waited, MessageOffered):
            if await message(call, line):
                call.waited("message")
                return None
            call.waits_for(group, entered)  # still at this place
            waited = await _wait(call, line, place, hearing)
    match waited:
        case AgentThere(number=number, leg=leg):
            call.waited("answered", number)
            if not await talk(call, line, leg, number):
                return await with_agent(call, line, group, since=entered)
        case CallbackWanted():
            booking = book_callback(call, line, group, entered)
            try:
                await call.wishes.settled()
            except asyncio.CancelledError:
                if call.leg.gone:  # no further key can make it a number: the wish stands
                    call.owe(booking, name=f"callback of {call.id}")
                else:
                    booking.close()
                raise
            await asyncio.shield(call.owe(booking, name=f"callback of {call.id}"))
            await call.say("queue_callback_confirm", tail4=(call.caller_number or "")[-4:])
        case _:
            call.waited("other")
            return waited
    return None


async def _wait(call: Call, line: Line, place: Place, hearing: "Hearing") -> Waited:
    """An agent, or what the caller chooses meanwhile; an agent who is there comes first."""
    async with spotting(call, doubtful=lambda: place.raise_to(Priority.ELDERLY)):
        waited: Waited = await first(
            ring_agents(call, line, place, after=hearing.greeted),
            entertain(call, line, place, hearing),
        )
    if not isinstance(waited, AgentThere):
        # An agent who answered in the same moment, or during the greeting, is let go.
        await call.parties.release_unjoined()
    return waited


async def back_in_queue(call: Call, line: Line) -> Action | None:
    """The caller is back at his place; one who has none yet gets one now."""
    return await with_agent(call, line, call.skilled_for, since=call.waiting_since)


async def book_callback(call: Call, line: Line, group: str, entered: datetime) -> None:
    """Book the call back at the caller's place in the queue, with its draft."""
    assert call.caller_number is not None
    draft = await call.draft("callback")
    await line.callbacks.request(
        call.id,
        number=call.caller_number,
        queue=group,
        priority=call.priority,
        entered_at=entered,
        ticket_no=draft.ticket_no,
    )
    call.waited("callback")
    call.reached("callback_requested")


# What the caller hears meanwhile


class Hearing:
    """What this caller has heard while waiting: nothing is told twice without need."""

    def __init__(self, greeting: tuple[str, ...], then_say: str | None) -> None:
        self.greeting = greeting
        self.then_say = then_say
        self.greeted = asyncio.Event()
        if not greeting:
            self.greeted.set()
        self.notice_played = False
        self.notices = NoticesHeard()
        self.offered_callback = False
        self.offered_message = False


async def entertain(call: Call, line: Line, place: Place, hearing: Hearing) -> Waited:
    """Announcements, music and offers; ends with what the caller chooses."""
    waited: Waited = await first(
        _choice(call, line, hearing), _announce(call, line, place, hearing)
    )
    return waited


async def _choice(call: Call, line: Line, hearing: Hearing) -> Waited:
    """Keys while waiting: 1 once a callback was offered, others as menus.yaml says."""
    mode = line.city.settings.mode
    actions = line.city.menus.waiting.get(mode, {})
    call.leg.keys.forget()
    while True:
        digit = (await call.leg.keys.next()).digit
        offered = hearing.offered_callback or mode == "direct"
        if digit == CALLBACK_KEY and call.caller_number and offered:
            call.visit("queue", digit)
            return CallbackWanted()
        action = actions.get(digit)
        if action is not None and action != Verb(verb="stay"):
            call.visit("queue", digit)
            return action


async def _announce(call: Call, line: Line, place: Place, hearing: Hearing) -> Waited:
    for key in hearing.greeting:
        await call.say(key)
    hearing.greeted.set()
    hearing.greeting = ()
    if place.staffed:
        return await _announce_staffed(call, line, place, hearing)
    return await _announce_unstaffed(call, line, place, hearing)


async def _announce_staffed(call: Call, line: Line, place: Place, hearing: Hearing) -> Waited:
    """Position at once and every 30 s, callback after 30 s, message after 120 s."""
    queue = line.city.settings.queue
    started = _clock()
    if place.open:
        await _position(call, line, place)
    if hearing.then_say:
        await call.say(hearing.then_say)
        hearing.then_say = None
    if not hearing.notice_played:
        hearing.notice_played = True
        await call.say("recording_notice")
    while True:
        pause = queue.announce_seconds - (_clock() - started) % queue.announce_seconds
        until = _clock() + pause
        if not await _music_while_staffed(call, place, until, news=partial(_news, line, hearing)):
            return await _announce_unstaffed(call, line, place, hearing)
        notice = _news(line, hearing, until - _clock())
        if notice is not None:
            await notices.tell(call, line, notice, hearing.notices)
            continue
        waited = _clock() - started
        if waited >= queue.message_offer_seconds and not hearing.offered_message:
            hearing.offered_message = True
            return MessageOffered()
        if waited >= queue.callback_offer_seconds and not hearing.offered_callback:
            await _offer_callback(call, hearing)
        elif place.open:
            await _position(call, line, place)
        else:
            await call.say("queue_comfort")


def _news(line: Line, hearing: Hearing, seconds: float) -> Notice | None:
    """A notice that can be told within so many seconds, for offers come at their time; one that
    is longer than a whole round is told at its beginning."""
    found = notices.news(line, hearing.notices)
    if found is None:
        return None
    round_seconds = line.city.settings.queue.announce_seconds
    needed = min(notices.seconds(line, found), round_seconds - STAFFED_CHECK)
    return found if needed <= seconds else None


async def _announce_unstaffed(call: Call, line: Line, place: Place, hearing: Hearing) -> Waited:
    """Nobody is logged in: callback at once, then a message; who stays hears music."""
    if hearing.offered_message:
        notice = notices.news(line, hearing.notices)
        if notice is not None:
            await notices.tell(call, line, notice, hearing.notices)
        await call.say("queue_comfort")
        await _music(call, UNSTAFFED_ROUND)
    await _offer_callback(call, hearing)
    await _music(call, UNSTAFFED_PAUSE)
    hearing.offered_message = True
    return MessageOffered()


async def _offer_callback(call: Call, hearing: Hearing) -> None:
    hearing.offered_callback = True
    if call.caller_number:
        await call.say("queue_callback_offer")
    else:
        await call.say("queue_comfort")


async def _position(call: Call, line: Line, place: Place) -> None:
    ahead, minutes = place.ahead, place.minutes
    if minutes is None:
        await call.say("queue_wait_short", n=ahead)
    else:
        await call.say("queue_wait", n=ahead, m=minutes)


async def _music(call: Call, seconds: float) -> None:
    async with call.leg.music():
        await asyncio.sleep(seconds)


async def _music_while_staffed(
    call: Call, place: Place, until: float, *, news: Callable[[float], Notice | None]
) -> bool:
    """Music until then, or until there is news; False as soon as nobody is logged in any more."""
    async with call.leg.music():
        while place.staffed:
            left = until - _clock()
            if left <= 0 or news(left) is not None:
                return True
            await asyncio.sleep(min(left, STAFFED_CHECK))
    return False


def _clock() -> float:
    return asyncio.get_running_loop().time()
