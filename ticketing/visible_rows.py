"""Who sees what (domain.md §2.6), as conditions of queries: nothing that one may not know counts.

The same rules as ticketing/visibility.py, put to the database: what a ticket is to somebody
depends on a few yes-or-no facts, each of which is a condition.
"""

from collections.abc import Iterable
from itertools import product

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from store.tables import call, call_leg, ticket, ticket_call, ticket_event, ticket_unit
from ticketing.model import State, Ticket
from ticketing.sights import Row
from ticketing.visibility import LINKED, MADE_BY_LINE, REGISTERED, Facts, Viewer, row_of

_NOTHING = frozenset({"admin", "kb_editor", "security_admin", "system", "citizen"})
"""Roles that see no ticket at all."""
_AGENTS: sa.BindParameter[str] = sa.bindparam(
    "agents", ("agent", "supervisor"), expanding=True, literal_execute=True
)
"""Written out in the query: a partial index serves no parameters (ix_call_leg_agent)."""

IS_HIDDEN: sa.ColumnElement[bool] = sa.or_(
    ticket.c.confidential.is_(True),
    sa.func.coalesce(ticket.c.request_type, "") == "report",
)
"""The condition of Ticket.is_hidden."""
IS_SECRET: sa.ColumnElement[bool] = sa.func.coalesce(ticket.c.reject_code, "") == "N3"
"""Not accepted because of secrets or privacy: nobody reads it without a reason (R-7-3)."""


def _linked(*how: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    """Of a call of a ticket: an event like this says that it concerns the ticket."""
    event = sa.select(ticket_event.c.seq).where(
        ticket_event.c.ticket_no == ticket_call.c.ticket_no,
        ticket_event.c.command == LINKED,
        ticket_event.c.data["call_id"].as_string() == ticket_call.c.call_id,
        *how,
    )
    return sa.exists(event.correlate(ticket_call))


_ORDERED = _linked(ticket_event.c.data["ordered"].as_boolean())
ASKED_FOR_BY_CITIZEN = _linked(ticket_event.c.role == "system")
"""Of a call that the line made: nobody else had it made (预约回电)."""


def visible_to(viewer: Viewer) -> sa.ColumnElement[bool]:
    """Tickets that the viewer may know of."""
    if viewer.roles <= _NOTHING:
        return sa.false()
    if not viewer.is_unit:
        return sa.true()
    if viewer.unit is None:
        return sa.false()
    return sa.exists(
        sa.select(ticket_unit.c.unit)
        .where(ticket_unit.c.ticket_no == ticket.c.ticket_no, ticket_unit.c.unit == viewer.unit)
        .correlate(ticket)
    )


async def own_calls(
    db: AsyncConnection, viewer: Viewer, tickets: Iterable[Ticket]
) -> frozenset[str]:
    """Calls of these tickets in which the viewer spoke with the citizen."""
    calls = {link.call_id for one in tickets for link in one.calls}
    if viewer.agent_no is None or not calls:
        return frozenset()
    query = (
        sa.select(call_leg.c.call_id)
        .join(call, call.c.call_id == call_leg.c.call_id)
        .where(
            call_leg.c.call_id.in_(sorted(calls)), _CITIZEN_WAS_THERE, *took_part(viewer.agent_no)
        )
    )
    return frozenset((await db.execute(query)).scalars())


def rows_by_facts(viewer: Viewer) -> dict[tuple[bool, ...], Row]:
    """What the viewer sees of a ticket that he may know of, by the answers to `facts`."""
    if viewer.roles <= _NOTHING:
        return {}
    names = list(facts(viewer))
    found = {
        answers: row_of(viewer, Facts(**dict(zip(names, answers, strict=True))))
        for answers in product((False, True), repeat=len(names))
    }
    return {answers: row for answers, row in found.items() if row is not None}


def facts(viewer: Viewer) -> dict[str, sa.ColumnElement[bool]]:
    """The conditions of the facts; those that make no difference to the viewer are left out."""
    found = {
        "is_hidden": IS_HIDDEN,
        "is_secret": IS_SECRET,
        "is_erased": ticket.c.data_key.is_(None),
    }
    if viewer.is_unit:
        about = ticket.c.target_unit == viewer.unit
        found["is_about_viewer"] = sa.func.coalesce(
            sa.and_(ticket.c.acceptance_basis == "6.3", about), sa.false()
        )
        return found
    found["was_in_call"] = _was_in_call(viewer)
    if "agent" in viewer.roles:
        found["registered"] = _registered(viewer)
    if "callback_agent" in viewer.roles:
        found["is_to_be_called_back"] = ticket.c.state == State.MANUAL_CALLBACK.value
    return found


_GIVES_SIGHT: sa.ColumnElement[bool] = sa.or_(
    ticket_call.c.relation == "origin",
    sa.and_(
        ticket_call.c.relation.in_(sorted(MADE_BY_LINE)),
        sa.or_(ASKED_FOR_BY_CITIZEN, sa.and_(sa.not_(IS_HIDDEN), _ORDERED)),
    ),
)
"""The condition of visibility.gives_sight."""
_CITIZEN_WAS_THERE: sa.ColumnElement[bool] = sa.or_(
    call.c.direction == "inbound", call.c.answered_at.is_not(None)
)
"""Who answered his own phone and hung up before the citizen came has spoken with nobody."""


def _was_in_call(viewer: Viewer) -> sa.ColumnElement[bool]:
    if viewer.agent_no is None:
        return sa.false()
    return sa.exists(
        sa.select(ticket_call.c.call_id)
        .join(call_leg, call_leg.c.call_id == ticket_call.c.call_id)
        .join(call, call.c.call_id == ticket_call.c.call_id)
        .where(
            ticket_call.c.ticket_no == ticket.c.ticket_no,
            _GIVES_SIGHT,
            _CITIZEN_WAS_THERE,
            *took_part(viewer.agent_no),
        )
        .correlate(ticket)
    )


def took_part(agent_no: str) -> tuple[sa.ColumnElement[bool], ...]:
    """Legs of an agent in calls: who was rung in vain has heard nothing and knows nothing."""
    return (
        call_leg.c.number == agent_no,
        call_leg.c.role.in_(_AGENTS),
        call_leg.c.answered_at.is_not(None),
    )


def _registered(viewer: Viewer) -> sa.ColumnElement[bool]:
    first = sa.exists(
        sa.select(ticket_event.c.seq)
        .where(
            ticket_event.c.ticket_no == ticket.c.ticket_no,
            ticket_event.c.seq == 1,
            ticket_event.c.command.in_(sorted(REGISTERED)),
            ticket_event.c.role == "agent",
            ticket_event.c.actor == viewer.name,
        )
        .correlate(ticket)
    )
    if viewer.agent_no is None:
        return first
    return sa.or_(sa.func.coalesce(ticket.c.first_agent_no == viewer.agent_no, sa.false()), first)
