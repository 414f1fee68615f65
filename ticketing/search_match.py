"""The words of a query in the languages of the two databases.

Words of the index have no signs in them (ticketing/search_words.py), so that nothing that
somebody types can be taken for an operator.
"""

from collections.abc import Collection, Sequence

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.ext.asyncio import AsyncConnection

from store.engine import among
from store.tables import ticket_unit
from store.tables_search import search_doc, search_words
from ticketing.search_index import Part
from ticketing.search_words import Term

MOST_LOOKED_AT = 500
"""Of words that more tickets have, the newest so many are looked at."""
_MOST_WALKED = 5_000
"""So many are gone through to find those of a unit."""
_FOR_ALL: Sequence[int | None] = (30_000, None)
"""Newest documents among which PostgreSQL looks for all of the words; None: all documents."""
_FOR_ANY: Sequence[int | None] = (5_000, 50_000, None)
"""The same for any of several words, of which there is always one that many have."""


async def newest(
    db: AsyncConnection, wanted: Sequence[Term], parts: Collection[Part], *, unit: str | None = None
) -> list[str]:
    """The newest tickets that have all terms in these parts; `unit`: of that unit's."""
    if not parts:
        return []
    if db.dialect.name == "sqlite":
        return await _read(db, _by_fts5(fts5(wanted, parts), unit))
    return await _by_tsquery(db, tsquery(wanted, parts), _FOR_ALL, unit)


async def newest_with_any(
    db: AsyncConnection, wanted: Sequence[Term], parts: Collection[Part]
) -> list[str]:
    """The newest tickets that have any of the terms."""
    if db.dialect.name == "sqlite":
        return await _read(db, _by_fts5(" OR ".join(_fts5_any(t, parts) for t in wanted), None))
    return await _by_tsquery(db, " | ".join(_ts_any(term, parts) for term in wanted), _FOR_ANY)


async def scores(
    db: AsyncConnection, numbers: Sequence[str], wanted: Sequence[Term], parts: Collection[Part]
) -> dict[str, float]:
    """Of these tickets those that have all terms in these parts, and how well they fit.

    The more often, the better. How long the texts are makes no difference: the length of what
    may not be read would tell of it.
    """
    if not wanted:
        return dict.fromkeys(numbers, 0.0)
    if not parts:
        return {}
    found = await _hits(db, numbers, wanted, parts)
    return {number: score for number, (score, hits) in found.items() if all(hits)}


async def shared(
    db: AsyncConnection, numbers: Sequence[str], wanted: Sequence[Term], parts: Collection[Part]
) -> dict[str, int]:
    """How many of the terms each of these tickets has in these parts."""
    found = await _hits(db, numbers, wanted, parts)
    return {number: sum(hits) for number, (_, hits) in found.items()}


def _by_fts5(expression: str, unit: str | None) -> sa.Select[tuple[str]]:
    most = MOST_LOOKED_AT if unit is None else _MOST_WALKED
    walked = (
        sa.select(search_words.c.rowid.label("doc_id"))
        .where(search_words.c.search_words.op("MATCH")(expression))
        .order_by(search_words.c.rowid.desc())
        .limit(most)
        .subquery()
    )
    found = sa.select(search_doc.c.ticket_no).join(walked, walked.c.doc_id == search_doc.c.doc_id)
    mine = found.where(*_of_unit(search_doc.c.ticket_no, unit))
    return mine.order_by(search_doc.c.doc_id.desc()).limit(MOST_LOOKED_AT)


async def _by_tsquery(
    db: AsyncConnection, text: str, windows: Sequence[int | None], unit: str | None = None
) -> list[str]:
    """Among the newest first: the index brings all that have a word before the newest are known."""
    found: list[str] = []
    for window in windows:
        every = sa.select(search_doc.c.doc_id, search_doc.c.ticket_no).where(
            search_doc.c.words.bool_op("@@")(_query(text)),
            *([] if window is None else [search_doc.c.doc_id > _of_newest(window)]),
        )
        # Apart, or the planner may go through all tickets, the newest first.
        apart = every.cte("every").prefix_with("MATERIALIZED")
        numbers = sa.select(apart.c.ticket_no).where(*_of_unit(apart.c.ticket_no, unit))
        found = await _read(db, numbers.order_by(apart.c.doc_id.desc()).limit(MOST_LOOKED_AT))
        if len(found) == MOST_LOOKED_AT:
            break
    return found


def _of_newest(count: int) -> sa.ColumnElement[int]:
    """Documents with a greater key are the newest so many; of fewer: all."""
    newest = sa.select(search_doc.c.doc_id).order_by(search_doc.c.doc_id.desc())
    last = newest.offset(count).limit(1).scalar_subquery()
    return sa.func.coalesce(last, -(2**63))


async def _read(db: AsyncConnection, query: sa.Select[tuple[str]]) -> list[str]:
    return [row.ticket_no for row in await db.execute(query)]


def _of_unit(number: sa.ColumnElement[str], unit: str | None) -> list[sa.ColumnElement[bool]]:
    if unit is None:
        return []
    this = sa.select(ticket_unit.c.unit).where(
        ticket_unit.c.ticket_no == number, ticket_unit.c.unit == unit
    )
    return [sa.exists(this.correlate_except(ticket_unit))]


async def _hits(
    db: AsyncConnection, numbers: Sequence[str], wanted: Sequence[Term], parts: Collection[Part]
) -> dict[str, tuple[float, list[bool]]]:
    """Of each ticket how well it fits, and which of the terms it has in these parts."""
    these = among(db.dialect.name, search_doc.c.ticket_no, numbers)
    if db.dialect.name == "sqlite":
        query = sa.select(search_doc.c.ticket_no, search_doc.c.words).where(these)
        phrases = [[_in_words(term, part) for part in parts] for term in wanted]
        return {number: _counted(words, phrases) for number, words in await db.execute(query)}
    any_of_them = _query(" | ".join(_ts_any(term, parts) for term in wanted))
    has = (search_doc.c.words.op("@@")(_query(_ts_any(term, parts))) for term in wanted)
    rank = sa.func.ts_rank(search_doc.c.words, any_of_them)
    found = await db.execute(sa.select(search_doc.c.ticket_no, rank, *has).where(these))
    return {number: (score, list(hits)) for number, score, *hits in found}


def _counted(words: str, phrases: Sequence[Sequence[str]]) -> tuple[float, list[bool]]:
    text = f" {words} "
    counts = [sum(map(text.count, each)) for each in phrases]
    return sum(counts), [count > 0 for count in counts]


def _query(text: str) -> sa.ColumnElement[str]:
    return sa.cast(sa.cast(sa.literal(text), sa.Text), TSQUERY)


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


def _phrase(term: Term, part: Part) -> str:
    return " ".join(part + word for word in term.words)


def _in_words(term: Term, part: Part) -> str:
    """The phrase as it stands among the words of a document, which a blank separates."""
    return f" {_phrase(term, part)}" + ("" if term.is_prefix else " ")


def _fts5_phrase(term: Term, part: Part) -> str:
    return f'"{_phrase(term, part)}"' + ("*" if term.is_prefix else "")


def _ts_phrase(term: Term, part: Part) -> str:
    *before, last = (f"'{part}{word}'" for word in term.words)
    return "(" + " <-> ".join([*before, last + (":*" if term.is_prefix else "")]) + ")"
