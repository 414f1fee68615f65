"""What the controller and a speech worker say to each other: lines of JSON on a unix socket."""

import json
from dataclasses import asdict, dataclass
from typing import Any

LONGEST_LINE = 1 << 16


@dataclass(frozen=True, slots=True)
class Heard:
    """Words of the speaker; seconds from the start of the call. A partial one (`final` False)
    is replaced by the next."""

    text: str
    start: float
    end: float
    final: bool
    emergency: tuple[tuple[str, str], ...] = ()
    """Words in the text that may speak of an emergency, and its service."""


@dataclass(frozen=True, slots=True)
class Spotted:
    """Something in the speaker's words sounds like an emergency (紧急情况)."""

    service: str
    """110, 119, 120, 122 or 12395."""
    trigger_words: tuple[str, ...]
    suppressed_by: str | None
    """The word, or 语境, that asks for a person's confirmation; None: transfer after silence."""
    text: str


def encode(message: dict[str, Any]) -> bytes:
    """One line."""
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def decode(line: bytes) -> dict[str, Any]:
    """The message in a line; ValueError where it holds none."""
    message = json.loads(line)
    if not isinstance(message, dict):
        raise ValueError("a message must be an object")
    return message


def event(stream: str, what: Heard | Spotted) -> dict[str, Any]:
    """The message that carries something of a stream."""
    kind = "heard" if isinstance(what, Heard) else "spotted"
    return {"event": kind, "stream": stream, **asdict(what)}


def from_event(message: dict[str, Any]) -> Heard | Spotted | None:
    """What `event` made; None for another message."""
    match message.get("event"):
        case "heard":
            return Heard(
                str(message["text"]),
                float(message["start"]),
                float(message["end"]),
                bool(message["final"]),
                tuple((str(word), str(service)) for word, service in message["emergency"]),
            )
        case "spotted":
            return Spotted(
                str(message["service"]),
                tuple(map(str, message["trigger_words"])),
                message["suppressed_by"],
                str(message["text"]),
            )
    return None
