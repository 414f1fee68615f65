"""Dispatches that nobody has signed, of which a unit's duty phone is rung (签收提醒)."""

import sqlalchemy as sa

from store.tables import ID, WORD, metadata, where
from store.types import UtcDateTime

sign_reminder = sa.Table(
    "sign_reminder",
    metadata,
    sa.Column("ticket_no", WORD, primary_key=True),
    sa.Column("dispatched_at", UtcDateTime, primary_key=True),
    sa.Column("unit", WORD, nullable=False),
    sa.Column("state", WORD, nullable=False),  # waiting, calling, done
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("next_try_at", UtcDateTime, nullable=False),
    sa.Column("call_id", ID),  # of the newest try
    sa.Column("last_result", WORD),
)
sa.Index(
    "ix_sign_reminder_open",
    sign_reminder.c.next_try_at,
    **where(sign_reminder.c.state.in_(("waiting", "calling"))),
)
