"""Imports: runs, and the tickets that they brought."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

LEGACY = sa.text("legacy_no IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "import_run",
        sa.Column("run_id", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("source", sa.String(200), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_import_run")),
    )
    op.create_table(
        "ticket_import",
        sa.Column("ticket_no", sa.String(40), nullable=False),
        sa.Column("run_id", sa.String(40), nullable=False),
        sa.Column("events", sa.Integer, nullable=False),
        sa.Column("next_timer_at", sa.DateTime(timezone=True)),
        sa.Column("system", sa.String(40)),
        sa.Column("legacy_no", sa.String(200)),
        sa.Column("hashes", sa.JSON, nullable=False),
        sa.Column("recording_ids", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("ticket_no", name=op.f("pk_ticket_import")),
        sa.ForeignKeyConstraint(
            ["ticket_no"], ["ticket.ticket_no"], name=op.f("fk_ticket_import_ticket_no_ticket")
        ),
    )
    op.create_index("ix_ticket_import_run_id", "ticket_import", ["run_id"])
    op.create_index(
        "uq_ticket_import_legacy",
        "ticket_import",
        ["system", "legacy_no"],
        unique=True,
        sqlite_where=LEGACY,
        postgresql_where=LEGACY,
    )


def downgrade() -> None:
    op.drop_table("ticket_import")
    op.drop_table("import_run")
