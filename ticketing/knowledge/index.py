"""Which entries a spoken wording is about (口语检索): BM25 over characters, words and sounds.

A city's knowledge base has some thousand entries, so the index is kept in memory: it ranks alike on
both databases, and a running transcript is looked up in milliseconds. Sounds let a question survive
the homophones of a recogniser (医报卡, 社宝卡).
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from ticketing.suggest.features import features

ANSWER = 0.3
"""A word of the answer counts so much of one of the question."""
SOUND = 0.5
"""A sound counts so much of a character; who was heard right has both."""
SATURATION, LENGTH = 1.2, 0.6
"""k1 and b of BM25 (Robertson and Zaragoza 2009)."""
CATEGORY = 3.0
"""What the category that the suggester hears in the text may add, times the root of its
probability."""
ALIKE = 5.0
"""What a question that is asked in the same words may add, times the square of the cosine."""
COMPARED = 30
"""So many of the best entries are compared question by question."""


@dataclass(frozen=True)
class Document:
    """An entry as it is looked for."""

    code: str
    questions: tuple[str, ...]
    """Its title and the ways in which citizens ask."""
    answer: str
    categories: tuple[str, ...]

    @cached_property
    def each(self) -> tuple[frozenset[str], ...]:
        """Features of each question."""
        return tuple(frozenset(features(text)) for text in self.questions)

    @cached_property
    def asked(self) -> Counter[str]:
        """Features of all questions together."""
        return Counter(one for text in self.questions for one in features(text))

    @cached_property
    def answered(self) -> Counter[str]:
        """Features of the answer."""
        return Counter(one for line in self.answer.splitlines() for one in features(line))


class Index:
    """Documents by what is in them."""

    def __init__(self, documents: Iterable[Document]) -> None:
        self.documents = {one.code: one for one in documents}
        self._codes = list(self.documents)
        self._postings = _postings(list(self.documents.values()))

    def scores(self, text: str, categories: Mapping[str, float] | None = None) -> dict[str, float]:
        """How well each entry fits a text, those that have nothing of it left out.

        `categories`: how likely the text is about each category (0 to 1).
        """
        said = set(features(text))
        found = np.zeros(len(self._codes))
        for one in said & self._postings.keys():
            posting = self._postings[one]
            found[posting.places] += posting.worths
        near = np.argsort(-found, kind="stable")[:COMPARED]
        for at in near[found[near] > 0]:
            _, alike = self._best(self._codes[at], said)
            found[at] *= 1 + ALIKE * alike**2
        likely = categories or {}
        return {
            self._codes[at]: float(found[at]) * self._raised(self._codes[at], likely)
            for at in np.flatnonzero(found)
        }

    def question_for(self, code: str, text: str) -> str:
        """The question of an entry that a text is most like."""
        return self.documents[code].questions[self._best(code, set(features(text)))[0]]

    def _best(self, code: str, said: Set[str]) -> tuple[int, float]:
        """Which question is most like what was said, and how alike they are (cosine, 0 to 1)."""
        length = self._length(said)
        alike = [
            self._length(said & asked) ** 2 / ((length * self._length(asked)) or 1.0)
            for asked in self.documents[code].each
        ]
        best = max(range(len(alike)), key=alike.__getitem__)
        return best, alike[best]

    def _length(self, said: Set[str]) -> float:
        return math.sqrt(sum(self._rarity(one) ** 2 for one in said))

    def _rarity(self, feature: str) -> float:
        known = self._postings.get(feature)
        return known.rarity if known is not None else _rarity(feature, 0, len(self._codes))

    def _raised(self, code: str, categories: Mapping[str, float]) -> float:
        known = self.documents[code].categories
        return 1 + CATEGORY * math.sqrt(max(categories.get(one, 0.0) for one in known))


@dataclass(frozen=True)
class _Posting:
    """Where a feature is found."""

    rarity: float
    places: npt.NDArray[np.int64]
    worths: npt.NDArray[np.float64]


def _postings(documents: list[Document]) -> dict[str, _Posting]:
    asked = sum(one.asked.total() for one in documents) / max(len(documents), 1)
    answered = sum(one.answered.total() for one in documents) / max(len(documents), 1)
    found: dict[str, list[tuple[int, float]]] = {}
    for at, one in enumerate(documents):
        counts = _weighed(one.asked, 1.0, asked)
        for feature, count in _weighed(one.answered, ANSWER, answered).items():
            counts[feature] = counts.get(feature, 0.0) + count
        for feature, count in counts.items():
            found.setdefault(feature, []).append((at, count))
    return {feature: _posting(feature, told, len(documents)) for feature, told in found.items()}


def _weighed(counts: Counter[str], weight: float, mean: float) -> dict[str, float]:
    """Longer texts say more words; BM25F takes that out of each field."""
    share = weight / (1 - LENGTH + LENGTH * counts.total() / mean) if mean else 0.0
    return {feature: count * share for feature, count in counts.items()}


def _posting(feature: str, told: list[tuple[int, float]], documents: int) -> _Posting:
    rarity = _rarity(feature, len(told), documents)
    counts = np.array([count for _, count in told])
    places = np.array([at for at, _ in told], dtype=np.int64)
    return _Posting(rarity, places, rarity * counts / (SATURATION + counts))


def _rarity(feature: str, having: int, documents: int) -> float:
    """The rarer, the more it tells (inverse document frequency)."""
    told = math.log(1 + (documents - having + 0.5) / (having + 0.5))
    return told * (SOUND if feature.startswith("/") else 1.0)
