"""An agent dials a code from an idle phone (签入、签出、置忙、置闲)."""

from ivr.line import Line
from ivr.queue.agents import AgentEvent, Device, IllegalAgentEvent
from ivr.telephony.leg import Leg


async def agent_code(line: Line, leg: Leg, agent: str, code: str, device: Device) -> None:
    """Carry out the code and confirm it with a short prompt.

    Who logs in is rung at the phone that he logged in with.
    """
    await leg.answer()
    await leg.play(*line.prompts.media(_carry_out(line, agent, code, device)))


def _carry_out(line: Line, agent: str, code: str, device: Device) -> str:
    codes = line.city.codes
    meaning = {
        codes.agent_login: (AgentEvent.LOGIN, "agent_logged_in"),
        codes.agent_logout: (AgentEvent.LOGOUT, "agent_logged_out"),
        codes.agent_pause: (AgentEvent.PAUSE, "agent_paused"),
        codes.agent_resume: (AgentEvent.RESUME, "agent_resumed"),
    }
    if code not in meaning:
        return "agent_code_failed"
    event, confirmation = meaning[code]
    try:
        is_login = event is AgentEvent.LOGIN
        known = line.queue.log_in(agent, device) if is_login else line.queue.event(agent, event)
    except IllegalAgentEvent:
        return "agent_code_failed"
    return confirmation if known is not None else "agent_code_failed"
