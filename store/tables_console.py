"""Tables of the console: accounts, tokens, sessions, their journal, answers that were given."""

import sqlalchemy as sa

from store.tables import HASH, NUMBER, WORD, metadata
from store.types import UtcDateTime

account = sa.Table(
    "account",
    metadata,
    sa.Column("name", WORD, primary_key=True),
    sa.Column("full_name", sa.String(100)),
    sa.Column("roles", sa.JSON, nullable=False),
    sa.Column("unit", WORD),
    sa.Column("agent_no", NUMBER),
    sa.Column("password_hash", sa.String(200)),
    sa.Column("must_change", sa.Boolean, nullable=False),  # the password was made up for him
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("locked_until", UtcDateTime),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("disabled_at", UtcDateTime),
    sa.Column("chain_seq", sa.Integer, nullable=False),
    sa.Column("chain_head", HASH, nullable=False),
    sa.Column("totp_key", sa.Text),  # wrapped by the master key
    sa.Column("totp_secrets", sa.Text),  # encrypted: the secret, hashes of recovery codes
    sa.Column("totp_since", UtcDateTime),  # None: the first code has not come yet
    sa.Column("totp_step", sa.BigInteger),  # time step of the last code: each is for one use
    sa.Column("settings", sa.JSON),  # of his pages
)

account_event = sa.Table(
    "account_event",
    metadata,
    sa.Column("name", WORD, sa.ForeignKey(account.c.name), primary_key=True),
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("actor", sa.String(80), nullable=False),
    sa.Column("command", WORD, nullable=False),
    sa.Column("address", sa.String(60)),  # where the request came from
    sa.Column("data", sa.JSON, nullable=False),
    sa.Column("hash", HASH, nullable=False),
)

api_token = sa.Table(
    "api_token",
    metadata,
    sa.Column("token_id", WORD, primary_key=True),
    sa.Column("name", WORD, sa.ForeignKey(account.c.name), nullable=False, index=True),
    sa.Column("label", sa.String(100), nullable=False),
    sa.Column("hash", HASH, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("expires_at", UtcDateTime, nullable=False),
    sa.Column("last_used_at", UtcDateTime),
    sa.Column("revoked_at", UtcDateTime),
)

console_session = sa.Table(
    "console_session",
    metadata,
    sa.Column("hash", HASH, primary_key=True),
    sa.Column("name", WORD, sa.ForeignKey(account.c.name), nullable=False, index=True),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("last_used_at", UtcDateTime, nullable=False),
    sa.Column("expires_at", UtcDateTime, nullable=False),
    sa.Column("address", sa.String(60)),
    sa.Column("browser", sa.String(200)),  # what it calls itself
)

given_answer = sa.Table(
    "given_answer",
    metadata,
    sa.Column("name", WORD, primary_key=True),
    sa.Column("key", sa.String(200), primary_key=True),
    sa.Column("request", HASH, nullable=False),  # of method, path and body
    sa.Column("status", sa.Integer),
    sa.Column("headers", sa.JSON),
    sa.Column("data_key", sa.Text),  # wrapped by the master key; the body is encrypted under it
    sa.Column("body", sa.Text),
    sa.Column("at", UtcDateTime, nullable=False),
)
sa.Index("ix_given_answer_at", given_answer.c.at)
