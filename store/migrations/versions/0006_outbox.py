"""The outbox, and which received messages are known."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_TIMES = ("next_at", "claimed_at", "sent_at", "ended_at", "done_at")
_INDEXES = {
    "ix_outbox_next_at": (["next_at", "id"], "state = 'waiting'"),
    "ix_outbox_claimed_at": (["claimed_at"], "state = 'sending'"),
    "ix_outbox_gateway_id": (["gateway_id"], "gateway_id IS NOT NULL"),
    "ix_outbox_open": (["to_role", "unit", "id"], "done_at IS NULL AND to_role != 'citizen'"),
}


def upgrade() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("ticket_no", sa.String(40), nullable=False),
        sa.Column("event_seq", sa.Integer()),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("about", sa.String(40), nullable=False),
        sa.Column("template", sa.String(40), nullable=False),
        sa.Column("to_role", sa.String(40), nullable=False),
        sa.Column("unit", sa.String(40)),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.DateTime(timezone=True)) for name in _TIMES),
        sa.Column("sender", sa.String(40)),
        sa.Column("gateway_id", sa.String(160)),
        sa.Column("note", sa.String(200)),
        sa.Column("done_by", sa.String(80)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint(
            "ticket_no",
            "event_seq",
            "position",
            name=op.f("uq_outbox_ticket_no_event_seq_position"),
        ),
    )
    for name, (columns, where) in _INDEXES.items():
        condition = sa.text(where)
        op.create_index(name, "outbox", columns, sqlite_where=condition, postgresql_where=condition)
    op.create_index("ix_outbox_about", "outbox", ["about"])
    merged = sa.text("master_ticket IS NOT NULL")
    op.create_index(
        "ix_ticket_master_ticket",
        "ticket",
        ["master_ticket"],
        sqlite_where=merged,
        postgresql_where=merged,
    )
    op.create_table(
        "sms_received",
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ticket_no", sa.String(40), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_sms_received")),
    )


def downgrade() -> None:
    op.drop_table("sms_received")
    op.drop_index("ix_ticket_master_ticket", table_name="ticket")
    op.drop_table("outbox")
