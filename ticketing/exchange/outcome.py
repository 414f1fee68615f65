"""What an import did, or would do."""

from collections import Counter
from dataclasses import dataclass, field

from store.types import JsonObject
from ticketing.exchange.faults import Faults


@dataclass
class Outcome:
    """Counts of tickets, and what was wrong with the file."""

    new: int = 0
    unchanged: int = 0
    """Imported before."""
    states: Counter[str] = field(default_factory=Counter)
    """Of the new ones."""
    faults: Faults = field(default_factory=Faults)

    def to_json(self) -> JsonObject:
        """Counts, and the first faults."""
        return {
            "new": self.new,
            "unchanged": self.unchanged,
            "states": dict(sorted(self.states.items())),
            "faults": self.faults.count,
            "first_faults": [fault.to_json() for fault in self.faults.first],
        }
