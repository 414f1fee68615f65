"""The whole of config.yaml: each package owns its part, this module puts them together."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, StringConstraints

from console.settings import ConsoleSettings
from ivr.settings import (
    Agent,
    Callbacks,
    Codes,
    Digits,
    Emergency,
    IvrSettings,
    Name,
    Numbers,
    Prompts,
    UnitLine,
)
from recordings.settings import RecordingSettings, SpeechSettings
from store.settings import SettingsModel, StoreSettings
from ticketing.settings import TicketSettings
from ticketing.sms.settings import SmsSettings

Port = Annotated[int, Field(ge=0, le=65535)]


class City(SettingsModel):
    """The city that runs the line; default 宿迁."""

    name: str = "宿迁"
    code: Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")] = "321300"
    area_code: Annotated[str, StringConstraints(pattern=r"^0[0-9]{2,3}$")] = "0527"


class Sip(SettingsModel):
    """Where phones and carriers reach Asterisk."""

    bind: str = "127.0.0.1"
    """Address to listen on; 0.0.0.0 listens beyond this machine."""
    port: Port = 5060
    """0 picks a free port."""
    transports: list[Literal["udp", "tcp", "tls"]] = ["udp"]
    tls_port: Port = 5061
    tls_cert: Path | None = None
    tls_key: Path | None = None
    rtp_start: Port = 10000
    rtp_end: Port = 19999
    external_media_address: str | None = None
    external_signaling_address: str | None = None
    local_net: list[str] = []
    anonymous: bool = False
    """Calls from peers that are neither registered nor a trunk may reach the hotline number."""


class Trunk(SettingsModel):
    """A line to a carrier or PBX."""

    name: Name
    host: str
    """Address the carrier is called at."""
    port: Port = 5060
    transport: Literal["udp", "tcp", "tls"] = "udp"
    match: list[str] = []
    """Addresses or networks (CIDR) the carrier calls from; empty: `host`."""
    registration: bool = False
    """Register at the carrier (username, password) instead of a fixed address."""
    username: str | None = None
    password: SecretStr | None = None
    dtmf: Literal["rfc4733", "info", "inband", "auto"] = "rfc4733"
    number_format: Literal["national", "e164", "plus_e164"] = "national"
    """How the carrier wants outgoing numbers: 0527…/138…, 86…, +86…."""
    caller_id: Digits | None = None
    """Number shown on outgoing calls; None is the hotline number."""
    outgoing: bool = True
    """Calls to citizens and outside unit contacts may go out here."""
    emergency: bool = False
    """This trunk reaches the emergency numbers."""
    max_calls: int = Field(default=0, ge=0)
    """0: no limit."""

    @property
    def address(self) -> str:
        """What follows the @ in a SIP URI."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}" + (
            "" if self.transport == "udp" else f";transport={self.transport}"
        )


class AsteriskSettings(SettingsModel):
    """Which Asterisk serves the line."""

    mode: Literal["auto", "path", "private"] = "auto"
    """`auto`: the one on PATH if it is 22.x with ARI, else the private one."""
    ari_port: Port = 8088
    """ARI listens on loopback only; 0 picks a free port."""
    system_name: Name = "hotline"


class Shutdown(SettingsModel):
    """How `up` ends."""

    grace: float = Field(default=60, ge=0)
    """Seconds running calls get; 5 with --demo."""


class DemoAccount(SettingsModel):
    """A citizen's phone of `up --demo`; agents, units and desks have their own sections."""

    role: Literal["citizen"] = "citizen"
    number: Digits


class Settings(SettingsModel):
    """config.yaml."""

    env: Literal["production", "demo", "test"] = "production"
    """demo and test can never dial a real emergency number: start-up refuses."""
    city: City = City()
    sip: Sip = Sip()
    asterisk: AsteriskSettings = AsteriskSettings()
    trunks: list[Trunk] = []
    numbers: Numbers = Numbers()
    codes: Codes = Codes()
    agents: list[Agent] = []
    units: list[UnitLine] = []
    citizens: list[DemoAccount] = []
    """Only in demo and test."""
    emergency: Emergency = Emergency()
    ivr: IvrSettings = IvrSettings()
    callbacks: Callbacks = Callbacks()
    prompts: Prompts = Prompts()
    recordings: RecordingSettings = RecordingSettings()
    speech: SpeechSettings = SpeechSettings()
    store: StoreSettings = StoreSettings()
    tickets: TicketSettings = TicketSettings()
    sms: SmsSettings = SmsSettings()
    console: ConsoleSettings = ConsoleSettings()
    shutdown: Shutdown = Shutdown()
