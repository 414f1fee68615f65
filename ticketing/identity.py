"""Who the citizen of a ticket is, found again in any text: names, and numbers in any spelling."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from store.personal import PERSONAL
from ticketing.model import Ticket

STARS = "***"
"""What stands for something that may not be seen."""

DIGITS = {
    **{char: str(value) for value, char in enumerate("零一二三四五六七八九")},
    **{char: str(value) for value, char in enumerate("０１２３４５６７８９")},
    **{char: str(value) for value, char in enumerate("0123456789")},
    "〇": "0",
    "○": "0",
    "洞": "0",
    "幺": "1",
    "两": "2",
    "拐": "7",
}
"""How digits are written and spoken (幺 for one, 洞 and 拐 on the radio)."""
_BETWEEN = frozenset(" \t\u3000-—–－_.,，、·()（）+*")
"""What people put between digits."""
_NAME_GAPS = re.compile(r"[\s·.．]")
"""What may stand between the characters of a name, and is none of them: a search for it would
otherwise take for ever."""
_LEAST_NAME, _LEAST_NUMBER = 2, 5
SHORTEST_SHOWN = 7
"""Digits of a number, without its area code, of which the last four are shown."""
Span = tuple[int, int]


@dataclass(frozen=True)
class Identity:
    """Names and phone numbers of one ticket's citizen, former ones included."""

    names: frozenset[str]
    numbers: frozenset[str]

    @classmethod
    def of(cls, one: Ticket) -> "Identity":
        """From the ticket and from all that its events say."""
        found = list(_personal({name: getattr(one, name) for name in PERSONAL}))
        for event in one.events:
            found += _personal(event.data)
        names = {value.strip() for key, value in found if key == "requester_name"}
        numbers = {value for key, value in found if key != "requester_name"}
        return cls(
            frozenset(name for name in names if len(name) >= _LEAST_NAME),
            frozenset(number for number in numbers if len(number) >= _LEAST_NUMBER),
        )

    def spans(self, text: str) -> list[Span]:
        """Where the text names the citizen or has a number of his, in any spelling."""
        found = [span for name in self.names for span in _name_spans(name, text)]
        return sorted([*found, *number_spans(self.numbers, text)])

    def scrubbed(self, text: str) -> str:
        """The text with stars where it names the citizen or has a number of his."""
        for start, end in reversed(_merged(self.spans(text))):
            text = text[:start] + STARS + text[end:]
        return text


def masked_number(number: str) -> str:
    """138****0001, ****5678; numbers too short to hide anything but the end are all stars."""
    if len(number) < SHORTEST_SHOWN:
        return STARS
    hidden = min(4, len(number) - 4)
    return number[: -4 - hidden] + "*" * hidden + number[-4:]


def number_spans(numbers: Collection[str], text: str) -> Iterator[Span]:
    """Where the text has one of the numbers: 138-0000-0001, １３８…, 幺三八零零零…"""
    for places in _runs(text):
        digits = "".join(DIGITS[text[index]] for index in places)
        for number in numbers:
            at = digits.find(number)
            while at >= 0:
                yield places[at], places[at + len(number) - 1] + 1
                at = digits.find(number, at + 1)


def digit_runs(text: str) -> list[Span]:
    """Stretches of digits, in any spelling, with nothing but separators between them."""
    return [(places[0], places[-1] + 1) for places in _runs(text)]


def _runs(text: str) -> list[list[int]]:
    """The places of the digits of each stretch."""
    runs: list[list[int]] = []
    for index, char in enumerate(text):
        if char not in DIGITS:
            continue
        if runs and _BETWEEN.issuperset(text[runs[-1][-1] + 1 : index]):
            runs[-1].append(index)
        else:
            runs.append([index])
    return runs


def _name_spans(name: str, text: str) -> Iterator[Span]:
    """Where the name stands, also with blanks or dots between its characters."""
    letters = [re.escape(char) for char in _NAME_GAPS.sub("", name)]
    if len(letters) < _LEAST_NAME:
        return
    for match in re.finditer(f"{_NAME_GAPS.pattern}*".join(letters), text, re.IGNORECASE):
        yield match.span()


def _merged(spans: list[Span]) -> list[Span]:
    whole: list[Span] = []
    for start, end in spans:
        if whole and start <= whole[-1][1]:
            whole[-1] = (whole[-1][0], max(end, whole[-1][1]))
        else:
            whole.append((start, end))
    return whole


def _personal(data: Any) -> Iterator[tuple[str, str]]:
    if isinstance(data, dict):
        for key, value in data.items():
            if key in PERSONAL and isinstance(value, str):
                yield key, value
            else:
                yield from _personal(value)
    elif isinstance(data, list):
        for value in data:
            yield from _personal(value)
