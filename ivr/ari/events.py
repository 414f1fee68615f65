"""Events of Asterisk, as far as calls need them (`rest-api/events.json`)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Event:
    """`at` is Asterisk's own time of the event."""

    at: datetime


@dataclass(frozen=True, slots=True)
class ChannelEvent(Event):
    channel: str


@dataclass(frozen=True, slots=True)
class Arrived(ChannelEvent):
    """StasisStart: a channel came into the application with `args`."""

    args: tuple[str, ...]
    state: str
    caller_number: str
    caller_name: str
    name: str


@dataclass(frozen=True, slots=True)
class Left(ChannelEvent):
    """StasisEnd: the channel left the application (hang-up or `continue`)."""


@dataclass(frozen=True, slots=True)
class HangUpAsked(ChannelEvent):
    """ChannelHangupRequest: somebody hung up, or no sound came any more; a Q.850 cause."""

    cause: int


@dataclass(frozen=True, slots=True)
class Destroyed(ChannelEvent):
    """ChannelDestroyed; `cause` is a Q.850 cause number."""

    cause: int
    cause_text: str


@dataclass(frozen=True, slots=True)
class StateChanged(ChannelEvent):
    """ChannelStateChange, e.g. to Ringing or Up."""

    state: str


@dataclass(frozen=True, slots=True)
class Dialled(ChannelEvent):
    """Dial: progress of a dialled channel: RINGING, PROGRESS, ANSWER, BUSY, …"""

    status: str


@dataclass(frozen=True, slots=True)
class KeyReceived(ChannelEvent):
    """ChannelDtmfReceived: a key was let go (`at`) after `duration_ms`."""

    digit: str
    duration_ms: int


@dataclass(frozen=True, slots=True)
class PlaybackEnded(Event):
    playback: str
    failed: bool


@dataclass(frozen=True, slots=True)
class RecordingBegan(Event):
    recording: str


@dataclass(frozen=True, slots=True)
class RecordingEnded(Event):
    """RecordingFinished or RecordingFailed."""

    recording: str
    failed: bool
    cause: str


@dataclass(frozen=True, slots=True)
class UserEvent(Event):
    name: str


@dataclass(frozen=True, slots=True)
class ContactChanged(Event):
    """ContactStatusChange: a phone registered, left, or does not answer any more."""

    endpoint: str
    contact: str
    status: str
    """Created, Updated, NonQualified, Reachable, Unreachable, Removed, Unknown."""


CONTACT_EVENT = "ContactStatusChange"
NORMAL_CLEARING, NO_SOUND = 16, 44
"""Q.850: normal call clearing; requested channel not available."""

Json = dict[str, Any]


def _at(data: Json) -> datetime:
    return datetime.fromisoformat(data["timestamp"])


def _channel(data: Json) -> str:
    identifier: str = data["channel"]["id"]
    return identifier


def _arrived(data: Json) -> Event:
    channel = data["channel"]
    caller = channel.get("caller", {})
    return Arrived(
        _at(data),
        channel["id"],
        tuple(data.get("args", ())),
        channel["state"],
        caller.get("number", ""),
        caller.get("name", ""),
        channel["name"],
    )


def _recording_ended(data: Json) -> Event:
    recording = data["recording"]
    return RecordingEnded(
        _at(data),
        recording["name"],
        data["type"] == "RecordingFailed",
        recording.get("cause", ""),
    )


def _cause(data: Json) -> int:
    """A soft hang-up is Asterisk's own, and its `cause` is a flag: 1 is a device that broke, most
    of all one from which no sound comes any more (rtp_timeout)."""
    if data.get("soft"):
        return NO_SOUND if data.get("cause", 0) & 1 else NORMAL_CLEARING
    return int(data.get("cause") or NORMAL_CLEARING)


_PARSERS: dict[str, Callable[[Json], Event]] = {
    "StasisStart": _arrived,
    "StasisEnd": lambda d: Left(_at(d), _channel(d)),
    "ChannelHangupRequest": lambda d: HangUpAsked(_at(d), _channel(d), _cause(d)),
    "ChannelDestroyed": lambda d: Destroyed(
        _at(d), _channel(d), d.get("cause", 0), d.get("cause_txt", "")
    ),
    "ChannelStateChange": lambda d: StateChanged(_at(d), _channel(d), d["channel"]["state"]),
    "Dial": lambda d: Dialled(_at(d), d["peer"]["id"], d.get("dialstatus", "")),
    "ChannelDtmfReceived": lambda d: KeyReceived(
        _at(d), _channel(d), d["digit"], d.get("duration_ms", 0)
    ),
    "PlaybackFinished": lambda d: PlaybackEnded(
        _at(d), d["playback"]["id"], d["playback"].get("state") == "failed"
    ),
    "RecordingStarted": lambda d: RecordingBegan(_at(d), d["recording"]["name"]),
    "RecordingFinished": _recording_ended,
    "RecordingFailed": _recording_ended,
    CONTACT_EVENT: lambda d: ContactChanged(
        _at(d),
        d["endpoint"]["resource"],
        d["contact_info"]["uri"],
        d["contact_info"]["contact_status"],
    ),
    "ChannelUserevent": lambda d: UserEvent(_at(d), d["eventname"]),
}


DEVICES_APP = "devices"
"""The application that listens to phones; events of their calls come to it, too, a second time."""


def parse(data: Json) -> Event | None:
    """The typed event, or None for one that calls do not need."""
    if (data.get("application") == DEVICES_APP) != (data["type"] == CONTACT_EVENT):
        return None
    parser = _PARSERS.get(data["type"])
    return parser(data) if parser else None
