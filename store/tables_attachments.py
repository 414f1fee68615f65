"""Table of attachments (附件); their contents are files, encrypted under the ticket's key."""

import sqlalchemy as sa

from store.tables import HASH, ID, WORD, metadata
from store.types import UtcDateTime

attachment = sa.Table(
    "attachment",
    metadata,
    sa.Column("attachment_id", ID, primary_key=True),
    sa.Column("ticket_no", WORD, nullable=False),
    sa.Column("seq", sa.Integer, nullable=False),  # the how manieth of its ticket
    sa.Column("name", sa.Text, nullable=False),  # encrypted: people name files after people
    sa.Column("media_type", sa.String(100), nullable=False),
    sa.Column("size", sa.Integer, nullable=False),  # bytes
    sa.Column("sha256", HASH, nullable=False),  # of the content as it is given back
    sa.Column("shared", sa.Boolean, nullable=False),  # false: the hotline keeps it to itself
    sa.Column("released_at", UtcDateTime),  # for units, although the ticket is hidden from them
    sa.Column("uploaded_at", UtcDateTime, nullable=False),
    sa.Column("uploaded_by", sa.String(80), nullable=False),
    sa.Column("role", WORD, nullable=False),
    sa.Column("unit", WORD),  # of somebody who belongs to one
)
sa.Index("ix_attachment_ticket_no", attachment.c.ticket_no, attachment.c.seq, unique=True)
