"""Tables of unmasked views: who saw the citizen of a hidden ticket, when and why (R-23-2)."""

import sqlalchemy as sa

from store.tables import HASH, WORD, metadata, ticket
from store.types import UtcDateTime

access_chain = sa.Table(
    "access_chain",
    metadata,
    sa.Column("ticket_no", WORD, sa.ForeignKey(ticket.c.ticket_no), primary_key=True),
    sa.Column("seq", sa.Integer, nullable=False),  # of the last entry
    sa.Column("head", HASH, nullable=False),
)

access_log = sa.Table(
    "access_log",
    metadata,
    sa.Column("ticket_no", WORD, sa.ForeignKey(access_chain.c.ticket_no), primary_key=True),
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("actor", sa.String(80), nullable=False),
    sa.Column("role", WORD, nullable=False),
    sa.Column("reason", sa.String(200), nullable=False),
    sa.Column("hash", HASH, nullable=False),
)
sa.Index("ix_access_log_at", access_log.c.at)
