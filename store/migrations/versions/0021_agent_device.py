"""Which phone of an agent rings: his desk phone or the softphone in the page."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    device = sa.Column("device", sa.String(40), nullable=False, server_default="phone")
    op.add_column("agent_state", device)


def downgrade() -> None:
    op.drop_column("agent_state", "device")
