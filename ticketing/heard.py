"""What a transcript fills in of a ticket, as long as no person wrote it."""

import asyncio
from typing import Protocol

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from store.tables import ticket_event
from store.types import JsonObject
from ticketing.citydata import CityData
from ticketing.guess import guess
from ticketing.suggest.suggester import Suggester
from ticketing.transcript import citizen_words, title_of

FILLED = ("title", "content", "category_l1", "category_l2", "gbt39666_code", "region_code")
"""Fields that a transcript fills."""
LONG = 300
"""Characters from which advice takes more than a few milliseconds of the processor."""


class Suggestions(Protocol):
    """Where suggestions come from (ticketing.suggest.live.LiveSuggestions)."""

    @property
    def ready(self) -> Suggester | None:
        """None: not read yet; keywords have to do."""
        ...


class NoSuggestions:
    """Keywords only."""

    ready: Suggester | None = None


async def heard_in(text: str, city: CityData, suggestions: Suggestions) -> JsonObject:
    """What a text fills in: title, content, codes and the suggestion they come from."""
    known = suggestions.ready
    if known is None:
        return _by_keywords(text, city)
    if len(text) < LONG:
        return _by_suggestion(text, city, known)
    return await asyncio.to_thread(_by_suggestion, text, city, known)


def _by_suggestion(text: str, city: CityData, suggester: Suggester) -> JsonObject:
    """Category and region where they are sure enough: below that a person decides."""
    told = suggester.suggest(text).to_json()
    category = told["category_l2"] and told["category_l2"]["code"]
    region = told["region"] and told["region"]["code"]
    return _filled(text, city, category, region, tuple(told["evidence"])) | {"suggestion": told}


def _by_keywords(text: str, city: CityData) -> JsonObject:
    guessed = guess(citizen_words(text), city)
    category = guessed.category.code if guessed.category else None
    region = guessed.region.code if guessed.region else None
    evidence = guessed.category.evidence if guessed.category else ()
    told = _filled(text, city, category, region, evidence)
    return told | {"suggestion": guessed.suggestion(city)}


def _filled(
    text: str, city: CityData, category: str | None, region: str | None, evidence: tuple[str, ...]
) -> JsonObject:
    words = citizen_words(text)
    known = city.categories.get(category or "")
    return {
        "title": title_of(words, evidence),
        "content": words or None,
        "category_l1": known.l1_code if known else None,
        "category_l2": known.code if known else None,
        "gbt39666_code": known.gbt39666_code if known else None,
        "region_code": region,
    }


async def last_heard(db: AsyncConnection, ticket_no: str) -> JsonObject:
    """What the last transcript filled in."""
    commands = ("transcribe", "create")
    query = (
        sa.select(ticket_event.c.data)
        .where(
            ticket_event.c.ticket_no == ticket_no,
            ticket_event.c.command.in_(commands),
            ticket_event.c.role == "system",
        )
        .order_by(ticket_event.c.seq.desc())
        .limit(1)
    )
    data: JsonObject | None = await db.scalar(query)
    return data or {}
