"""Inboxes start from indexes: by state, and by the units that may know of a ticket."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

# As they were when this was written: ticketing.model.TERMINAL.
_ENDED = "('rejected', 'emergency_transferred', 'closed', 'merged', 'withdrawn')"
_EACH_ASSISTING = {
    "sqlite": "json_each(t.assist_units) AS one",
    "postgresql": "json_array_elements_text(t.assist_units) AS one(value)",
}
_EACH_CHILD = {
    "sqlite": ("json_extract(one.value, '$.unit')", "json_each(t.sub_dispatches) AS one"),
    "postgresql": ("one.value ->> 'unit'", "json_array_elements(t.sub_dispatches) AS one(value)"),
}


def upgrade() -> None:
    op.create_index("ix_ticket_state", "ticket", ["state", "created_at", "ticket_no"])
    op.create_index("ix_ticket_unit", "ticket", ["unit", "state", "created_at", "ticket_no"])
    op.create_table(
        "ticket_unit",
        sa.Column("ticket_no", sa.String(40), nullable=False),
        sa.Column("unit", sa.String(40), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["ticket_no"], ["ticket.ticket_no"], name=op.f("fk_ticket_unit_ticket_no_ticket")
        ),
        sa.PrimaryKeyConstraint("ticket_no", "unit", name=op.f("pk_ticket_unit")),
    )
    dialect = op.get_bind().dialect.name
    child, children = _EACH_CHILD[dialect]
    named = " UNION ".join(
        f"SELECT t.ticket_no, {unit}, t.created_at, t.state NOT IN {_ENDED} FROM {source}"
        for unit, source in (
            ("t.unit", "ticket AS t WHERE t.unit IS NOT NULL"),
            ("t.lead_unit", "ticket AS t WHERE t.lead_unit IS NOT NULL"),
            ("one.value", f"ticket AS t, {_EACH_ASSISTING[dialect]}"),
            (child, f"ticket AS t, {children}"),
        )
    )
    op.execute(f"INSERT INTO ticket_unit (ticket_no, unit, created_at, is_open) {named}")
    op.create_index(
        "ix_ticket_unit_newest", "ticket_unit", ["unit", "is_open", "created_at", "ticket_no"]
    )


def downgrade() -> None:
    op.drop_table("ticket_unit")
    op.drop_index("ix_ticket_unit", "ticket")
    op.drop_index("ix_ticket_state", "ticket")
