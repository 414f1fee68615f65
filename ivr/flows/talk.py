"""A caller talks with an agent (通话), who may bring in others by codes on the phone."""

import logging

from ivr.agent_keys import (
    AgentKeys,
    Command,
    DropUnit,
    Hold,
    ThreeWay,
    ToEmergency,
    Transfer,
)
from ivr.call import Call
from ivr.flows.hold import hold
from ivr.flows.survey import survey
from ivr.flows.three_way import drop_units, three_way
from ivr.line import Line
from ivr.parties import AGENTS, HELPERS
from ivr.requests import TransferRequest
from ivr.telephony.leg import Leg, LegGone
from store.calls import EndedBy, Stage

log = logging.getLogger(__name__)

BROKEN = (27, 38, 41, 44)
"""Q.850: destination or network out of order, temporary failure, channel unavailable (no sound
comes any more): a phone that broke, not a person who hung up."""


async def talk(call: Call, line: Line, agent: Leg, number: str) -> bool:
    """Connect the caller with an agent who has answered; ends when the caller is alone.

    False: the agent was gone before the first word, or his phone broke: the caller has not been
    helped.
    """
    # Nobody is kept apart by a slow disk: the draft is written while they begin to talk.
    call.owe(call.draft("agent", agent_no=number), name=f"draft {call.id}")
    await call.parties.converse()
    if not await join_agent(call, line, agent, number):
        await call.parties.end_conversation()
        return False
    return await talk_on(call, line)


async def join_agent(call: Call, line: Line, agent: Leg, number: str) -> bool:
    """Bring an agent in who answered. False: he is gone."""
    try:
        await call.parties.bring_in(agent)
    except LegGone:
        log.info("call %s: agent %s left before the first word", call.id, number)
        return False
    call.note(Stage("talk", {"agent": number}))
    call.reached("agent_answered")
    follow_codes(call, line, agent)
    await call.say("agent_announce", agent_no=number)
    return True


def follow_codes(call: Call, line: Line, agent: Leg) -> None:
    call.spawn(agent_codes(call, line, agent), name=f"codes of {agent.id}")


async def talk_on(call: Call, line: Line) -> bool:
    """Until nobody but the caller is left; then the survey, where an agent helped.

    False: an agent's phone broke and the caller is alone, not yet helped.
    """
    parties, conversation = call.parties, call.parties.conversation
    assert conversation is not None
    await conversation.until(lambda c: not parties.invitations and not c.with_role(*HELPERS))
    left = conversation.last_left
    await parties.end_hold()
    await parties.end_conversation()
    if left is not None and left.role in AGENTS and left.hung_up.result().cause in BROKEN:
        log.warning("call %s: the phone of agent %s broke", call.id, left.number)
        return False
    call.ended_by = _ender(left)
    if left is not None and left.role == "emergency":
        await call.say("goodbye")
    else:
        await survey(call, line)
    return True


def _ender(left: Leg | None) -> EndedBy:
    match left.role if left else None:
        case "unit":
            return "unit"
        case "agent" | "supervisor":
            return "agent"
        case _:
            return "system"


async def agent_codes(call: Call, line: Line, agent: Leg) -> None:
    """Carry out what the agent types, one after the other, as long as the call lives."""
    keys = AgentKeys(line.city.codes)
    while True:
        command = keys.press((await agent.keys.next()).digit)
        if command is not None:
            await carry_out(call, line, agent, command)


async def carry_out(call: Call, line: Line, agent: Leg, command: Command) -> None:
    parties, directory = call.parties, line.city.directory
    match command:
        case _ if agent not in parties.with_role(*AGENTS):
            await _refuse(line, agent)  # he waits for what came of his transfer
        case ThreeWay(extension=extension) if _can_invite(call, line, extension):
            parties.invite(three_way(call, line, directory.units[extension]))
        case DropUnit() if parties.invites or parties.with_role("unit"):
            await parties.end_invitation()
            await drop_units(call)
        case ToEmergency(service=service) if (
            service in directory.emergency.services and call.wishes.emergency(service, "agent")
        ):
            pass
        case Transfer(target=target) if _can_transfer(line, agent, target) and (
            call.wishes.transfer(TransferRequest(agent.number, agent.id, target))
        ):
            pass
        case Hold() if parties.holds:
            await parties.end_hold()
            await call.say("hold_return")
        case Hold() if not call.wishes.busy:
            parties.hold(hold(call, agent))
        case _:
            await _refuse(line, agent)


def _can_invite(call: Call, line: Line, extension: str) -> bool:
    """One unit at a time is rung, and none that is there."""
    unit = line.city.directory.units.get(extension)
    if unit is None or call.parties.invites:
        return False
    return not any(leg.number in unit.contacts for leg in call.parties.with_role("unit"))


def _can_transfer(line: Line, agent: Leg, target: str) -> bool:
    directory = line.city.directory
    return target in directory.groups or (target in directory.agents and target != agent.number)


async def _refuse(line: Line, agent: Leg) -> None:
    """Tell the agent alone that nothing came of the code."""
    await agent.tell(*line.prompts.media("agent_code_failed"))
