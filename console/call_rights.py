"""Which calls and recordings somebody may know of (domain.md §2.6). Conditions of queries."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from console.call_numbers import own_calls
from console.call_words import secret_calls
from console.context import Context
from store.tables import call, recording, ticket, ticket_call
from ticketing.model import State
from ticketing.workflow.terms import SUPERVISING, Role

TALKERS: frozenset[Role] = SUPERVISING | {"agent"}
LISTENERS: frozenset[Role] = TALKERS | {"dispatcher", "callback_agent"}
"""Supervisors: all calls; agents: their own; dispatchers: those of tickets; callback agents: those
of tickets that are to be called back."""
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
        return sa.and_(open_ones, recording.c.started_at >= first)
    return open_ones


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
