"""Tables of who listened to which recording, when and why (录音调听)."""

import sqlalchemy as sa

from store.tables import HASH, ID, WORD, call, metadata
from store.types import UtcDateTime

listening_chain = sa.Table(
    "listening_chain",
    metadata,
    sa.Column("call_id", ID, sa.ForeignKey(call.c.call_id), primary_key=True),
    sa.Column("seq", sa.Integer, nullable=False),  # of the last entry
    sa.Column("head", HASH, nullable=False),
)

listening_log = sa.Table(
    "listening_log",
    metadata,
    sa.Column("call_id", ID, sa.ForeignKey(listening_chain.c.call_id), primary_key=True),
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("recording_id", ID, nullable=False),
    sa.Column("actor", sa.String(80), nullable=False),
    sa.Column("role", WORD, nullable=False),
    sa.Column("reason", sa.String(200), nullable=False),
    sa.Column("address", sa.String(60), nullable=False),
    sa.Column("hash", HASH, nullable=False),
)
sa.Index("ix_listening_log_at", listening_log.c.at)
