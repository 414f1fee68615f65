"""The knowledge base: entries with their journals, and where they were cited."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "knowledge_entry",
        sa.Column("code", sa.String(20), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("chain_seq", sa.Integer(), nullable=False),
        sa.Column("chain_head", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_knowledge_entry")),
    )
    op.create_table(
        "knowledge_event",
        sa.Column("code", sa.String(20), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(80), nullable=False),
        sa.Column("role", sa.String(40), nullable=False),
        sa.Column("command", sa.String(40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("content", sa.JSON()),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(
            ["code"], ["knowledge_entry.code"], name=op.f("fk_knowledge_event_code_knowledge_entry")
        ),
        sa.PrimaryKeyConstraint("code", "seq", name=op.f("pk_knowledge_event")),
    )
    op.create_table(
        "knowledge_citation",
        sa.Column("ticket_no", sa.String(40), nullable=False),
        sa.Column("event_seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("code", sa.String(20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("standing", sa.String(40), nullable=False),
        sa.Column("call_id", sa.String(160)),
        sa.Column("actor", sa.String(80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["ticket_no"], ["ticket.ticket_no"], name=op.f("fk_knowledge_citation_ticket_no_ticket")
        ),
        sa.ForeignKeyConstraint(
            ["code"],
            ["knowledge_entry.code"],
            name=op.f("fk_knowledge_citation_code_knowledge_entry"),
        ),
        sa.PrimaryKeyConstraint("ticket_no", "event_seq", name=op.f("pk_knowledge_citation")),
    )
    op.create_index("ix_knowledge_citation_code", "knowledge_citation", ["code", "at"])


def downgrade() -> None:
    op.drop_table("knowledge_citation")
    op.drop_table("knowledge_event")
    op.drop_table("knowledge_entry")
