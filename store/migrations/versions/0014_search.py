"""Full-text search over tickets.

The index of a store that has tickets already is filled by `tickets reindex`, or when the line
starts: what is indexed is the ticketing package's matter.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TSVECTOR

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_TAILS = ("caller_tail_hash", "contact_tail_hash")
_FTS5 = (
    """CREATE VIRTUAL TABLE search_words USING fts5(
        words, content='search_doc', content_rowid='doc_id',
        tokenize='unicode61 remove_diacritics 0')""",
    """CREATE TRIGGER search_doc_insert AFTER INSERT ON search_doc BEGIN
        INSERT INTO search_words(rowid, words) VALUES (new.doc_id, new.words);
    END""",
    """CREATE TRIGGER search_doc_delete AFTER DELETE ON search_doc BEGIN
        INSERT INTO search_words(search_words, rowid, words)
        VALUES ('delete', old.doc_id, old.words);
    END""",
    """CREATE TRIGGER search_doc_update AFTER UPDATE ON search_doc BEGIN
        INSERT INTO search_words(search_words, rowid, words)
        VALUES ('delete', old.doc_id, old.words);
        INSERT INTO search_words(rowid, words) VALUES (new.doc_id, new.words);
    END""",
)


def upgrade() -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    op.create_table(
        "search_doc",
        sa.Column(
            "doc_id",
            sa.BigInteger().with_variant(sa.Integer, "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("ticket_no", sa.String(40), nullable=False),
        sa.Column("words", sa.Text() if is_sqlite else TSVECTOR(), nullable=False),
        sa.PrimaryKeyConstraint("doc_id", name=op.f("pk_search_doc")),
        sa.ForeignKeyConstraint(
            ["ticket_no"], ["ticket.ticket_no"], name=op.f("fk_search_doc_ticket_no_ticket")
        ),
    )
    op.create_index("ix_search_doc_ticket_no", "search_doc", ["ticket_no"], unique=True)
    if is_sqlite:
        for statement in _FTS5:
            op.execute(statement)
    else:
        op.create_index("ix_search_doc_words", "search_doc", ["words"], postgresql_using="gin")
    for column in _TAILS:
        op.create_index(f"ix_ticket_{column}", "ticket", [column])


def downgrade() -> None:
    for column in _TAILS:
        op.drop_index(f"ix_ticket_{column}", "ticket")
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE search_words")
    op.drop_table("search_doc")
