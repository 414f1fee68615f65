"""A first guess of category and region from what the caller said: keywords only.

It fills a draft so that the agent need not start from nothing; people decide.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from store.types import JsonObject
from ticketing.citydata import CityData


@dataclass(frozen=True)
class Candidate:
    """A guessed code with its confidence (0 to 1) and the words it rests on."""

    code: str
    confidence: float
    evidence: tuple[str, ...]


@dataclass(frozen=True)
class Guess:
    """What a text seems to be about; None where nothing was recognised."""

    category: Candidate | None
    region: Candidate | None

    def suggestion(self, city: CityData) -> JsonObject:
        """The contract's `suggestion` (contract §4); what is not guessed is null."""
        empty = dict.fromkeys(("unit", "urgency", "request_type", "emergency"))
        result: JsonObject = {"category_l1": None, "category_l2": None, "region": None, **empty}
        evidence: list[str] = []
        if self.category:
            known = city.categories[self.category.code]
            share = self.category.confidence
            result["category_l1"] = _named(known.l1_code, known.l1, share)
            result["category_l2"] = _named(known.code, known.l2, share)
            evidence += self.category.evidence
        if self.region:
            place = city.regions[self.region.code]
            result["region"] = _named(place.code, place.name, self.region.confidence)
            evidence += self.region.evidence
        return result | {"evidence": evidence}


def guess(text: str, city: CityData) -> Guess:
    """Guesses from a text as a recogniser writes it (spaces and punctuation do not matter)."""
    said = _condensed(text)
    places = [(one, _longest(said, one.aliases)) for one in city.regions.values()]
    # 宿迁市沭阳县 is 沭阳县.
    inner = any(words for one, words in places if not one.is_city)
    return Guess(
        _best((one.code, _found(said, one.keywords)) for one in city.categories.values()),
        _best((one.code, words) for one, words in places if not (inner and one.is_city)),
    )


def _condensed(text: str) -> str:
    return re.sub(r"[\W_]+", "", text)


@lru_cache(maxsize=10_000)
def _keyword(word: str) -> str:
    return _condensed(word)


def _found(said: str, words: Iterable[str]) -> tuple[str, ...]:
    """The words that occur, without those that are part of another one that occurs."""
    there = [word for word in words if _keyword(word) in said]
    return tuple(
        word for word in there if not any(word != other and word in other for other in there)
    )


def _longest(said: str, names: Iterable[str]) -> tuple[str, ...]:
    """The first of the names that occurs."""
    return next(((name,) for name in names if name in said), ())


def _best(found: Iterable[tuple[str, tuple[str, ...]]]) -> Candidate | None:
    """The candidate with the most recognised characters.

    Its confidence grows with what was recognised and falls with what speaks for others.
    """
    scored = [(sum(map(len, words)), code, words) for code, words in found if words]
    if not scored:
        return None
    weight, code, words = max(scored, key=lambda one: one[0])
    share = weight / sum(one[0] for one in scored)
    return Candidate(code, round(share * (1 - 0.5 ** (weight / 2)), 2), words)


def _named(code: str, name: str, confidence: float) -> JsonObject:
    return {"code": code, "name": name, "confidence": confidence}
