"""Who of the units is reached now, where the rosters leave holes, what is told to all callers."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from console.admin_kinds import ANY_READER
from console.context import Context
from console.routing import Routes
from store.types import SHANGHAI
from ticketing.duty import Span
from ticketing.notices import Notice
from ticketing.workflow.terms import HOTLINE_ROLES, UNIT_ROLES

routes = Routes("duty")


class OnDuty(BaseModel):
    """Whom a unit's extension rings now, in order."""

    unit: str
    name: str
    extension: str
    numbers: list[str]
    by_roster: bool
    """False: no shift covers this hour, or there is no roster; all duty phones are rung."""


class CoverageQuery(BaseModel):
    """From now on, for so many days."""

    model_config = ConfigDict(extra="forbid")

    days: int = Field(default=14, ge=1, le=62)


class Period(BaseModel):
    """A time, city time."""

    start: datetime
    end: datetime
    contacts: list[str]
    """Of an overlap: who would be rung."""


class UnitCoverage(BaseModel):
    """Where a unit's roster leaves holes or overlaps (R-11-1)."""

    unit: str
    name: str
    has_roster: bool
    gaps: list[Period]
    overlaps: list[Period]


@routes.get("/api/duty", access=HOTLINE_ROLES | UNIT_ROLES)
async def on_duty(context: Context) -> list[OnDuty]:
    """List whom each unit's extension rings now; units without duty phones are left out.

    Units' people see their own unit.
    """
    duty = await context.parts.line_book.duty()
    city, today = await context.parts.tickets.city(), context.now.astimezone(SHANGHAI).date()
    only = None if context.roles & HOTLINE_ROLES else context.user.unit
    return [
        OnDuty(
            unit=one.code, name=one.name, extension=one.extension,
            numbers=list(duty.on_duty(one.code, context.now)),
            by_roster=duty.covers(one.code, context.now),
        )
        for one in city.units.values()
        if one.is_active(today) and one.code in duty.contacts and only in (None, one.code)
    ]  # fmt: skip


@routes.get("/api/admin/roster/coverage", access=ANY_READER)
async def coverage(context: Context, query: CoverageQuery) -> list[UnitCoverage]:
    """Check that every unit can be reached at every hour: holes and overlaps from now on.

    Units that take tickets but have no duty phone are one hole. Units' people see their own.
    """
    duty = await context.parts.line_book.duty()
    city, today = await context.parts.tickets.city(), context.now.astimezone(SHANGHAI).date()
    only = context.user.unit if context.roles <= UNIT_ROLES else None
    now = context.now.replace(second=0, microsecond=0)
    found = []
    for one in city.units.values():
        if one.is_active(today) and only in (None, one.code):
            spans = duty.coverage(one.code, now, query.days)
            found.append(
                UnitCoverage(
                    unit=one.code,
                    name=one.name,
                    has_roster=one.code in duty.rosters,
                    gaps=[_period(span) for span in spans.gaps],
                    overlaps=[_period(span) for span in spans.overlaps],
                )
            )
    return found


@routes.get("/api/notices", access="signed_in")
async def notices(context: Context) -> list[Notice]:
    """List the notices in force, what ends first at the head (热点通知)."""
    return await context.parts.line_book.notices(context.now)


def _period(span: Span) -> Period:
    return Period(start=span.start, end=span.end, contacts=list(span.contacts))
