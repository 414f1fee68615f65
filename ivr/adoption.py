"""Taking back live calls (design §3 'Reconnect and adoption').

Asterisk keeps channels, bridges and recordings while no controller is there. The journal says
what each call was doing; ids say what belongs to whom.
"""

import logging
import time
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ivr.ari.errors import AriError
from ivr.call import Call, Flow
from ivr.capture import CaptureIds, Tap
from ivr.flows import relay, sign_reminder, voice_callback
from ivr.flows.emergency import Desk, Event, connect, event_closed, join
from ivr.flows.inbound import fulfil, greet
from ivr.flows.message import message
from ivr.flows.talk import talk_on
from ivr.flows.waiting import back_in_queue, with_agent
from ivr.ids import caller_leg
from ivr.line import Line
from ivr.parties import AGENTS, HELPERS
from ivr.queue.core import Priority
from ivr.telephony.leg import Leg, LegGone
from store.calls import OpenCall

log = logging.getLogger(__name__)

Json = dict[str, Any]
APP = "hotline"

_TOLD_ANEW: Mapping[str, Flow] = {
    voice_callback.STAGE: voice_callback.ask_opinion,
    sign_reminder.STAGE: sign_reminder.tell,
}
"""Calls in which the line alone speaks: by their stage, what is said from the beginning again."""


@dataclass(frozen=True)
class World:
    """What Asterisk has: channels of our application and all bridges, by id."""

    channels: Mapping[str, Json]
    everything: frozenset[str]
    """Ids of all channels, those that the dialplan serves included."""
    bridges: Mapping[str, tuple[str, ...]]

    @property
    def ringing(self) -> list[str]:
        """Legs that were dialled and have not answered."""
        return [c for c in self.everything if ".leg." in c and c not in self.channels]

    @classmethod
    async def look(cls, line: Line) -> "World":
        channels = await line.switch.ari.channels()
        bridges = await line.switch.ari.bridges()
        return cls(
            {c["id"]: c for c in channels if _ours(c)},
            frozenset(c["id"] for c in channels),
            {b["id"]: tuple(b["channels"]) for b in bridges},
        )


def _ours(channel: Json) -> bool:
    dialplan = channel.get("dialplan", {})
    app_data = str(dialplan.get("app_data", ""))
    return dialplan.get("app_name") == "Stasis" and app_data.split(",")[0] == APP


def arguments(channel: Json) -> tuple[str, ...]:
    """What the dialplan gave to Stasis, e.g. ("inbound", "12345")."""
    return tuple(str(channel["dialplan"]["app_data"]).split(",")[1:])


def adopt(line: Line, row: OpenCall, elderly: Collection[str]) -> Call:
    """The call as the journal has it. `elderly`: numbers of callers who come first."""
    call = Call(
        line,
        row.call_id,
        line.switch.leg(caller_leg(row.call_id), role="caller", number=citizen(row) or ""),
        caller_number=citizen(row),
        called_number=row.called_number or "",
        started_at=row.started_at,
        outcome=row.outcome or "abandoned_in_menu",  # type: ignore[arg-type]
        direction=row.direction,
    )
    call.answered_at = row.answered_at
    call.stage = row.stage or ""
    call.parties.follow(call.leg)
    call.count_from_now(int(time.time()))
    if row.waits:
        call.waiting_since = row.waits[-1].entered_at
        call.enters_queue(row.waits[-1].queue)
        call.skilled_for = row.waits[-1].queue
    # Whether the ticket that it is made for hides its citizen is not known here: it may.
    call.hides_number = row.direction == "outbound"
    call.elderly = call.caller_number in elderly
    if call.elderly:
        call.comes_before(Priority.ELDERLY)
    return call


def citizen(row: OpenCall) -> str | None:
    """The number of the citizen on the call."""
    return row.caller_number if row.direction == "inbound" else row.called_number


def talking_agents(row: OpenCall, world: World) -> list[str]:
    """Numbers of the agents who are in the call's conversation, or wait for their transfer."""
    talking = {*world.bridges.get(_bridge(row.call_id), ()), row.stage_data.get("leg")}
    return [
        leg.number
        for leg in row.legs
        if leg.role in AGENTS and leg.number is not None and leg.leg_id in talking
    ]


def _bridge(call_id: str) -> str:
    return f"{call_id}.bridge.talk.1"


