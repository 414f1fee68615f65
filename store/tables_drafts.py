"""Table of drafts (草稿): what somebody typed and has not sent yet."""

import sqlalchemy as sa

from store.tables import ID, WORD, metadata
from store.tables_console import account
from store.types import UtcDateTime

DRAFT_KEY = sa.String(200)

draft = sa.Table(
    "draft",
    metadata,
    sa.Column("name", WORD, sa.ForeignKey(account.c.name), primary_key=True),
    sa.Column("key", DRAFT_KEY, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("saved_at", UtcDateTime, nullable=False),
    sa.Column("ticket_no", WORD, index=True),  # whose citizen it may speak of
    sa.Column("call_id", ID, index=True),
    sa.Column("data_key", sa.Text, nullable=False),  # wrapped by the master key
    sa.Column("fields", sa.Text, nullable=False),  # encrypted
)
sa.Index("ix_draft_saved_at", draft.c.saved_at)
