"""Versions of the policy that were withdrawn before they came into force."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("policy_version", sa.Column("withdrawn_at", sa.DateTime(timezone=True)))
    op.add_column("policy_version", sa.Column("withdrawn_by", sa.String(80)))
    op.add_column("policy_version", sa.Column("withdrawn_reason", sa.String(500)))


def downgrade() -> None:
    with op.batch_alter_table("policy_version") as table:
        for name in ("withdrawn_reason", "withdrawn_by", "withdrawn_at"):
            table.drop_column(name)
