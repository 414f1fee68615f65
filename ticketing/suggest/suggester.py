"""The suggestion (智能建议) for a text or transcript: contract §4. It proposes; people decide."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from store.types import JsonObject
from ticketing import emergency
from ticketing.citydata import CityData
from ticketing.emergency_sound import plain
from ticketing.suggest.examples import NO_CATEGORY, RequestType
from ticketing.suggest.features import words
from ticketing.suggest.linear import Model, best
from ticketing.suggest.routing import Route, Routing
from ticketing.suggest.where import Finder, Where

SURE = 0.5
"""Confidence from which a value is proposed; below, a person decides with the candidates."""
SURE_UNIT = 0.6
UNIT_MARGIN = 0.15
"""Two units nearer than this: a dispatcher decides (domain.md §5.1)."""
CANDIDATES = 3
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

    def suggest(self, text: str) -> Suggestion:
        """What a text, as written or as recognised, is about. Pure."""
        spot = emergency.spot(text)
        happening = spot is not None and spot.suppressed_by is None
        told = self.model.probabilities(text)
        where = self._finder.find(text)
        # What is transferred to an emergency service is no matter for a unit.
        category = self._category(told["category"], happening)
        request_type = _choice(
            told["request_type"], {code: one.name for code, one in self._request_types.items()}
        )
        urgency = _choice(told["urgency"], URGENCIES)
        if spot is not None and happening:
            urgent = Candidate("emergency", URGENCIES["emergency"], spot.danger)
            urgency = Choice((urgent,), sure=True)
        target = self._routing.named(text)
        unit = self._unit(told["category"], where, target and target[0], happening)
        return Suggestion(
            category_l1=self._first_level(told["category"], happening),
            category_l2=category,
            region=_choice(where.regions, {c: r.name for c, r in self._city.regions.items()}),
            place=_place(where),
            unit=unit,
            urgency=urgency,
            request_type=request_type,
            spot=spot,
            evidence=_once(
                spot.words if spot else (),
                self._telling(text, category),
                self._cues(text, request_type),
                where.evidence,
            ),
        )

    def _category(self, shares: Mapping[str, float], happening: bool) -> Choice:
        names = {code: one.l2 for code, one in self._city.categories.items()}
        return _choice(shares, names, sure=not happening)

    def _first_level(self, shares: Mapping[str, float], happening: bool) -> Choice:
        sums: dict[str, float] = {NO_CATEGORY: shares.get(NO_CATEGORY, 0.0)}
        for code, share in shares.items():
            if code in self._city.categories:
                first = self._city.categories[code].l1_code
                sums[first] = sums.get(first, 0.0) + share
        return _choice(sums, self._city.l1_names, sure=not happening)

    def _unit(
        self, shares: Mapping[str, float], where: Where, target: str | None, happening: bool
    ) -> Choice:
        """The unit that the likely categories in the likeliest region lead to."""
        region = next(iter(where.regions), None)
        sums: dict[str, float] = {}
        routes: dict[str, Route] = {}
        for code, share in best(shares, len(shares)):
            route = self._routing.route(code, region, target)
            if route.unit is None:
                continue
            sums[route.unit] = sums.get(route.unit, 0.0) + share
            routes.setdefault(route.unit, route)
        ranked = [share for _, share in best(sums, 2)]
        margin = ranked[0] - ranked[1] if len(ranked) > 1 else 1.0
        names = {code: one.name for code, one in self._city.units.items()}
        sure = not happening and margin >= UNIT_MARGIN
        choice = _choice(sums, names, sure=sure, threshold=SURE_UNIT)
        if choice.code is None:
            return choice
        route = routes[choice.code]
        more = {"ground": route.ground, "assist_units": list(route.assist)}
        return Choice(choice.candidates, sure=True, more=more)

    def _telling(self, text: str, category: Choice) -> Sequence[str]:
        """The words that speak most for the category."""
        code = category.code
        if code is None:
            return ()
        bare = plain(text)
        listed = [word for word in self._city.categories[code].keywords if plain(word) in bare]
        other = {word for word in words(bare) if len(word) > 1}
        weighed = sorted((self.model.weight(word, "category", code), word) for word in other)
        strong = [word for weight, word in reversed(weighed) if weight > 0]
        return _once(listed, strong)[:EVIDENCE]

    def _cues(self, text: str, request_type: Choice) -> Iterable[str]:
        """What the citizen said for the request type."""
        if request_type.code is None:
            return ()
        bare = plain(text)
        return [cue for cue in self._request_types[request_type.code].cues if cue in bare]


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


def _place(where: Where) -> Choice:
    if where.place is None:
        return Choice((), sure=False)
    found = Candidate(where.place.code, where.place.name, where.place_confidence)
    return Choice((found,), sure=found.confidence >= SURE)


def _once(*lists: Iterable[str]) -> tuple[str, ...]:
    """All words in order, each once, none that is part of one before it."""
    kept: list[str] = []
    for listed in lists:
        kept += [word for word in listed if not any(word in other for other in kept)]
    return tuple(kept)
