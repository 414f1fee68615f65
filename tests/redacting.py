"""How much of what should go a redaction takes out, and how much of what it takes out should."""

import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from ticketing.redaction import redact

FOLDER = Path(__file__).parent / "fixtures" / "redaction"
_MARK = re.compile(r"\[(\w+):([^\]]+)\]")


@dataclass
class Measured:
    """Counts of marked stretches; one counts as found if nothing of it is left."""

    marked: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    removed: int = 0
    rightly: int = 0
    wrong: list[str] = field(default_factory=list)

    @property
    def recall(self) -> float:
        return self.found.total() / self.marked.total()

    @property
    def precision(self) -> float:
        return self.rightly / self.removed


def read(name: str) -> list[tuple[str, list[tuple[int, int, str]]]]:
    """The sentences of a file without their marks, and the marked stretches."""
    return [_unmarked(line) for line in (FOLDER / name).read_text("utf-8").splitlines() if line]


def measure(name: str) -> Measured:
    """Redacts every sentence of a file without knowing anything of the citizen."""
    told = Measured()
    for text, marks in read(name):
        removed = redact(text).removed
        gone = {place for one in removed for place in range(one.start, one.end)}
        for start, end, kind in marks:
            told.marked[kind] += 1
            if gone.issuperset(range(start, end)):
                told.found[kind] += 1
            else:
                told.wrong.append(f"missed {kind} {text[start:end]} in {text}")
        for one in removed:
            told.removed += 1
            if any(start < one.end and one.start < end for start, end, _ in marks):
                told.rightly += 1
            else:
                told.wrong.append(f"too much {one.kind} {text[one.start : one.end]} in {text}")
    return told


def _unmarked(line: str) -> tuple[str, list[tuple[int, int, str]]]:
    text, marks, at = "", list[tuple[int, int, str]](), 0
    for match in _MARK.finditer(line):
        text += line[at : match.start()]
        marks.append((len(text), len(text) + len(match[2]), match[1]))
        text += match[2]
        at = match.end()
    return text + line[at:], marks
