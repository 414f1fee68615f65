"""Tables of the knowledge base (知识库): a journal per entry, and where entries were cited."""

import sqlalchemy as sa

from store.tables import HASH, ID, WORD, metadata, ticket
from store.types import UtcDateTime

CODE = sa.String(20)

knowledge_entry = sa.Table(
    "knowledge_entry",
    metadata,
    sa.Column("code", CODE, primary_key=True),
    # What its events make of it, and the end of their chain.
    sa.Column("data", sa.JSON, nullable=False),
    sa.Column("chain_seq", sa.Integer, nullable=False),
    sa.Column("chain_head", HASH, nullable=False),
)

knowledge_event = sa.Table(
    "knowledge_event",
    metadata,
    sa.Column("code", CODE, sa.ForeignKey(knowledge_entry.c.code), primary_key=True),
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("actor", sa.String(80), nullable=False),
    sa.Column("role", WORD, nullable=False),
    sa.Column("command", WORD, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("reason", sa.Text),
    sa.Column("content", sa.JSON(none_as_null=True)),
    sa.Column("hash", HASH, nullable=False),
)

knowledge_citation = sa.Table(
    "knowledge_citation",
    metadata,
    sa.Column("ticket_no", WORD, sa.ForeignKey(ticket.c.ticket_no), primary_key=True),
    sa.Column("event_seq", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("code", CODE, sa.ForeignKey(knowledge_entry.c.code), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    # Whether it was to be reviewed already: valid, review_due.
    sa.Column("standing", WORD, nullable=False),
    sa.Column("call_id", ID),
    sa.Column("actor", sa.String(80), nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
)
sa.Index("ix_knowledge_citation_code", knowledge_citation.c.code, knowledge_citation.c.at)
