"""What an agent types in a call is carried out (contract §3)."""

from ivr.agent_keys import AgentKeys
from ivr.call import Call
from ivr.flows.carry_out import carry_out
from ivr.line import Line
from ivr.telephony.leg import Leg
from ticketing.refusal import Refusal


async def agent_codes(call: Call, line: Line, agent: Leg) -> None:
    """One code after the other, as long as the call lives."""
    keys = AgentKeys(line.city.codes)
    while True:
        command = keys.press((await agent.keys.next()).digit)
        if command is None:
            continue
        try:
            await carry_out(call, line, agent, command)
        except Refusal:
            # The agent alone hears that nothing came of the code.
            await agent.tell(*line.prompts.media("agent_code_failed"))
