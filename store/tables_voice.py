"""Queue of the callbacks that the line makes by voice (自动语音回访)."""

import sqlalchemy as sa

from store.tables import ID, WORD, metadata, where
from store.types import UtcDateTime

voice_callback = sa.Table(
    "voice_callback",
    metadata,
    sa.Column("ticket_no", WORD, primary_key=True),
    sa.Column("since", UtcDateTime, primary_key=True),  # when the ticket came to 待人工回访
    sa.Column("state", WORD, nullable=False),  # waiting, calling, done, person
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("next_try_at", UtcDateTime, nullable=False),
    sa.Column("call_id", ID),  # of the newest try
    sa.Column("last_result", WORD),
)
sa.Index(
    "ix_voice_callback_open",
    voice_callback.c.next_try_at,
    **where(voice_callback.c.state.in_(("waiting", "calling"))),
)
