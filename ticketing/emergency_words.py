"""Trigger words of emergencies (紧急触发词): which are in a text, by character and by sound."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ticketing.emergency_sound import plain, syllables

GAP = 6
"""Characters that may stand where a word has `…`: 掉…水里 is found in 掉到旁边的水里."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A trigger word in a text."""

    service: str
    word: str
    """As it stands in the list, `…` included."""
    by_sound: bool
    """It only sounds like the word: weaker evidence."""
    is_certain: bool = False
    """A word of the requirement itself (domain.md §5.4), as it is written."""
    span: tuple[int, int] = (0, 0)
    """Where it stands in the plain text: from and to, in characters."""

    @property
    def length(self) -> int:
        """Characters of the word; short ones have many homophones."""
        return len(self.word.replace("…", ""))


class WordLists:
    """The lists of one city."""

    def __init__(self, data: dict[str, Any]) -> None:
        """`data` of city/emergency.json. Raises KeyError or ValueError where it is not one."""
        services: dict[str, list[str]] = data["services"]
        self._exact = [
            (service, word, re.compile(_pattern(word, list(word))))
            for service, words in services.items()
            for word in words
        ]
        self._sounds = [
            (service, word, re.compile(_pattern(word, _sounds(word))))
            for service, words in data["by_sound"].items()
            for word in words
        ]
        self._certain = frozenset(data["certain"])
        self._not = _alternatives(data["not"])
        self._doubt = _alternatives(data["deescalate"])
        self._no_doubt = _alternatives(data["deescalate_not"])

    @classmethod
    def read(cls, path: Path) -> "WordLists":
        """Raises OSError, KeyError or ValueError."""
        return cls(json.loads(path.read_text(encoding="utf-8")))

    def hits(self, text: str) -> list[Hit]:
        """Every trigger in a text; nothing for 打我电话, which is no 打我."""
        bare = self._not.sub(lambda found: "　" * len(found[0]), plain(text))
        found = [
            Hit(service, word, by_sound=False, is_certain=word in self._certain, span=match.span())
            for service, word, pattern in self._exact
            if (match := pattern.search(bare))
        ]
        words = {hit.word for hit in found}
        spoken = "".join(f"/{one}" for one in syllables(bare)) + "/"
        found += [
            Hit(service, word, by_sound=True, span=_characters(spoken, match.span()))
            for service, word, pattern in self._sounds
            if word not in words and (match := pattern.search(spoken))
        ]
        return found

    def doubt(self, text: str) -> str | None:
        """The first word that speaks of the past, a worry, a drill or a question, or None."""
        bare = self._no_doubt.sub(lambda found: "　" * len(found[0]), plain(text))
        found = self._doubt.search(bare)
        return found[0] if found else None


def _characters(spoken: str, span: tuple[int, int]) -> tuple[int, int]:
    """The characters of a stretch of sounds, which begins and ends with a slash."""
    begin = spoken.count("/", 0, span[0])
    return begin, begin + spoken.count("/", span[0], span[1] - 1)


def _sounds(word: str) -> list[str]:
    parts: list[str] = []
    for index, piece in enumerate(word.split("…")):
        if index:
            parts.append("…")
        parts += [f"/{one}" for one in syllables(piece)]
    return [*parts, "/"]


def _pattern(word: str, parts: Sequence[str]) -> str:
    if not word or word.startswith("…") or word.endswith("…"):
        raise ValueError(f"{word!r}: a trigger begins and ends with characters")
    gap = rf"(?:/[^/]+){{0,{GAP}}}" if parts[0].startswith("/") else rf"[^　]{{0,{GAP}}}"
    return "".join(gap if part == "…" else re.escape(part) for part in parts)


def _alternatives(words: Sequence[str]) -> re.Pattern[str]:
    longest_first = sorted(words, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")
