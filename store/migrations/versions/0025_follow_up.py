"""Tickets say when somebody asked what became of a transfer to an emergency service."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("ticket", sa.Column("followed_up_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    op.drop_column("ticket", "followed_up_at")
