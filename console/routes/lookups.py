"""What forms need: units, regions, categories, places, suggestions, the workflow."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import Annotated, Any, Literal, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, Field

from console.call_rights import TALKERS
from console.context import Context
from console.routing import Routes
from console.ticket_data import Code
from store.types import SHANGHAI, JsonObject
from ticketing import phrases
from ticketing.heat import heat
from ticketing.model import AcceptanceBasis, State, Urgency
from ticketing.new_ticket import Text
from ticketing.notices import Notice
from ticketing.suggest.places import best_name
from ticketing.workflow.intake import urgency_at_acceptance
from ticketing.workflow.table import READERS, TRANSITIONS
from ticketing.workflow.terms import Role

routes = Routes("lookups")

T = TypeVar("T")
Typed = Annotated[str, Field(min_length=1, max_length=40)]


class UnitQuery(BaseModel):
    """`q` fits characters, pinyin, initials or a mixture: 水利, shuili, slj."""

    model_config = ConfigDict(extra="forbid")

    q: Typed | None = None
    limit: int = Field(default=200, ge=1, le=500)


class CategoryQuery(UnitQuery):
    """As `UnitQuery`: 挪车, nuoche, nc."""


class RegionQuery(UnitQuery):
    """As `UnitQuery`: 宿城, sucheng, scq."""


class PlaceQuery(BaseModel):
    """As an agent types: 幸福jy, xfjy."""

    model_config = ConfigDict(extra="forbid")

    q: Typed
    region: Code | None = None
    limit: int = Field(default=10, ge=1, le=50)


class Named(BaseModel):
    """A code with its name."""

    code: str
    name: str


class UnitEntry(Named):
    """A member unit that takes tickets today."""

    level: str
    extension: str
    parent: str | None


class CategoryEntry(BaseModel):
    """A second-level category with its first level."""

    code: str
    name: str
    l1_code: str
    l1_name: str
    gbt39666_code: str | None


class PlaceEntry(Named):
    """A place that fits, the best first."""

    kind: str
    region: str
    region_name: str
    parents: list[Named]
    found: str
    """The name or alias that fits."""
    score: float
    lng: float | None
    lat: float | None


class HeatQuery(BaseModel):
    """What is being filed, and where."""

    model_config = ConfigDict(extra="forbid")

    category_l2: Code
    region: Code


class Group(BaseModel):
    """A skill group."""

    code: str
    title: str


class HeatNow(BaseModel):
    """How many filed the same of late (热点提示), and what is announced there."""

    last_day: int
    """Within 24 hours."""
    usual: float
    """On a day of the four weeks before."""
    is_hot: bool
    notices: list[Notice]


class Basis(BaseModel):
    """A basis of acceptance (受理依据, art. 6)."""

    code: AcceptanceBasis
    urgency: Urgency
    """That an ordinary matter has once it is accepted on this basis."""


class Phrase(BaseModel):
    """A text that agents often need (常用语)."""

    name: str
    text: str
    use: Literal["say", "write"]
    """Said to the citizen, or written into the ticket."""
    initials: str
    """Of the name's pinyin: what one types after `/`."""


class Row(BaseModel):
    """A transition of the workflow."""

    id: str
    command: str
    sources: list[State] | None
    """null: it makes the ticket."""
    to: State | None
    """null: the state is kept."""
    roles: list[Role]
    article: str | None
    when: str | None


class SuggestionText(BaseModel):
    """A text, or a transcript with lines 市民：…"""

    model_config = ConfigDict(extra="forbid")

    text: Text


@routes.get("/api/units", access="signed_in")
async def units(context: Context, query: UnitQuery) -> list[UnitEntry]:
    """List the member units that take tickets today; `q` finds them as one types."""
    city, today = await context.parts.tickets.city(), context.now.astimezone(SHANGHAI).date()
    active = [one for one in city.units.values() if one.is_active(today)]
    if query.q is not None:
        active = _best_named(active, lambda one: (one.name, one.code), query.q)
    return [
        UnitEntry(
            code=one.code, name=one.name, level=one.level, extension=one.extension,
            parent=one.parent,
        )
        for one in active[: query.limit]
    ]  # fmt: skip


@routes.get("/api/regions", access="signed_in")
async def regions(context: Context, query: RegionQuery) -> list[Named]:
    """List the regions (行政区划); `q` finds them as one types."""
    city = await context.parts.tickets.city()
    known = list(city.regions.values())
    if query.q is not None:
        known = _best_named(known, lambda one: (one.name,), query.q)
    return [Named(code=one.code, name=one.name) for one in known[: query.limit]]


