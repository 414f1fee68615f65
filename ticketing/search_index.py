"""Writes the full-text index, in the transaction that changes the ticket.

Each text is indexed as those read it who may not see the citizen, without his name and numbers;
beside that, where it differs, as it stands (ticketing/visibility.py `_starred`). Who looks for
words looks in the parts that he may read, so that no answer, count or excerpt tells more.
"""

import re
import zlib
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from store.engine import insert
from store.personal import PERSONAL
from store.tables_search import search_doc
from store.types import JsonObject
from ticketing.identity import STARS, Identity
from ticketing.model import Ticket
from ticketing.search_words import words

_MOST_POSITIONS = 16_000
"""Words of a ticket; PostgreSQL counts positions up to 16,383."""


_NUMBER = re.compile(r"([A-Z]+)([0-9]{6})([0-9]{6,9})")
"""Letters, day, serial."""
_MOST_SERIALS, _MOST_PREFIXES = 10**9, 1024


class Part(StrEnum):
    """Parts of a ticket; the value begins the words of that part in the index."""

    PLACE = "p"
    MATTER = "m"
    SPEECH = "s"
    UNIT = "u"
    """The text made for units (`unit_content`)."""
    WHOLE_MATTER = "n"
    """As it stands, where it names the citizen or has a number of his."""
    WHOLE_SPEECH = "t"
    WHOLE_UNIT = "v"


FIELDS: Mapping[Part, tuple[str, ...]] = {
    Part.PLACE: ("address_text", "town", "village"),
    Part.MATTER: ("title", "content"),
    Part.SPEECH: ("transcript",),
    Part.UNIT: ("unit_content",),
}
"""What each part consists of."""
WHOLE: Mapping[Part, Part] = {
    Part.MATTER: Part.WHOLE_MATTER,
    Part.SPEECH: Part.WHOLE_SPEECH,
    Part.UNIT: Part.WHOLE_UNIT,
}
_INDEXED = frozenset(name for names in FIELDS.values() for name in names)


def concerns(names: Iterable[str]) -> bool:
    """Whether a change of these fields, or an event with these data, changes the index."""
    return not (_INDEXED | PERSONAL).isdisjoint(names)


async def put(db: AsyncConnection, one: Ticket) -> None:
    """Writes the words of a ticket, instead of those that it had."""
    await _write(db, [document(one)])


async def put_erased(db: AsyncConnection, before: Ticket) -> None:
    """Takes name and numbers of an erased citizen out of the index; `before`: not erased yet."""
    await _write(db, [document(before, without_citizen=True)])


def document(one: Ticket, *, without_citizen: bool = False) -> JsonObject:
    """The index's row of a ticket.

    Of a ticket that was erased nobody knows any more which words name the citizen: only place
    and the text for units are indexed.
    """
    identity, texts = Identity.of(one), dict[str, Sequence[str | None]]()
    for part, names in FIELDS.items():
        if one.is_erased and part in (Part.MATTER, Part.SPEECH):
            continue
        whole = [getattr(one, name) for name in names]
        if part is Part.PLACE:  # read as it stands, or not at all
            texts[part] = whole
            continue
        plain = [identity.scrubbed(text).replace(STARS, " ") if text else None for text in whole]
        texts[part] = plain
        if plain != whole and not without_citizen:
            texts[WHOLE[part]] = whole
    number = one.ticket_no
    return {
        "doc_id": doc_id(number), "ticket_no": number, "words": words(texts)[:_MOST_POSITIONS],
    }  # fmt: skip


def doc_id(ticket_no: str) -> int:
    """The key of a ticket in the index: the later the day and serial of its number, the greater.

    So the newest tickets are found first, also where an old system's were imported today.
    """
    found = _NUMBER.fullmatch(ticket_no)
    if found is None:
        return zlib.crc32(ticket_no.encode())
    letters, day, serial = found.groups()
    century = 1_000_000 if day >= "90" else 0  # of the nineties
    place = (int(day) - century) * _MOST_SERIALS + int(serial)
    return place * _MOST_PREFIXES + zlib.crc32(letters.encode()) % _MOST_PREFIXES


async def add_documents(db: AsyncConnection, documents: Sequence[JsonObject]) -> None:
    """Adds documents of tickets that have none or older ones."""
    await _write(db, documents)


async def _write(db: AsyncConnection, documents: Sequence[JsonObject]) -> None:
    if not documents:
        return
    dialect = db.dialect.name
    rows = [{**one, "words": _stored(one["words"], dialect)} for one in documents]
    added = insert(dialect, search_doc).values(
        doc_id=sa.bindparam("doc_id"),
        ticket_no=sa.bindparam("ticket_no"),
        words=_bound(dialect),
    )
    changed = added.on_conflict_do_update(
        index_elements=["ticket_no"], set_={"words": added.excluded.words}
    )
    await db.execute(changed, rows)


def _stored(found: Sequence[str], dialect: str) -> str:
    if dialect == "sqlite":
        return " ".join(found)
    # Words have no signs in them, so that nothing has to be escaped.
    return " ".join(f"'{word}':{at}" for at, word in enumerate(found, 1))


def _bound(dialect: str) -> sa.ColumnElement[Any]:
    text = sa.bindparam("words", type_=sa.Text())
    return text if dialect == "sqlite" else sa.cast(sa.cast(text, sa.Text), search_doc.c.words.type)
