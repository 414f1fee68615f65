"""Why an agent is paused, whether his phone answers by itself, and every change of his state."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("agent_state", sa.Column("reason", sa.String(40)))
    op.add_column(
        "agent_state",
        sa.Column("auto_answer", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.create_table(
        "agent_state_event",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.String(40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("reason", sa.String(40)),
        sa.Column("call_id", sa.String(160)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agent_state_event")),
    )
    op.create_index("ix_agent_state_event_at", "agent_state_event", ["at"])


def downgrade() -> None:
    op.drop_table("agent_state_event")
    op.drop_column("agent_state", "auto_answer")
    op.drop_column("agent_state", "reason")
