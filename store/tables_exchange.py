"""Tables of imports: which tickets came with which file, and what they were called before."""

import sqlalchemy as sa

from store.tables import WORD, metadata, ticket, where
from store.types import UtcDateTime

import_run = sa.Table(
    "import_run",
    metadata,
    sa.Column("run_id", WORD, primary_key=True),
    sa.Column("kind", WORD, nullable=False),  # exported, legacy
    sa.Column("source", sa.String(200), nullable=False),  # name of the file
    sa.Column("started_at", UtcDateTime, nullable=False),
    sa.Column("finished_at", UtcDateTime),  # NULL: it is running, or broke off
)

ticket_import = sa.Table(
    "ticket_import",
    metadata,
    sa.Column("ticket_no", WORD, sa.ForeignKey(ticket.c.ticket_no), primary_key=True),
    sa.Column("run_id", WORD, nullable=False),
    sa.Column("events", sa.Integer, nullable=False),  # so many came with the file
    # What the ticket's row gets when the run is finished.
    sa.Column("next_timer_at", UtcDateTime),
    # Of an old system's ticket.
    sa.Column("system", WORD),
    sa.Column("legacy_no", sa.String(200)),
    # Of this program's own export: what cannot be made again here.
    sa.Column("hashes", sa.JSON, nullable=False),
    sa.Column("recording_ids", sa.JSON, nullable=False),
)
sa.Index("ix_ticket_import_run_id", ticket_import.c.run_id)
sa.Index(
    "uq_ticket_import_legacy",
    ticket_import.c.system,
    ticket_import.c.legacy_no,
    unique=True,
    **where(ticket_import.c.legacy_no.is_not(None)),
)
