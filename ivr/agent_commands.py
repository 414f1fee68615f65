"""What an agent may ask for in a call (contract §3): typed on a phone, or a button of the page."""

from dataclasses import dataclass
from typing import Literal

Decision = Literal["complete", "join", "return"]
"""How a consultation ends: the caller is passed on, all three talk, or the agent goes on alone."""


@dataclass(frozen=True, slots=True)
class ThreeWay:
    """三方通话: invite the unit with this extension."""

    extension: str


@dataclass(frozen=True, slots=True)
class DropUnit:
    """The unit leaves the three-way call."""


@dataclass(frozen=True, slots=True)
class CallOff:
    """取消: whoever is rung at the agent's word is not wanted any more."""


@dataclass(frozen=True, slots=True)
class Drop:
    """请出: one of those who talk leaves."""

    leg_id: str


@dataclass(frozen=True, slots=True)
class ToEmergency:
    """紧急转接: bring in an emergency service."""

    service: str


@dataclass(frozen=True, slots=True)
class UndoEmergency:
    """撤销紧急转接: within 3 s, and as long as nobody there talks with the caller."""


@dataclass(frozen=True, slots=True)
class Transfer:
    """转接 to an agent, a skill group or the supervisors."""

    target: str


@dataclass(frozen=True, slots=True)
class Consult:
    """咨询: ask an agent, a skill group, the supervisors or a unit; the caller hears music."""

    target: str


@dataclass(frozen=True, slots=True)
class Decide:
    """What becomes of the consultation."""

    how: Decision


@dataclass(frozen=True, slots=True)
class ReferUp:
    """上报班长: bring in a supervisor who is free."""


@dataclass(frozen=True, slots=True)
class Hold:
    """保持: on, off, or (a phone has one code for both) the other of the two."""

    on: bool | None = None


@dataclass(frozen=True, slots=True)
class HangUp:
    """The agent's own leg leaves; the caller is asked for his opinion (结束并评价)."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """A code that was completed and means nothing."""

    typed: str


Command = (
    ThreeWay
    | DropUnit
    | CallOff
    | Drop
    | ToEmergency
    | UndoEmergency
    | Transfer
    | Consult
    | Decide
    | ReferUp
    | Hold
    | HangUp
    | Unknown
)
