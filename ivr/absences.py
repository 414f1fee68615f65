"""Agents on duty whose page is gone (网页话机离线): no calls for them, after a while a pause."""

import asyncio
import logging
from contextlib import suppress

from ivr.line import Line
from ivr.queue.agents import PHONE_LOST, AgentEvent, AgentState, AgentStatus, IllegalAgentEvent

log = logging.getLogger(__name__)

WAITING = (AgentStatus.AVAILABLE, AgentStatus.WRAP_UP)


class Absences:
    """Looks whenever a phone or an agent has changed."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._timers: dict[str, asyncio.TimerHandle] = {}

    def look(self) -> None:
        """Begin or end the time of grace of each agent."""
        for agent in self._line.queue.agents:
            is_away = agent.status in WAITING and not can_be_rung(self._line, agent)
            if is_away and agent.number not in self._timers:
                seconds = self._line.city.settings.queue.page_return_seconds
                self._later(seconds, agent.number)
            elif not is_away and agent.number in self._timers:
                self._timers.pop(agent.number).cancel()

    def _later(self, seconds: float, number: str) -> None:
        loop = asyncio.get_running_loop()
        self._timers[number] = loop.call_later(seconds, lambda: self._pause(number))

    def _pause(self, number: str) -> None:
        self._timers.pop(number, None)
        log.warning("agent %s is paused: his page is gone", number)
        with suppress(IllegalAgentEvent):
            self._line.queue.event(number, AgentEvent.PAUSE, reason=PHONE_LOST)


def can_be_rung(line: Line, agent: AgentState) -> bool:
    """A page that is not registered cannot; a phone on the desk is tried in any case."""
    return agent.device == "phone" or line.phones.of(agent.number, "web").registered
