"""Lists of tickets: filtered in the query by what may be seen, page by page."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime
from typing import Annotated, Any, NamedTuple

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field

from console.errors import invalid
from console.ticket_data import TICKET_NO, Code
from store.engine import Store
from store.tables import ticket, ticket_unit
from store.types import to_utc
from ticketing import rows, unit_rows
from ticketing.model import Channel, RequestType, State, Ticket, Urgency
from ticketing.new_ticket import Time
from ticketing.untouched import IS_UNTOUCHED
from ticketing.visibility import Viewer
from ticketing.visible_rows import visible_to


class Filters(BaseModel):
    """Filters of a list; of one that is repeated any value will do."""

    model_config = ConfigDict(extra="forbid")

    state: list[State] = Field(default=[], max_length=len(State))
    is_open: bool | None = None
    unit: Code | None = None
    channel: Channel | None = None
    request_type: RequestType | None = None
    urgency: Urgency | None = None
    category_l1: Code | None = None
    category_l2: Code | None = None
    region_code: Code | None = None
    is_overdue: bool | None = None
    """A due time of the unit that holds it has passed."""
    is_untouched: bool | None = None
    """A call's draft in which nothing was said, typed or filed."""
    since: Time | None = None
    """Made then or later."""
    until: Time | None = None
    """Made before."""


class Wanted(Filters):
    """A page of a filtered list."""

    limit: int = Field(default=25, ge=1, le=200)
    after: Annotated[str, Field(pattern=r"^[A-Za-z0-9_=-]{1,200}$")] | None = None
    """`next` of the page before."""


async def page(
    store: Store, viewer: Viewer, wanted: Wanted, now: datetime
) -> tuple[list[Ticket], str | None]:
    """The tickets of a page, and what the next one follows. Raises ApiError."""
    conditions = _conditions(wanted, now)
    mark = None if wanted.after is None else _read(wanted.after)
    walks = [
        walk.where(*conditions).limit(wanted.limit + 1).subquery().select()
        for walk in _walks(viewer, wanted, mark)
    ]
    if not walks:
        return [], None
    newest = sa.union_all(*walks).subquery()
    chosen = sa.select(newest).order_by(*_newest_first(newest)).limit(wanted.limit + 1).subquery()
    query = sa.select(ticket).join(chosen, chosen.c.ticket_no == ticket.c.ticket_no)
    async with store.read() as db:
        found = await rows.tickets(db, query.order_by(*_newest_first(ticket)))
    if len(found) <= wanted.limit:
        return found, None
    return found[:-1], _written(found[-2])


class _Mark(NamedTuple):
    """The last ticket of a page."""

    created_at: datetime
    ticket_no: str


def _walks(
    viewer: Viewer, wanted: Wanted, mark: _Mark | None
) -> list[sa.Select[tuple[str, datetime]]]:
    """Number and time of the tickets that the viewer may know of, the newest first.

    Several walks where each goes down an index of its own: a list of a million tickets ends with
    the page, a list of few does not read past the others.
    """
    states = _states(wanted)
    if viewer.is_unit:
        openness = sorted({unit_rows.is_open(state) for state in states})
        return [
            _walk(ticket_unit, wanted, mark)
            .join(ticket, ticket.c.ticket_no == ticket_unit.c.ticket_no)
            .where(ticket_unit.c.unit == viewer.unit, ticket_unit.c.is_open == sa.literal(one))
            for one in openness
        ]  # fmt: skip
    known = _walk(ticket, wanted, mark).where(visible_to(viewer))
    if len(states) == len(State) and wanted.unit is None:
        return [known]
    return [known.where(ticket.c.state == state.value) for state in states]


def _walk(table: sa.Table, wanted: Wanted, mark: _Mark | None) -> sa.Select[tuple[str, datetime]]:
    walk = sa.select(table.c.ticket_no, table.c.created_at).order_by(*_newest_first(table))
    if wanted.since is not None:
        walk = walk.where(table.c.created_at >= wanted.since)
    if wanted.until is not None:
        walk = walk.where(table.c.created_at < wanted.until)
    if mark is not None:
        place = sa.tuple_(table.c.created_at, table.c.ticket_no)
        walk = walk.where(place < sa.tuple_(*map(sa.literal, mark)))
    return walk


def _newest_first(table: sa.FromClause) -> tuple[sa.UnaryExpression[Any], ...]:
    return table.c.created_at.desc(), table.c.ticket_no.desc()


def _states(wanted: Wanted) -> list[State]:
    """States that a wanted ticket may be in."""
    states = list(dict.fromkeys(wanted.state)) or list(State)
    if wanted.is_open is not None:
        states = [one for one in states if unit_rows.is_open(one) is wanted.is_open]
    if wanted.is_overdue:
        counting = {state for those in _DUES.values() for state in those}
        states = [one for one in states if one in counting]
    return states


def _conditions(wanted: Wanted, now: datetime) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    for name in (
        "unit", "channel", "request_type", "urgency", "category_l1", "category_l2", "region_code",
    ):  # fmt: skip
        value = getattr(wanted, name)
        if value is not None:
            found.append(ticket.c[name] == value)
    states = _states(wanted)
    if len(states) < len(State):
        found.append(ticket.c.state.in_([one.value for one in states]))
    if wanted.is_untouched is not None:
        found.append(IS_UNTOUCHED if wanted.is_untouched else ~IS_UNTOUCHED)
    if wanted.is_overdue is not None:
        due = sa.or_(*(_is_past(name, now) for name in _DUES))
        found.append(due if wanted.is_overdue else ~due)
    return found


_DUES = {
    "sign_due": (State.DISPATCHED,),
    "answer_due": (State.ACCEPTED, State.DISPATCHED, State.IN_PROGRESS),
    "resolve_due": (State.DISPATCHED, State.IN_PROGRESS),
    "supplement_due": (State.SUPPLEMENTING,),
    "rectify_due": (State.RECTIFYING,),
}
"""Due times with the states in which they count."""


def _is_past(name: str, now: datetime) -> sa.ColumnElement[bool]:
    column: sa.Column[Any] = ticket.c[name]
    states = [state.value for state in _DUES[name]]
    return sa.func.coalesce(sa.and_(column < to_utc(now), ticket.c.state.in_(states)), sa.false())


def _written(last: Ticket) -> str:
    text = f"{to_utc(last.created_at).isoformat()} {last.ticket_no}"
    return urlsafe_b64encode(text.encode()).decode()


def _read(mark: str) -> _Mark:
    try:
        at, _, number = urlsafe_b64decode(mark).decode().partition(" ")
        if re.fullmatch(TICKET_NO, number):
            return _Mark(to_utc(datetime.fromisoformat(at)), number)
    except (ValueError, OverflowError):
        pass
    raise invalid("after", "翻页标记无效", "请使用上一页 next 的值")