async def resume(call: Call, line: Line, row: OpenCall, world: World) -> None:
    """The flow of an adopted call: emergencies first, talks go on, others are greeted again."""
    parties, data = call.parties, row.stage_data
    legs = _legs(call, line, row, world)  # first: from now on their ends are heard
    await line.switch.silence(call.leg.id)
    if row.answered_at is None:
        await call.answer()
    for tap in _taps(call, line, world):
        parties.keep_tap(tap)
    if _bridge(call.id) in world.bridges:
        await _adopt_talk(call, line, legs, world)
    else:
        await parties.close_taps()  # whoever is listened to again gets a new one
    talking = parties.conversation.parties if parties.conversation else ()
    others = [leg for leg in legs if leg not in talking]
    if row.stage == "emergency":
        await _resume_emergency(call, line, str(data["event_id"]), str(data["service"]), others)
        return
    if row.stage == "transfer" and parties.conversation is not None:
        await _give_back(call, line, [leg for leg in others if leg.id == data["leg"]])
        others = [leg for leg in others if leg not in parties.conversation.parties]
    await _drop(others)
    if row.stage == relay.STAGE:
        await relay.talk_on(call)
        return
    anew = _TOLD_ANEW.get(row.stage or "")
    if anew is not None:
        await line.switch.silence(_bridge(call.id))
        await anew(call, line)
        return
    if parties.conversation is not None:
        # With nobody but the caller: whoever helped him has left, or had not come yet.
        helped = bool(parties.with_role(*HELPERS)) or row.stage in ("talk", "survey")
        if helped and await talk_on(call, line):
            return
        await parties.end_conversation()
        await fulfil(call, line, await back_in_queue(call, line))
        return
    match row.stage:
        case "queue":
            call.priority = int(data["priority"])
            wish = await with_agent(
                call,
                line,
                str(data["group"]),
                since=datetime.fromisoformat(str(data["since"])),
            )
            await fulfil(call, line, wish)
        case "message":
            if not await message(call, line):
                await fulfil(call, line, await back_in_queue(call, line))
        case "talk" | "survey":
            await call.say("goodbye")
        case _:
            await greet(call, line)


async def _resume_emergency(
    call: Call, line: Line, event_id: str, service: str, others: list[Leg]
) -> None:
    """A desk that had answered is put through at once; else its list is rung anew."""
    event = Event(event_id, service, call.wishes.take_up(service))
    async with event_closed(call, line, event):
        desk = next((leg for leg in others if leg.role == "emergency"), None)
        await _drop([leg for leg in others if leg is not desk])
        if desk is None:
            await connect(call, line, event)
        else:
            call.parties.follow(desk)
            await join(call, line, event, Desk(desk, line.now()), whisper=False)


def _legs(call: Call, line: Line, row: OpenCall, world: World) -> list[Leg]:
    numbers = {leg.leg_id: leg.number or "" for leg in row.legs}
    prefix = f"{call.id}.leg."
    return [
        line.switch.leg(
            channel,
            role=channel.removeprefix(prefix).split(".")[0],
            number=numbers.get(channel, ""),
        )
        for channel in world.channels
        if channel.startswith(prefix) and channel != call.leg.id
    ]


async def _adopt_talk(call: Call, line: Line, legs: list[Leg], world: World) -> None:
    conversation = call.parties.conversation_of(_bridge(call.id))
    inside = world.bridges[conversation.bridge_id]
    await call.parties.adopt(conversation, [leg for leg in (call.leg, *legs) if leg.id in inside])
    for leg in call.parties.with_role(*AGENTS):
        line.queue.follow(leg.number, leg.hung_up)
        # Idempotent: the draft of a talk that had just begun may not have been written.
        call.owe(call.draft("agent", agent_no=leg.number), name=f"draft {call.id}")
    if conversation.parties and not call.parties.caller_talks:
        with suppress(AriError):
            await line.switch.ari.stop_moh(call.leg.id)
        await conversation.join(call.leg)  # he was on hold


async def _give_back(call: Call, line: Line, agents: list[Leg]) -> None:
    """An agent who waited for what came of his transfer has his caller again."""
    for agent in agents:
        call.parties.follow(agent)
        line.queue.talking_again(agent.number, call.id)
        line.queue.follow(agent.number, agent.hung_up)
        with suppress(LegGone):
            await call.parties.bring_in(agent, recorded=True)


def _taps(call: Call, line: Line, world: World) -> list[Tap]:
    prefix = f"{call.id}.bridge."
    found = []
    for bridge in world.bridges:
        if bridge.startswith(prefix):
            role, n = bridge.removeprefix(prefix).rsplit(".", 1)
            if role != "talk":
                found.append(Tap.adopted(line.switch, CaptureIds(call.id, role, int(n))))
    return found


async def _drop(legs: list[Leg]) -> None:
    for leg in legs:
        await leg.hang_up()
