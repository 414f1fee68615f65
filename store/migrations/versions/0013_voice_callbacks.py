"""Queue of the callbacks that the line makes by voice."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "voice_callback",
        sa.Column("ticket_no", sa.String(40), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("call_id", sa.String(160)),
        sa.Column("last_result", sa.String(40)),
        sa.PrimaryKeyConstraint("ticket_no", "since", name=op.f("pk_voice_callback")),
    )
    still_open = sa.text("state IN ('waiting', 'calling')")
    op.create_index(
        "ix_voice_callback_open",
        "voice_callback",
        ["next_try_at"],
        sqlite_where=still_open,
        postgresql_where=still_open,
    )


def downgrade() -> None:
    op.drop_table("voice_callback")
