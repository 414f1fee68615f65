"""Emergency transfer (紧急转接, domain.md §4.4, contract §3): 110, 119, 120, 122, 12395.

On doubt, transfer; on silence, transfer; never hang up; always say which number to dial.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from ivr.call import Call
from ivr.flows.going_on import go_on
from ivr.flows.inbound import fulfil
from ivr.flows.ringing import AgentThere, ring_agents
from ivr.flows.talk import talk
from ivr.flows.waiting import back_in_queue
from ivr.line import Line
from ivr.parties import AGENTS
from ivr.queue.core import Priority
from ivr.requests import EmergencyRequest, InHand
from ivr.telephony.dial import Answered, DialResult
from ivr.telephony.leg import Leg, LegGone
from ivr.telephony.race import first
from store.calls import Stage
from store.emergencies import AttemptResult, EmergencyOutcome

log = logging.getLogger(__name__)

SERVICE_KEYS = {"1": "110", "2": "119", "3": "120", "4": "12395"}
DEFAULT_SERVICE = "110"
CHOICE_SECONDS = 3
CONFIRM_SECONDS = 5
WHISPER_SECONDS = 6
ROUND_SECONDS = 5
"""Pause between two rounds of the list while the caller waits for an agent, or talks with one."""
ROUNDS_BESIDE_TALK = 3
"""So often more the list is tried while an agent has the caller; then he decides."""
RECORD_SECONDS = 0.5
"""How long an emergency waits for its event to be on disk: a slow disk must not cost a life."""


@dataclass(eq=False, slots=True)
class Event:
    """The emergency event (紧急事件) of this call, as the store knows it."""

    event_id: str
    service: str
    in_hand: InHand


@dataclass(frozen=True, slots=True)
class Desk:
    """A desk that answered."""

    leg: Leg
    answered_at: datetime


async def open_event(call: Call, line: Line, request: EmergencyRequest) -> Event:
    """The event is on record before anything is tried, even if the caller is gone by then.

    From here on a restarted controller, or the dialplan alone, goes on with this emergency.
    """
    service = request.service or DEFAULT_SERVICE
    event = Event(f"{call.id}.emergency.{call.number('emergency')}", service, request.in_hand)
    call.ended_by = None
    call.waited("emergency")
    _remember(call, line, event)
    opened = line.emergencies.open(
        event.event_id,
        call_id=call.id,
        service=service,
        trigger=request.trigger,
        detected_at=line.now(),
    )
    if request.trigger == "agent":
        line.emergencies.confirmed(event.event_id, "agent")
    if call.leg.gone and not call.leg.left:
        line.emergencies.close(event.event_id, answered_at=None, outcome="caller_left")
    try:
        await asyncio.wait_for(asyncio.shield(opened), RECORD_SECONDS)
    except Exception as error:
        log.error("emergency %s is not on disk yet: %r", event.event_id, error)
    return event


async def emergency(call: Call, line: Line, request: EmergencyRequest, event: Event) -> None:
    """Connect the caller with an emergency service, or with an agent while trying on."""
    async with event_closed(call, line, event):
        await call.parties.end_hold()
        if request.trigger == "speech" and not await _confirmed(call, line, event):
            await line.emergencies.close(event.event_id, answered_at=None, outcome="guided")
            _over(call, line, event)
            await fulfil(call, line, await back_in_queue(call, line))
            return
        if request.service is None:
            await _choose(call, line, event)
        await connect(call, line, event)


async def connect(call: Call, line: Line, event: Event) -> None:
    """Try the service's list; if nobody answers, an agent and the list at once."""
    call.comes_before(Priority.EMERGENCY_FOLLOW_UP)
    call.reached("abandoned_in_queue")  # until a desk or an agent answers
    call.visit("emergency", event.service)
    desk = await _ring_list(call, line, event, aloud=not call.parties.services)
    if desk is None:
        await _agent_or_desk(call, line, event)
    else:
        await join(call, line, event, desk)


@asynccontextmanager
async def event_closed(call: Call, line: Line, event: Event) -> AsyncIterator[None]:
    """Whatever happens, the event has an outcome: the first one given stands.

    A flow that breaks leaves the dialplan its word: the fall-back goes on with the service, and
    the import of its calls tells the outcome.
    """
    broken, priority = False, call.priority
    try:
        yield
    except Exception:
        broken = not call.leg.gone
        raise
    finally:
        if not call.leg.left:
            untried: EmergencyOutcome = "guided" if event.in_hand.undone else "failed"
            outcome: EmergencyOutcome = "caller_left" if call.leg.gone else untried
            line.emergencies.close(event.event_id, answered_at=None, outcome=outcome)
            if event.in_hand.undone:
                call.priority = priority  # there was none
            if not broken:
                _over(call, line, event)


def _remember(call: Call, line: Line, event: Event) -> None:
    """Whoever takes over after a failure of this controller knows the service."""
    call.note(Stage("emergency", {"event_id": event.event_id, "service": event.service}))
    # A global: a variable set on the channel by ARI would keep the dialplan from writing files.
    work = line.switch.ari.set_global(_word(call), event.service)
    call.spawn(work, name=f"word for the dialplan {call.id}")


def _over(call: Call, line: Line, event: Event) -> None:
    """Connected, with an agent, or not needed: a new emergency may begin, keys count again."""
    call.wishes.over(event.in_hand)
    if not call.wishes.busy:  # else another one has begun, and the word is its own
        call.owe(line.switch.ari.clear_global(_word(call)), name=f"word of {call.id}")


def _word(call: Call) -> str:
    return f"EMERGENCY_OF_{call.leg.id}"


