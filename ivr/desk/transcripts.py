"""What is said in the running calls (实时转写), as the speech workers hear it."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from ivr.desk.feed import Feed
from ivr.telephony.leg import Leg
from recordings.speech.pool import Heard, Listener, Spotted

Segment = dict[str, Any]
MOST_SEGMENTS = 400
"""Of one call, the newest; the whole is in the store."""


class Transcripts:
    """Kept as long as a call runs, for who looks in later."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._calls: dict[str, _Said] = {}

    def of(self, call_id: str) -> list[Segment]:
        """The call's segments so far."""
        said = self._calls.get(call_id)
        return list(said.segments.values()) if said else []

    def danger(self, call_id: str) -> Segment | None:
        """What sounded like an emergency in the caller's words, the last time."""
        said = self._calls.get(call_id)
        return said.danger if said else None

    def keep_only(self, call_ids: Collection[str]) -> None:
        """All other calls are over."""
        for call_id in [one for one in self._calls if one not in call_ids]:
            del self._calls[call_id]

    async def follow(self, call_id: str, leg: Leg, listener: Listener) -> None:
        """Tell what one speaker says, until nobody listens to him any more."""
        async for heard in listener:
            match heard:
                case Heard():
                    self._heard(call_id, leg, heard)
                case Spotted() if leg.role == "caller":
                    self._spotted(call_id, heard)

    def _spotted(self, call_id: str, heard: Spotted) -> None:
        """Told at once, and kept for the agent who has the caller next."""
        danger = {
            "service": heard.service,
            "words": list(heard.trigger_words),
            "doubt": heard.suppressed_by,
        }
        self._calls.setdefault(call_id, _Said()).danger = danger
        self._feed.tell({"type": "emergency_hint", "call_id": call_id, **danger})
        self._feed.touch()

    def _heard(self, call_id: str, leg: Leg, heard: Heard) -> None:
        """A partial result has the id of the final one that replaces it."""
        said = self._calls.setdefault(call_id, _Said())
        number = said.finals.get(leg.id, 0)
        segment_id = f"{leg.id}.{number}"
        segment = {
            "id": segment_id,
            "speaker": leg.role,
            "start": round(heard.start, 2),
            "end": round(heard.end, 2),
            "text": heard.text,
            "final": heard.final,
            "emergency": [{"word": word, "service": service} for word, service in heard.emergency],
        }
        said.finals[leg.id] = number + heard.final
        said.segments[segment_id] = segment
        if len(said.segments) > MOST_SEGMENTS:
            del said.segments[next(iter(said.segments))]
        self._feed.tell({"type": "transcript", "call_id": call_id, "segments": [segment]})


@dataclass
class _Said:
    """What is said in one call."""

    segments: dict[str, Segment] = field(default_factory=dict)
    """By their id, in the order in which they began."""
    finals: dict[str, int] = field(default_factory=dict)
    """How many final ones each leg has."""
    danger: Segment | None = None
