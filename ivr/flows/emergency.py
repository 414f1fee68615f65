"""Emergency transfer (紧急转接, domain.md §4.4, contract §3): 110, 119, 120, 122, 12395.

On doubt, transfer; on silence, transfer; never hang up; always say which number to dial.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime

from ivr.call import Call
from ivr.flows.inbound import TO_PERSON, fulfil
from ivr.flows.talk import talk, talk_on
from ivr.flows.waiting import AgentThere, Hearing, ring_agents, with_agent
from ivr.line import Line
from ivr.menus import Action
from ivr.queue.core import Priority
from ivr.requests import EmergencyRequest
from ivr.telephony.dial import Answered, DialResult, dial
from ivr.telephony.leg import Leg, LegGone, PlaybackFailed
from ivr.telephony.race import first
from store.calls import Stage, WaitEntered, WaitLeft
from store.emergencies import AttemptResult, EmergencyOutcome

SERVICE_KEYS = {"1": "110", "2": "119", "3": "120", "4": "12395"}
DEFAULT_SERVICE = "110"
CHOICE_SECONDS = 3
CONFIRM_SECONDS = 5
WHISPER_SECONDS = 6
ROUND_SECONDS = 5
"""Pause between two rounds of the list while the caller also waits for an agent."""


@dataclass(frozen=True, slots=True)
class Event:
    """The emergency event (紧急事件) of this call, as the store knows it."""

    event_id: str
    service: str


async def open_event(call: Call, line: Line, request: EmergencyRequest) -> Event:
    """The event is on record before anything is tried, even if the caller is gone by then."""
    event = Event(
        f"{call.id}.emergency.{call.number('emergency')}", request.service or DEFAULT_SERVICE
    )
    await line.emergencies.open(
        event.event_id,
        call_id=call.id,
        service=event.service,
        trigger=request.trigger,
        detected_at=line.now(),
    )
    if call.leg.gone:
        line.emergencies.close(event.event_id, answered_at=None, outcome="caller_left")
    return event


async def emergency(call: Call, line: Line, request: EmergencyRequest, event: Event) -> None:
    """Connect the caller with an emergency service, or with an agent while trying on."""
    await call.end_hold()
    async with event_closed(call, line, event):
        if request.trigger == "speech" and not await _confirmed(call, line, event):
            await line.emergencies.close(event.event_id, answered_at=None, outcome="guided")
            await fulfil(call, line, await _back_to_queue(call, line))
            return
        if request.service is None:
            event = await _chosen(call, line, event)
        await connect(call, line, event)


async def connect(call: Call, line: Line, event: Event) -> None:
    """Try the service's list; if nobody answers, an agent and the list at once."""
    call.emergency_service = event.service
    call.reached("abandoned_in_queue")  # until a desk or an agent answers
    call.visit("emergency", event.service)
    call.note(Stage("emergency", {"event_id": event.event_id, "service": event.service}))
    _tell_dialplan(call, line, event.service)
    desk = await _ring_list(call, line, event, aloud=True)
    if desk is None:
        await line.emergencies.close(event.event_id, answered_at=None, outcome="failed")
        await _agent_or_desk(call, line, event)
    else:
        await join(call, line, event, desk)


@asynccontextmanager
async def event_closed(call: Call, line: Line, event: Event) -> AsyncIterator[None]:
    """Whatever happens, the event has an outcome: the first one given stands."""
    try:
        yield
    finally:
        call.emergency_service = None
        _tell_dialplan(call, line, None)
        outcome: EmergencyOutcome = "caller_left" if call.leg.gone else "failed"
        line.emergencies.close(event.event_id, answered_at=None, outcome=outcome)


def _tell_dialplan(call: Call, line: Line, service: str | None) -> None:
    """The fall-back goes on with this service, should the controller fail now."""
    # A global: a variable set on the channel by ARI would keep the dialplan from writing files.
    name = f"EMERGENCY_OF_{call.leg.id}"
    ari = line.switch.ari
    work = ari.set_global(name, service) if service else ari.clear_global(name)
    call.spawn(work, name=f"word for the dialplan {call.id}")


async def _confirmed(call: Call, line: Line, event: Event) -> bool:
    """The machine heard words of danger: 2 is no, 1 and silence are yes."""
    digit = await call.ask(
        *line.prompts.media("emergency_confirm", service=event.service),
        seconds=CONFIRM_SECONDS,
        keys="12",
    )
    call.visit("emergency_confirm", digit)
    if digit == "2":
        return False
    line.emergencies.confirmed(event.event_id, "key" if digit else "silence")
    return True


async def _chosen(call: Call, line: Line, event: Event) -> Event:
    digit = await call.ask(
        *line.prompts.media("emergency_menu"), seconds=CHOICE_SECONDS, keys="".join(SERVICE_KEYS)
    )
    call.visit("emergency_menu", digit)
    line.emergencies.confirmed(event.event_id, "key" if digit else "silence")
    service = SERVICE_KEYS.get(digit or "", DEFAULT_SERVICE)
    line.emergencies.chosen(event.event_id, service)
    return Event(event.event_id, service)


