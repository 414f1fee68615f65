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


def matches(
    dialect: str, wanted: Sequence[Term], parts: Collection[Part]
) -> sa.Select[tuple[str, float]]:
    """Number and rank (the less, the better) of tickets that have all terms in these parts."""
    if not parts:
        return sa.select(search_doc.c.ticket_no, sa.literal(0.0).label("rank")).where(sa.false())
    if dialect == "sqlite":
        fits: sa.ColumnElement[bool] = search_words.c.search_words.op("MATCH")(fts5(wanted, parts))
        rank: sa.ColumnElement[float] = sa.func.bm25(sa.literal_column("search_words"))
        return (
            sa.select(search_doc.c.ticket_no, rank.label("rank"))
            .select_from(search_words.join(search_doc, _same()))
            .where(fits)
        )
    query = sa.cast(sa.cast(sa.literal(tsquery(wanted, parts)), sa.Text), TSQUERY)
    rank = -sa.func.ts_rank_cd(search_doc.c.words, query, 1)
    return sa.select(search_doc.c.ticket_no, rank.label("rank")).where(
        search_doc.c.words.op("@@")(query)
    )


def fts5(wanted: Sequence[Term], parts: Collection[Part]) -> str:
    """SQLite's MATCH expression."""
    return " AND ".join(
        "(" + " OR ".join(_fts5_phrase(term, part) for part in sorted(parts)) + ")"
        for term in wanted
    )


def tsquery(wanted: Sequence[Term], parts: Collection[Part]) -> str:
    """PostgreSQL's tsquery."""
    return " & ".join(
        "(" + " | ".join(_ts_phrase(term, part) for part in sorted(parts)) + ")" for term in wanted
    )


def _fts5_phrase(term: Term, part: Part) -> str:
    words = " ".join(part + word for word in term.words)
    return f'"{words}"' + ("*" if term.is_prefix else "")


def _ts_phrase(term: Term, part: Part) -> str:
    *before, last = (f"'{part}{word}'" for word in term.words)
    return "(" + " <-> ".join([*before, last + (":*" if term.is_prefix else "")]) + ")"


def _same() -> sa.ColumnElement[bool]:
    return search_words.c.rowid == search_doc.c.doc_id
