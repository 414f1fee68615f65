"""Tickets are found by category and region, newest first."""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    columns = ["category_l2", "region_code", "created_at"]
    op.create_index("ix_ticket_category_l2", "ticket", columns)


def downgrade() -> None:
    op.drop_index("ix_ticket_category_l2", "ticket")
