"""Tables of work lists (待办): what waits for whom, who has taken what, how one looks at it."""

import sqlalchemy as sa

from store.tables import AUTO, WORD, metadata, ticket
from store.tables_console import account
from store.types import UtcDateTime

# Made of the tickets (ticketing/tasks.py) in the transactions that change them.
ticket_task = sa.Table(
    "ticket_task",
    metadata,
    sa.Column("task_id", AUTO, primary_key=True),
    sa.Column("ticket_no", WORD, sa.ForeignKey(ticket.c.ticket_no), nullable=False),
    sa.Column("queue", WORD, nullable=False),
    sa.Column("owner", WORD, nullable=False),  # a unit, an agent; "": whoever has the role
    sa.Column("kind", WORD, nullable=False),
    sa.Column("deadline", WORD, nullable=False),
    sa.Column("due_at", UtcDateTime, nullable=False),
    sa.Column("since", UtcDateTime, nullable=False),
    sa.UniqueConstraint("ticket_no", "queue", "owner"),
)
sa.Index(
    "ix_ticket_task_first",
    ticket_task.c.queue,
    ticket_task.c.owner,
    ticket_task.c.due_at,
    ticket_task.c.ticket_no,
)

lease = sa.Table(
    "lease",
    metadata,
    sa.Column("item", sa.String(200), primary_key=True),  # console/leases.py
    sa.Column("name", WORD, sa.ForeignKey(account.c.name), nullable=False),
    sa.Column("until", UtcDateTime, nullable=False, index=True),
)

saved_filter = sa.Table(
    "saved_filter",
    metadata,
    sa.Column("name", WORD, sa.ForeignKey(account.c.name), primary_key=True),
    sa.Column("key", WORD, primary_key=True),
    sa.Column("page", WORD, nullable=False),
    sa.Column("label", sa.String(200), nullable=False),
    sa.Column("query", sa.JSON, nullable=False),
)
