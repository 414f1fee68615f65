"""Accounts of phones that register at the line (话机账号)."""

from dataclasses import dataclass
from typing import Literal

from ivr.numbers import is_extension
from service.settings import Settings

Role = Literal["citizen", "agent", "supervisor", "unit", "emergency"]


@dataclass(frozen=True)
class Account:
    """A phone: `username` is its SIP user, its digest user and its endpoint in Asterisk."""

    role: Role
    number: str
    """Its extension and caller ID."""
    skills: tuple[str, ...] = ()
    """Skill groups (技能组) of an agent."""
    unit: str | None = None
    """Code of a member unit (成员单位)."""
    contact: int | None = None
    """1 for the unit's first duty contact, and so on."""

    @property
    def username(self) -> str:
        prefix = "agent" if self.role == "supervisor" else self.role
        return f"{prefix}-{self.number}"

    @property
    def is_agent(self) -> bool:
        """It may also be a softphone in the page, `web-NUMBER`."""
        return self.role in ("agent", "supervisor")

    @property
    def context(self) -> str:
        """Dialplan context of what this phone may dial."""
        return "from-agent" if self.role == "supervisor" else f"from-{self.role}"


def accounts(settings: Settings) -> list[Account]:
    """Every phone of these settings: citizens, agents, units' inside contacts, desks."""
    found = [Account("citizen", citizen.number) for citizen in settings.citizens]
    found += [Account(a.role, a.number, skills=tuple(a.skills)) for a in settings.agents]
    found += [
        Account("unit", number, unit=unit.code, contact=order)
        for unit in settings.units
        for order, number in enumerate(unit.contacts, 1)
        if is_extension(number)
    ]
    if settings.emergency.via == "desks":
        found += [Account("emergency", service) for service in settings.emergency.services]
    return found
