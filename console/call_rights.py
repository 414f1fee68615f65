"""Which calls and recordings somebody may know of (domain.md §2.6). Conditions of queries."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from console.call_numbers import own_calls
from console.call_words import secret_calls
from console.context import Context
from store.tables import call, recording, ticket, ticket_call
from store.tables_tasks import ticket_task
from ticketing.model import State
from ticketing.visible_rows import IS_HIDDEN
from ticketing.workflow.terms import SUPERVISING, Role

TALKERS: frozenset[Role] = SUPERVISING | {"agent"}
LISTENERS: frozenset[Role] = TALKERS | {"dispatcher", "callback_agent"}
"""Supervisors: all calls; agents: their own, and messages that wait; dispatchers: those of tickets;
callback agents: those of tickets that are to be called back."""
AGENTS_HOURS = timedelta(hours=24)
"""So long an agent hears the recordings of his calls."""


def visible_calls(context: Context) -> sa.ColumnElement[bool]:
    """The calls that who asks may know of: in any case those in which he talked."""
    own = call.c.call_id.in_(own_calls(context.user.agent_no))
    return sa.or_(own, *(_calls(context, role) for role in context.acting_roles))


def audible(context: Context, role: Role) -> sa.ColumnElement[bool]:
    """The recordings that who asks may hear in a role; of a query over `recording` and `call`.

    What nobody may read without a reason (N3, R-7-3) is not to be heard either, but by the heads.
    """
    if role in SUPERVISING:
        return _calls(context, role)
    open_ones = sa.and_(_calls(context, role), call.c.call_id.not_in(secret_calls()))
    if role == "agent":
        first: datetime = context.now - AGENTS_HOURS
        return sa.or_(sa.and_(open_ones, recording.c.started_at >= first), _waiting_message())
    return open_ones


def _waiting_message() -> sa.ColumnElement[bool]:
    """Messages (留言) that wait to be registered: whoever does it may hear what was not understood.

    Those of hidden matters are the supervisors' to hear.
    """
    waiting = (
        sa.select(ticket_call.c.call_id)
        .join(ticket_task, ticket_task.c.ticket_no == ticket_call.c.ticket_no)
        .join(ticket, ticket.c.ticket_no == ticket_call.c.ticket_no)
        .where(ticket_task.c.queue == "messages", sa.not_(IS_HIDDEN))
    )
    return sa.and_(recording.c.kind == "message", recording.c.call_id.in_(waiting))


def _calls(context: Context, role: Role) -> sa.ColumnElement[bool]:
    if role in SUPERVISING:
        return sa.true()
    if role == "agent":
        return call.c.call_id.in_(own_calls(context.user.agent_no))
    linked = sa.select(ticket_call.c.call_id)
    if role == "dispatcher":
        return call.c.call_id.in_(linked)
    if role == "callback_agent":
        to_call_back = ticket.c.state == State.MANUAL_CALLBACK.value
        joined = linked.join(ticket, ticket.c.ticket_no == ticket_call.c.ticket_no)
        return call.c.call_id.in_(joined.where(to_call_back))
    return sa.false()
