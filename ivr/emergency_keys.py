"""Which typed keys ask for an emergency service (contract §3). Pure: keys and times in.

`9` alone is the emergency menu; 110, 119, 120, 122 and 12395 typed with no gap longer than
2 s mean that service. A 9 that completes 119 means 119; after 1-2-3 a 9 waits 2 s for its 5.
While a code or a number is entered, digits are digits and `*9` is emergency.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

GAP = timedelta(seconds=2)
"""Longest pause between the end of one key and the start of the next of a sequence."""

LONGEST_KEY = timedelta(seconds=0.5)
"""A key is known at its end only: one that began in time may end so much later."""

PATIENCE = (GAP + LONGEST_KEY).total_seconds()
"""Seconds after the end of a key when it is certain that none follows in time."""

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
    entering: bool = False
    """A code or a number is being entered."""

    def press(self, digit: str, started: datetime, ended: datetime) -> Request | Wait | None:
        undecided = self._undecided
        if self.last_end is None or started - self.last_end > GAP:
            self.typed = ""
        self.typed = (self.typed + digit)[-LONGEST:]
        self.last_end = ended
        if self.entering:
            return self._take(None) if self.typed.endswith("*9") else None
        for sequence in SEQUENCES:
            if self.typed.endswith(sequence):
                return self._take(sequence)
        if undecided:  # 1-2-3-9 and then no 5: the 9 was a plain one
            self.typed = digit
            return Request(None)
        if digit != "9":
            return None
        return Wait(PATIENCE) if self._undecided else self._take(None)

    def expire(self) -> Request | None:
        """The pause after a `Wait` is over: a 9 that found no 5 is a plain 9."""
        return self._take(None) if self._undecided else None

    @property
    def begun(self) -> bool:
        """The last keys may be the beginning of a service's number."""
        return any(
            self.typed.endswith(sequence[:length])
            for sequence in SEQUENCES
            for length in range(1, len(sequence))
        )

    def begin_entry(self) -> None:
        """From here on digits are digits."""
        self.entering = True
        self._forget_digits()

    def end_entry(self) -> None:
        """The digits of a code begin no emergency number."""
        self.entering = False
        self._forget_digits()

    def _forget_digits(self) -> None:
        # A `*` that ended a code may be the first half of `*9`.
        self.typed = "*" if self.typed.endswith("*") else ""

    @property
    def _undecided(self) -> bool:
        return not self.entering and self.typed.endswith("1239")

    def _take(self, service: str | None) -> Request:
        self.typed = ""
        return Request(service)
