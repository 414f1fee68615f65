"""Where a text happens (地点识别): regions and places named in it, by character and by sound."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ticketing.citydata import Region
from ticketing.emergency_sound import by_character, plain
from ticketing.suggest.places import Gazetteer, Place

REGION_WEIGHT = 3.0
PLACE_WEIGHT = 2.0
VAGUE_WEIGHT = 1.0
"""Of roads and waters, which pass through several regions."""
BY_SOUND = 0.5
"""What a name that is only heard is worth of one that is read."""
PART_GAP = 2
"""Characters between a region's name and one that is part of it: 泗洪经济开发区."""
SHORTEST_SOUND = 4
"""Characters of a name that is looked for by sound; shorter ones have too many homophones."""


@dataclass(frozen=True)
class Mention:
    """A name in a text."""

    at: int
    words: str
    """As it stands in the text."""
    weight: float
    places: tuple[Place, ...]
    """All that are called so; none for a region."""
    region: str | None = None


@dataclass(frozen=True)
class Where:
    """What a text says of its place."""

    regions: Mapping[str, float]
    """Confidence (0 to 1) by code of region; empty where nothing is named."""
    place: Place | None
    """The most exact place named in the likeliest region."""
    place_confidence: float
    evidence: tuple[str, ...]


class Finder:
    """Finds the names of a city's regions and places in texts, in time linear in the text."""

    def __init__(self, regions: Mapping[str, Region], gazetteer: Gazetteer) -> None:
        self._city = next((code for code, one in regions.items() if one.is_city), None)
        self.gazetteer = gazetteer
        self._read: dict[str, list[_Name]] = defaultdict(list)
        self._heard: dict[tuple[str, ...], list[_Name]] = defaultdict(list)
        names: dict[str, list[Place]] = defaultdict(list)
        for place in gazetteer.places.values():
            for name in place.names:
                names[plain(name)].append(place)
        for name, places in names.items():
            self._add(_Name(name, by_character(name), tuple(places)))
        for region in regions.values():
            for name in region.aliases:
                self._add(_Name(name, by_character(name), tuple(names.get(name, ())), region.code))
        for listed in (*self._read.values(), *self._heard.values()):
            listed.sort(key=lambda one: -len(one.name))

    def find(self, text: str) -> Where:
        """The regions a text speaks of, each with its confidence, and its most exact place."""
        mentions = list(self._mentions(plain(text)))
        inner = any(one.region not in (None, self._city) or one.places for one in mentions)
        if inner:  # 宿迁市沭阳县 is 沭阳县
            mentions = [one for one in mentions if one.region != self._city or one.places]
        mentions = _without_parts(mentions, self._city)
        scores = _scores(mentions)
        total = sum(scores.values())
        regions = {
            code: score / total * (1 - 0.5**score)
            for code, score in sorted(scores.items(), key=lambda one: (-one[1], one[0]))
        }
        evidence = tuple(dict.fromkeys(one.words for one in mentions))
        likeliest = next(iter(regions), None)
        exact = [
            (_depth(self.gazetteer, place), one.weight, len(one.words), place, one)
            for one in mentions
            for place in one.places
            if place.region == likeliest
        ]
        if likeliest is None or not exact:
            return Where(regions, None, 0.0, evidence)
        _, _, _, place, mention = max(exact, key=lambda one: (*one[:3], one[3].code))
        namesakes = sum(other.region == likeliest for other in mention.places)
        share = (1 - 0.5**mention.weight) / namesakes
        return Where(regions, place, max(share, regions[likeliest] / namesakes), evidence)

    def _add(self, name: "_Name") -> None:
        if len(name.name) >= 2:
            self._read[name.name[:2]].append(name)
        if len(name.name) >= SHORTEST_SOUND and len(name.sounds) == len(name.name):
            self._heard[name.sounds[:2]].append(name)

    def _mentions(self, bare: str) -> Iterator[Mention]:
        spoken = by_character(bare)
        at = 0
        while at < len(bare) - 1:
            read = [one for one in self._read.get(bare[at : at + 2], ()) if one.is_at(bare, at)]
            heard = [
                one
                for one in self._heard.get(spoken[at : at + 2], ())
                if one.sounds == spoken[at : at + len(one.sounds)]
            ]
            name = next(iter(read or heard), None)
            if name is None:
                at += 1
                continue
            length = len(name.name)
            same = [one for one in (read or heard) if len(one.name) == length]
            certain = 1.0 if read else BY_SOUND
            region = next((one.region for one in same if one.region), None)
            places = () if region else tuple(p for one in same for p in one.places)
            weight = REGION_WEIGHT if region else max(map(_weight, places))
            yield Mention(at, bare[at : at + length], weight * certain, places, region)
            at += length


@dataclass(frozen=True)
class _Name:
    name: str
    sounds: tuple[str, ...]
    places: tuple[Place, ...]
    region: str | None = None

    def is_at(self, bare: str, at: int) -> bool:
        return bare.startswith(self.name, at)


def _without_parts(mentions: Sequence[Mention], city: str | None) -> list[Mention]:
    """Without a region's name that only qualifies the one before: 沭阳县开发区 is in 沭阳县."""
    kept: list[Mention] = []
    for one in mentions:
        before = kept[-1] if kept else None
        if before is not None and one.region is not None and before.region not in (None, city):
            gap = one.at - before.at - len(before.words)
            if gap <= PART_GAP:
                continue
        kept.append(one)
    return kept


def _weight(place: Place) -> float:
    return VAGUE_WEIGHT if place.kind in ("road", "water") else PLACE_WEIGHT


def _scores(mentions: Iterable[Mention]) -> dict[str, float]:
    """Weight by region; a name that is found in several is shared among them."""
    scores: dict[str, float] = defaultdict(float)
    seen: set[str] = set()
    for one in mentions:
        if one.words in seen:  # said twice is not twice as sure
            continue
        seen.add(one.words)
        if one.region is not None:
            scores[one.region] += one.weight
            continue
        there = {place.region for place in one.places}
        for region in there:
            scores[region] += one.weight / len(there)
    return scores


def _depth(gazetteer: Gazetteer, place: Place) -> int:
    return sum(1 for _ in gazetteer.parents(place))
