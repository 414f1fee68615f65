"""Which entries a spoken wording is about (口语检索): BM25 over characters, words and sounds.

A city's knowledge base has some thousand entries, so the index is kept in memory: it ranks alike on
both databases, and a running transcript is looked up in milliseconds. Sounds let a question survive
the homophones of a recogniser (医报卡, 社宝卡).
"""

import math
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from ticketing.suggest.features import BUCKETS, features

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

Columns = npt.NDArray[np.int64]
"""Features of a text as numbers, each once, ascending: sounds from BUCKETS on."""
Numbers = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
"""Of all features, which were said."""


@dataclass(frozen=True)
class Document:
    """An entry as it is looked for."""

    code: str
    questions: tuple[str, ...]
    """Its title and the ways in which citizens ask."""
    answer: str
    categories: tuple[str, ...]

    @cached_property
    def asked(self) -> Sequence[Columns]:
        """Of each question."""
        return [columns(text) for text in self.questions]

    @cached_property
    def answered(self) -> Columns:
        """Of all lines of the answer, one after the other."""
        return np.concatenate([columns(line) for line in self.answer.splitlines()])


class Index:
    """Documents by what is in them."""

    def __init__(self, documents: Iterable[Document]) -> None:
        self.documents = {one.code: one for one in documents}
        self._all = list(self.documents.values())
        found = _counted(self._all)
        self._columns, self._places, counts = found
        having = np.bincount(self._columns, minlength=2 * BUCKETS)
        self._rarity = _rarity(having, len(self._all))
        self._worths = self._rarity[self._columns] * counts / (SATURATION + counts)

    def scores(self, text: str, categories: Mapping[str, float] | None = None) -> dict[str, float]:
        """How well each entry fits a text, those that have nothing of it left out.

        `categories`: how likely the text is about each category (0 to 1).
        """
        said = columns(text)
        found = np.zeros(len(self._all))
        starts = np.searchsorted(self._columns, said)
        ends = np.searchsorted(self._columns, said, side="right")
        for start, end in zip(starts, ends, strict=True):
            found[self._places[start:end]] += self._worths[start:end]
        heard = _mask(said)
        near = np.argsort(-found, kind="stable")[:COMPARED]
        for at in near[found[near] > 0]:
            found[at] *= 1 + ALIKE * max(self._alike(self._all[at], said, heard)) ** 2
        likely = categories or {}
        return {
            self._all[at].code: float(found[at]) * _raised(self._all[at], likely)
            for at in np.flatnonzero(found)
        }

    def question_for(self, code: str, text: str) -> str:
        """The question of an entry that a text is most like."""
        one, said = self.documents[code], columns(text)
        alike = self._alike(one, said, _mask(said))
        return one.questions[max(range(len(alike)), key=alike.__getitem__)]

    def _alike(self, one: Document, said: Columns, heard: Mask) -> Sequence[float]:
        """How like each question is to what was said (cosine, 0 to 1)."""
        length = self._length(said)
        return [
            self._length(asked[heard[asked]]) ** 2 / (length * self._length(asked) or 1.0)
            for asked in one.asked
        ]

    def _length(self, some: Columns) -> float:
        return float(np.linalg.norm(self._rarity[some]))


def columns(text: str) -> Columns:
    """The features of a text; the same in every process."""
    hashed = (
        zlib.crc32(one.encode()) % BUCKETS + (BUCKETS if one.startswith("/") else 0)
        for one in features(text)
    )
    return np.unique(np.fromiter(hashed, dtype=np.int64))


def _mask(said: Columns) -> Mask:
    heard = np.zeros(2 * BUCKETS, dtype=bool)
    heard[said] = True
    return heard


def _raised(one: Document, categories: Mapping[str, float]) -> float:
    return 1 + CATEGORY * math.sqrt(max(categories.get(code, 0.0) for code in one.categories))


def _counted(documents: Sequence[Document]) -> tuple[Columns, Columns, Numbers]:
    """Which feature stands in which document, and how often (BM25F); by feature."""
    if not documents:
        none = np.zeros(0, dtype=np.int64)
        return none, none, np.zeros(0)
    fields = (
        (1.0, [np.concatenate(one.asked) for one in documents]),
        (ANSWER, [one.answered for one in documents]),
    )
    keys: list[Columns] = []
    shares: list[Numbers] = []
    for weight, texts in fields:
        lengths = np.array([len(text) for text in texts])
        # Longer texts say more; that is taken out of each field.
        share = weight / (1 - LENGTH + LENGTH * lengths / max(lengths.mean(), 1))
        places = np.repeat(np.arange(len(texts)), lengths)
        keys.append(np.concatenate(texts) * len(documents) + places)
        shares.append(np.repeat(share, lengths))
    known, which = np.unique(np.concatenate(keys), return_inverse=True)
    counts = np.bincount(which, weights=np.concatenate(shares))
    return known // len(documents), known % len(documents), np.asarray(counts, dtype=np.float64)


def _rarity(having: npt.NDArray[np.int64], documents: int) -> Numbers:
    """The rarer, the more it tells (inverse document frequency)."""
    told = np.log(1 + (documents - having + 0.5) / (having + 0.5))
    told[BUCKETS:] *= SOUND
    return np.asarray(told)
