"""How alike two tickets are: phone, place, category, words. Pure.

What is compared is what somebody may read of both (`seen`), so that neither a score nor a word of
the evidence tells him more.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from ticketing.identity import STARS
from ticketing.model import Ticket
from ticketing.search_words import normal, words
from ticketing.sights import Group, Row, Sight
from ticketing.suggest.places import Place
from ticketing.visibility import Viewer, sights, view

Ground = Literal["phone", "place", "category", "text"]
POINTS: Mapping[Ground, int] = {"phone": 30, "place": 25, "category": 15, "text": 30}
"""What each ground is worth; together 100. Judged by hand, not learnt."""
ALIKE = 0.15
"""Cosine from which texts count as alike."""
VERY_ALIKE = 0.6
"""Cosine that is enough by itself."""
MOST_SHARED = 5
_LONGEST = 2_000
"""Characters of a text that are compared."""

FindPlace = Callable[[str], Place | None]
"""The most exact place that a text names."""
Cut = Callable[[str], list[str]]
"""The words of a text (分词)."""


@dataclass(frozen=True)
class Likeness:
    """In what a ticket is like another one."""

    score: int
    """0 to 100."""
    grounds: tuple[Ground, ...]
    place: str | None
    """The name of the place, or the address, that both have."""
    shared: tuple[str, ...]
    """Words that both have, those that tell most first."""
    similarity: float
    """Cosine of the texts' pairs of characters, weighted by how rare they are."""

    @property
    def is_enough(self) -> bool:
        """One ground alone says little: a citizen has several matters, an estate many citizens."""
        return len(self.grounds) > 1 or self.similarity >= VERY_ALIKE


@dataclass(frozen=True)
class Seen:
    """What a viewer may read of a ticket, as far as it is compared."""

    ticket_no: str
    may_link: bool
    """Whether he may know which tickets are of one citizen."""
    numbers: frozenset[str]
    category: str | None
    region: str | None
    address: str
    text: str

    @cached_property
    def counts(self) -> Counter[str]:
        """The pairs of characters and words of the text."""
        return Counter(word[1:] for word in words({"m": [self.text]}) if len(word) > 2)


def seen(one: Ticket, viewer: Viewer | None, own_calls: Iterable[str] = ()) -> Seen | None:
    """None: he may not know that the ticket exists. Viewer None: the local operator."""
    row = None if viewer is None else sights(one, viewer, frozenset(own_calls))
    if viewer is not None and row is None:
        return None
    told = one.to_json()
    if viewer is not None:
        told = view(one, viewer, own_calls=frozenset(own_calls)) or {}
    may_link = row is None or _may_link(one, row)
    numbers = (one.contact_phone, one.caller_number) if may_link else ()
    place = told["address_text"] if row is None or row[Group.PLACE] is Sight.SHOWN else None
    texts = [told[name] for name in _texts(row)]
    return Seen(
        one.ticket_no,
        may_link,
        frozenset(number for number in numbers if number),
        one.category_l2,
        one.region_code,
        normal(place or "").strip(),
        "\n".join(text.replace(STARS, " ") for text in texts if text)[:_LONGEST],
    )


def _may_link(one: Ticket, row: Row) -> bool:
    """Of a hidden ticket only who reads its matter: he judges whether it is a repeat.

    To others it would tell whose hidden ticket it is (R-23-2).
    """
    reads_it = Sight.SHOWN in (row[Group.PERSON], row[Group.MATTER])
    return row[Group.TRACES] is Sight.SHOWN and (reads_it or not one.is_hidden)


def _texts(row: Row | None) -> list[str]:
    if row is None:
        return ["title", "content", "transcript"]
    matter = {
        Sight.SHOWN: ["title", "content"],
        Sight.MASKED: ["unit_content"],
        Sight.HIDDEN: [],
    }[row[Group.MATTER]]
    return [*matter, "transcript"] if row[Group.SPEECH] is Sight.SHOWN else matter


def compare(
    one: Seen, others: Sequence[Seen], find: FindPlace, cut: Cut
) -> list[tuple[Seen, Likeness]]:
    """Each of the others with how much it is like `one`; rare words are those that few have."""
    size = 1 + len(others)
    having = Counter(word for seen in (one, *others) for word in seen.counts)
    rarity = {word: math.log((1 + size) / (1 + count)) + 1 for word, count in having.items()}
    where = _place(one, find)
    return [(other, _likeness(one, other, where, find, rarity, cut)) for other in others]


def _likeness(
    one: Seen,
    other: Seen,
    where: Place | None,
    find: FindPlace,
    rarity: Mapping[str, float],
    cut: Cut,
) -> Likeness:
    grounds: list[Ground] = []
    if one.numbers & other.numbers:
        grounds.append("phone")
    place = None
    if one.address and one.address == other.address:
        place = other.address
    elif where is not None and (there := _place(other, find)) and there.code == where.code:
        place = where.name
    if place is not None:
        grounds.append("place")
    if one.category is not None and (one.category, one.region) == (other.category, other.region):
        grounds.append("category")
    similarity = _cosine(one.counts, other.counts, rarity)
    if similarity >= ALIKE:
        grounds.append("text")
    points = sum(POINTS[ground] for ground in grounds if ground != "text")
    if "text" in grounds:
        points += round(POINTS["text"] * min(1.0, similarity / VERY_ALIKE))
    shared = _shared(one, other, place, rarity, cut) if "text" in grounds else ()
    return Likeness(points, tuple(grounds), place, shared, similarity)


def _place(seen: Seen, find: FindPlace) -> Place | None:
    return find(f"{seen.address}\n{seen.text}")


def _cosine(one: Mapping[str, int], other: Mapping[str, int], rarity: Mapping[str, float]) -> float:
    def length(counts: Mapping[str, int]) -> float:
        return math.sqrt(sum((count * rarity[word]) ** 2 for word, count in counts.items()))

    product = length(one) * length(other)
    if not product:
        return 0.0
    both = one.keys() & other.keys()
    return sum(one[word] * other[word] * rarity[word] ** 2 for word in both) / product


def _shared(
    one: Seen, other: Seen, place: str | None, rarity: Mapping[str, float], cut: Cut
) -> tuple[str, ...]:
    both = {word for word in cut(normal(one.text)) if len(word) > 1}
    both &= set(cut(normal(other.text)))
    both = {word for word in both if word not in (place or "")}  # told already

    def tells(word: str) -> float:
        pairs = [word[at : at + 2] for at in range(len(word) - 1)]
        return sum(rarity.get(pair, 0.0) for pair in pairs)

    return tuple(sorted(both, key=lambda word: (-tells(word), word))[:MOST_SHARED])
