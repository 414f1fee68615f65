"""The suggestion (智能建议) for a text or transcript: contract §4. It proposes; people decide."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Protocol

from store.types import SHANGHAI, JsonObject
from ticketing import emergency
from ticketing.citydata import CityData
from ticketing.emergency_sound import plain
from ticketing.phrases import without_asides
from ticketing.suggest.examples import RequestType
from ticketing.suggest.features import words
from ticketing.suggest.linear import Model, best
from ticketing.suggest.places import Gazetteer, Place
from ticketing.suggest.routing import Route, Routing
from ticketing.suggest.where import Finder, Where
from ticketing.transcript import citizen_words

SURE = 0.5
"""Confidence from which a value is proposed; below, a person decides with the candidates."""
SURE_UNIT = 0.6
UNIT_MARGIN = 0.15
"""Two units nearer than this: a dispatcher decides (domain.md §5.1)."""
URGENT_FROM = 0.25
"""Probability from which a matter is proposed as urgent: one that is overlooked costs more than
one too many, and few are."""
CANDIDATES = 3
STRONG = 0.3
"""Words that speak less than this part of the strongest one are not told."""
LEAST = 0.02
"""Candidates below this are noise."""
EVIDENCE = 4
"""Words of the text that are told for the category."""

URGENCIES = {"emergency": "突发紧急", "urgent": "紧急", "normal": "一般"}


@dataclass(frozen=True)
class Candidate:
    """A possible value."""

    code: str
    name: str
    confidence: float

    def to_json(self) -> JsonObject:
        return {"code": self.code, "name": self.name, "confidence": round(self.confidence, 3)}


@dataclass(frozen=True)
class Choice:
    """What is proposed for one field, and what else it could be, the likeliest first."""

    candidates: tuple[Candidate, ...]
    sure: bool
    more: Mapping[str, object] = field(default_factory=dict)

    @property
    def code(self) -> str | None:
        """The proposed value; None: a person decides."""
        return self.candidates[0].code if self.sure else None

    @property
    def confidence(self) -> float:
        """Of the likeliest candidate, 0 where there is none."""
        return self.candidates[0].confidence if self.candidates else 0.0

    def to_json(self) -> JsonObject:
        return {
            "code": self.code,
            "name": self.candidates[0].name if self.sure else None,
            "confidence": round(self.confidence, 3),
            "candidates": [one.to_json() for one in self.candidates],
            **self.more,
        }


@dataclass(frozen=True)
class Suggestion:
    """Everything that a text suggests."""

    category_l1: Choice
    category_l2: Choice
    region: Choice
    place: Choice
    unit: Choice
    urgency: Choice
    request_type: Choice
    spot: emergency.Spot | None
    evidence: tuple[str, ...]

    def to_json(self) -> JsonObject:
        """The contract's `suggestion` without its id."""
        fields = (
            "category_l1",
            "category_l2",
            "region",
            "place",
            "unit",
            "urgency",
            "request_type",
        )
        return {
            **{name: getattr(self, name).to_json() for name in fields},
            "emergency": self.spot
            and {
                "service": self.spot.service,
                "trigger": self.spot.trigger,
                "suppressed_by": self.spot.suppressed_by,
            },
            "evidence": list(self.evidence),
        }


class _Lasting(Protocol):
    """A category or a unit: there may be another in its place one day."""

    @property
    def successor(self) -> str | None: ...

    def is_active(self, day: date) -> bool: ...


