"""The state of the line for people and programs (contract §2 `status`)."""

from typing import Any

from ivr.ari.client import Ari
from ivr.ari.errors import AriError
from ivr.calls import Calls
from ivr.line import Line
from store.recordings import RecordingLog
from store.types import local_iso


async def status(
    line: Line, ari: Ari, calls: Calls, recordings: RecordingLog, *, serving: bool
) -> dict[str, Any]:
    """`serving` is false while the dialplan serves new calls alone."""
    speech = line.speech.status() if line.speech else {"engine": "none"}
    try:
        channels, bridges = await ari.channels(), await ari.bridges()
    except AriError:
        channels, bridges = [], []
    return {
        "serving": serving,
        "calls": len(calls.by_id),
        "channels": len(channels),
        "bridges": len(bridges),
        "queue": [
            {
                "call_id": waiting.call_id,
                "queue": waiting.group,
                "since": local_iso(waiting.since),
                "position": position,
                "priority": waiting.priority,
            }
            for position, waiting in enumerate(line.queue.waiting, 1)
        ],
        "agents": [
            {
                "number": agent.number,
                "state": agent.status.value,
                "since": local_iso(agent.since),
                "call_id": agent.call_id,
                "reason": agent.reason,
                "skills": dict(agent.skills),
                "auto_answer": agent.auto_answer,
                "device": agent.device,
                "registered": line.phones.of(agent.number, agent.device).registered,
            }
            for agent in line.queue.agents
        ],
        "speech": {**speech, "backlog": await recordings.backlog()},
    }
