"""Tables of persons: citizens whom somebody recognised in their tickets."""

import sqlalchemy as sa

from store.tables import HASH, KEYED_HASH, WORD, metadata, ticket
from store.types import UtcDateTime

person = sa.Table(
    "person",
    metadata,
    sa.Column("person_id", WORD, primary_key=True),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("erased_at", UtcDateTime),
    # The name, encrypted under the person's own key. NULL: unknown; without a key: erased.
    sa.Column("data_key", sa.Text),
    sa.Column("name", sa.Text),
    sa.Column("chain_seq", sa.Integer, nullable=False),
    sa.Column("chain_head", HASH, nullable=False),
)
sa.Index("ix_person_created_at", person.c.created_at)

person_phone = sa.Table(
    "person_phone",
    metadata,
    sa.Column("person_id", WORD, sa.ForeignKey(person.c.person_id), primary_key=True),
    sa.Column("number_hash", KEYED_HASH, primary_key=True),
    # The ticket that the number came with; "": somebody entered it.
    sa.Column("ticket_no", WORD, primary_key=True),
    sa.Column("tail_hash", KEYED_HASH, nullable=False),
    sa.Column("number", sa.Text, nullable=False),  # encrypted under the person's key
    sa.Column("since", UtcDateTime, nullable=False),
)
sa.Index("ix_person_phone_number_hash", person_phone.c.number_hash)
sa.Index("ix_person_phone_tail_hash", person_phone.c.tail_hash)

person_flag = sa.Table(
    "person_flag",
    metadata,
    sa.Column("person_id", WORD, sa.ForeignKey(person.c.person_id), primary_key=True),
    sa.Column("flag", WORD, primary_key=True),
    sa.Column("source", WORD, nullable=False),
    sa.Column("since", UtcDateTime, nullable=False),
    sa.Column("expires_at", UtcDateTime),
    sa.Column("set_by", sa.String(80), nullable=False),
)

person_ticket = sa.Table(
    "person_ticket",
    metadata,
    sa.Column("ticket_no", WORD, sa.ForeignKey(ticket.c.ticket_no), primary_key=True),
    sa.Column("person_id", WORD, sa.ForeignKey(person.c.person_id), nullable=False),
)
sa.Index("ix_person_ticket_person_id", person_ticket.c.person_id)

person_event = sa.Table(
    "person_event",
    metadata,
    sa.Column("person_id", WORD, sa.ForeignKey(person.c.person_id), primary_key=True),
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("actor", sa.String(80), nullable=False),
    sa.Column("role", WORD, nullable=False),
    sa.Column("command", WORD, nullable=False),
    sa.Column("data", sa.JSON, nullable=False),  # personal values encrypted
    sa.Column("hash", HASH, nullable=False),
)