class Suggester:
    """Suggests for texts; about a millisecond each once the model and the places are loaded."""

    def __init__(
        self,
        model: Model,
        city: CityData,
        request_types: Mapping[str, RequestType],
        routing: Routing,
        finder: Finder,
    ) -> None:
        self.model = model
        self._city = city
        self._request_types = request_types
        self._routing = routing
        self._finder = finder
        self._regions = {code: one.name for code, one in city.regions.items()}
        self._types = {code: one.name for code, one in request_types.items()}

    def place_in(self, text: str) -> Place | None:
        """The most exact place that a text names."""
        return self._finder.find(text).place

    def categories(self, text: str, on: date) -> Mapping[str, float]:
        """How likely a text, as written or as recognised, is about each category of a day."""
        told = self.model.probabilities(_telling_words(text))
        return _of_day(told["category"], self._city.categories, on)

    @property
    def places(self) -> Gazetteer:
        """The places (地名库) that it knows."""
        return self._finder.gazetteer

    def suggest(self, text: str, on: date | None = None) -> Suggestion:
        """What a text, as written or as recognised, is about.

        Of a transcript with speakers (`市民：…`) only the citizen's words count. Proposed are
        categories and units of the day `on`, None: of today; those that took others' place
        instead of them.
        """
        day = on or datetime.now(SHANGHAI).date()
        text = _telling_words(text)
        spot = emergency.spot(text)
        danger = spot.danger if spot is not None and spot.suppressed_by is None else None
        # What is transferred to an emergency service is no matter for a unit.
        matter = danger is None
        told = dict(self.model.probabilities(text))
        told["category"] = _of_day(told["category"], self._city.categories, day)
        where = self._finder.find(text)
        names = {code: self._city.categories[code].l2 for code in told["category"]}
        category = _choice(told["category"], names, sure=matter)
        # Without words there is only what is usual.
        request_type = _choice(told["request_type"], self._types, sure=text != "")
        return Suggestion(
            category_l1=self._first_level(told["category"], sure=matter),
            category_l2=category,
            region=_choice(where.regions, self._regions),
            place=_place(where),
            unit=self._unit(text, told["category"], where, day, sure=matter),
            urgency=_urgency(told["urgency"]["urgent"], danger),
            request_type=request_type,
            spot=spot,
            evidence=_once(
                (word for word in (spot.words if spot else ()) if "…" not in word),
                self._telling(text, category),
                self._cues(text, request_type),
                where.evidence,
            ),
        )

    def _first_level(self, shares: Mapping[str, float], *, sure: bool) -> Choice:
        sums: dict[str, float] = defaultdict(float)
        for code, share in shares.items():
            sums[code[:2]] += share
        return _choice(sums, self._city.l1_names, sure=sure)

    def _unit(
        self, text: str, shares: Mapping[str, float], where: Where, day: date, *, sure: bool
    ) -> Choice:
        """The unit that the likely categories in the likely regions lead to."""
        named = self._routing.named(text)
        target = named[0] if named else None
        regions: list[tuple[str | None, float]] = list(where.regions.items())
        regions.append((None, 1.0 - sum(where.regions.values())))
        sums: dict[str, float] = defaultdict(float)
        routes: dict[str, Route] = {}
        for code, share in best(shares, len(shares)):
            for region, there in regions:
                route = self._routing.route(code, region, target)
                unit = _current(route.unit, self._city.units, day)
                if unit is not None:
                    sums[unit] += share * there
                    routes.setdefault(unit, route)
        ranked = [share for _, share in best(sums, 2)]
        apart = len(ranked) < 2 or ranked[0] - ranked[1] >= UNIT_MARGIN
        names = {code: self._city.units[code].name for code in sums}
        choice = _choice(sums, names, sure=sure and apart, threshold=SURE_UNIT)
        if choice.code is None:
            return choice
        route = routes[choice.code]
        helping = (_current(one, self._city.units, day) for one in route.assist)
        assisting = [one for one in helping if one not in (None, choice.code)]
        more = {"ground": route.ground, "assist_units": assisting}
        return replace(choice, more=more)

    def _telling(self, text: str, category: Choice) -> Sequence[str]:
        """The words that speak most for the category."""
        code = category.code
        if code is None:
            return ()
        bare = plain(text)
        listed = [word for word in self._city.categories[code].keywords if plain(word) in bare]
        other = {word for word in words(bare) if len(word) > 1}
        weighed = sorted((-self.model.weight(word, "category", code), word) for word in other)
        least = STRONG * weighed[0][0] if weighed else 0.0
        strong = [word for weight, word in weighed if weight < min(least, 0.0)]
        return _once(listed, strong)[:EVIDENCE]

    def _cues(self, text: str, request_type: Choice) -> Iterable[str]:
        """What the citizen said for the request type."""
        if request_type.code is None:
            return ()
        bare = plain(text)
        return [cue for cue in self._request_types[request_type.code].cues if cue in bare]


def _current(code: str | None, known: Mapping[str, _Lasting], day: date) -> str | None:
    """The category or unit, or the one that has taken its place by that day; None: neither."""
    for _ in known:
        one = known.get(code or "")
        if one is None or one.is_active(day):
            return code if one is not None else None
        code = one.successor
    return None


def _telling_words(text: str) -> str:
    """What was said or written of the matter itself."""
    return without_asides(citizen_words(text))


def _of_day(
    shares: Mapping[str, float], known: Mapping[str, _Lasting], day: date
) -> dict[str, float]:
    """The shares of what there is on that day."""
    sums: dict[str, float] = defaultdict(float)
    for code, share in shares.items():
        current = _current(code, known, day)
        if current is not None:
            sums[current] += share
    return sums


def _choice(
    shares: Mapping[str, float],
    names: Mapping[str, str],
    *,
    sure: bool = True,
    threshold: float = SURE,
) -> Choice:
    """The likeliest of the values that have a name; `sure` can only be taken away."""
    likely = [(code, share) for code, share in best(shares, CANDIDATES + 1) if code in names]
    candidates = tuple(
        Candidate(code, names[code], share) for code, share in likely[:CANDIDATES] if share > LEAST
    )
    clear = bool(candidates) and candidates[0].confidence >= threshold
    return Choice(candidates, sure=sure and clear)


def urgency_of(urgent: float) -> str:
    """`urgent` or `normal` for the probability of the first."""
    return "urgent" if urgent >= URGENT_FROM else "normal"


def _urgency(urgent: float, danger: float | None) -> Choice:
    """`danger`: the probability of an emergency that happens now; None: there is none."""
    if danger is not None:
        return Choice((Candidate("emergency", URGENCIES["emergency"], danger),), sure=True)
    both = (("urgent", urgent), ("normal", 1 - urgent))
    ranked = both if urgency_of(urgent) == "urgent" else both[::-1]
    return Choice(
        tuple(Candidate(code, URGENCIES[code], share) for code, share in ranked), sure=True
    )


def _place(where: Where) -> Choice:
    if where.place is None:
        return Choice((), sure=False)
    found = Candidate(where.place.code, where.place.name, where.place_confidence)
    return Choice((found,), sure=found.confidence >= SURE)


def _once(*lists: Iterable[str]) -> tuple[str, ...]:
    """All words in order; of two of which one is part of the other the first."""
    kept: list[str] = []
    for listed in lists:
        for word in listed:
            if not any(word in other or other in word for other in kept):
                kept.append(word)
    return tuple(kept)
