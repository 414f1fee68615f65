"""The words of a query in the languages of the two databases.

Words of the index have no signs in them (ticketing/search_words.py), so that nothing that
somebody types can be taken for an operator.
"""

from collections.abc import Collection, Sequence

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TSQUERY

from store.tables_search import search_doc, search_words
from ticketing.search_index import Part
from ticketing.search_words import Term

MOST_RANKED = 20_000
"""Of a word that more tickets have, the newest so many are looked at."""
MOST_ALIKE = 2_000
"""The same for `newest_with_any`."""


def matches(
    dialect: str, wanted: Sequence[Term], parts: Collection[Part]
) -> sa.Select[tuple[str, float]]:
    """Number and rank (the less, the better) of tickets that have all terms in these parts."""
    if not parts:
        return sa.select(search_doc.c.ticket_no, sa.literal(0.0).label("rank")).where(sa.false())
    if dialect == "sqlite":
        return _by_fts5(fts5(wanted, parts), MOST_RANKED)
    return _by_tsquery(tsquery(wanted, parts), MOST_RANKED)


def newest_with_any(
    dialect: str, wanted: Sequence[Term], parts: Collection[Part]
) -> sa.Select[tuple[str, float]]:
    """Of the newest that have any of the terms, number and rank."""
    if dialect == "sqlite":
        return _by_fts5(" OR ".join(_fts5_any(term, parts) for term in wanted), MOST_ALIKE)
    return _by_tsquery(" | ".join(_ts_any(term, parts) for term in wanted), MOST_ALIKE)


def _by_fts5(expression: str, most: int) -> sa.Select[tuple[str, float]]:
    rank: sa.ColumnElement[float] = sa.func.bm25(sa.literal_column("search_words"))
    newest = (
        sa.select(search_words.c.rowid.label("doc_id"), rank.label("rank"))
        .where(search_words.c.search_words.op("MATCH")(expression))
        .order_by(search_words.c.rowid.desc())
        .limit(most)
        .subquery()
    )
    return sa.select(search_doc.c.ticket_no, newest.c.rank).join(
        newest, newest.c.doc_id == search_doc.c.doc_id
    )


def _by_tsquery(text: str, most: int) -> sa.Select[tuple[str, float]]:
    query = sa.cast(sa.cast(sa.literal(text), sa.Text), TSQUERY)
    newest = (
        sa.select(search_doc.c.ticket_no, search_doc.c.words)
        .where(search_doc.c.words.op("@@")(query))
        .order_by(search_doc.c.doc_id.desc())
        .limit(most)
        .subquery()
    )
    rank: sa.ColumnElement[float] = -sa.func.ts_rank_cd(newest.c.words, query, 1)
    return sa.select(newest.c.ticket_no, rank.label("rank"))


def fts5(wanted: Sequence[Term], parts: Collection[Part]) -> str:
    """SQLite's MATCH expression."""
    return " AND ".join(_fts5_any(term, parts) for term in wanted)


def tsquery(wanted: Sequence[Term], parts: Collection[Part]) -> str:
    """PostgreSQL's tsquery."""
    return " & ".join(_ts_any(term, parts) for term in wanted)


def _fts5_any(term: Term, parts: Collection[Part]) -> str:
    return "(" + " OR ".join(_fts5_phrase(term, part) for part in sorted(parts)) + ")"


def _ts_any(term: Term, parts: Collection[Part]) -> str:
    return "(" + " | ".join(_ts_phrase(term, part) for part in sorted(parts)) + ")"


def _fts5_phrase(term: Term, part: Part) -> str:
    words = " ".join(part + word for word in term.words)
    return f'"{words}"' + ("*" if term.is_prefix else "")


def _ts_phrase(term: Term, part: Part) -> str:
    *before, last = (f"'{part}{word}'" for word in term.words)
    return "(" + " <-> ".join([*before, last + (":*" if term.is_prefix else "")]) + ")"
