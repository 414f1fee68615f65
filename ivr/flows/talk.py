"""A caller talks with an agent (通话)."""

import logging

from ivr.call import Call
from ivr.flows.survey import survey
from ivr.line import Line
from ivr.parties import AGENTS, HELPERS
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
    if not await join_agent(call, agent):
        await call.parties.end_conversation()
        return False
    return await talk_on(call, line)


async def join_agent(call: Call, agent: Leg) -> bool:
    """Bring an agent in who answered. False: he is gone."""
    try:
        await call.parties.bring_in(agent)
    except LegGone:
        log.info("call %s: agent %s left before the first word", call.id, agent.number)
        return False
    await takes_over(call, agent)
    return True


async def takes_over(call: Call, agent: Leg) -> None:
    """The caller is this agent's from now on, and is told so."""
    call.parties.belongs_to(agent)
    call.note(Stage("talk", {"agent": agent.number}))
    call.reached("agent_answered")
    await call.say("agent_announce", agent_no=agent.number)


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
