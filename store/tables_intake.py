"""Table of letters: which one of another channel became which ticket."""

import sqlalchemy as sa

from store.tables import HASH, WORD, metadata
from store.types import UtcDateTime

letter = sa.Table(
    "letter",
    metadata,
    sa.Column("source", WORD, primary_key=True),  # the account that brought it
    sa.Column("channel", WORD, primary_key=True),
    sa.Column("external_id", sa.String(200), primary_key=True),
    sa.Column("content_hash", HASH, nullable=False),
    sa.Column("ticket_no", WORD),
    sa.Column("at", UtcDateTime, nullable=False),
)
sa.Index("ix_letter_ticket_no", letter.c.ticket_no)
