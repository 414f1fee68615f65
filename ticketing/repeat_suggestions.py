"""Earlier tickets of perhaps the same matter (疑似重复, art. 19): proposed with evidence.

The system proposes, a person confirms with `repeat_of`; which rule the law would then see is told
beside (ticketing/repeats.py). However many tickets there are, the work is bounded: each ground
brings the newest of an index, and of those together at most MOST_COMPARED are read.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from store.engine import Store, among, vault_of
from store.tables import ticket
from store.types import JsonObject, local_iso
from ticketing import acting, rows, search_match
from ticketing.model import State, Ticket
from ticketing.repeat_likeness import FindPlace, Likeness, Seen, compare, seen
from ticketing.repeats import judge
from ticketing.search_index import Part
from ticketing.search_words import Term, terms
from ticketing.suggest.features import tokenizer, words
from ticketing.visibility import Viewer
from ticketing.visible_rows import own_calls, visible_to
from ticketing.workflow.terms import Surroundings, unknown_ticket

WINDOW = timedelta(days=92)
"""How long ago a ticket that has ended may have been made: a month after the closing reply of one
that was extended and rectified is within it."""
MOST_COMPARED = 80
_OF_PHONE, _OF_PLACE, _OF_CATEGORY, _OF_TEXT = 40, 40, 40, 40
_MOST_WORDS = 8
_PARTS = (Part.PLACE, Part.MATTER, Part.WHOLE_MATTER)
"""What is searched for the words."""
_NEVER = (State.REJECTED, State.WITHDRAWN, State.EMERGENCY_TRANSFERRED)


@dataclass(frozen=True)
class Suggestion:
    """An earlier ticket that may be about the same matter."""

    ticket_no: str
    created_at: datetime
    state: State
    likeness: Likeness
    rule: Literal["a", "b"] | None
    """The rule of art. 19 that a repeat would meet now; None: none, or it may not be told."""
    root: str | None
    """What `repeat_of` would become: the first complaint of the chain."""

    def to_json(self) -> JsonObject:
        like = self.likeness
        return {
            "ticket_no": self.ticket_no,
            "created_at": local_iso(self.created_at),
            "state": self.state.value,
            "score": like.score,
            "grounds": list(like.grounds),
            "place": like.place,
            "shared_words": list(like.shared),
            "rule": self.rule,
            "root": self.root,
        }


async def suggest(
    store: Store,
    one: Ticket,
    rules: acting.Rules,
    find: FindPlace,
    *,
    viewer: Viewer | None,
    limit: int = 10,
) -> list[Suggestion]:
    """Earlier tickets like this one, the likest first, as far as the viewer may know them.

    `viewer` None: the local operator. Raises Refusal `unknown_ticket` where the viewer may not
    know of `one`.
    """
    cutter = (await asyncio.to_thread(tokenizer)).lcut  # slow the first time
    async with store.read() as db:
        own = await own_calls(db, viewer, [one]) if viewer is not None else frozenset[str]()
        this = seen(one, viewer, own)
        if this is None:
            raise unknown_ticket(one.ticket_no)
        found = await _candidates(db, one, this, find, viewer)
        if viewer is not None:
            own |= await own_calls(db, viewer, found)
        known = {other.ticket_no: other for other in found}
        shown = [told for other in found if (told := seen(other, viewer, own)) is not None]
        alike = [
            (other, likeness)
            for other, likeness in compare(this, shown, find, cutter)
            if likeness.is_enough
        ]
        alike.sort(
            key=lambda pair: (pair[1].score, known[pair[0].ticket_no].created_at), reverse=True
        )
        return [
            await _suggestion(db, one, known[other.ticket_no], (this, other), likeness, rules)
            for other, likeness in alike[:limit]
        ]


async def _suggestion(
    db: AsyncConnection,
    one: Ticket,
    other: Ticket,
    both: tuple[Seen, Seen],
    likeness: Likeness,
    rules: acting.Rules,
) -> Suggestion:
    known = await acting.with_chains(db, {other.ticket_no})
    around = Surroundings(rules.city, rules.policies, rules.limits, known)
    repeat = None
    chain = around.chain(other.ticket_no)
    # Whether two tickets are of one citizen is not for everybody, and the rules depend on it.
    if chain and all(side.may_link for side in both):
        repeat = judge(one, chain, rules.policies.at(one.created_at))
    return Suggestion(
        other.ticket_no,
        other.created_at,
        other.state,
        likeness,
        repeat.rule if repeat is not None else None,
        repeat.of if repeat is not None else None,
    )


async def _candidates(
    db: AsyncConnection,
    one: Ticket,
    this: Seen,
    find: FindPlace,
    viewer: Viewer | None,
) -> list[Ticket]:
    """Earlier tickets that an index brings by one ground or more; most grounds, then newest."""
    earlier = [
        ticket.c.ticket_no != one.ticket_no,
        ticket.c.created_at <= one.created_at,
        ticket.c.state.not_in([state.value for state in _NEVER]),
    ]
    if viewer is not None:
        earlier.append(visible_to(viewer))
    recent = ticket.c.created_at >= one.created_at - WINDOW
    selects = [*_by_phone(db, this, earlier), *_by_category(this, [*earlier, recent])]
    found: list[tuple[str, datetime]] = []
    for select in selects:
        found += await _read(db, select)
    for wanted, most in (
        (_names(this, find), _OF_PLACE),
        (_telling(this.text), _OF_TEXT),
    ):
        if wanted:
            found += await _by_words(db, wanted, [*earlier, recent], most)
    hits = Counter(number for number, _ in found)
    made = dict(found)
    best = sorted(hits, key=lambda number: (hits[number], made[number]), reverse=True)
    chosen = best[:MOST_COMPARED]
    return await rows.tickets(db, sa.select(ticket).where(ticket.c.ticket_no.in_(chosen)))


_Select = sa.Select[tuple[str, datetime]]
_COLUMNS = (ticket.c.ticket_no, ticket.c.created_at)


def _newest(conditions: Iterable[sa.ColumnElement[bool]], most: int) -> _Select:
    query = sa.select(*_COLUMNS).where(*conditions)
    return query.order_by(ticket.c.created_at.desc()).limit(most)


async def _read(db: AsyncConnection, select: _Select) -> list[tuple[str, datetime]]:
    return [(row.ticket_no, row.created_at) for row in await db.execute(select)]


def _by_phone(
    db: AsyncConnection, this: Seen, earlier: Sequence[sa.ColumnElement[bool]]
) -> list[_Select]:
    vault = vault_of(db)
    hashes = [vault.number_hash(number) for number in sorted(this.numbers)]
    if not hashes:
        return []
    # One select for each index: an OR may have the whole table read.
    same = sa.union(
        *(
            sa.select(ticket.c.ticket_no).where(column.in_(hashes))
            for column in (ticket.c.caller_hash, ticket.c.contact_hash)
        )
    )
    return [_newest([*earlier, ticket.c.ticket_no.in_(same)], _OF_PHONE)]


def _by_category(this: Seen, conditions: Sequence[sa.ColumnElement[bool]]) -> list[_Select]:
    if this.category is None or this.region is None:
        return []
    same = (ticket.c.category_l2 == this.category, ticket.c.region_code == this.region)
    return [_newest([*conditions, *same], _OF_CATEGORY)]


async def _by_words(
    db: AsyncConnection,
    wanted: Sequence[Term],
    conditions: Sequence[sa.ColumnElement[bool]],
    most: int,
) -> list[tuple[str, datetime]]:
    """Of the newest that have any of the words those that have the most."""
    numbers = await search_match.newest_with_any(db, wanted, _PARTS)
    these = among(db.dialect.name, ticket.c.ticket_no, numbers)
    found = await _read(db, sa.select(*_COLUMNS).where(these, *conditions))
    shared = await search_match.shared(db, [number for number, _ in found], wanted, _PARTS)
    return sorted(found, key=lambda one: (shared[one[0]], one[1]), reverse=True)[:most]


def _names(this: Seen, find: FindPlace) -> list[Term]:
    """What the ticket's place is called."""
    place = find(f"{this.address}\n{this.text}")
    names = [*place.names, this.address] if place is not None else [this.address]
    return [
        Term(name, tuple(word for term in found for word in term.words), False)
        for name in names
        if len(found := terms(name)) == 1
    ]


def _telling(text: str) -> list[Term]:
    """The words of the text that the language uses least."""
    frequency = tokenizer().FREQ
    found = {word for word in words(text) if len(word) > 1}
    rarest = sorted(found, key=lambda word: (frequency.get(word, 0), word))
    return [term for word in rarest for term in terms(word) if not term.is_prefix][:_MOST_WORDS]
