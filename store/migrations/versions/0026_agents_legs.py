"""An agent's calls are found without reading all legs."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    condition = sa.text("role IN ('agent', 'supervisor')")
    op.create_index(
        "ix_call_leg_agent",
        "call_leg",
        ["number", "call_id"],
        sqlite_where=condition,
        postgresql_where=condition,
    )


def downgrade() -> None:
    op.drop_index("ix_call_leg_agent", "call_leg")
