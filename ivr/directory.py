"""Who is reached how: the dial string of every party (电话簿). Pure: settings in, strings out."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from ivr.numbers import is_emergency, is_extension
from ivr.queue.agents import Device
from ivr.settings import Agent, Emergency
from ticketing.duty import Duty


@dataclass(frozen=True, slots=True)
class TrunkLine:
    """A trunk as outgoing calls need it; `dialled` turns a national number into the carrier's."""

    name: str
    caller_id: str
    dialled: Callable[[str], str]
    address: str
    """host:port of the carrier, with `;transport=…` where it is not UDP."""

    def endpoint(self, number: str) -> str:
        return self.as_it_is(self.dialled(number))

    def as_it_is(self, number: str) -> str:
        # The whole address: a carrier that does not answer OPTIONS counts as unreachable, and
        # PJSIP/number@trunk would refuse the call without trying.
        return f"PJSIP/trunk-{self.name}/sip:{number}@{self.address}"


def phone_of(number: str, device: Device) -> str:
    """Name of an agent's phone in Asterisk: its SIP user and endpoint."""
    return f"web-{number}" if device == "web" else f"agent-{number}"


@dataclass(frozen=True, slots=True)
class Unit:
    """A member unit (成员单位) and all its duty contacts."""

    code: str
    extension: str
    contacts: tuple[str, ...]
    name: str = ""


@dataclass(frozen=True, slots=True)
class Destination:
    """Where to dial and which number the other side sees."""

    endpoint: str
    caller_id: str
    is_agent: bool = False
    """A phone of this line's own, which may be told which call it is."""


@dataclass(frozen=True)
class Directory:
    """Dial strings of agents, units, emergency services and citizens.

    None means: not reachable from this line as it is configured.
    """

    hotline: str
    agents: Mapping[str, Agent]
    groups: Mapping[str, str]
    """Skill group by its extension, e.g. 6001 → citizen."""
    units: Mapping[str, Unit]
    """Unit by the extension that agents type."""
    rosters: Duty
    """Which of a unit's contacts are rung at what hour."""
    citizens: frozenset[str]
    """Citizens' phones registered at this line (demo and test)."""
    emergency: Emergency
    trunks: Mapping[str, TrunkLine]
    outgoing: TrunkLine | None

    def agent(self, number: str, device: Device = "phone") -> Destination:
        return Destination(f"PJSIP/{phone_of(number, device)}", self.hotline, is_agent=True)

    def contact(self, number: str) -> Destination | None:
        """A unit's duty contact; it always sees 12345, never the citizen."""
        if is_extension(number):
            return Destination(f"PJSIP/unit-{number}", self.hotline)
        return self._outside(number)

    def on_duty(self, unit: Unit, at: datetime) -> tuple[str, ...]:
        """The numbers of a unit that are rung then, in order."""
        return self.rosters.on_duty(unit.code, at)

    def citizen(self, number: str) -> Destination | None:
        if number in self.citizens:
            return Destination(f"PJSIP/citizen-{number}", self.hotline)
        return self._outside(number)

    def desk(self, number: str, caller_number: str | None) -> Destination | None:
        """An emergency service; the caller's own number is shown where the carrier lets it."""
        via = self.emergency.via
        if via is None:
            return None
        shown = caller_number or self.hotline
        if via == "desks":
            return Destination(f"PJSIP/emergency-{number}", shown)
        return Destination(self.trunks[via].as_it_is(number), shown)

    def duty(self, available: Iterable[tuple[str, Device]]) -> str:
        """The dial string of the agents that the dialplan rings when no controller is there."""
        return "&".join(self.agent(*one).endpoint for one in sorted(available))

    def _outside(self, number: str) -> Destination | None:
        if self.outgoing is None or is_emergency(number):
            return None
        return Destination(self.outgoing.endpoint(number), self.outgoing.caller_id)