async def _back_to_queue(call: Call, line: Line) -> Action | None:
    if call.waiting_since is None:
        return TO_PERSON
    return await with_agent(call, line, call.skilled_for, since=call.waiting_since)


# Ringing


async def _ring_list(call: Call, line: Line, event: Event, *, aloud: bool) -> Leg | None:
    """One number after the other; the caller hears what happens and what to dial himself."""
    for n, number in enumerate(line.city.directory.emergency.services[event.service].numbers):
        key = "emergency_transfer" if n == 0 else "emergency_retry"
        said = _announcing(call, line, key, event) if aloud else _quiet()
        async with said:
            desk = await _ring(call, line, event, number)
        if desk is not None:
            return desk
    return None


@asynccontextmanager
async def _announcing(call: Call, line: Line, key: str, event: Event) -> AsyncIterator[None]:
    """The prompt, then ring-back; both stop when the desk answers."""
    media = line.prompts.media(key, service=event.service, number=event.service)
    async with call.sounding(*media, *line.prompts.ringback * 2):
        yield


@asynccontextmanager
async def _quiet() -> AsyncIterator[None]:
    yield


async def _ring(call: Call, line: Line, event: Event, number: str) -> Leg | None:
    dialed_at = line.now()

    def attempted(answered_at: datetime | None, result: AttemptResult) -> None:
        line.emergencies.attempt(
            event.event_id,
            service=event.service,
            number=number,
            dialed_at=dialed_at,
            answered_at=answered_at,
            result=result,
        )

    to = line.city.directory.desk(number, call.caller_number)
    if to is None:
        attempted(None, "unreachable")
        await asyncio.sleep(1)  # the caller hears at least that something is tried
        return None
    settings = line.city.directory.emergency
    leg_id = call.new_leg_id("emergency")
    call.leg_dialed(leg_id, "emergency", number)
    result = await dial(
        line.switch,
        to.endpoint,
        leg_id=leg_id,
        role="emergency",
        number=number,
        caller_id=to.caller_id,
        ring_seconds=settings.ring_seconds,
        progress_seconds=settings.progress_seconds,
    )
    if isinstance(result, Answered):
        attempted(result.at, "answered")
        call.leg_answered(result.leg)
        line.emergencies.close(event.event_id, answered_at=result.at, outcome="connected")
        return result.leg
    failed: DialResult = result.result
    attempted(None, failed)
    call.leg_failed(leg_id, result.cause)
    return None


# Connected


async def join(call: Call, line: Line, event: Event, desk: Leg, *, whisper: bool = True) -> None:
    """Whisper to the desk, then all talk: caller, desk, and the agent if there is one."""
    call.reached("emergency_transferred")
    try:
        with call.inviting():
            if whisper:
                await _tell_desk(call, line, desk)
            await call.converse()
            await call.bring_in(desk)
            call.note(Stage("talk", {"emergency": event.event_id}))
    except LegGone:
        await _agent_or_desk(call, line, event)
        return
    await call.say("emergency_joined", service=event.service)
    await talk_on(call, line)


async def _tell_desk(call: Call, line: Line, desk: Leg) -> None:
    async with call.sounding(*line.prompts.ringback):
        await first(_whisper(call, line, desk), _any_key(desk), asyncio.sleep(WHISPER_SECONDS))


async def _whisper(call: Call, line: Line, desk: Leg) -> None:
    with suppress(PlaybackFailed):  # a whisper that fails must not keep them apart
        await desk.play(
            *line.prompts.media("emergency_whisper", caller_number=call.caller_number or "")
        )


async def _any_key(desk: Leg) -> None:
    await desk.keys.next()


# Nobody there


async def _agent_or_desk(call: Call, line: Line, event: Event) -> None:
    """Head of the agents' queue, and the list again while waiting: whoever comes first."""
    if call.conversation is not None and call.conversation.with_role("agent", "supervisor"):
        await call.say("emergency_retry", service=event.service, number=event.service)
        await talk_on(call, line)
        return
    entered = line.now()
    call.note(WaitEntered(call.skilled_for))
    hearing = Hearing((), None)
    async with line.queue.place(
        call.id, call.skilled_for, priority=Priority.EMERGENCY, since=entered
    ) as place:
        came: AgentThere | Leg | None = await first(
            ring_agents(call, line, place, hearing),
            _list_again(call, line, event),
            _encourage(call, line, event),
        )
    match came:
        case AgentThere(number=number, leg=leg):
            call.note(WaitLeft("answered", number))
            if not await talk(call, line, leg, number):
                await _agent_or_desk(call, line, event)
        case Leg() as desk:
            call.note(WaitLeft("emergency", None))
            await join(call, line, event, desk)


async def _list_again(call: Call, line: Line, event: Event) -> Leg:
    while True:
        await asyncio.sleep(ROUND_SECONDS)
        desk = await _ring_list(call, line, event, aloud=False)
        if desk is not None:
            return desk


async def _encourage(call: Call, line: Line, event: Event) -> None:
    """Never music only: the number to dial is said again and again."""
    while True:
        await call.say("emergency_retry", service=event.service, number=event.service)
        await call.say("queue_comfort")
        async with call.leg.music():
            await asyncio.sleep(ROUND_SECONDS)
