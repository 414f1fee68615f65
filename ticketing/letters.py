"""Intake of other channels (其他渠道受理): a letter becomes one ticket, however often it comes."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from store.engine import Store
from store.tables_intake import letter
from store.types import canonical_json, to_utc
from ticketing.model import Ticket
from ticketing.refusal import Refusal
from ticketing.tickets import Tickets
from ticketing.workflow.intake import SUPERIORS


@dataclass(frozen=True)
class Received:
    """What became of a letter."""

    ticket: Ticket
    is_new: bool


async def receive(
    store: Store,
    tickets: Tickets,
    data: Mapping[str, Any],
    *,
    source: str,
    external_id: str,
    at: datetime,
) -> Received:
    """Makes the ticket of a letter, or finds the one that it became.

    `source`: the program that brings it; `external_id`: the letter's number there. `data`: keys
    of domain.md §3.4 with the channel. Letter and ticket are one transaction; whoever brings the
    same letter meanwhile waits for it. Raises Refusal: `duplicate_key` where another letter came
    under that number.
    """
    if data["channel"] in SUPERIORS:
        data = {"acceptance_basis": "6.6", **data}
    told = {key: str(value) for key, value in data.items()}
    mark = hashlib.sha256(canonical_json(told).encode()).hexdigest()
    key = {"source": source, "channel": data["channel"], "external_id": external_id}
    this = sa.and_(*(letter.c[name] == value for name, value in key.items()))
    async with store.as_one() as db:
        row = {**key, "content_hash": mark, "at": to_utc(at)}
        added = await db.execute(store.insert(letter).values(row).on_conflict_do_nothing())
        if added.rowcount:
            made = await tickets.create(data, actor=source, role="system", at=at)
            await db.execute(sa.update(letter).where(this).values(ticket_no=made.ticket_no))
            return Received(made, is_new=True)
        known = (await db.execute(sa.select(letter).where(this))).one()
        if known.content_hash != mark:
            raise Refusal(
                "duplicate_key", "external_id", f"来件{external_id}已登记，内容不同",
                "请核对来件编号；对已登记来件的补充请用 add_statement",
            )  # fmt: skip
        return Received(await tickets.read(known.ticket_no), is_new=False)


async def ticket_of(store: Store, source: str, channel: str, external_id: str) -> str | None:
    """The number of the ticket that a letter became."""
    query = sa.select(letter.c.ticket_no).where(
        letter.c.source == source,
        letter.c.channel == channel,
        letter.c.external_id == external_id,
    )
    async with store.read() as db:
        number: str | None = await db.scalar(query)
        return number
