"""Who listened to which recording, when and why."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "listening_chain",
        sa.Column("call_id", sa.String(160), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("head", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(
            ["call_id"], ["call.call_id"], name=op.f("fk_listening_chain_call_id_call")
        ),
        sa.PrimaryKeyConstraint("call_id", name=op.f("pk_listening_chain")),
    )
    op.create_table(
        "listening_log",
        sa.Column("call_id", sa.String(160), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recording_id", sa.String(160), nullable=False),
        sa.Column("actor", sa.String(80), nullable=False),
        sa.Column("role", sa.String(40), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("address", sa.String(60), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(
            ["call_id"],
            ["listening_chain.call_id"],
            name=op.f("fk_listening_log_call_id_listening_chain"),
        ),
        sa.PrimaryKeyConstraint("call_id", "seq", name=op.f("pk_listening_log")),
    )
    op.create_index("ix_listening_log_at", "listening_log", ["at"])


def downgrade() -> None:
    op.drop_table("listening_log")
    op.drop_table("listening_chain")
