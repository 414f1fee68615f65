"""Entries for tests, a store that has the program's, and how well spoken questions find them.

`python -m tests.knowledge_kit` prints the figures of docs/knowledge.md.
"""

import csv
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from store.engine import Store
from tests.suggesting import ready
from ticketing import citydata
from ticketing.citydata import CITY_FOLDER
from ticketing.knowledge import files
from ticketing.knowledge.base import Known, index_of
from ticketing.knowledge.entry import Entry, EntryContent, EntryVersion
from ticketing.knowledge.search import suggest
from ticketing.search_words import words as pairs_of
from ticketing.suggest.features import words
from ticketing.suggest.mishearing import Mishearing
from ticketing.workflow.terms import Actor

DAY = date(2026, 10, 1)
AT = datetime(2026, 10, 1, 8, tzinfo=UTC)
QUERIES = Path(__file__).parent / "fixtures" / "knowledge" / "queries.csv"
UNIT = Actor("unit_handler", "rsj1", "RSJ")
EDITOR = Actor("kb_editor", "k1")
HEAD = Actor("center_head", "h1")


def content(**changes: Any) -> EntryContent:
    """A content that fits the city."""
    told: dict[str, Any] = {
        "title": "社保卡挂失与补办",
        "questions": ["社保卡丢了怎么补办"],
        "answer": "先拨打12333挂失，再到社保卡服务网点补办。",
        "unit": "RSJ",
        "categories": ["0602"],
        "valid_from": "2026-01-01",
        "review_by": "2027-06-30",
    }
    return EntryContent.model_validate(told | changes)


async def seeded(store: Store) -> int:
    """Publishes the program's entries."""
    return await files.seed(store, citydata.load(), AT)


@cache
def program() -> Known:
    """The program's entries as if they were published, without a store."""
    entries = {
        code: Entry(
            code=code,
            versions=1,
            seq=2,
            published=EntryVersion(version=1, content=told, proposed_by="system", proposed_at=AT),
        )
        for code, told in files.read(CITY_FOLDER / files.FILE).items()
    }
    return Known(entries, index_of(entries, Known().index))


@dataclass(frozen=True)
class Query:
    """What a citizen says, and the entry that answers it."""

    text: str
    code: str


@dataclass(frozen=True)
class Figures:
    """How often the right entry was first, among the first three, and its mean reciprocal rank
    among these."""

    first: float
    recall: float
    mrr: float


Finder = Callable[[str], Sequence[str]]


def queries(part: str) -> list[Query]:
    """`tune`: what the ranking was chosen on; `held`: kept apart."""
    with QUERIES.open(encoding="utf-8", newline="") as file:
        return [
            Query(row["text"], row["code"]) for row in csv.DictReader(file) if row["set"] == part
        ]


def misheard(asked: Sequence[Query]) -> list[Query]:
    """The same as a recogniser might write it: homophones and lost characters."""
    texts = [text for code in program().entries for text in _texts(code)]
    hear = Mishearing([*texts, *(one.text for one in asked)], seed=1)
    return [Query(hear(one.text), one.code) for one in asked]


def measured(find: Finder, asked: Sequence[Query]) -> Figures:
    """The figures of one way to find."""
    places = [_place(list(find(one.text))[:3], one.code) for one in asked]
    known = [at for at in places if at is not None]
    count = len(asked)
    mrr = sum(1 / (at + 1) for at in known) / count
    return Figures(sum(at == 0 for at in known) / count, len(known) / count, mrr)


def by_suggestion(text: str) -> list[str]:
    """The product's own: what POST /api/knowledge/suggest gives."""
    likely = ready().categories(text, DAY)
    return [one.code for one in suggest(program(), text, DAY, likely)]


def by_keywords(text: str) -> list[str]:
    """The plain baseline: entries with the most words of the question in any of their texts."""
    wanted = set(words(text))
    counts = {
        code: sum(word in "\n".join(_texts(code)) for word in wanted) for code in program().entries
    }
    return sorted((code for code in counts if counts[code]), key=lambda one: (-counts[one], one))


def by_full_text(text: str) -> list[str]:
    """A stronger one: SQLite's FTS5 with its bm25, over the pairs of characters that tickets are
    indexed by."""
    wanted = " OR ".join(f'"{word}"' for word in dict.fromkeys(pairs_of({"": [text]})))
    query = "SELECT code FROM entry WHERE entry MATCH ? ORDER BY bm25(entry) LIMIT 3"
    return [row[0] for row in _full_text().execute(query, (wanted,))]


@cache
def _full_text() -> sqlite3.Connection:
    db = sqlite3.connect(":memory:")
    db.execute("CREATE VIRTUAL TABLE entry USING fts5(words, code UNINDEXED)")
    rows = [(" ".join(pairs_of({"": _texts(code)})), code) for code in program().entries]
    db.executemany("INSERT INTO entry VALUES (?, ?)", rows)
    return db


def _texts(code: str) -> list[str]:
    told = program().entries[code].content
    return [told.title, *told.questions, told.answer]


def _place(found: list[str], code: str) -> int | None:
    return found.index(code) if code in found else None


FINDERS: dict[str, Finder] = {
    "keywords": by_keywords,
    "FTS5 bm25": by_full_text,
    "knowledge": by_suggestion,
}


def _report() -> None:
    for part in ("tune", "held"):
        for heard in (False, True):
            asked = misheard(queries(part)) if heard else queries(part)
            for name, find in FINDERS.items():
                told = measured(find, asked)
                print(
                    f"| {part}{', misheard' if heard else ''} ({len(asked)}) | {name} "
                    f"| {told.first:.3f} | {told.recall:.3f} | {told.mrr:.3f} |"
                )


if __name__ == "__main__":
    _report()
