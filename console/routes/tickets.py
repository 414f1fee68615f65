"""Tickets: make, list, read, and the commands of their workflow."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from console.account_rows import called
from console.commanding import give
from console.context import Context
from console.routing import Reply, Routes
from console.same_matter import Asked, filing
from console.showing import made_shown, one_shown, shown, stored, viewer, visible
from console.ticket_data import CommandData, TicketData, TicketNo, TicketView
from console.ticket_lists import Wanted, page
from console.ticket_origin import check_change, check_new
from store.types import JsonObject
from ticketing.acting import actor_of
from ticketing.model import State
from ticketing.repeat_likeness import Ground
from ticketing.repeat_suggestions import suggest
from ticketing.search import results
from ticketing.search_words import LONGEST_QUERY
from ticketing.workflow.engine import offered
from ticketing.workflow.table import COMMANDS, READERS
from ticketing.workflow.terms import Role, Transition

routes = Routes("tickets")

ACTORS: frozenset[Role] = frozenset(
    role for rows in COMMANDS.values() for row in rows for role in row.roles
) - {"citizen", "system"}
"""Roles of people that the workflow knows: citizens act through them, timers by themselves."""
Command = Annotated[str, Field(pattern=r"^[a-z_]{1,40}$", examples=["accept"])]


class Person(BaseModel):
    """Somebody in a journal: the name of his account, and what people call him."""

    name: str
    full_name: str


class Page(BaseModel):
    """Some tickets of a list."""

    tickets: list[TicketView]
    next: str | None
    """To be given as `after` for those that follow; null at the end."""


class SearchQuery(BaseModel):
    """`q`: words, blanks between them; four digits also fit the end of a phone number."""

    model_config = ConfigDict(extra="forbid")

    q: Annotated[str, Field(min_length=1, max_length=LONGEST_QUERY, examples=["路灯 幸福家园"])]
    limit: int = Field(default=20, ge=1, le=100)


class Excerpt(BaseModel):
    """A stretch of a text in which words stand; `marks`: from and to, in characters."""

    field: str
    text: str
    marks: list[tuple[int, int]]


class Hit(BaseModel):
    """A ticket that was found."""

    ticket: TicketView
    excerpts: list[Excerpt]


class SearchPage(BaseModel):
    """The best fits; `total` counts all that fit, of very many the newest 500."""

    total: int
    hits: list[Hit]


class Alike(BaseModel):
    """An earlier ticket of perhaps the same matter."""

    ticket_no: str
    created_at: str
    state: State
    score: int
    """0 to 100."""
    grounds: list[Ground]
    place: str | None
    """The place that both name."""
    shared_words: list[str]
    rule: Literal["a", "b"] | None
    """The rule of art. 19 that a repeat would meet; null: none, or one may not know."""
    root: str | None
    """The first complaint of the chain."""


class Offer(BaseModel):
    """A command that may be given to a ticket in its state."""

    command: str
    roles: list[Role]
    to: State | None
    """The state that follows; null: the state is kept, or depends on the data."""
    article: str | None


@routes.get("/api/tickets", access=READERS)
async def list_tickets(context: Context, query: Wanted) -> Page:
    """List the tickets that one may see, the newest first, page by page."""
    found, following = await page(context.parts.store, viewer(context), query, context.now)
    return Page(tickets=await shown(context, found), next=following)


@routes.get("/api/tickets/search", access=READERS)
async def search(context: Context, query: SearchQuery) -> SearchPage:
    """Search titles, contents, transcripts, addresses and ends of phone numbers, best fits first.

    All words have to stand in what one may see of the ticket.
    """
    found = await results(context.parts.store, query.q, viewer=viewer(context), limit=query.limit)
    return SearchPage.model_validate(found)


@routes.post("/api/tickets", access=frozenset({"agent"}), status=201)
async def create(context: Context, query: Asked, body: TicketData) -> Reply[TicketView]:
    """Make a ticket (T1); category and region are guessed from the content where missing.

    409 `same_matter` where a ticket of the same call says the same.
    """
    told = body.said()
    await check_new(context, told)
    async with filing(context, query) as now:
        now.made = await context.parts.tickets.create(
            told,
            actor=context.user.name,
            role="agent",
            at=context.now,
            agent_no=context.user.agent_no,
        )
    return await made_shown(context, now.made)


@routes.get("/api/tickets/{ticket_no}", access=READERS)
async def show(context: Context, ticket_no: TicketNo) -> Reply[TicketView]:
    """Read a ticket; ETag is its version, wanted as If-Match for commands."""
    return await one_shown(context, await stored(context, ticket_no))


@routes.get("/api/tickets/{ticket_no}/events", access=READERS)
async def events(context: Context, ticket_no: TicketNo) -> list[JsonObject]:
    """Read the journal of a ticket (事件流水), as far as one may see it."""
    reply = await one_shown(context, await stored(context, ticket_no))
    return list(reply.value.get("events", []))


@routes.get("/api/tickets/{ticket_no}/people", access=READERS)
async def people(context: Context, ticket_no: TicketNo) -> list[Person]:
    """Tell what those in the journal of a ticket are called, as far as their accounts say it."""
    one = await visible(context, ticket_no)
    async with context.parts.store.read() as db:
        known = await called(db, {event.actor for event in one.events})
    return [Person(name=name, full_name=told) for name, told in sorted(known.items())]


@routes.get("/api/tickets/{ticket_no}/repeats", access=READERS)
async def repeats(context: Context, ticket_no: TicketNo) -> list[Alike]:
    """Propose earlier tickets of perhaps the same matter; `repeat_of` confirms one (art. 19)."""
    one = await visible(context, ticket_no)
    parts = context.parts
    async with parts.store.read() as db:
        rules = await parts.tickets.rules_now(db)
    found = await suggest(
        parts.store, one, rules, (await parts.suggester()).place_in, viewer=viewer(context)
    )
    return [Alike.model_validate(suggestion.to_json()) for suggestion in found]


@routes.get("/api/tickets/{ticket_no}/commands", access=READERS)
async def commands(context: Context, ticket_no: TicketNo) -> list[Offer]:
    """List the commands that one may give to a ticket now; their data may still be refused."""
    one, found = await visible(context, ticket_no), dict[str, Offer]()
    for role in context.acting_roles:
        actor = actor_of(role, context.user.name, context.user.unit)
        for command, row in offered(one, actor).items():
            offer = found.setdefault(command, _offer(command, row))
            offer.roles.append(role)
    return list(found.values())


@routes.post("/api/tickets/{ticket_no}/commands/{command}", access=ACTORS, versioned=True)
async def do_command(
    context: Context, ticket_no: TicketNo, command: Command, body: CommandData
) -> Reply[TicketView]:
    """Give a command of the workflow; the ticket as it then is.

    If-Match: the version that the user saw. Notes, statements and attachments never conflict.
    409 `leased` where somebody else works on the ticket; supervisors may nevertheless.
    """
    told = body.said()
    await check_change(context, told, await visible(context, ticket_no))
    done = await give(context, ticket_no, command, told, context.version)
    return await one_shown(context, done)


def _offer(command: str, row: Transition) -> Offer:
    return Offer(command=command, roles=[], to=row.target, article=row.article)
