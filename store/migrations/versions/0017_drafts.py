"""Drafts: what people typed and have not sent yet."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "draft",
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ticket_no", sa.String(40)),
        sa.Column("call_id", sa.String(160)),
        sa.Column("data_key", sa.Text(), nullable=False),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["name"], ["account.name"], name=op.f("fk_draft_name_account")),
        sa.PrimaryKeyConstraint("name", "key", name=op.f("pk_draft")),
    )
    op.create_index("ix_draft_ticket_no", "draft", ["ticket_no"])
    op.create_index("ix_draft_call_id", "draft", ["call_id"])
    op.create_index("ix_draft_saved_at", "draft", ["saved_at"])


def downgrade() -> None:
    op.drop_table("draft")
