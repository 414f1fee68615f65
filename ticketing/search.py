"""Full-text search over tickets (全文检索): what may be seen is decided inside the query.

A viewer looks for words in the parts of a ticket that he may read, and in the form in which he
reads them; numbers and excerpts follow the same rules. The best fits come first, of equal ones
the newest.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from store.engine import Store, among, vault_of
from store.tables import ticket
from store.types import JsonObject
from ticketing import rows, search_match
from ticketing.identity import SHORTEST_SHOWN
from ticketing.model import Ticket
from ticketing.refusal import Refusal
from ticketing.search_index import FIELDS, WHOLE, Part
from ticketing.search_words import LONGEST_QUERY, MOST_WORDS, Term, spans, terms
from ticketing.sights import Group, Row, Sight
from ticketing.validation import normal_phone
from ticketing.visibility import Viewer, view
from ticketing.visible_rows import facts, own_calls, rows_by_facts, visible_to

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
    """All that fit, not only those given here; of words that very many have, of the newest."""
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


async def search(store: Store, query: str, *, viewer: Viewer | None, limit: int = 20) -> Found:
    """The tickets that have every word of the query in what the viewer may read.

    `viewer` None: the local operator, who reads everything. A word of four digits also fits the
    end of the citizen's number, a longer one the whole number, where the viewer sees as much of
    it. Raises Refusal `invalid_value`.
    """
    wanted = parsed(query)
    async with store.read() as db:
        best = sorted(await _fits(db, wanted, viewer), reverse=True)
        numbers = [fit.ticket_no for fit in best[:limit]]
        found = await rows.tickets(db, sa.select(ticket).where(ticket.c.ticket_no.in_(numbers)))
    by_number = {one.ticket_no: one for one in found}
    return Found(len(best), tuple(by_number[number] for number in numbers), tuple(wanted))


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


@dataclass(frozen=True, order=True)
class _Fit:
    """A ticket that fits; of two the greater one fits better."""

    score: float
    created_at: datetime
    ticket_no: str


async def _fits(db: AsyncConnection, wanted: Sequence[Term], viewer: Viewer | None) -> list[_Fit]:
    """The tickets that fit.

    Those that have the words anywhere are looked for first, by the indexes; of what they bring
    each is a hit only if it has every word where the viewer may look in it.
    """
    reaches: dict[tuple[bool, ...], _Reach] = {(): _EVERYTHING}
    conditions: list[sa.ColumnElement[bool]] = []
    known: sa.ColumnElement[bool] = sa.true()
    if viewer is not None:
        reaches = {answers: _reach(row) for answers, row in rows_by_facts(viewer).items()}
        conditions, known = list(facts(viewer).values()), visible_to(viewer)
    candidates = await _candidates(db, wanted, list(reaches.values()), viewer)
    query = sa.select(*_COLUMNS, *conditions).where(
        among(db.dialect.name, ticket.c.ticket_no, candidates), known
    )
    # Of tickets in which he may look in the same parts for the same words the texts are asked
    # together.
    together: dict[tuple[frozenset[Part], tuple[Term, ...]], list[sa.Row[Any]]]
    together = defaultdict(list)
    hashes = {
        seen: [_hash_of(db, term, seen) for term in wanted]
        for seen in {reach.number for reach in reaches.values()}
    }
    for found in await db.execute(query):
        reach = reaches.get(tuple(map(bool, found[len(_COLUMNS) :])))
        if reach is not None:
            numbers = set(found[len(_KEYS) : len(_COLUMNS)])
            if reach.number is Sight.MASKED and not numbers.isdisjoint(hashes[reach.number]):
                numbers -= _unshown(db, found)
            left = tuple(
                term
                for term, hashed in zip(wanted, hashes[reach.number], strict=True)
                if hashed is None or hashed not in numbers
            )
            together[reach.parts, left].append(found)
    fits: list[_Fit] = []
    for (parts, texts), group in together.items():
        scores = await search_match.scores(db, [one.ticket_no for one in group], texts, parts)
        fits += [
            _Fit(scores[one.ticket_no], one.created_at, one.ticket_no)
            for one in group
            if one.ticket_no in scores
        ]
    return fits


async def _candidates(
    db: AsyncConnection,
    wanted: Sequence[Term],
    reaches: Sequence[_Reach],
    viewer: Viewer | None,
) -> list[str]:
    """Numbers of tickets among which all are that fit: of very many the newest.

    One that has not every word in its texts has one of them as a number.
    """
    parts = frozenset(part for reach in reaches for part in reach.parts)
    unit = viewer.unit if viewer is not None and viewer.is_unit else None
    candidates = await search_match.newest(db, wanted, parts, unit=unit)
    number = max((reach.number for reach in reaches), default=Sight.HIDDEN)
    for term in wanted:
        hashed = _hash_of(db, term, number)
        for name in _NUMBERS[len(term.digits or "") == 4] if hashed is not None else ():
            query = sa.select(ticket.c.ticket_no).where(ticket.c[name] == hashed)
            newest_first = query.order_by(ticket.c.created_at.desc())
            found = await db.execute(newest_first.limit(search_match.MOST_LOOKED_AT))
            candidates += [row.ticket_no for row in found]
    return list(dict.fromkeys(candidates))


_NUMBERS = {
    True: ("caller_tail_hash", "contact_tail_hash"),
    False: ("caller_hash", "contact_hash"),
}
"""Columns of the citizen's numbers; True: of their last four digits."""
_KEYS = (ticket.c.ticket_no, ticket.c.created_at, ticket.c.data_key, ticket.c.personal)
_COLUMNS = (
    *_KEYS,
    *(ticket.c[name] for names in _NUMBERS.values() for name in names),
)


def _unshown(db: AsyncConnection, found: sa.Row[Any]) -> set[str | None]:
    """The ends of a ticket's numbers that are too short to show their ends."""
    vault = vault_of(db)
    row = {"ticket_no": found.ticket_no, "data_key": found.data_key, "personal": found.personal}
    known = rows.personal(row, rows.cipher_of(vault, row))
    told = (known["caller_number"], known["contact_phone"])
    return {vault.tail_hash(rows.tail4(one)) for one in told if one and len(one) < SHORTEST_SHOWN}


def _hash_of(db: AsyncConnection, term: Term, number: Sight) -> str | None:
    """By what the term is found as a number (or its end) of which so much is seen."""
    digits = term.digits
    if digits is None or number is Sight.HIDDEN:
        return None
    if len(digits) == 4:
        return vault_of(db).tail_hash(digits)
    whole = f"+{digits}" if term.text.startswith("+") else digits
    return vault_of(db).number_hash(normal_phone(whole)) if number is Sight.SHOWN else None
