"""Unmasked views of hidden tickets."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "access_chain",
        sa.Column("ticket_no", sa.String(40), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("head", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("ticket_no", name=op.f("pk_access_chain")),
        sa.ForeignKeyConstraint(
            ["ticket_no"], ["ticket.ticket_no"], name=op.f("fk_access_chain_ticket_no_ticket")
        ),
    )
    op.create_table(
        "access_log",
        sa.Column("ticket_no", sa.String(40), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(80), nullable=False),
        sa.Column("role", sa.String(40), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("ticket_no", "seq", name=op.f("pk_access_log")),
        sa.ForeignKeyConstraint(
            ["ticket_no"],
            ["access_chain.ticket_no"],
            name=op.f("fk_access_log_ticket_no_access_chain"),
        ),
    )
    op.create_index("ix_access_log_at", "access_log", ["at"])


def downgrade() -> None:
    op.drop_table("access_log")
    op.drop_table("access_chain")
