"""Answers that rest on entries (T6, art. 10(2)): what a command cites, and a record of it."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from store.types import JsonObject
from ticketing.knowledge import journal
from ticketing.knowledge.entry import REFERENCE, Entry
from ticketing.knowledge.journal import Citation
from ticketing.knowledge.rules import day_of
from ticketing.knowledge.standing import cited, is_reference, standing
from ticketing.model import Ticket
from ticketing.workflow.terms import Event

KEY = "knowledge_ref"
CITES = "answer_direct"
"""The command that cites."""
Entries = Mapping[str, Entry]


async def named(
    db: AsyncConnection, command: str, data: Mapping[str, Any]
) -> tuple[JsonObject, Entries]:
    """The data, with the version that an entry is cited in, and the entries that they cite."""
    told, text = dict(data), data.get(KEY)
    found = REFERENCE.fullmatch(text.strip()) if isinstance(text, str) else None
    if command != CITES or found is None:
        return told, {}
    known = await journal.entries(db, [found["code"]])
    entry = known.get(found["code"])
    if found["version"] is None and entry is not None and entry.published is not None:
        told[KEY] = f"{entry.code}@{entry.published.version}"
    return told, known


async def keep(db: AsyncConnection, event: Event, answered: Ticket, known: Entries) -> None:
    """Counts the use of the entry that an answer cites."""
    source = event.given.knowledge_ref
    if event.command != CITES or source is None or not is_reference(source):
        return
    day = day_of(event.at)
    version = cited(known, source, day)
    one = Citation(
        ticket_no=answered.ticket_no,
        event_seq=answered.events[-1].seq,
        code=source.strip().partition("@")[0],
        version=version.version,
        standing=standing(version.content, day),
        call_id=event.given.call_id or answered.call_id,
        actor=event.actor.name,
        at=event.at,
    )
    await journal.cite(db, one)
