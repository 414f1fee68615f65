"""What is wrong with a file, row by row, and the table of it that its owner gets."""

import csv
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from store.types import JsonObject
from ticketing.exchange.cells import escape
from ticketing.refusal import Refusal

SHOWN = 100
"""So many faults are kept for the answer; the table has all."""
_VALUE = 80
_COLUMNS = ("line", "column", "value", "code", "reason", "fix")


@dataclass(frozen=True)
class Fault:
    """A row that cannot be taken."""

    line: int
    """Of the file, on which the row begins."""
    column: str | None
    value: str | None
    """What stands there, shortened."""
    code: str
    reason: str
    fix: str

    @classmethod
    def of(
        cls, line: int, refusal: Refusal, column: str | None = None, value: str | None = None
    ) -> "Fault":
        """A refusal at its place in the file."""
        shown = value[:_VALUE] if value is not None else None
        place = column if column is not None else refusal.field
        return cls(line, place, shown, refusal.code, refusal.message, refusal.fix)

    def to_json(self) -> JsonObject:
        """Keys of the contract's `error`, and where it is."""
        return {name: getattr(self, name) for name in _COLUMNS}


@dataclass
class Faults:
    """Faults of a file: the first ones, and how many there are."""

    keep: Callable[[Fault], None] = lambda _fault: None
    """Gets every fault."""
    first: list[Fault] = field(default_factory=list)
    count: int = 0

    def add(self, fault: Fault) -> None:
        """One more."""
        self.count += 1
        if len(self.first) < SHOWN:
            self.first.append(fault)
        self.keep(fault)


@contextmanager
def table(path: Path | None) -> Iterator[Faults]:
    """Faults, written into a CSV file as they come; None: nowhere. Raises OSError.

    A new file is readable by its owner only.
    """
    if path is None:
        yield Faults()
        return
    path.touch(mode=0o600)  # cells hold names and numbers of citizens
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(_COLUMNS)

        def keep(fault: Fault) -> None:
            told = fault.to_json()
            rows.writerow(["" if told[key] is None else escape(str(told[key])) for key in _COLUMNS])

        yield Faults(keep)
