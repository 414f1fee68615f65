"""Watches the line and tells what has changed: a snapshot to begin with, then the differences."""

import asyncio
from typing import Any

from ivr.calls import Calls
from ivr.desk.views import agent_view, agents_of, call_view, pause_reasons_view, queue_view
from ivr.line import Line
from ivr.queue.agents import AgentStatus
from store.types import local_iso

Json = dict[str, Any]
LEAST_SECONDS = 0.05
"""Changes that come closer together are told at once."""
MOST_SECONDS = 5.0
"""A reader hears something at least so often, or knows that the line is gone."""


class Watch:
    """The line as it was told last."""

    def __init__(self, line: Line, calls: Calls) -> None:
        self._line = line
        self._calls = calls
        self._agents: dict[str, Json] = {}
        self._queue: list[Json] = []
        self._reasons: list[Json] = []
        self._told: dict[str, Json] = {}
        """Calls that run, and those that somebody still wraps up."""

    async def run(self) -> None:
        """Tell every change, as long as the line runs."""
        changed = self._line.feed.changed
        while True:
            try:
                async with asyncio.timeout(MOST_SECONDS):
                    await changed.wait()
            except TimeoutError:
                self._line.feed.tell({"type": "alive"})
            changed.clear()
            self.look()
            await asyncio.sleep(LEAST_SECONDS)

    def snapshot(self) -> Json:
        """Everything; what is told from here on are differences to it."""
        self.look()
        return {
            "type": "snapshot",
            "agents": list(self._agents.values()),
            "queue": self._queue,
            "pause_reasons": self._reasons,
            "calls": list(self._told.values()),
            "transcripts": {
                call_id: segments
                for call_id in self._told
                if (segments := self._line.transcripts.of(call_id))
            },
        }

    def of_agent(self, number: str) -> Json:
        """`{"agent", "call"}`: an agent and the call that he is in or wraps up."""
        self.look()
        agent = self._agents.get(number)
        return {"agent": agent, "call": self._told.get((agent or {}).get("call_id") or "")}

    def look(self) -> None:
        """Compare, and tell what is different."""
        line = self._line
        calls = {call.id: self._since(call_view(call)) for call in self._calls.all}
        own = {number: c.id for c in self._calls.all for number in agents_of(c)}
        agents = {
            one.number: agent_view(line, one, own.get(one.number)) for one in line.queue.agents
        }
        wrapped_up = [a.call_id for a in line.queue.agents if a.status is AgentStatus.WRAP_UP]
        for call_id in wrapped_up:  # the last call stays with who writes it up
            if call_id in self._told and call_id not in calls:
                calls[call_id] = self._since(_over(self._told[call_id]))
        queue = queue_view(line, {call.id: call.caller_number for call in self._calls.all})
        line.transcripts.keep_only(calls)
        self._tell_calls(calls)
        self._tell_agents(agents)
        if queue != self._queue:
            self._queue = queue
            line.feed.tell({"type": "queue", "queue": queue})
        reasons = pause_reasons_view(line)
        if reasons != self._reasons:
            self._reasons = reasons
            line.feed.tell({"type": "pause_reasons", "pause_reasons": reasons})

    def _tell_calls(self, calls: dict[str, Json]) -> None:
        before, self._told = self._told, calls
        for call_id, view in calls.items():
            if before.get(call_id) != view:
                self._line.feed.tell({"type": "call", "call": view})
        for call_id in before.keys() - calls.keys():
            self._line.feed.tell({"type": "call_over", "call_id": call_id})

    def _tell_agents(self, agents: dict[str, Json]) -> None:
        before, self._agents = self._agents, agents
        for number, view in agents.items():
            if before.get(number) != view:
                self._line.feed.tell({"type": "agent", "agent": view})
        for number in before.keys() - agents.keys():
            self._line.feed.tell({"type": "agent_gone", "number": number})

    def _since(self, view: Json) -> Json:
        """With the time since when the call's state is what it is."""
        before = self._told.get(view["call_id"])
        if before is not None and before["state"] == view["state"]:
            return {**view, "since": before["since"]}
        return {**view, "since": local_iso(self._line.now())}


def _over(view: Json) -> Json:
    """A call that has ended, for who wraps it up."""
    parties = [{**party, "state": "left"} for party in view["parties"]]
    return {**view, "state": "wrap_up", "parties": parties, "emergency": None}
