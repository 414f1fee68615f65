"""Persons: citizens whom somebody recognised in their tickets."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_WORD, _KEYED = sa.String(40), sa.String(32)
_INDEXES = (
    ("person", "created_at"),
    ("person_phone", "number_hash"),
    ("person_phone", "tail_hash"),
    ("person_ticket", "person_id"),
)


def _at(name: str, *, null: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=null)


def _of_person(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_person_id_person")
    return sa.ForeignKeyConstraint(["person_id"], ["person.person_id"], name=name)


def upgrade() -> None:
    op.create_table(
        "person",
        sa.Column("person_id", _WORD, nullable=False),
        _at("created_at"),
        _at("erased_at", null=True),
        sa.Column("data_key", sa.Text()),
        sa.Column("name", sa.Text()),
        sa.Column("chain_seq", sa.Integer(), nullable=False),
        sa.Column("chain_head", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_person")),
    )
    op.create_table(
        "person_phone",
        sa.Column("person_id", _WORD, nullable=False),
        sa.Column("number_hash", _KEYED, nullable=False),
        sa.Column("ticket_no", _WORD, nullable=False),
        sa.Column("tail_hash", _KEYED, nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        _at("since"),
        _of_person("person_phone"),
        sa.PrimaryKeyConstraint(
            "person_id", "number_hash", "ticket_no", name=op.f("pk_person_phone")
        ),
    )
    op.create_table(
        "person_flag",
        sa.Column("person_id", _WORD, nullable=False),
        sa.Column("flag", _WORD, nullable=False),
        sa.Column("source", _WORD, nullable=False),
        _at("since"),
        _at("expires_at", null=True),
        sa.Column("set_by", sa.String(80), nullable=False),
        _of_person("person_flag"),
        sa.PrimaryKeyConstraint("person_id", "flag", name=op.f("pk_person_flag")),
    )
    op.create_table(
        "person_ticket",
        sa.Column("ticket_no", _WORD, nullable=False),
        sa.Column("person_id", _WORD, nullable=False),
        sa.ForeignKeyConstraint(
            ["ticket_no"], ["ticket.ticket_no"], name=op.f("fk_person_ticket_ticket_no_ticket")
        ),
        _of_person("person_ticket"),
        sa.PrimaryKeyConstraint("ticket_no", name=op.f("pk_person_ticket")),
    )
    op.create_table(
        "person_event",
        sa.Column("person_id", _WORD, nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        _at("at"),
        sa.Column("actor", sa.String(80), nullable=False),
        sa.Column("role", _WORD, nullable=False),
        sa.Column("command", _WORD, nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        _of_person("person_event"),
        sa.PrimaryKeyConstraint("person_id", "seq", name=op.f("pk_person_event")),
    )
    for table, column in _INDEXES:
        op.create_index(f"ix_{table}_{column}", table, [column])


def downgrade() -> None:
    for table, column in _INDEXES:
        op.drop_index(f"ix_{table}_{column}", table_name=table)
    for table in ("person_event", "person_ticket", "person_flag", "person_phone", "person"):
        op.drop_table(table)
