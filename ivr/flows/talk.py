"""A caller talks with an agent (通话), who may bring in others by codes on the phone."""

import logging
from contextlib import suppress

from ivr.agent_keys import (
    AgentKeys,
    Command,
    DropUnit,
    Hold,
    ThreeWay,
    ToEmergency,
    Transfer,
    Unknown,
)
from ivr.call import Call
from ivr.flows.hold import hold
from ivr.flows.survey import survey
from ivr.flows.three_way import drop_units, three_way
from ivr.line import Line
from ivr.requests import EmergencyRequest, TransferRequest
from ivr.telephony.leg import Leg, LegGone, PlaybackFailed
from store.calls import Stage

log = logging.getLogger(__name__)

HELPERS = ("agent", "supervisor", "unit", "emergency")


async def talk(call: Call, line: Line, agent: Leg, number: str) -> bool:
    """Connect the caller with an agent who has answered; ends when the caller is alone.

    False: the agent was gone before the first word, and the caller has not been helped.
    """
    call.note(Stage("talk", {"agent": number}))
    await line.tickets.draft_from_call(
        call.id,
        "agent",
        caller_number=call.caller_number,
        called_number=call.called_number,
        agent_no=number,
        at=line.now(),
    )
    await call.converse()
    if not await join_agent(call, line, agent, number):
        await call.end_conversation()
        return False
    await talk_on(call, line)
    return True


async def join_agent(call: Call, line: Line, agent: Leg, number: str) -> bool:
    try:
        await call.bring_in(agent, absorb_keys=True)
    except LegGone:
        log.info("call %s: agent %s left before the first word", call.id, number)
        return False
    call.reached("agent_answered")
    follow_codes(call, line, agent)
    await call.say("agent_announce", agent_no=number)
    return True


def follow_codes(call: Call, line: Line, agent: Leg) -> None:
    call.spawn(agent_codes(call, line, agent), name=f"codes of {agent.id}")


async def talk_on(call: Call, line: Line) -> None:
    """Until nobody but the caller is left; then the survey, where an agent helped."""
    assert call.conversation is not None
    await call.conversation.until(lambda c: not call.invitations and not c.with_role(*HELPERS))
    call.ended_by = "unit" if call.conversation.last_left == "unit" else "agent"
    await call.end_hold()
    await call.end_conversation()
    if call.outcome == "emergency_transferred":
        await call.say("goodbye")
    else:
        await survey(call, line)


async def agent_codes(call: Call, line: Line, agent: Leg) -> None:
    """Carry out what the agent types, one after the other, as long as the call lives."""
    keys = AgentKeys(line.city.codes)
    while True:
        command = keys.press((await agent.keys.next()).digit)
        if command is not None:
            await carry_out(call, line, agent, command)


async def carry_out(call: Call, line: Line, agent: Leg, command: Command) -> None:
    conversation = call.conversation
    assert conversation is not None
    match command:
        case ThreeWay(extension=extension) if extension in line.city.directory.units:
            unit = line.city.directory.units[extension]
            call.spawn(three_way(call, line, unit), name=f"three-way {call.id}")
        case DropUnit() if conversation.with_role("unit"):
            await drop_units(call)
        case ToEmergency(service=service) if service in line.city.directory.emergency.services:
            if not conversation.with_role("emergency"):
                call.request(EmergencyRequest(service, "agent"))
        case Transfer(target=target) if _can_transfer(line, agent, target):
            call.request(TransferRequest(agent.number, agent.id, target))
        case Hold() if call.held:
            await call.end_hold()
        case Hold():
            call.hold(hold(call, agent))
        case ThreeWay() | DropUnit() | ToEmergency() | Transfer() | Unknown():
            await _refuse(line, agent)


def _can_transfer(line: Line, agent: Leg, target: str) -> bool:
    directory = line.city.directory
    return target in directory.groups or (target in directory.agents and target != agent.number)


async def _refuse(line: Line, agent: Leg) -> None:
    """Tell the agent alone that nothing came of the code."""
    with suppress(PlaybackFailed):
        await agent.play(*line.prompts.media("agent_code_failed"))
