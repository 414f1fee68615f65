"""What a page is told of the line, by role (domain.md §2.6). Pure: the mirror in, JSON out.

An agent gets himself and his own call, with all numbers; supervisors get the whole line, with the
citizen's number starred where the call concerns a hidden ticket.
"""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from console.live.mirror import Mirror
from ticketing.identity import masked_number

Json = dict[str, Any]
_OWN_STATE = {"ringing": "ringing", "wrap_up": "wrap_up"}
"""States of an agent that are also the state of his call, whatever the others in it do."""
_LINE_AGENT = ("number", "name", "role", "state", "since", "reason", "call_id", "skills")


@dataclass(frozen=True)
class CallLinks:
    """What the store knows of a running call."""

    tickets: tuple[str, ...] = ()
    is_hidden: bool = False
    """One of them is a report (举报) or confidential."""


Links = Mapping[str, CallLinks]
NO_LINKS = CallLinks()


def desk(mirror: Mirror, number: str, links: Links) -> Json | None:
    """The page's `desk` message for an agent; None where the line does not know him."""
    agent = mirror.agents.get(number)
    if agent is None:
        return None
    return desk_of(agent, mirror.calls.get(agent["call_id"] or ""), mirror.pause_reasons, links)


def desk_of(agent: Json, call: Json | None, reasons: list[Json], links: Links) -> Json:
    """The same from what the controller tells of one agent and his call."""
    told = ("number", "state", "since", "reason", "auto_answer", "device", "registered")
    return {
        "type": "desk",
        **{name: agent[name] for name in (*told, "wrap_up_until")},
        "pause_reasons": reasons,
        "call": _own(call, agent["state"], links) if call is not None else None,
    }


def _own(call: Json, agent_state: str, links: Links) -> Json:
    state = _OWN_STATE.get(agent_state, call["state"])
    own = {**call, "state": state, "tickets": _tickets(call, links)}
    if state == "ringing":
        own["danger"] = None  # what the citizen said: not before he has taken the call
    return _starred(own) if call["hides_number"] else own


def _tickets(call: Json, links: Links) -> list[str]:
    linked = links.get(call["call_id"], NO_LINKS).tickets
    return list(dict.fromkeys((*call["tickets"], *linked)))


def transcript(mirror: Mirror, call_id: str) -> Json | None:
    """All that was said in a running call so far; None where it is nothing."""
    segments = mirror.transcripts.get(call_id)
    if not segments:
        return None
    return {"type": "transcript", "call_id": call_id, "segments": list(segments.values())}


@dataclass(frozen=True)
class LineView:
    """The whole line, as a supervisor may see it."""

    agents: dict[str, Json]
    calls: dict[str, Json]
    queue: list[Json]
    counts: Json


def line(mirror: Mirror, links: Links, own: str | None) -> LineView:
    """`own`: the supervisor's own extension; of calls he is in he knows the numbers."""
    calls = {
        call_id: _shown({**call, "tickets": _tickets(call, links)}, links, own)
        for call_id, call in mirror.calls.items()
    }
    queue = [
        {
            **one,
            "caller_number": _number(
                one["caller_number"], is_hidden=links.get(one["call_id"], NO_LINKS).is_hidden
            ),
        }
        for one in mirror.queue
    ]
    agents = {
        number: {name: agent[name] for name in _LINE_AGENT}
        for number, agent in mirror.agents.items()
    }
    return LineView(agents, calls, queue, _counts(mirror))


def _shown(call: Json, links: Links, own: str | None) -> Json:
    took_part = own is not None and any(
        party["role"] in ("agent", "supervisor") and party["number"] == own
        for party in call["parties"]
    )
    is_hidden = not took_part and links.get(call["call_id"], NO_LINKS).is_hidden
    return _starred(call) if is_hidden or call["hides_number"] else call


def _starred(call: Json) -> Json:
    citizen = "caller_number" if call["direction"] == "inbound" else "called_number"
    parties = [
        {**party, "number": _number(party["number"], is_hidden=True)}
        if party["role"] == "caller"
        else party
        for party in call["parties"]
    ]
    return {**call, citizen: _number(call[citizen], is_hidden=True), "parties": parties}


def _number(number: str | None, *, is_hidden: bool) -> str | None:
    return masked_number(number) if number is not None and is_hidden else number


def _counts(mirror: Mirror) -> Json:
    states = Counter(agent["state"] for agent in mirror.agents.values())
    return {"waiting": len(mirror.queue), "calls": len(mirror.calls), "agents": dict(states)}


def difference(before: LineView | None, now: LineView) -> Json | None:
    """The page's `line` message: all of it first, then what has changed; None for nothing."""
    if before == now:
        return None
    message: Json = {"type": "line", "connected": True, "full": before is None}
    old = before or LineView({}, {}, [], {})
    message["agents"] = [one for key, one in now.agents.items() if old.agents.get(key) != one]
    message["calls"] = [one for key, one in now.calls.items() if old.calls.get(key) != one]
    message["gone"] = {
        "agents": [key for key in old.agents if key not in now.agents],
        "calls": [key for key in old.calls if key not in now.calls],
    }
    if before is None or old.queue != now.queue:
        message["queue"] = now.queue
    message["counts"] = now.counts
    return message


def dumps(message: Json) -> str:
    """As it goes to the page."""
    return json.dumps(message, ensure_ascii=False, separators=(",", ":"))
