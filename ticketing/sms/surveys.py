"""Open surveys of a phone, and the number that each comes from (domain.md §1.8b, SMS replies)."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from store.engine import vault_of
from store.tables import ticket
from store.tables_outbox import outbox
from ticketing import rows
from ticketing.model import State
from ticketing.outbox import Entry
from ticketing.sms.settings import SmsSettings

_OUT = ("sending", "sent", "delivered", "unknown")
_EXTENSIONS = 10_000


@dataclass(frozen=True)
class OpenSurvey:
    """A survey that is out and not yet answered."""

    id: int
    """Of the outbox."""
    ticket_no: str
    sender: str | None


async def open_surveys(
    db: AsyncConnection, number: str, *, besides: int | None = None
) -> list[OpenSurvey]:
    """Those that were sent to a phone, the last one first; that of a merged ticket is about it."""
    columns = outbox.c.id, outbox.c.about, outbox.c.sender
    is_own = outbox.c.about == outbox.c.ticket_no
    query = (
        sa.select(*columns)
        .join(ticket, ticket.c.ticket_no == outbox.c.about)
        .where(
            outbox.c.template == "sms_survey",
            outbox.c.state.in_(_OUT),
            (is_own & (ticket.c.state == State.SMS_CALLBACK.value))
            | (~is_own & (ticket.c.state == State.MERGED.value)),
            rows.of_number(number, vault_of(db)),
        )
        .order_by(outbox.c.id.desc())
    )
    if besides is not None:
        query = query.where(outbox.c.id != besides)
    return [OpenSurvey(*row) for row in await db.execute(query)]


def sender_of(one: Entry, others: Sequence[OpenSurvey], settings: SmsSettings) -> str | None:
    """The number from which a survey comes, so that its answer is known by where it goes.

    None where a phone's other survey is still open and the gateway has no numbers for both.
    """
    if not settings.extensions:
        return settings.sender if not others else None
    own = f"{settings.sender}{one.id % _EXTENSIONS:04d}"
    return None if any(other.sender == own for other in others) else own
