"""The gazetteer (地名库): estates, roads, villages, schools with how they are called and typed."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from typing import Literal, get_args

from ticketing.emergency_sound import plain, syllables

Kind = Literal[
    "town",  # 镇、街道
    "village",  # 村
    "community",  # 社区
    "estate",  # 小区
    "road",  # 道路
    "school",  # 学校
    "market",  # 市场、商场
    "hospital",  # 医院
    "park",  # 公园、广场
    "water",  # 河、湖
    "landmark",  # 其他标志地点
]
KINDS: tuple[str, ...] = get_args(Kind)


@dataclass(frozen=True)
class Place:
    """A place (地点)."""

    code: str
    name: str
    kind: Kind
    parent: str
    """Code of the place it lies in, or of the region."""
    region: str
    """Code of the region at the head of its parents."""
    aliases: tuple[str, ...] = ()
    lng: float | None = None
    """WGS 84 degrees."""
    lat: float | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    """Last day; places are never deleted, tickets keep the code they had."""

    @property
    def names(self) -> tuple[str, ...]:
        return self.name, *self.aliases

    def is_valid(self, on: date) -> bool:
        return (self.valid_from is None or self.valid_from <= on) and (
            self.valid_to is None or on <= self.valid_to
        )

    @cached_property
    def pinyin(self) -> str:
        """Toneless sound of the name: xingfujiayuan."""
        return "".join(sounds(self.name))

    @cached_property
    def initials(self) -> str:
        """First letters of the sounds: xfjy."""
        return "".join(one[0] for one in sounds(self.name))


@dataclass(frozen=True)
class Match:
    """A place that a search found."""

    place: Place
    name: str
    """The name or alias that fits."""
    score: float
    """1 where the whole name was typed, less for parts and for names that only sound alike."""


WHOLE, BEGINNING, INSIDE, SOUNDS_ALIKE = 1.0, 0.8, 0.6, 0.5
ALIAS = 0.05
"""What a name that is not the first one costs."""


class Gazetteer:
    """All places of a city, by code, searchable as an agent types."""

    def __init__(self, places: Iterable[Place]) -> None:
        self.places: Mapping[str, Place] = {place.code: place for place in places}

    def within(self, code: str) -> list[Place]:
        """The places directly in a place or region."""
        return list(self._children.get(code, ()))

    def parents(self, place: Place) -> Iterator[Place]:
        """The places that a place lies in, the nearest first."""
        while (outer := self.places.get(place.parent)) is not None:
            yield outer
            place = outer

    def search(
        self, typed: str, *, on: date, region: str | None = None, limit: int = 10
    ) -> list[Match]:
        """Places whose name fits characters, pinyin, initials or a mixture: 幸福jy, xfjy.

        The best first; shorter names before longer ones that fit as well.
        """
        wanted = plain(typed).lower()
        if not wanted:
            return []
        found = [
            match
            for place in self.places.values()
            if place.is_valid(on) and region in (None, place.region)
            if (match := _match(place, wanted)) is not None
        ]
        found.sort(key=lambda one: (-one.score, len(one.name), one.name, one.place.code))
        return found[:limit]

    @cached_property
    def _children(self) -> Mapping[str, list[Place]]:
        children = defaultdict(list)
        for place in self.places.values():
            children[place.parent].append(place)
        return children


@lru_cache(1 << 16)
def sounds(name: str) -> tuple[str, ...]:
    """Toneless pinyin of each character; letters and digits stand for themselves."""
    from pypinyin import lazy_pinyin  # its dictionary takes half a second; not all need it

    return tuple(lazy_pinyin(name.lower(), errors=list))  # type: ignore[arg-type]


@lru_cache(1 << 16)
def _heard(name: str) -> str:
    return "".join(f"/{one}" for one in syllables(name)) + "/"


def best_name(names: Iterable[str], typed: str) -> tuple[str, float] | None:
    """Which of somebody's names fits what was typed, and how well; the first one counts most."""
    wanted = plain(typed).lower()
    return _best(names, wanted) if wanted else None


def _match(place: Place, wanted: str) -> Match | None:
    best = _best(place.names, wanted)
    return None if best is None else Match(place, *best)


def _best(names: Iterable[str], wanted: str) -> tuple[str, float] | None:
    best: tuple[str, float] | None = None
    for at, name in enumerate(names):
        score = _score(name.lower(), wanted)
        if score is not None:
            score -= ALIAS if at else 0.0
            if best is None or score > best[1]:
                best = name, score
    return best


def _score(name: str, wanted: str) -> float | None:
    spoken = sounds(name)
    for start in range(len(name)):
        if wanted[0] not in (name[start], spoken[start][0]):
            continue
        used = _typed(wanted, name, spoken, start)
        if used is not None:
            if start:
                return INSIDE
            return WHOLE if used == len(name) else BEGINNING
    if not wanted.isascii() and _heard(wanted) in _heard(name):
        return SOUNDS_ALIKE
    return None


def _typed(wanted: str, name: str, spoken: tuple[str, ...], at: int) -> int | None:
    """Where in the name `wanted` ends when each character is typed as itself, or as the beginning
    of its sound; None if it cannot be."""
    if not wanted:
        return at
    if at == len(name):
        return None
    if wanted[0] == name[at]:
        return _typed(wanted[1:], name, spoken, at + 1)
    sound = spoken[at]
    for length in range(len(sound), 0, -1):
        if wanted.startswith(sound[:length]):
            end = _typed(wanted[length:], name, spoken, at + 1)
            if end is not None:
                return end
    return None
