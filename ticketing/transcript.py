"""A call's transcript as the text of a ticket (转写原文)."""

import re
from collections.abc import Iterable, Sequence

from store.types import JsonObject

LABELS = {
    "caller": "市民",
    "agent": "话务员",
    "supervisor": "班长",
    "unit": "单位",
    "emergency": "紧急",
    "system": "系统",
}
TITLE_CHARACTERS = 30

_LABELLED = tuple(f"{label}\uff1a" for label in LABELS.values())
_CITIZEN = f"{LABELS['caller']}\uff1a"
_CLAUSE_END = r"[,;!?\n\u3002\uff0c\uff1b\uff01\uff1f]+"


def transcript_text(segments: Iterable[JsonObject]) -> tuple[str, float | None]:
    """Lines `市民：…` from the contract's `transcript`, and the mean confidence by length."""
    lines: list[str] = []
    weighed = 0.0
    characters = 0
    for one in segments:
        lines.append(f"{LABELS.get(one['speaker'], one['speaker'])}\uff1a{one['text']}")
        if one["confidence"] is not None:
            weighed += one["confidence"] * len(one["text"])
            characters += len(one["text"])
    return "\n".join(lines), round(weighed / characters, 3) if characters else None


def citizen_words(text: str) -> str:
    """What the citizen said, without labels; the whole text where it has none."""
    lines = text.splitlines()
    said = [line.removeprefix(_CITIZEN) for line in lines if line.startswith(_CITIZEN)]
    if said or any(
        line.startswith(f"{label}\uff1a") for line in lines for label in LABELS.values()
    ):
        return "\n".join(said)
    return text.strip()


def title_of(words: str, evidence: Sequence[str]) -> str | None:
    """A short title: the first clause with a word that says what it is about, else the first."""
    clauses = [clause.strip() for clause in re.split(_CLAUSE_END, words)]
    clauses = [clause for clause in clauses if clause]
    if not clauses:
        return None
    telling = (one for one in clauses if any(word in one.replace(" ", "") for word in evidence))
    return next(telling, clauses[0]).replace(" ", "")[:TITLE_CHARACTERS]
