"""What the dialplan wrote down about a call that it served alone (兜底通话). Pure.

One file a call, `<call_id>.facts`, one line a fact, `time|fact|…`, written by the contexts
`fallback…` of dialplans/extensions.conf.j2:

    begin|caller|called · answer · emergency|service · dial|agent or emergency|leg|number ·
    joined|leg|role|number · result|leg|DIALSTATUS|cause · message|file · end|stage|by
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the rendering of the dialplan reads this file, and must start fast
    from store.calls import EndedBy, OutcomeWord
    from store.emergencies import AttemptResult, EmergencyOutcome

SUFFIX = ".facts"
EMPTY_MESSAGE_BYTES = 21_000
"""A WAV of a message up to this size holds nothing but the second of silence that stays when
silence ends a recording."""

CALL_REJECTED = 21
NORMAL_CLEARING = 16


class FactsError(ValueError):
    """A file that is none of these."""


@dataclass
class Attempt:
    """Somebody was rung: one number of an emergency service, or the idle agents."""

    role: str
    """`agent` or `emergency`."""
    leg: str
    number: str
    """Who was rung; for agents who answered, empty where nobody did."""
    dialled_at: datetime
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    status: str = ""
    """DIALSTATUS, empty where the caller left while it rang."""
    cause: int = NORMAL_CLEARING
    """Q.850."""

    @property
    def result(self) -> "AttemptResult":
        if self.answered_at:
            return "answered"
        if self.status == "BUSY":
            return "rejected" if self.cause == CALL_REJECTED else "busy"
        if self.status in ("CHANUNAVAIL", "CONGESTION"):
            return "rejected" if self.cause == CALL_REJECTED else "unreachable"
        return "no_answer"


@dataclass
class Emergency:
    """The caller typed an emergency number."""

    service: str
    detected_at: datetime
    attempts: list[Attempt] = field(default_factory=list)

    @property
    def answered_at(self) -> datetime | None:
        return next((a.answered_at for a in self.attempts if a.answered_at), None)


@dataclass
class FallbackCall:
    """A call as the dialplan served it."""

    call_id: str
    caller: str
    called: str
    began_at: datetime
    last_at: datetime
    """Time of the last fact."""
    answered_at: datetime | None = None
    emergencies: list[Emergency] = field(default_factory=list)
    attempts: list[Attempt] = field(default_factory=list)
    """All of them, in order."""
    messages: list[tuple[str, datetime]] = field(default_factory=list)
    """Name of the WAV and when its recording began."""
    ended_at: datetime | None = None
    stage: str = ""
    """Where it ended: prompt, duty, emergency, message, saved or silent."""
    left_by: str = ""

    @property
    def ended_by(self) -> "EndedBy":
        match self.left_by:
            case "caller":
                return "caller"
            case "agent":
                return "agent"
            case "":
                return "fault"
            case _:
                return "system"

    def joined(self, role: str) -> bool:
        """Whether someone of this role talked with the caller."""
        return any(a.role == role and a.answered_at for a in self.attempts)

    def outcome(self, *, message: bool) -> "OutcomeWord":
        """What the caller got; `message`: a message with words in it is there."""
        if self.joined("emergency"):
            return "emergency_transferred"
        if self.joined("agent"):
            return "agent_answered"
        if message:
            return "message_left"
        if not self.left_by or (self.emergencies and self.left_by != "caller"):
            return "failed"
        waited = self.emergencies or self.stage == "duty"
        return "abandoned_in_queue" if waited else "abandoned_in_menu"

    def emergency_outcome(self, emergency: Emergency) -> "EmergencyOutcome":
        if emergency.answered_at:
            return "connected"
        left = emergency is self.emergencies[-1] and self.stage in ("emergency", "duty")
        return "caller_left" if left and self.left_by == "caller" else "failed"


def parse(call_id: str, text: str) -> FallbackCall:
    """The call that the lines of its file tell; a last line without its end is not there yet.

    Raises FactsError.
    """
    lines = text.split("\n")[:-1]
    try:
        facts = [(_time(line), line.split("|")[1:]) for line in lines if line]
        at, begin = facts[0]
        if begin[0] != "begin":
            raise FactsError(f"{call_id}: begins with {begin[0]!r}")
        arrived = _seconds(begin[3]) if len(begin) > 3 and begin[3] else at
        call = FallbackCall(call_id, begin[1], begin[2], began_at=arrived, last_at=at)
        for at, (kind, *values) in facts[1:]:
            _take(call, at, kind, values)
    except (IndexError, ValueError) as error:
        raise FactsError(f"{call_id}: {error}") from error
    return call


def _time(line: str) -> datetime:
    return _seconds(line.partition("|")[0])


def _seconds(text: str) -> datetime:
    seconds, _, milliseconds = text.partition(".")
    return datetime.fromtimestamp(int(seconds), UTC) + timedelta(milliseconds=int(milliseconds))


def _take(call: FallbackCall, at: datetime, kind: str, values: list[str]) -> None:
    call.last_at = max(call.last_at, at)
    match kind, values:
        case "answer", []:
            call.answered_at = call.answered_at or at
        case "emergency", [service]:
            call.emergencies.append(Emergency(service, at))
        case "dial", [role, leg, number]:
            attempt = Attempt(role, leg, number, at)
            call.attempts.append(attempt)
            if role == "emergency":
                call.emergencies[-1].attempts.append(attempt)
        case "joined", [leg, _, number]:
            attempt = _attempt(call, leg)
            attempt.answered_at = at
            attempt.number = number
        case "result", [leg, status, cause]:
            attempt = _attempt(call, leg)
            attempt.ended_at = at
            attempt.status = status
            attempt.cause = int(cause) if cause else NORMAL_CLEARING
        case "message", [name]:
            call.messages.append((name, at))
        case "end", [stage, by]:
            call.ended_at, call.stage, call.left_by = at, stage, by
        case _:
            raise ValueError(f"unknown fact {kind!r} with {len(values)} values")


def _attempt(call: FallbackCall, leg: str) -> Attempt:
    for attempt in reversed(call.attempts):
        if attempt.leg == leg:
            return attempt
    raise ValueError(f"leg {leg} was never dialled")
