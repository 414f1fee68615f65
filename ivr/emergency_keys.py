"""Which typed keys ask for an emergency service (contract §3). Pure: keys and times in.

`9` alone is the emergency menu; 110, 119, 120, 122 and 12395 typed with no gap longer than
2 s mean that service. A 9 that completes 119 means 119; after 1-2-3 a 9 waits 2 s for its 5.
While a code or a number is entered, digits are digits and `*9` is emergency.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

GAP = timedelta(seconds=2)
"""Longest pause between the end of one key and the start of the next of a sequence."""

SEQUENCES = ("110", "119", "120", "122", "12395")
LONGEST = max(len(sequence) for sequence in SEQUENCES)


@dataclass(frozen=True, slots=True)
class Request:
    """An emergency is asked for. `service` is None when the caller pressed just 9."""

    service: str | None


@dataclass(frozen=True, slots=True)
class Wait:
    """Undecided: ask again with `expire` once `seconds` have passed without a key."""

    seconds: float


@dataclass(slots=True)
class EmergencyKeys:
    """Follows the keys of one caller."""

    typed: str = ""
    last_end: datetime | None = None
    entering: bool = field(default=False)
    """A code or a number is being entered."""

    def press(self, digit: str, started: datetime, ended: datetime) -> Request | Wait | None:
        if self.last_end is None or started - self.last_end > GAP:
            self.typed = ""
        self.typed = (self.typed + digit)[-LONGEST:]
        self.last_end = ended
        if self.entering:
            return self._take(None) if self.typed.endswith("*9") else None
        for sequence in SEQUENCES:
            if self.typed.endswith(sequence):
                return self._take(sequence)
        if digit != "9":
            return None
        if self.typed.endswith("1239"):
            return Wait(GAP.total_seconds())
        return self._take(None)

    def expire(self) -> Request | None:
        """The pause after a `Wait` is over: a 9 that found no 5 is a plain 9."""
        if self.typed.endswith("1239"):
            return self._take(None)
        return None

    def may_begin(self, digit: str) -> bool:
        """Whether an irreversible act by this digit has to wait for a possible sequence."""
        return any(sequence.startswith(digit) for sequence in SEQUENCES)

    def _take(self, service: str | None) -> Request:
        self.typed = ""
        return Request(service)
