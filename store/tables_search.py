"""The full-text index of tickets: one table for both databases.

SQLite keeps an FTS5 table `search_words` over the column `words` by triggers (see the migration),
PostgreSQL a GIN index. Words are those of ticketing/search_words.py, which says where in a ticket
each one stands. Only texts that the ticket's row holds in clear are indexed; numbers are found by
the keyed hashes of the row itself.
"""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TSVECTOR

from store.tables import AUTO, WORD, metadata, ticket

search_doc = sa.Table(
    "search_doc",
    metadata,
    sa.Column("doc_id", AUTO, primary_key=True, autoincrement=True),
    sa.Column("ticket_no", WORD, sa.ForeignKey(ticket.c.ticket_no), nullable=False),
    sa.Column("words", sa.Text().with_variant(TSVECTOR(), "postgresql"), nullable=False),
)
sa.Index("ix_search_doc_ticket_no", search_doc.c.ticket_no, unique=True)
sa.Index("ix_search_doc_words", search_doc.c.words, postgresql_using="gin").ddl_if(
    dialect="postgresql"
)

search_words = sa.table(
    "search_words", sa.column("rowid"), sa.column("search_words"), sa.column("rank")
)
"""SQLite's FTS5 table; `rowid` is a `doc_id`, `rank` the number that a command takes."""
