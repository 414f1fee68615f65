"""Drafts of calls in which nothing was said, typed or filed (空白草稿), as a condition of queries.

Every talk has its draft, so that what comes of it later has a number; people who read lists have
nothing to do with one of which there is nothing but the call, and that has its record.
"""

import sqlalchemy as sa

from store.tables import emergency_event, ticket
from store.tables_drafts import draft
from ticketing.model import State

_row = ticket.c

IS_UNTOUCHED: sa.ColumnElement[bool] = sa.and_(
    _row.state == State.PENDING_ACCEPTANCE.value,
    sa.func.coalesce(_row.draft_kind, "") == "agent",
    _row.title.is_(None),
    _row.content.is_(None),
    _row.transcript.is_(None),
    _row.referred_at.is_(None),
    # Typed at the desk and not filed: somebody has to.
    ~sa.exists().where(draft.c.call_id == _row.call_id).correlate(ticket),
    ~sa.exists().where(emergency_event.c.call_id == _row.call_id).correlate(ticket),
)
