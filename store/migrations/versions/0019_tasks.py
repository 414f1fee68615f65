"""Work lists are kept beside the tickets: what waits for whom."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

# As they were when this was written: ticketing.model.TERMINAL, ticketing.task_rows.UNPLANNED.
_ENDED = "('rejected', 'emergency_transferred', 'closed', 'merged', 'withdrawn')"
_UNPLANNED = "'unplanned', '', 'unplanned', 'unplanned', created_at, created_at"


def upgrade() -> None:
    op.create_table(
        "ticket_task",
        sa.Column("task_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("ticket_no", sa.String(40), nullable=False),
        sa.Column("queue", sa.String(40), nullable=False),
        sa.Column("owner", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("deadline", sa.String(40), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["ticket_no"], ["ticket.ticket_no"], name=op.f("fk_ticket_task_ticket_no_ticket")
        ),
        sa.PrimaryKeyConstraint("task_id", name=op.f("pk_ticket_task")),
        sa.UniqueConstraint(
            "ticket_no", "queue", "owner", name=op.f("uq_ticket_task_ticket_no_queue_owner")
        ),
    )
    op.create_index(
        "ix_ticket_task_first", "ticket_task", ["queue", "owner", "due_at", "ticket_no"]
    )
    # The console works out at its start what they wait for.
    op.execute(
        "INSERT INTO ticket_task (ticket_no, queue, owner, kind, deadline, due_at, since) "
        f"SELECT ticket_no, {_UNPLANNED} FROM ticket WHERE state NOT IN {_ENDED}"
    )


def downgrade() -> None:
    op.drop_table("ticket_task")
