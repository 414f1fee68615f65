"""Accounts, tokens and sessions of the console, and the answers that it gave."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "account",
        _word("name", required=True),
        sa.Column("full_name", sa.String(100)),
        sa.Column("roles", sa.JSON(), nullable=False),
        _word("unit"),
        _word("agent_no"),
        sa.Column("password_hash", sa.String(200)),
        sa.Column("must_change", sa.Boolean(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        _time("locked_until"),
        _time("created_at", required=True),
        _time("disabled_at"),
        sa.Column("chain_seq", sa.Integer(), nullable=False),
        sa.Column("chain_head", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_account")),
    )
    op.create_table(
        "account_event",
        _word("name", required=True),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        _time("at", required=True),
        sa.Column("actor", sa.String(80), nullable=False),
        _word("command", required=True),
        sa.Column("address", sa.String(60)),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        _of_account("account_event"),
        sa.PrimaryKeyConstraint("name", "seq", name=op.f("pk_account_event")),
    )
    op.create_table(
        "api_token",
        _word("token_id", required=True),
        _word("name", required=True),
        sa.Column("label", sa.String(100), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        _time("created_at", required=True),
        _time("expires_at", required=True),
        _time("last_used_at"),
        _time("revoked_at"),
        _of_account("api_token"),
        sa.PrimaryKeyConstraint("token_id", name=op.f("pk_api_token")),
    )
    op.create_index(op.f("ix_api_token_name"), "api_token", ["name"])
    op.create_table(
        "console_session",
        sa.Column("hash", sa.String(64), nullable=False),
        _word("name", required=True),
        _time("created_at", required=True),
        _time("last_used_at", required=True),
        _time("expires_at", required=True),
        _of_account("console_session"),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_console_session")),
    )
    op.create_index(op.f("ix_console_session_name"), "console_session", ["name"])
    op.create_table(
        "given_answer",
        _word("name", required=True),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("request", sa.String(64), nullable=False),
        sa.Column("status", sa.Integer()),
        sa.Column("headers", sa.JSON()),
        sa.Column("data_key", sa.Text()),
        sa.Column("body", sa.Text()),
        _time("at", required=True),
        sa.PrimaryKeyConstraint("name", "key", name=op.f("pk_given_answer")),
    )
    op.create_index("ix_given_answer_at", "given_answer", ["at"])


def downgrade() -> None:
    for name in ("given_answer", "console_session", "api_token", "account_event", "account"):
        op.drop_table(name)


def _word(name: str, *, required: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(40), nullable=not required)


def _time(name: str, *, required: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=not required)


def _of_account(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_name_account")
    return sa.ForeignKeyConstraint(["name"], ["account.name"], name=name)
