"""What happens in a call (通话事件): the entries of the call journal."""

from dataclasses import dataclass
from typing import Any, ClassVar, Literal, get_args

Direction = Literal["inbound", "outbound"]
HandledBy = Literal["controller", "fallback"]
EndedBy = Literal["caller", "agent", "unit", "system", "fault"]
Role = Literal["caller", "agent", "supervisor", "unit", "emergency", "system"]
OutcomeWord = Literal[
    "agent_answered",
    "emergency_transferred",
    "message_left",
    "callback_requested",
    "query_answered",
    "abandoned_in_menu",
    "abandoned_in_queue",
    "failed",
]
"""What the caller got (contract §4)."""


def _must_be(name: str, value: object, words: object) -> None:
    if value not in get_args(words):
        raise ValueError(f"{name} is {value!r}; use one of {', '.join(get_args(words))}")


@dataclass(frozen=True)
class Opened:
    """The call exists: from ringing, or from the import of what the dialplan served alone."""

    direction: Direction
    caller_number: str | None
    called_number: str | None
    handled_by: HandledBy = "controller"

    kind: ClassVar[str] = "opened"

    def __post_init__(self) -> None:
        _must_be("direction", self.direction, Direction)
        _must_be("handled_by", self.handled_by, HandledBy)


@dataclass(frozen=True)
class Answered:
    """The line answered the caller; for an outbound call the citizen answered."""

    kind: ClassVar[str] = "answered"


@dataclass(frozen=True)
class Node:
    """A node of the menu or flow and what the caller keyed there, None where nothing."""

    node: str
    input: str | None = None

    kind: ClassVar[str] = "node"


@dataclass(frozen=True)
class WaitEntered:
    """The caller waits in a queue (排队); ignored while he already waits in that queue."""

    queue: str

    kind: ClassVar[str] = "wait_entered"


@dataclass(frozen=True)
class WaitLeft:
    """The waiting ended, e.g. `answered`, `abandoned`, `callback`, `message`, `emergency`."""

    result: str
    agent: str | None = None
    """Number of the agent (话务员) who took the call."""

    kind: ClassVar[str] = "wait_left"


@dataclass(frozen=True)
class LegDialed:
    """A leg (话路) exists: the caller's own, or a person who is being dialled."""

    leg_id: str
    role: Role
    number: str | None

    kind: ClassVar[str] = "leg_dialed"

    def __post_init__(self) -> None:
        _must_be("role", self.role, Role)


@dataclass(frozen=True)
class LegAnswered:
    """The person on the leg answered."""

    leg_id: str

    kind: ClassVar[str] = "leg_answered"


@dataclass(frozen=True)
class LegEnded:
    """The leg is gone; `cause` by Q.850, e.g. 16 normal, 17 busy, 19 no answer."""

    leg_id: str
    cause: int | None = None

    kind: ClassVar[str] = "leg_ended"


@dataclass(frozen=True)
class Stage:
    """The stage of the flow a restarted controller takes the call up at (adoption, 接管)."""

    name: str
    data: dict[str, Any]
    """JSON values only."""

    kind: ClassVar[str] = "stage"


@dataclass(frozen=True)
class Surveyed:
    """The caller rated the call: 1 (very satisfied, 非常满意) to 5; the first answer counts."""

    score: int

    kind: ClassVar[str] = "surveyed"

    def __post_init__(self) -> None:
        if not 1 <= self.score <= 5:
            raise ValueError(f"score is {self.score}; use 1 to 5")


@dataclass(frozen=True)
class Outcome:
    """What the caller got so far; a later one replaces it."""

    outcome: OutcomeWord

    kind: ClassVar[str] = "outcome"

    def __post_init__(self) -> None:
        _must_be("outcome", self.outcome, OutcomeWord)


@dataclass(frozen=True)
class Ended:
    """The call is over; legs and waits that are still open end with it.

    Without `outcome` the last `Outcome` stands; where there was none it is `failed`.
    """

    ended_by: EndedBy
    outcome: OutcomeWord | None = None
    reason: str | None = None
    """Why, where nobody hung up, e.g. `asterisk restarted`."""

    kind: ClassVar[str] = "ended"

    def __post_init__(self) -> None:
        _must_be("ended_by", self.ended_by, EndedBy)
        if self.outcome is not None:
            _must_be("outcome", self.outcome, OutcomeWord)


CallEvent = (
    Opened
    | Answered
    | Node
    | WaitEntered
    | WaitLeft
    | LegDialed
    | LegAnswered
    | LegEnded
    | Stage
    | Surveyed
    | Outcome
    | Ended
)
