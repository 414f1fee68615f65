"""Dispatches that nobody has signed, of which a unit's duty phone is rung."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sign_reminder",
        sa.Column("ticket_no", sa.String(40), nullable=False),
        sa.Column("dispatched_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("unit", sa.String(40), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("call_id", sa.String(160)),
        sa.Column("last_result", sa.String(40)),
        sa.PrimaryKeyConstraint("ticket_no", "dispatched_at", name=op.f("pk_sign_reminder")),
    )
    still_open = sa.text("state IN ('waiting', 'calling')")
    op.create_index(
        "ix_sign_reminder_open",
        "sign_reminder",
        ["next_try_at"],
        sqlite_where=still_open,
        postgresql_where=still_open,
    )


def downgrade() -> None:
    op.drop_table("sign_reminder")
