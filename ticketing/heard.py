"""What a transcript fills in of a ticket, as long as no person wrote it."""

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from store.tables import ticket_event
from store.types import JsonObject
from ticketing.citydata import CityData
from ticketing.guess import guess
from ticketing.transcript import citizen_words, title_of

FILLED = ("title", "content", "category_l1", "category_l2", "gbt39666_code", "region_code")
"""Fields that a transcript fills."""


def heard_in(text: str, city: CityData) -> JsonObject:
    """What a text fills in: title, content, codes and the suggestion they come from."""
    words = citizen_words(text)
    guessed = guess(words, city)
    known = city.categories[guessed.category.code] if guessed.category else None
    evidence = guessed.category.evidence if guessed.category else ()
    return {
        "title": title_of(words, evidence),
        "content": words or None,
        "category_l1": known.l1_code if known else None,
        "category_l2": known.code if known else None,
        "gbt39666_code": known.gbt39666_code if known else None,
        "region_code": guessed.region.code if guessed.region else None,
        "suggestion": guessed.suggestion(city),
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
