"""The short messages' part of config.yaml."""

from typing import Annotated, Literal

from pydantic import Field, SecretStr, StringConstraints

from store.settings import SettingsModel

Port = Annotated[int, Field(ge=1, le=65535)]
Sender = Annotated[str, StringConstraints(pattern=r"^[0-9]{3,20}$")]


class SmppSettings(SettingsModel):
    """An account at a message centre (SMPP 3.4)."""

    host: str = "127.0.0.1"
    port: Port = 2775
    system_id: Annotated[str, Field(min_length=1, max_length=15)] = "hotline"
    password: Annotated[SecretStr, Field(max_length=8)] = SecretStr("")
    system_type: Annotated[str, Field(max_length=12)] = ""
    enquire_seconds: Annotated[float, Field(ge=1, le=600)] = 30.0
    """Seconds of silence after which the centre is asked for a sign of life."""
    long_messages: Literal["segments", "payload"] = "segments"
    """More than 70 characters: numbered segments, or one message_payload."""
    receipts: bool = True
    """Ask for delivery receipts (状态报告)."""


class HttpSmsSettings(SettingsModel):
    """A gateway that takes messages by HTTP POST."""

    url: Annotated[str, StringConstraints(pattern=r"^https?://\S+$")] | None = None
    token: SecretStr = SecretStr("")
    """Sent as `Authorization: Bearer …`; the gateway shows it, too, when it brings messages."""


class SmsSettings(SettingsModel):
    """Short messages (短信)."""

    driver: Literal["none", "smpp", "http"] = "none"
    """`none`: nothing can be sent; people call the citizens back instead."""
    sender: Sender | None = None
    """The number that messages come from; None: the gateway's own."""
    extensions: bool = False
    """Each survey comes from a number of its own: `sender` and four digits more."""
    per_second: Annotated[int, Field(ge=1, le=1000)] = 10
    """The most that are sent in a second."""
    attempts: Annotated[int, Field(ge=1, le=20)] = 6
    """How often a message is tried; a minute after the first, then each time twice as late."""
    smpp: SmppSettings = SmppSettings()
    http: HttpSmsSettings = HttpSmsSettings()
