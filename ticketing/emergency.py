"""Emergencies in what a citizen says (紧急触发): which service, and whether a person must confirm.

Three kinds of evidence: the city's trigger words by character, the same words by sound, and a
small classifier for what is on no list. Words of the past, of worry, drills and questions never
suppress an emergency; they turn the transfer into a question to a person (domain.md §5.4).
"""

from dataclasses import dataclass
from functools import cache, lru_cache

from ticketing.citydata import CITY_FOLDER
from ticketing.emergency_model import NONE, EmergencyModel
from ticketing.emergency_sound import plain
from ticketing.emergency_words import Hit, WordLists

CONTEXT = "语境"
"""`suppressed_by` where no single word, but the whole sentence speaks against an emergency."""

CERTAIN = 0.6
"""Probability at which the classifier alone calls it an emergency."""
POSSIBLE = 0.45
"""Probability at which it asks for a person."""
SHORTEST = 6
"""Characters below which the classifier alone never says so: recognisers cut sentences."""
FEW = 9
"""Characters of a text in which nothing but the word itself speaks: 我家家暴你们来."""
AGREES = 0.3
"""Probability at which it does not contradict a trigger word."""
AGREES_SHORT_SOUND = 0.5
"""The same for a word of one or two characters that only sounds like a trigger: such homophones
are many (大家 is no 打架)."""
LIST_BONUS = 0.3
"""Weight of a trigger word when several services are possible."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A possible emergency."""

    service: str
    """110, 119, 120, 122 or 12395."""
    words: tuple[str, ...]
    """What in the text says so."""
    suppressed_by: str | None
    """The de-escalating word, or 语境; None: it may be transferred without asking a person."""
    danger: float
    """Probability (0 to 1) that the classifier gives an emergency."""
    marked: tuple[str, ...] = ()
    """The words as they stand in the text, misheard ones too; for eyes."""

    @property
    def trigger(self) -> str:
        """The first of the words (the contract's `emergency.trigger`)."""
        return self.words[0]


@lru_cache(64)
def spot(text: str) -> Spot | None:
    """The emergency in a text, or None. Pure and quick (below a millisecond)."""
    lists, model = _lists(), _model()
    hits = lists.hits(text)
    probabilities = model.probabilities(text)
    danger = 1.0 - probabilities[NONE]
    hits = [hit for hit in hits if danger >= _needed(hit)]
    if not hits and (danger < POSSIBLE or len(plain(text)) < SHORTEST):
        return None
    service = _service(hits, probabilities)
    mine = [hit for hit in hits if hit.service == service]
    words = tuple(hit.word for hit in mine)
    doubt = lists.doubt(text)
    is_plain = len(plain(text)) <= FEW and any(hit.is_certain for hit in hits)
    if doubt is None and not is_plain and danger < (AGREES if hits else CERTAIN):
        doubt = CONTEXT
    if not words:
        evidence = model.evidence(text, service)
        return Spot(service, (evidence,), doubt, danger, (evidence,) if evidence in text else ())
    return Spot(service, words, doubt, danger, tuple(_standing(text, hit.span) for hit in mine))


def _standing(text: str, span: tuple[int, int]) -> str:
    """A stretch of the plain text with the signs that stand in it."""
    places = [place for place, sign in enumerate(text) if sign.isalnum()]
    return text[places[span[0]] : places[span[1] - 1] + 1]


def _needed(hit: Hit) -> float:
    """How much danger the classifier must see for a hit to count at all."""
    if not hit.by_sound:
        return 0.0
    return AGREES if hit.length > 2 else AGREES_SHORT_SOUND


def _service(hits: list[Hit], probabilities: dict[str, float]) -> str:
    listed = {hit.service for hit in hits}
    scores = {
        service: probability + (LIST_BONUS if service in listed else 0.0)
        for service, probability in probabilities.items()
        if service != NONE
    }
    return max(scores, key=lambda one: scores[one])


@cache
def _lists() -> WordLists:
    return WordLists.read(CITY_FOLDER / "emergency.json")


@cache
def _model() -> EmergencyModel:
    return EmergencyModel.read(CITY_FOLDER / "emergency_model.npz")
