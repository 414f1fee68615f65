"""Waiting for an agent (排队): who is rung, what the caller hears, what the caller may choose."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from ivr.call import Call
from ivr.capture import Tap
from ivr.flows.message import message
from ivr.flows.talk import talk
from ivr.line import Line
from ivr.menus import Action, Verb
from ivr.queue.agents import AgentEvent
from ivr.queue.core import Priority
from ivr.queue.desk import Place
from ivr.requests import EmergencyRequest
from ivr.telephony.dial import Answered, dial
from ivr.telephony.leg import Leg
from ivr.telephony.race import end, first
from recordings.speech.pool import Spotted
from store.calls import WaitLeft

UNSTAFFED_PAUSE = 5.0
"""Seconds for a key between the offer of a callback and the message, nobody being logged in."""

UNSTAFFED_ROUND = 60.0

NOT_NEEDED = 16
"""Q.850 normal clearing: the caller left, or was served otherwise, while the phone rang."""


@dataclass(frozen=True, slots=True)
class AgentThere:
    """An agent answered."""

    number: str
    leg: Leg


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
    priority: int = Priority.NORMAL,
    since: datetime | None = None,
    greeting: tuple[str, ...] = (),
    then_say: str | None = None,
) -> Action | None:
    """Queue for a skill group until there is an agent, a callback or a message.

    Returns what else the caller wishes, None when he has been served.
    """
    entered = since or line.now()
    call.waits_for(group, priority, entered)
    hearing = Hearing(greeting, then_say)
    async with (
        line.queue.place(call.id, group, priority=priority, since=entered) as place,
        spotting(call, line, place),
    ):
        waited = await _wait(call, line, place, hearing)
        while isinstance(waited, MessageOffered):
            if await message(call, line):
                call.note(WaitLeft("message", None))
                return None
            waited = await _wait(call, line, place, hearing)
    match waited:
        case AgentThere(number=number, leg=leg):
            call.note(WaitLeft("answered", number))
            if not await talk(call, line, leg, number):
                return await with_agent(call, line, group, priority=priority, since=entered)
        case CallbackWanted():
            await book_callback(call, line, group, priority, entered)
            call.note(WaitLeft("callback", None))
            await call.say("queue_callback_confirm", tail4=(call.caller_number or "")[-4:])
        case _:
            call.note(WaitLeft("other", None))
            return waited
    return None


async def _wait(call: Call, line: Line, place: Place, hearing: "Hearing") -> Waited:
    """An agent, or what the caller chooses meanwhile; an agent who is there comes first."""
    waited: Waited = await first(
        ring_agents(call, line, place, hearing), entertain(call, line, place, hearing)
    )
    return waited


async def book_callback(
    call: Call, line: Line, group: str, priority: int, entered: datetime
) -> None:
    """Book the call back at the caller's place in the queue, with its draft."""
    assert call.caller_number is not None
    draft = await line.tickets.draft_from_call(
        call.id,
        "callback",
        caller_number=call.caller_number,
        called_number=call.called_number,
        at=line.now(),
    )
    await line.callbacks.request(
        call.id,
        number=call.caller_number,
        queue=group,
        priority=priority,
        entered_at=entered,
        ticket_no=draft.ticket_no,
    )
    call.reached("callback_requested")


# Agents


async def ring_agents(call: Call, line: Line, place: Place, hearing: "Hearing") -> AgentThere:
    """Ring one agent after another, longest idle first, until one answers."""
    while True:
        agent = await place.agent()
        leg = await ring(call, line, agent.number)
        if leg is not None:
            try:
                await hearing.greeted.wait()
            except asyncio.CancelledError:
                # The caller chose otherwise during the greeting: nobody is left on a dead line.
                await leg.hang_up()
                raise
            return AgentThere(agent.number, leg)


async def ring(call: Call, line: Line, number: str) -> Leg | None:
    """Ring a reserved agent. None: he did not answer and is paused, or his phone is gone."""
    to = line.city.directory.agent(number)
    leg_id = call.new_leg_id("agent")
    call.leg_dialed(leg_id, "agent", number)
    try:
        result = await dial(
            line.switch,
            to.endpoint,
            leg_id=leg_id,
            role="agent",
            number=number,
            caller_id=call.caller_number or to.caller_id,
            ring_seconds=line.city.settings.queue.ring_seconds,
        )
    except asyncio.CancelledError:
        line.queue.event(number, AgentEvent.RELEASE)
        call.leg_failed(leg_id, NOT_NEEDED)
        raise
    if isinstance(result, Answered):
        line.queue.event(number, AgentEvent.ANSWER, call_id=call.id)
        call.leg_answered(result.leg)
        line.queue.follow(number, result.leg.hung_up)
        return result.leg
    line.queue.event(number, AgentEvent.NO_ANSWER)
    call.leg_failed(leg_id, result.cause)
    return None


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
        if digit == "1" and call.caller_number and (hearing.offered_callback or mode == "direct"):
            await call.settled(digit)
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
    while place.staffed:
        await _music(call, queue.announce_seconds - (_clock() - started) % queue.announce_seconds)
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
    return await _announce_unstaffed(call, line, place, hearing)


async def _announce_unstaffed(call: Call, line: Line, place: Place, hearing: Hearing) -> Waited:
    """Nobody is logged in: callback at once, then a message; who stays hears music."""
    if hearing.offered_message:
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


def _clock() -> float:
    return asyncio.get_running_loop().time()


# What the machine hears meanwhile


@asynccontextmanager
async def spotting(call: Call, line: Line, place: Place) -> AsyncIterator[None]:
    """Listen for a spoken emergency (语音触发) while the caller waits or leaves a message."""
    tap = await call.tap(call.leg, record=False)
    watch = call.spawn(_spot(call, place, tap), name=f"spotting {call.id}")
    try:
        yield
    finally:
        await end(watch)
        await asyncio.shield(call.untap(tap))


async def _spot(call: Call, place: Place, tap: Tap) -> None:
    if tap.listener is None:
        return
    async for heard in tap.listener:
        if not isinstance(heard, Spotted):
            continue
        call.visit("spotted", f"{heard.service} {heard.text}")
        if heard.suppressed_by is None:
            call.request(EmergencyRequest(heard.service, "speech", heard.text))
            return
        # Past, feared or asked about: no machine decides; a person looks sooner.
        place.raise_to(Priority.ELDERLY)