@routes.get("/api/categories", access="signed_in")
async def categories(context: Context, query: CategoryQuery) -> list[CategoryEntry]:
    """List the categories that new tickets may have (诉求分类); `q` finds them as one types."""
    city, today = await context.parts.tickets.city(), context.now.astimezone(SHANGHAI).date()
    active = [one for one in city.categories.values() if one.is_active(today)]
    if query.q is not None:
        active = _best_named(active, lambda one: (one.l2, one.l1), query.q)
    return [
        CategoryEntry(
            code=one.code, name=one.l2, l1_code=one.l1_code, l1_name=one.l1,
            gbt39666_code=one.gbt39666_code,
        )
        for one in active[: query.limit]
    ]  # fmt: skip


@routes.get("/api/bases", access="signed_in")
async def bases(context: Context) -> list[Basis]:
    """List the bases of acceptance (受理依据) and what each makes of an ordinary urgency."""
    return [
        Basis(code=code, urgency=urgency_at_acceptance(code, "normal"))
        for code in get_args(AcceptanceBasis)
    ]


@routes.get("/api/phrases", access="signed_in")
async def list_phrases(context: Context) -> list[Phrase]:
    """List the phrases that agents find by `/`: to be written, or to be said."""
    return [
        Phrase(name=one.name, text=one.text, use=one.use, initials=one.initials)
        for one in phrases.phrases()
    ]


@routes.get("/api/groups", access="signed_in")
async def groups(context: Context) -> list[Group]:
    """List the skill groups (技能组) and what they are called."""
    known = await context.parts.line_book.groups()
    return [Group(code=code, title=title) for code, title in sorted(known.items())]


@routes.get("/api/places", access="signed_in")
async def places(context: Context, query: PlaceQuery) -> list[PlaceEntry]:
    """Find places by characters, pinyin or initials (地名库)."""
    gazetteer = (await context.parts.suggester()).places
    city = await context.parts.tickets.city()
    today = context.now.astimezone(SHANGHAI).date()
    found = await asyncio.to_thread(
        gazetteer.search, query.q, on=today, region=query.region, limit=query.limit
    )
    return [
        PlaceEntry(
            code=one.place.code,
            name=one.place.name,
            kind=one.place.kind,
            region=one.place.region,
            region_name=city.regions[one.place.region].name,
            parents=[Named(code=p.code, name=p.name) for p in gazetteer.parents(one.place)],
            found=one.name,
            score=one.score,
            lng=one.place.lng,
            lat=one.place.lat,
        )
        for one in found
    ]


@routes.get("/api/heat", access=TALKERS | {"callback_agent"})
async def read_heat(context: Context, query: HeatQuery) -> HeatNow:
    """Tell whether many file the same at one place now (热点提示).

    It counts tickets that one may not see, too; nothing else of them is told.
    """
    async with context.parts.store.read() as db:
        found = await heat(db, query.category_l2, query.region, context.now)
    notices = await context.parts.line_book.notices(context.now)
    return HeatNow(
        last_day=found.last_day,
        usual=round(found.usual, 1),
        is_hot=found.is_hot,
        notices=[one for one in notices if one.concerns({query.region})],
    )


@routes.get("/api/workflow", access="signed_in")
async def workflow(context: Context) -> list[Row]:
    """Read the table of the workflow: states, commands, roles, articles."""
    return [
        Row(
            id=row.id,
            command=row.command,
            sources=None if row.sources is None else sorted(row.sources),
            to=row.target,
            roles=sorted(row.roles),
            article=row.article,
            when=row.when.label if row.when else None,
        )
        for row in TRANSITIONS
    ]


@routes.post("/api/suggest", access=READERS)
async def suggest(context: Context, body: SuggestionText) -> JsonObject:
    """Suggest category, region, unit, urgency, request type and emergency for a text."""
    suggester = await context.parts.suggester()
    told: dict[str, Any] = (await asyncio.to_thread(suggester.suggest, body.text)).to_json()
    return {"id": None, **told}


def _best_named(found: Iterable[T], names: Callable[[T], Sequence[str]], typed: str) -> list[T]:
    """Those with a name that fits what was typed, the best first."""
    scored = [(best_name(names(one), typed), names(one)[0], one) for one in found]
    fitting = [(fit[1], name, one) for fit, name, one in scored if fit is not None]
    return [one for *_, one in sorted(fitting, key=lambda entry: (-entry[0], entry[1]))]
