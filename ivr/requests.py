"""What may replace the flow that a caller is in. The root of a call carries it out."""

from dataclasses import dataclass
from typing import Literal

Trigger = Literal["key", "digits", "agent", "speech", "fallback"]


@dataclass(eq=False, slots=True)
class InHand:
    """An emergency that is being dealt with; `service` is None while the caller chooses one."""

    service: str | None


@dataclass(frozen=True, slots=True)
class EmergencyRequest:
    """Somebody asked for an emergency service (紧急转接), or was heard to need one.

    `service` is None when only 9 was pressed: the caller chooses. A request from `speech` is
    confirmed first; silence means yes.
    """

    service: str | None
    trigger: Trigger
    in_hand: InHand
    """Tells this emergency from one that replaces it."""


@dataclass(frozen=True, slots=True)
class TransferRequest:
    """An agent passes the caller on (转接) to another agent or a skill group."""

    agent: str
    leg_id: str
    target: str


Request = EmergencyRequest | TransferRequest
