"""What may replace the flow that a caller is in. The root of a call carries it out."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from ivr.summons import Summons
from ivr.targets import Helper, Target

Trigger = Literal["key", "digits", "agent", "speech", "fallback"]


@dataclass(eq=False, slots=True)
class InHand:
    """An emergency that is being dealt with; `service` is None while the caller chooses one."""

    service: str | None
    undo_until: datetime | None = None
    """An agent who asked for it may take it back until then."""
    undone: bool = False
    replaces: "EmergencyRequest | None" = None
    """What an agent's emergency came in the place of; it goes on when that is taken back."""


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
class UndoRequest:
    """An agent takes his emergency back (撤销)."""


@dataclass(frozen=True, slots=True)
class TransferRequest:
    """An agent passes the caller on (转接)."""

    leg_id: str
    target: Helper
    summons: Summons


@dataclass(frozen=True, slots=True)
class ConsultRequest:
    """An agent asks somebody while the caller hears music (咨询, 协商转接)."""

    leg_id: str
    target: Target
    summons: Summons


Request = EmergencyRequest | UndoRequest | TransferRequest | ConsultRequest
