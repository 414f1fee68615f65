"""Phrases of a call (常用语, 话术): the city's own list, to be said or to be written."""

import json
from dataclasses import dataclass
from functools import cache
from typing import Literal

from ticketing.citydata import CITY_FOLDER


@dataclass(frozen=True)
class Phrase:
    """A text and the name it is found by."""

    name: str
    text: str
    use: Literal["say", "write"]
    """Whether it is said to the citizen (话术) or stands in the ticket (常用语)."""
    aside: bool = False
    """Of a ticket's text: it says nothing of what the matter is."""

    @property
    def initials(self) -> str:
        """Of the name's pinyin: 复述确认 is fsqr."""
        from pypinyin import Style, lazy_pinyin  # its dictionary takes half a second

        return "".join(lazy_pinyin(self.name, style=Style.FIRST_LETTER)).lower()


@cache
def phrases() -> tuple[Phrase, ...]:
    """In the order of a call."""
    told = json.loads((CITY_FOLDER / "phrases.json").read_text(encoding="utf-8"))
    return tuple(Phrase(**one) for one in told)


def without_asides(text: str) -> str:
    """A text without the phrases that are the same in tickets of all matters."""
    for one in phrases():
        if one.aside:
            text = text.replace(one.text, "")
    return text.strip()
