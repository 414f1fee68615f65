"""Tables of what has to be told to people: the outbox, and messages that came in."""

import sqlalchemy as sa

from store.tables import AUTO, HASH, ID, NUMBER, WORD, metadata, where
from store.types import UtcDateTime

outbox = sa.Table(
    "outbox",
    metadata,
    sa.Column("id", AUTO, primary_key=True),
    # The event that sends it; a fired timer is an event too. NULL: no ticket's event.
    sa.Column("ticket_no", WORD, nullable=False),
    sa.Column("event_seq", sa.Integer),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("about", WORD, nullable=False),
    sa.Column("template", WORD, nullable=False),
    sa.Column("to_role", WORD, nullable=False),
    sa.Column("unit", WORD),
    sa.Column("kind", WORD, nullable=False),
    sa.Column("state", WORD, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("next_at", UtcDateTime),
    sa.Column("claimed_at", UtcDateTime),
    sa.Column("sent_at", UtcDateTime),
    sa.Column("ended_at", UtcDateTime),
    sa.Column("sender", NUMBER),
    sa.Column("gateway_id", ID),
    sa.Column("note", sa.String(200)),
    sa.Column("done_at", UtcDateTime),
    sa.Column("done_by", sa.String(80)),
    sa.UniqueConstraint("ticket_no", "event_seq", "position"),
)
sa.Index(
    "ix_outbox_next_at",
    outbox.c.next_at,
    outbox.c.id,
    **where(outbox.c.state == "waiting"),
)
sa.Index("ix_outbox_claimed_at", outbox.c.claimed_at, **where(outbox.c.state == "sending"))
sa.Index("ix_outbox_gateway_id", outbox.c.gateway_id, **where(outbox.c.gateway_id.is_not(None)))
sa.Index("ix_outbox_about", outbox.c.about)
sa.Index(
    "ix_outbox_open",
    outbox.c.to_role,
    outbox.c.unit,
    outbox.c.id,
    **where(outbox.c.done_at.is_(None) & (outbox.c.to_role != "citizen")),
)

sms_received = sa.Table(
    "sms_received",
    metadata,
    # What the gateway calls a message that it may deliver twice.
    sa.Column("key", HASH, primary_key=True),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("ticket_no", WORD, nullable=False),
)
