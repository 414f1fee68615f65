"""The line as the console's pages show it: calls, queue, agents. Pure: what is there in, JSON out.

Numbers are in full here; who may see them is the console's to decide.
"""

from typing import Any, Literal

from ivr.call import Call
from ivr.line import Line
from ivr.parties import AGENTS, HELPERS
from ivr.queue.agents import AgentState
from ivr.targets import ToAgent, ToGroup, ToSupervisors, ToUnit, shown
from ivr.telephony.leg import Leg
from store.types import local_iso

Json = dict[str, Any]
CallState = Literal[
    "menu",
    "waiting",
    "ringing",
    "connecting",
    "talking",
    "held",
    "consulting",
    "transferring",
    "survey",
]
AFTER = ("survey",)
BEFORE = ("queue",)


def agent_view(line: Line, state: AgentState, call_id: str | None) -> Json:
    """An agent (话务员); `call_id`: the call that he is in."""
    known = line.city.directory.agents.get(state.number)
    return {
        "number": state.number,
        "name": (known.name if known else "") or None,
        "role": known.role if known else "agent",
        "state": state.status.value,
        "since": local_iso(state.since),
        "reason": state.reason,
        "call_id": call_id or state.call_id,
        "skills": dict(state.skills),
        "auto_answer": state.auto_answer,
        "device": state.device,
        "registered": line.phones.of(state.number, state.device).registered,
        "wrap_up_until": local_iso(line.queue.wrap_up_until(state)),
    }


def pause_reasons_view(line: Line) -> list[Json]:
    """Why agents may pause (置忙原因)."""
    return [
        {"code": reason.code, "label": reason.label}
        for reason in line.city.settings.queue.pause_reasons
    ]


def queue_view(line: Line, numbers: dict[str, str | None]) -> list[Json]:
    """Who waits (排队), the head first; `numbers` of the callers by call."""
    return [
        {
            "call_id": one.call_id,
            "group": one.group,
            "since": local_iso(one.since),
            "position": position,
            "priority": one.priority,
            "caller_number": numbers.get(one.call_id),
        }
        for position, one in enumerate(line.queue.waiting, 1)
    ]


def call_view(call: Call) -> Json:
    """A call (通话) and everybody in it; `since` is added by who knows what it was before.

    Numbers as in its record: in an outbound call the citizen is called.
    """
    citizen, hotline = call.caller_number, call.called_number
    is_inbound = call.direction == "inbound"
    return {
        "call_id": call.id,
        "direction": call.direction,
        "caller_number": citizen if is_inbound else hotline,
        "called_number": hotline if is_inbound else citizen,
        "group": call.skilled_for,
        "priority": call.priority,
        "state": call_state(call),
        "started_at": local_iso(call.started_at),
        "answered_at": local_iso(call.answered_at),
        "waiting_since": local_iso(call.waiting_since),
        "waited_seconds": call.waited_seconds,
        "parties": [_party(call, leg, state) for leg, state in call.parties.everyone],
        "tickets": list(call.tickets),
        "hides_number": call.hides_number,
        "emergency": _emergency(call),
        "agent": _person(call, call.parties.agent),
        "asked_by": _asked_by(call),
        "passed_by": _person(call, call.passed_by),
        "danger": call.line.transcripts.danger(call.id),
        "summons": _summons(call),
        "referred_up": None
        if call.parties.with_role("supervisor")
        else local_iso(call.referred_up),
    }


def call_state(call: Call) -> CallState:
    """What the caller is in."""
    parties = call.parties
    if call.consultation is not None:
        return "consulting"
    if call.stage == "transfer":
        return "transferring"
    if parties.holds:
        return "held"
    if parties.with_role(*HELPERS):
        return "talking"
    if any(state == "ringing" for _, state in parties.everyone):
        return "ringing"
    if call.stage in AFTER:
        return "survey"
    if any(leg.role in HELPERS and state != "left" for leg, state in parties.everyone):
        return "connecting"  # answered, and on the way into the conversation
    return "waiting" if call.stage in BEFORE else "menu"


def agents_of(call: Call) -> list[str]:
    """Numbers of the agents who are in a call or rung for it."""
    return [
        leg.number for leg, state in call.parties.everyone if leg.role in AGENTS and state != "left"
    ]


def _party(call: Call, leg: Leg, state: str) -> Json:
    return {
        "leg_id": leg.id,
        "role": leg.role,
        "number": leg.number or None,
        "name": _name(call.line, leg),
        "state": state,
    }


def _asked_by(call: Call) -> Json | None:
    """Who asks, where somebody is consulted."""
    if call.consultation is None:
        return None
    return _person(call, call.consultation.asked_by)


def _person(call: Call, leg: Leg | None) -> Json | None:
    return {"number": leg.number, "name": _name(call.line, leg)} if leg is not None else None


def _summons(call: Call) -> Json | None:
    """Who is rung at an agent's word, from the command until he is there."""
    summons = call.summons
    if summons is None:
        return None
    agents = call.line.city.directory.agents
    match summons.target:
        case ToAgent(number=number):
            kind, name = "agent", agents[number].name if number in agents else None
        case ToGroup():
            kind, name = "group", None
        case ToSupervisors():
            kind, name = "supervisors", None
        case ToUnit(unit=unit):
            kind, name = "unit", unit.name
    target = shown(summons.target)
    told = {"by": summons.by, "purpose": summons.purpose, "kind": kind, "target": target}
    return {**told, "name": name or None}


def _name(line: Line, leg: Leg) -> str | None:
    directory = line.city.directory
    if leg.role in AGENTS:
        agent = directory.agents.get(leg.number)
        return (agent.name if agent else "") or None
    if leg.role == "unit":
        units = directory.units.values()
        return next((unit.name for unit in units if leg.number in unit.contacts), None)
    return None


def _emergency(call: Call) -> Json | None:
    in_hand = call.wishes.in_hand
    if in_hand is not None:
        return {
            "service": in_hand.service,
            "undo_until": local_iso(in_hand.undo_until),
            "connected": False,
        }
    for service in call.parties.services:
        return {"service": service, "undo_until": None, "connected": True}
    return None
