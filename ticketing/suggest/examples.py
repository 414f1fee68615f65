"""Sentences that the suggestions learn from (训练语料): the city's seed, and its closed tickets."""

import csv
import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from store.engine import Store
from store.tables import ticket
from ticketing.citydata import CITY_FOLDER, CityData, CityDataError
from ticketing.emergency_model import NONE
from ticketing.model import State
from ticketing.transcript import citizen_words

NO_CATEGORY = ""
"""Label of what is no matter for a unit: greetings, and emergencies, which are transferred."""

EVERY_EMERGENCY = 10
"""Of so many sentences of emergencies one is learnt: all of them would outweigh the matters."""

NEWEST_TICKETS = 20_000
"""Closed tickets that are learnt from; older ones follow older duties."""


@dataclass(frozen=True, slots=True)
class Example:
    """A text and what people say it is; None where they do not say."""

    text: str
    category: str | None = None
    """Second-level code, or NO_CATEGORY."""
    request_type: str | None = None
    urgency: str | None = None
    """`urgent` or `normal`; emergencies are found otherwise (ticketing.emergency)."""


@dataclass(frozen=True)
class RequestType:
    """A request type (诉求类型) and what citizens say for it (domain.md §5.3)."""

    name: str
    cues: tuple[str, ...]


@dataclass(frozen=True)
class Seed:
    """What ships with the city."""

    sentences: tuple[Example, ...]
    words: tuple[Example, ...]
    """Single words of the categories and of the request types."""
    emergencies: tuple[Example, ...]

    @property
    def examples(self) -> list[Example]:
        return [*self.sentences, *self.words, *self.emergencies]


def seed(city: CityData, folder: Path = CITY_FOLDER) -> Seed:
    """Reads suggest_sentences.csv, suggest_words.json, emergency_sentences.csv.

    Raises CityDataError, also for a category that the city does not have.
    """
    sentences = tuple(_sentences(folder / "suggest_sentences.csv", city))
    listed = _json(folder / "suggest_words.json")
    for code in listed:
        _known(code, city, folder / "suggest_words.json")
    cues = [
        Example(cue, None, code) for code, one in request_types(folder).items() for cue in one.cues
    ]
    words = {
        (code, word)
        for code, category in city.categories.items()
        for word in (*category.keywords, *listed.get(code, ()))
    }
    told = _csv(folder / "emergency_sentences.csv", ("service", "text"))
    emergencies = [row["text"] for row in told if row["service"] != NONE][::EVERY_EMERGENCY]
    return Seed(
        sentences,
        (*(Example(word, code) for code, word in sorted(words)), *cues),
        tuple(Example(text, NO_CATEGORY, "help") for text in emergencies),
    )


def request_types(folder: Path = CITY_FOLDER) -> dict[str, RequestType]:
    """The request types of request_types.json by code. Raises CityDataError."""
    path = folder / "request_types.json"
    try:
        return {
            code: RequestType(one["name"], tuple(one["cues"])) for code, one in _json(path).items()
        }
    except (KeyError, TypeError) as error:
        raise CityDataError(f"{path}: each entry must have name and cues") from error


async def closed_tickets(store: Store, city: CityData) -> list[Example]:
    """Texts of the newest closed tickets with what people made of them.

    A ticket's own fields, not its suggestion: a model must not learn what it said itself.
    """
    told = ticket.c.content, ticket.c.transcript
    query = (
        sa.select(*told, ticket.c.category_l2, ticket.c.request_type, ticket.c.urgency)
        .where(
            ticket.c.state == State.CLOSED,
            ticket.c.category_l2.in_(sorted(city.categories)),
            ticket.c.first_agent_no.is_not(None),
        )
        .order_by(ticket.c.created_at.desc(), ticket.c.ticket_no.desc())
        .limit(NEWEST_TICKETS)
    )
    async with store.read() as db:
        rows = (await db.execute(query)).all()
    return [
        Example(
            text,
            row.category_l2,
            row.request_type if row.request_type != "other" else None,
            row.urgency if row.urgency != "emergency" else None,
        )
        for row in rows
        if (text := citizen_words(row.content or row.transcript or ""))
    ]


def fingerprint(examples: Iterable[Example]) -> str:
    """The same for the same examples in the same order."""
    digest = hashlib.sha256()
    for one in examples:
        fields = [one.text, one.category, one.request_type, one.urgency]
        digest.update(json.dumps(fields, ensure_ascii=False).encode())
    return digest.hexdigest()


def _sentences(path: Path, city: CityData) -> Iterable[Example]:
    for row in _csv(path, ("category", "request_type", "urgency", "text")):
        if row["category"]:
            _known(row["category"], city, path)
        yield Example(
            row["text"], row["category"], row["request_type"] or None, row["urgency"] or None
        )


def _known(code: str, city: CityData, path: Path) -> None:
    if code not in city.categories:
        raise CityDataError(f"{path}: there is no category {code} in taxonomy.json")


def _csv(path: Path, keys: Sequence[str]) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
    except OSError as error:
        raise CityDataError(f"{path}: {error.strerror}; put the city's data there") from error
    if not rows or any(row.get(key) is None for row in rows for key in keys):
        raise CityDataError(f"{path}: must have the columns {', '.join(keys)}")
    return rows


def _json(path: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CityDataError(f"{path}: {error.strerror}; put the city's data there") from error
    except ValueError as error:
        raise CityDataError(f"{path}: not JSON: {error}") from error
    return found
