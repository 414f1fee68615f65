"""Leases of work, and filters that people keep."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "lease",
        sa.Column("item", sa.String(200), nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["name"], ["account.name"], name=op.f("fk_lease_name_account")),
        sa.PrimaryKeyConstraint("item", name=op.f("pk_lease")),
    )
    op.create_index("ix_lease_until", "lease", ["until"])
    op.create_table(
        "saved_filter",
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("key", sa.String(40), nullable=False),
        sa.Column("page", sa.String(40), nullable=False),
        sa.Column("label", sa.String(200), nullable=False),
        sa.Column("query", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["name"], ["account.name"], name=op.f("fk_saved_filter_name_account")
        ),
        sa.PrimaryKeyConstraint("name", "key", name=op.f("pk_saved_filter")),
    )


def downgrade() -> None:
    op.drop_table("saved_filter")
    op.drop_table("lease")
