"""Who is on the line (来电人): what an agent sees of a caller while he talks with him."""

from typing import Annotated

import sqlalchemy as sa
from pydantic import BaseModel, Field

from console.call_lists import CallId
from console.call_numbers import own_calls
from console.call_rights import TALKERS, visible_calls
from console.call_words import calls_shown
from console.context import Context
from console.errors import ApiError
from console.routing import Routes
from console.showing import shown, viewer
from console.ticket_data import TicketView
from store.call_json import call_objects
from store.tables import call, ticket
from store.types import JsonObject, local_iso
from ticketing import rows
from ticketing.model import TERMINAL, State
from ticketing.person_flags import PersonFlags
from ticketing.untouched import IS_UNTOUCHED
from ticketing.visibility import is_known_by_number
from ticketing.visible_rows import own_calls as tickets_calls
from ticketing.visible_rows import visible_to

routes = Routes("callers")

TICKETS = 10
CALLS = 5
"""So many of the newest are shown."""


class EarlierCall(BaseModel):
    """A call of the same number."""

    call_id: str
    started_at: str
    outcome: str | None


class CallerCard(BaseModel):
    """The caller of a call (来电名片)."""

    call_id: str
    number: str | None
    """As far as one may see it; null: withheld by the caller."""
    place: str | None
    """Where his last matter was, as far as one may see it."""
    is_elderly: bool
    is_abusive: bool
    """Noted by a supervisor for some time (恶意骚扰)."""
    open_tickets: int
    tickets: Annotated[list[TicketView], Field(max_length=TICKETS)]
    """Of this number, without what this call brought; the open ones first, then the newest."""
    brought: list[TicketView]
    """What was filed in this call so far, by whoever had it before."""
    calls: Annotated[list[EarlierCall], Field(max_length=CALLS)]
    """Before this one, the newest first."""
    is_first: bool
    """The number has never called, and nothing is known of it; False where one may not know."""


@routes.get("/api/calls/{call_id}/caller", access=TALKERS | {"callback_agent"})
async def caller(context: Context, call_id: CallId) -> CallerCard:
    """Read who calls: his earlier calls and tickets, and what is noted about his number.

    Callback agents: of calls in which they talked.
    """
    store = context.parts.store
    is_talker = bool(context.roles & TALKERS)
    mine = visible_calls(context) if is_talker else _talked(context)
    query = sa.select(call).where(call.c.call_id == call_id, mine)
    async with store.read() as db:
        found = (await db.execute(query)).all()
        if not found:
            raise ApiError(404, "unknown_call", "call_id", "没有此通话", "请核对通话标识")
        (told,) = await calls_shown(db, await call_objects(db, found), context.user.agent_no)
    citizen = "caller_number" if found[0].direction == "inbound" else "called_number"
    number, seen = getattr(found[0], citizen), told[citizen]
    if number is None or seen != number:
        # Whose number is starred may not be known by his other matters either.
        return _nobody(call_id, seen)
    known = await _tickets(context, number)
    tickets = [one for one in known if one.get("call_id") != call_id]
    brought = [one for one in known if one.get("call_id") == call_id and _is_filed(one)]
    calls = await _calls(context, call_id, number)
    flags = PersonFlags(store)
    elderly = await flags.flagged([number], "elderly", at=context.now)
    abusive = await flags.flagged([number], "abuse", at=context.now)
    return CallerCard(
        call_id=call_id,
        number=seen,
        place=next((place for one in tickets if (place := one.get("address_text"))), None),
        is_elderly=bool(elderly),
        is_abusive=bool(abusive),
        open_tickets=sum(one["state"] not in TERMINAL for one in tickets),
        tickets=tickets[:TICKETS],
        brought=brought,
        calls=calls,
        is_first=not (tickets or calls or brought),
    )


def _talked(context: Context) -> sa.ColumnElement[bool]:
    return call.c.call_id.in_(own_calls(context.user.agent_no))


def _nobody(call_id: str, number: str | None) -> CallerCard:
    return CallerCard(
        call_id=call_id, number=number, place=None, is_elderly=False, is_abusive=False,
        open_tickets=0, tickets=[], brought=[], calls=[], is_first=False,
    )  # fmt: skip


async def _tickets(context: Context, number: str) -> list[JsonObject]:
    """The tickets of a number as far as they may be seen, open ones first, then the newest.

    Whose citizen is masked in them stays so: they are not told as those of this number. By its
    number, which the caller may tell, a ticket is found nevertheless.
    """
    store, who = context.parts.store, viewer(context)
    query = (
        sa.select(ticket)
        .where(rows.of_number(number, store.vault), visible_to(who), ~IS_UNTOUCHED)
        .order_by(ticket.c.created_at.desc(), ticket.c.ticket_no)
        .limit(5 * TICKETS)
    )
    async with store.read() as db:
        found = await rows.tickets(db, query)
        own = await tickets_calls(db, who, found)
    views = await shown(context, [one for one in found if is_known_by_number(one, who, own)])
    return sorted(views, key=lambda one: one["state"] in TERMINAL)


def _is_filed(one: JsonObject) -> bool:
    """Not the draft that the line made of the call."""
    return one.get("draft_kind") is None or one["state"] != State.PENDING_ACCEPTANCE


async def _calls(context: Context, call_id: str, number: str) -> list[EarlierCall]:
    query = (
        sa.select(call.c.call_id, call.c.started_at, call.c.outcome)
        .where(
            sa.or_(call.c.caller_number == number, call.c.called_number == number),
            call.c.call_id != call_id,
            call.c.started_at <= context.now,
        )
        .order_by(call.c.started_at.desc(), call.c.call_id)
        .limit(CALLS)
    )
    async with context.parts.store.read() as db:
        return [
            EarlierCall(
                call_id=one.call_id, started_at=local_iso(one.started_at), outcome=one.outcome
            )
            for one in await db.execute(query)
        ]
