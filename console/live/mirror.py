"""The console's copy of the line: what the controller told, in full (实时状态)."""

from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


@dataclass
class Mirror:
    """Agents by number, calls by id, who waits, what is said; empty while nobody tells."""

    connected: bool = False
    agents: dict[str, Json] = field(default_factory=dict)
    calls: dict[str, Json] = field(default_factory=dict)
    queue: list[Json] = field(default_factory=list)
    pause_reasons: list[Json] = field(default_factory=list)
    transcripts: dict[str, dict[str, Json]] = field(default_factory=dict)
    """Segments by call and id, in the order in which they began."""

    def lost(self) -> None:
        """The controller is away: what was told is not true any more."""
        self.__init__()  # type: ignore[misc]

    def on_duty(self, number: str) -> bool:
        """Whether an agent takes calls, or has one; of a line that is away nobody knows."""
        state = self.agents.get(number, {}).get("state")
        return not self.connected or state not in (None, "logged_out", "paused")

    def in_call(self, call_id: str) -> frozenset[str]:
        """Numbers of the agents who are in a call, or whose page may come back to it."""
        parties = self.calls.get(call_id, {}).get("parties", ())
        return frozenset(
            party["number"]
            for party in parties
            if party["role"] in ("agent", "supervisor")
            and party["state"] not in ("ringing", "left")
        )

    def apply(self, message: Json) -> None:
        """Take in what the controller tells; messages about moments change nothing."""
        match message:
            case {"type": "snapshot"}:
                self.connected = True
                self.agents = {one["number"]: one for one in message["agents"]}
                self.calls = {one["call_id"]: one for one in message["calls"]}
                self.queue = message["queue"]
                self.pause_reasons = message["pause_reasons"]
                self.transcripts = {
                    call_id: {one["id"]: one for one in segments}
                    for call_id, segments in message["transcripts"].items()
                }
            case {"type": "pause_reasons", "pause_reasons": reasons}:
                self.pause_reasons = reasons
            case {"type": "agent", "agent": agent}:
                self.agents[agent["number"]] = agent
            case {"type": "agent_gone", "number": number}:
                self.agents.pop(number, None)
            case {"type": "call", "call": call}:
                self.calls[call["call_id"]] = call
            case {"type": "call_over", "call_id": call_id}:
                self.calls.pop(call_id, None)
                self.transcripts.pop(call_id, None)
            case {"type": "queue", "queue": queue}:
                self.queue = queue
            case {"type": "transcript", "call_id": call_id, "segments": segments}:
                told = self.transcripts.setdefault(call_id, {})
                told.update((one["id"], one) for one in segments)
