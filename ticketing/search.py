"""Full-text search over tickets (全文检索): what may be seen is decided inside the query.

A viewer looks for words in the parts of a ticket that he may read, and in the form in which he
reads them; numbers and excerpts follow the same rules. The best fits come first (BM25 on SQLite,
ts_rank_cd on PostgreSQL), of equal ones the newest.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from store.engine import Store, vault_of
from store.tables import ticket
from store.types import JsonObject
from ticketing import rows, search_match
from ticketing.model import Ticket
from ticketing.refusal import Refusal
from ticketing.search_index import FIELDS, WHOLE, Part
from ticketing.search_words import LONGEST_QUERY, MOST_WORDS, Term, spans, terms
from ticketing.sights import Group, Row, Sight
from ticketing.validation import national
from ticketing.visibility import Viewer, view
from ticketing.visible_rows import kinds, own_calls

MOST_COUNTED = 1_000
"""Fits are counted up to here."""
_AROUND = 24
"""Characters of an excerpt before and after the first word that was found."""
_SHOWN_FIELDS = tuple(
    name for part in (Part.MATTER, Part.UNIT, Part.PLACE, Part.SPEECH) for name in FIELDS[part]
)


@dataclass(frozen=True)
class Excerpt:
    """A stretch of a text in which words were found."""

    field: str
    text: str
    marks: tuple[tuple[int, int], ...]
    """Where in the text they stand: from, to."""

    def to_json(self) -> JsonObject:
        return {"field": self.field, "text": self.text, "marks": [list(one) for one in self.marks]}


@dataclass(frozen=True)
class Found:
    """Tickets in which all words stand, the best first."""

    total: int
    """All that fit, not only those given here; counted up to MOST_COUNTED."""
    tickets: tuple[Ticket, ...]
    """As they are stored; whoever shows them makes views of them."""
    terms: tuple[Term, ...]


def parsed(query: str) -> list[Term]:
    """The words of a query; raises Refusal."""
    if len(query) > LONGEST_QUERY:
        message = f"搜索内容有{len(query)}个字，最多{LONGEST_QUERY}个字"
        raise Refusal("invalid_value", "q", message, "请只输入关键的几个词")
    found = terms(query)
    if not found:
        message, fix = "搜索内容中没有文字或数字", "请输入要查找的词、地址或电话后四位"
        raise Refusal("invalid_value", "q", message, fix)
    if len(found) > MOST_WORDS:
        message = f"搜索内容有{len(found)}个词，最多{MOST_WORDS}个词"
        raise Refusal("invalid_value", "q", message, "请只输入关键的几个词")
    return found


async def search(
    store: Store,
    query: str,
    *,
    viewer: Viewer | None,
    limit: int = 20,
    where: Collection[sa.ColumnElement[bool]] = (),
) -> Found:
    """The tickets that have every word of the query in what the viewer may read.

    `viewer` None: the local operator, who reads everything. A word of four digits also fits the
    end of the citizen's number, a longer one the whole number, where the viewer sees as much of
    it. `where`: further conditions on the table of tickets. Raises Refusal `invalid_value`.
    """
    wanted = parsed(query)
    async with store.read() as db:
        fits = _fits(db, wanted, viewer, where)
        if fits is None:
            return Found(0, (), tuple(wanted))
        best = fits.order_by(
            sa.text("rank"), sa.text("created_at DESC"), sa.text("ticket_no DESC")
        ).limit(limit)
        numbers = [row.ticket_no for row in await db.execute(best)]
        total = len(numbers)
        if total == limit:
            some = fits.limit(MOST_COUNTED).subquery()
            total = await db.scalar(sa.select(sa.func.count()).select_from(some)) or 0
        found = await rows.tickets(db, sa.select(ticket).where(ticket.c.ticket_no.in_(numbers)))
    by_number = {one.ticket_no: one for one in found}
    return Found(total, tuple(by_number[number] for number in numbers), tuple(wanted))


async def results(store: Store, query: str, *, viewer: Viewer | None, limit: int) -> JsonObject:
    """What `search` finds as the viewer sees it: `total` and `hits` of `ticket` and `excerpts`."""
    found = await search(store, query, viewer=viewer, limit=limit)
    if viewer is None:
        shown = [one.to_json() for one in found.tickets]
    else:
        async with store.read() as db:
            own = await own_calls(db, viewer, found.tickets)
        views = (view(one, viewer, own_calls=own) for one in found.tickets)
        shown = [one for one in views if one is not None]
    hits = [
        {"ticket": one, "excerpts": [part.to_json() for part in excerpts(one, found.terms)]}
        for one in shown
    ]
    return {"total": found.total, "hits": hits}


def excerpts(shown: JsonObject, wanted: Sequence[Term]) -> list[Excerpt]:
    """Stretches of a view of a ticket in which the words stand, one of each text at most."""
    found: list[Excerpt] = []
    texts = {text: name for name in reversed(_SHOWN_FIELDS) if isinstance(text := shown[name], str)}
    for text, name in sorted(texts.items(), key=lambda item: _SHOWN_FIELDS.index(item[1])):
        places = spans(text, wanted)
        if not places:
            continue
        start = max(0, places[0][0] - _AROUND)
        end = min(len(text), places[0][1] + _AROUND)
        before, after = "…" if start else "", "…" if end < len(text) else ""
        shift = len(before) - start
        marks = tuple((a + shift, b + shift) for a, b in places if b <= end)
        found.append(Excerpt(name, before + text[start:end] + after, marks))
    return found


@dataclass(frozen=True)
class _Reach:
    """Where a viewer may look in some tickets."""

    parts: frozenset[Part]
    number: Sight


_EVERYTHING = _Reach(frozenset(Part), Sight.SHOWN)


def _reach(row: Row) -> _Reach:
    parts: set[Part] = set()
    if row[Group.PLACE] is Sight.SHOWN:
        parts.add(Part.PLACE)
    if row[Group.MATTER] is not Sight.HIDDEN:
        parts.add(Part.UNIT)
    if row[Group.MATTER] is Sight.SHOWN:
        parts.add(Part.MATTER)
    if row[Group.SPEECH] is Sight.SHOWN:
        parts.add(Part.SPEECH)
    if row[Group.PERSON] is Sight.SHOWN:
        parts |= {WHOLE[part] for part in parts & WHOLE.keys()}
    return _Reach(frozenset(parts), row[Group.PERSON])


def _fits(
    db: AsyncConnection,
    wanted: Sequence[Term],
    viewer: Viewer | None,
    where: Collection[sa.ColumnElement[bool]],
) -> sa.Select[tuple[str, float, object]] | None:
    """Number, rank (the less, the better) and time of all tickets that fit; None: there are none.

    One select for tickets of which the viewer sees the same parts, all of them together.
    """
    found: list[sa.Select[tuple[str, float, object]]]
    if viewer is None:
        found = [_of_kind(db, wanted, _EVERYTHING, [*where])]
    else:
        found = [
            _of_kind(db, wanted, reach, [kind.condition, *where])
            for reach, kind in kinds(viewer, _reach).items()
            if reach.parts or reach.number is not Sight.HIDDEN
        ]
    if not found:
        return None
    together = sa.union_all(*found).subquery()
    return sa.select(together.c.ticket_no, together.c.rank, together.c.created_at)


def _of_kind(
    db: AsyncConnection,
    wanted: Sequence[Term],
    reach: _Reach,
    where: Sequence[sa.ColumnElement[bool]],
) -> sa.Select[tuple[str, float, object]]:
    dialect = db.dialect.name
    numbers = {term: _of_number(db, term, reach) for term in wanted}
    texts = [term for term in wanted if numbers[term] is None]
    rank: sa.ColumnElement[float] = sa.literal(0.0)
    source: sa.FromClause = ticket
    if texts:
        matches = search_match.matches(dialect, texts, reach.parts).subquery()
        rank = matches.c.rank
        source = matches.join(ticket, ticket.c.ticket_no == matches.c.ticket_no)
    conditions = list(where)
    for term, of_number in numbers.items():
        if of_number is not None:
            in_text = search_match.matches(dialect, [term], reach.parts).subquery()
            conditions.append(
                sa.or_(of_number, ticket.c.ticket_no.in_(sa.select(in_text.c.ticket_no)))
            )
    return (
        sa.select(ticket.c.ticket_no, rank.label("rank"), ticket.c.created_at)
        .select_from(source)
        .where(*conditions)
    )


def _of_number(db: AsyncConnection, term: Term, reach: _Reach) -> sa.ColumnElement[bool] | None:
    """Tickets of whose citizen's number the term is as much as the viewer sees of it."""
    digits = term.digits
    if digits is None or reach.number is Sight.HIDDEN:
        return None
    if len(digits) == 4:
        return rows.of_tail4(digits, vault_of(db))
    if reach.number is Sight.SHOWN:
        return rows.of_number(str(national(digits)), vault_of(db))
    return None
