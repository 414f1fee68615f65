"""Taking back live calls (design §3 'Reconnect and adoption').

Asterisk keeps channels, bridges and recordings while no controller is there. The journal says
what each call was doing; ids say what belongs to whom.
"""

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ivr.call import Call
from ivr.capture import CaptureIds, Tap
from ivr.flows.emergency import Event, connect, event_closed, join
from ivr.flows.inbound import TO_PERSON, fulfil
from ivr.flows.message import message
from ivr.flows.talk import follow_codes, talk_on
from ivr.flows.waiting import with_agent
from ivr.ids import caller_leg
from ivr.line import Line
from ivr.menus import ToNode
from ivr.telephony.conversation import Conversation
from ivr.telephony.leg import Leg
from store.calls import OpenCall

log = logging.getLogger(__name__)

Json = dict[str, Any]
APP = "hotline"


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


def adopt(line: Line, row: OpenCall, world: World) -> Call:
    """The call as it is now, with the parties that are still there."""
    call = Call(
        line,
        row.call_id,
        line.switch.leg(caller_leg(row.call_id), role="caller", number=_citizen(row) or ""),
        caller_number=_citizen(row),
        called_number=row.called_number or "",
        started_at=row.started_at,
        outcome=row.outcome or "abandoned_in_menu",  # type: ignore[arg-type]
    )
    call.count_from_now(int(time.time()))
    if row.waits:
        call.waiting_since = row.waits[-1].entered_at
        call.skilled_for = row.waits[-1].queue
    return call


def _citizen(row: OpenCall) -> str | None:
    return row.caller_number if row.direction == "inbound" else row.called_number


async def resume(call: Call, line: Line, row: OpenCall, world: World) -> None:
    """The flow of an adopted call: emergencies first, talks go on, others are greeted again."""
    legs = _legs(call, line, row, world)
    bridge = f"{call.id}.bridge.talk.1"
    if bridge in world.bridges:
        await _adopt_talk(call, line, bridge, legs, world)
    data = row.stage_data
    others = [
        leg for leg in legs if call.conversation is None or leg not in call.conversation.parties
    ]
    event_id = str(data.get("event_id") or data.get("emergency") or "")
    if row.stage == "emergency":
        event = Event(event_id, str(data["service"]))
        async with event_closed(call, line, event):
            desks = [leg for leg in others if leg.role == "emergency" and _up(leg, world)]
            if desks:
                call.follow(desks[0])
                await join(call, line, event, desks[0], whisper=False)
            else:
                await _drop(others)
                await connect(call, line, event)
        return
    await _drop(others)
    if call.conversation is not None:
        await talk_on(call, line)
        return
    match row.stage:
        case "queue":
            wish = await with_agent(
                call,
                line,
                str(data["group"]),
                priority=int(data["priority"]),
                since=datetime.fromisoformat(str(data["since"])),
            )
            await fulfil(call, line, wish)
        case "message":
            if not await message(call, line):
                await fulfil(call, line, TO_PERSON)
        case "talk" | "survey":
            await call.say("goodbye")
        case _:
            await fulfil(call, line, ToNode(node=line.city.menus.modes["menu"]))


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


async def _adopt_talk(call: Call, line: Line, bridge: str, legs: list[Leg], world: World) -> None:
    conversation = Conversation(line.switch, bridge)
    call.conversation = conversation
    _adopt_taps(call, line, world)
    for leg in (call.leg, *legs):
        if leg.id not in world.bridges[bridge]:
            continue
        await conversation.adopt(leg)
        if leg is not call.leg:
            call.follow(leg)
        if leg.role == "agent":
            line.queue.talking_again(leg.number, call.id)
            line.queue.follow(leg.number, leg.hung_up)
            follow_codes(call, line, leg)
    if call.leg not in conversation.parties and conversation.parties:
        await conversation.join(call.leg)  # he was on hold


def _adopt_taps(call: Call, line: Line, world: World) -> None:
    prefix = f"{call.id}.bridge."
    for bridge in world.bridges:
        if bridge.startswith(prefix):
            role, n = bridge.removeprefix(prefix).rsplit(".", 1)
            if role != "talk":
                call.keep_tap(Tap.adopted(line.switch, CaptureIds(call.id, role, int(n))))


def _up(leg: Leg, world: World) -> bool:
    return bool(world.channels[leg.id].get("state") == "Up")


async def _drop(legs: list[Leg]) -> None:
    for leg in legs:
        await leg.hang_up()
