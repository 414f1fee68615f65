"""Agents' states (话务员状态): the last of each, and every change."""

import sqlalchemy as sa

from store.tables import AUTO, ID, WORD, metadata
from store.types import UtcDateTime

agent_state = sa.Table(
    "agent_state",
    metadata,
    sa.Column("number", WORD, primary_key=True),
    sa.Column("status", WORD, nullable=False),
    sa.Column("since", UtcDateTime, nullable=False),
    sa.Column("reason", WORD),
    sa.Column("auto_answer", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("device", WORD, nullable=False, server_default="phone"),
)

agent_state_event = sa.Table(
    "agent_state_event",
    metadata,
    sa.Column("id", AUTO, primary_key=True),
    sa.Column("number", WORD, nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("status", WORD, nullable=False),
    sa.Column("reason", WORD),
    sa.Column("call_id", ID),
    sa.Index("ix_agent_state_event_at", "at"),
)