async def _confirmed(call: Call, line: Line, event: Event) -> bool:
    """The machine heard words of danger: 2 is no; 1, 9 and silence are yes."""
    digit = await call.ask(
        *line.prompts.media("emergency_confirm", service=event.service),
        seconds=CONFIRM_SECONDS,
        keys="129",
    )
    call.visit("emergency_confirm", digit)
    if digit == "2":
        return False
    line.emergencies.confirmed(event.event_id, "key" if digit else "silence")
    return True


async def _choose(call: Call, line: Line, event: Event) -> None:
    digit = await call.ask(
        *line.prompts.media("emergency_menu"), seconds=CHOICE_SECONDS, keys="".join(SERVICE_KEYS)
    )
    call.visit("emergency_menu", digit)
    line.emergencies.confirmed(event.event_id, "key" if digit else "silence")
    event.service = event.in_hand.service = SERVICE_KEYS.get(digit or "", DEFAULT_SERVICE)
    line.emergencies.chosen(event.event_id, event.service)
    _remember(call, line, event)


# Ringing


async def _ring_list(call: Call, line: Line, event: Event, *, aloud: bool) -> Desk | None:
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


async def _ring(call: Call, line: Line, event: Event, number: str) -> Desk | None:
    dialed_at = line.now()

    def attempted(result: AttemptResult, answered_at: datetime | None = None) -> None:
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
        attempted("unreachable")
        await asyncio.sleep(1)  # the caller hears at least that something is tried
        return None
    settings = line.city.directory.emergency
    leg = call.parties.new_leg("emergency", number)
    try:
        result = await call.parties.dial(
            to,
            leg,
            "emergency",
            ring_seconds=settings.ring_seconds,
            progress_seconds=settings.progress_seconds,
        )
    except asyncio.CancelledError:
        attempted("no_answer")
        raise
    if isinstance(result, Answered):
        attempted("answered", result.at)
        return Desk(leg, result.at)
    failed: DialResult = result.result
    attempted(failed)
    return None


# Connected


async def join(call: Call, line: Line, event: Event, desk: Desk, *, whisper: bool = True) -> None:
    """Whisper to the desk, then all talk: caller, desk, and the agent if there is one."""
    parties = call.parties
    try:
        with parties.inviting():
            if whisper:
                await _tell_desk(call, line, desk.leg)
            await parties.end_hold()
            await parties.converse()
            await parties.bring_in(desk.leg, service=event.service)
            connected(call, line, event, desk)
    except LegGone:
        await _agent_or_desk(call, line, event)
        return
    await call.say("emergency_joined", service=event.service)
    await go_on(call, line)


def connected(call: Call, line: Line, event: Event, desk: Desk) -> None:
    """The caller and the desk talk: the emergency is in its hands."""
    line.emergencies.close(event.event_id, answered_at=desk.answered_at, outcome="connected")
    call.reached("emergency_transferred")
    call.note(Stage("talk", {"emergency": event.event_id}))
    _over(call, line, event)


async def _tell_desk(call: Call, line: Line, desk: Leg) -> None:
    whisper = line.prompts.media("emergency_whisper", caller_number=call.caller_number or "")
    talking = bool(call.parties.services)
    async with _quiet() if talking else call.sounding(*line.prompts.ringback):
        await first(desk.tell(*whisper), _any_key(desk), asyncio.sleep(WHISPER_SECONDS))


async def _any_key(desk: Leg) -> None:
    await desk.keys.next()


# Nobody there


async def _agent_or_desk(call: Call, line: Line, event: Event) -> None:
    """Head of the agents' queue, and the list again while waiting: whoever comes first.

    With an agent there already: he talks on, and the list again beside the talk.
    """
    line.emergencies.close(event.event_id, answered_at=None, outcome="failed")
    _tell(call, event, "emergency_failed", "没有接通，系统还在呼叫；请市民同时用其他电话拨打")
    if call.parties.with_role(*AGENTS, "emergency"):
        await call.say("emergency_retry", service=event.service, number=event.service)
        late: Desk | None = await first(_list_beside_talk(call, line, event), go_on(call, line))
        if late is not None:
            await join(call, line, event, late)
        return
    entered = line.now()
    call.enters_queue(call.skilled_for)
    async with line.queue.place(
        call.id, call.skilled_for, priority=Priority.EMERGENCY, since=entered
    ) as place:
        came: AgentThere | Desk | None = await first(
            ring_agents(call, line, place),
            _list_again(call, line, event),
            _encourage(call, line, event),
        )
    assert came is not None
    await call.parties.release_unjoined(keep=came.leg)  # both may have answered at once
    match came:
        case AgentThere(number=number, leg=leg):
            call.waited("answered", number)
            _over(call, line, event)
            if not await talk(call, line, leg, number):
                await _agent_or_desk(call, line, event)
        case desk:
            call.waited("emergency")
            await join(call, line, event, desk)


def _tell(call: Call, event: Event, code: str, what: str) -> None:
    """The agents of the call and the supervisors."""
    told = f"{event.service}{what}{event.service}"
    call.notice(code, told, level="error")
    call.notice(code, told, level="error", to="supervisors")


async def _list_beside_talk(call: Call, line: Line, event: Event) -> Desk:
    """A few times more; then the talk goes on alone, and who talks is told so."""
    for _ in range(ROUNDS_BESIDE_TALK):
        await asyncio.sleep(ROUND_SECONDS)
        desk = await _ring_list(call, line, event, aloud=False)
        if desk is not None:
            return desk
    _tell(
        call,
        event,
        "emergency_stopped",
        "仍未接通，系统已停止呼叫；请按 F9 再拨，并请市民用其他电话拨打",
    )
    call.note(Stage("talk", {}))
    _over(call, line, event)
    never: asyncio.Future[Desk] = asyncio.get_running_loop().create_future()
    return await never


async def _list_again(call: Call, line: Line, event: Event) -> Desk:
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
