"""The knowledge base (知识库): searched by those who answer, kept by units and the hotline."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from console.context import Context
from console.routing import Reply, Routes
from console.showing import viewer
from console.ticket_data import Code
from ticketing.knowledge import search as finding
from ticketing.knowledge import view as seeing
from ticketing.knowledge.base import unknown
from ticketing.knowledge.entry import CODE, Command, Entry, EntryContent, EntryEvent, State
from ticketing.knowledge.rules import DECIDERS, PROPOSERS, TABLE, day_of
from ticketing.knowledge.search import LATEST, Wanted
from ticketing.knowledge.standing import Standing
from ticketing.knowledge.view import EntryView
from ticketing.new_ticket import Short, Text
from ticketing.records import Instant
from ticketing.workflow.table import READERS
from ticketing.workflow.terms import Actor, Role

routes = Routes("knowledge")

READ: frozenset[Role] = READERS | frozenset[Role]({"kb_editor"})
AUDIT: frozenset[Role] = frozenset({"supervisor", "center_head", "auditor"})
"""Who sees which tickets an entry was cited in."""
EntryCode = Annotated[str, Field(pattern=CODE, examples=["ZS0001"])]


class EntryQuery(BaseModel):
    """`q`: as one speaks or types (pinyin and initials fit titles). Retired entries only with
    `state=retired`; `state=proposed`: those of which a version waits for approval."""

    model_config = ConfigDict(extra="forbid")

    q: Annotated[str, Field(min_length=1, max_length=LATEST)] | None = None
    category: Code | None = None
    unit: Code | None = None
    state: State | None = None
    standing: Standing | None = None
    limit: int = Field(default=50, ge=1, le=500)


class Entries(BaseModel):
    """Entries, those that may be cited first; of a search the best of them first."""

    total: int
    entries: list[EntryView]


class WholeEntry(EntryView):
    """An entry with its journal, as far as who asks may see it."""

    events: list[EntryEvent]


class EntryCitation(BaseModel):
    """An answer that rests on the entry."""

    ticket_no: str
    version: int
    standing: Standing
    call_id: str | None
    actor: str
    at: Instant


class SpokenText(BaseModel):
    """What the citizen says: plain, or a running transcript with lines 市民：…"""

    model_config = ConfigDict(extra="forbid")

    text: Text


class Proposal(EntryContent):
    """A new entry, or a new version of one."""

    note: Short | None = None
    """What was changed and why."""

    def content(self) -> EntryContent:
        """What is to be published."""
        return EntryContent.model_validate(self.model_dump(exclude={"note"}))


class EntryReason(BaseModel):
    """Why it is rejected or retired."""

    model_config = ConfigDict(extra="forbid")

    reason: Short


class Approval(BaseModel):
    """An approval says no more."""

    model_config = ConfigDict(extra="forbid")


@routes.get("/api/knowledge", access=READ)
async def list_entries(context: Context, query: EntryQuery) -> Entries:
    """List or search the knowledge base; units see what is published and their own proposals."""
    known = await context.parts.knowledge.known()
    wanted = Wanted(query.q, query.category, query.unit, query.state, query.standing)
    likely = await _categories(context, query.q) if query.q is not None else {}
    found = await asyncio.to_thread(
        finding.search, known, wanted, viewer(context), day_of(context.now), likely
    )
    return Entries(total=len(found), entries=await _views(context, found[: query.limit], query.q))


@routes.post("/api/knowledge/suggest", access=READ, given_again=False)
async def suggest(context: Context, body: SpokenText) -> list[EntryView]:
    """Propose up to three entries that answer what is being said; none where little is alike."""
    known, text = await context.parts.knowledge.known(), finding.latest(body.text)
    likely = await _categories(context, text)
    found = await asyncio.to_thread(finding.suggest, known, text, day_of(context.now), likely)
    return await _views(context, found, text)


@routes.get("/api/knowledge/{code}", access=READ)
async def show(context: Context, code: EntryCode) -> Reply[WholeEntry]:
    """Read an entry with its journal; ETag is its `seq`, wanted as If-Match for commands."""
    return await _whole(context, await _seen(context, code))


@routes.get("/api/knowledge/{code}/citations", access=AUDIT)
async def citations(context: Context, code: EntryCode) -> list[EntryCitation]:
    """List the latest tickets and calls that an entry was cited in."""
    found = await context.parts.knowledge.citations(code, 500)
    return [EntryCitation.model_validate(one.__dict__) for one in found]


@routes.post("/api/knowledge", access=PROPOSERS, status=201)
async def propose(context: Context, body: Proposal) -> Reply[WholeEntry]:
    """Propose an entry; a unit's people for their own unit."""
    actor = _actor(context, PROPOSERS)
    made = await context.parts.knowledge.propose(body.content(), actor, context.now, note=body.note)
    reply = await _whole(context, made)
    return Reply(reply.value, {**reply.headers, "Location": f"/api/knowledge/{made.code}"})


@routes.post("/api/knowledge/{code}/revise", access=PROPOSERS, versioned=True)
async def revise(context: Context, code: EntryCode, body: Proposal) -> Reply[WholeEntry]:
    """Propose a new version; what is published stays in use until that is approved."""
    return await _do(context, code, "revise", content=body.content(), reason=body.note)


@routes.post("/api/knowledge/{code}/approve", access=DECIDERS, versioned=True)
async def approve(context: Context, code: EntryCode, body: Approval) -> Reply[WholeEntry]:
    """Publish the version that waits; not by who proposed it (`same_person`)."""
    return await _do(context, code, "approve")


@routes.post("/api/knowledge/{code}/reject", access=DECIDERS, versioned=True)
async def reject(context: Context, code: EntryCode, body: EntryReason) -> Reply[WholeEntry]:
    """Send the version that waits back, with the reason."""
    return await _do(context, code, "reject", reason=body.reason)


@routes.post("/api/knowledge/{code}/retire", access=DECIDERS, versioned=True)
async def retire(context: Context, code: EntryCode, body: EntryReason) -> Reply[WholeEntry]:
    """Take an entry out of use, with the reason; old answers still show what they cited."""
    return await _do(context, code, "retire", reason=body.reason)


async def _do(context: Context, code: str, command: Command, **more: Any) -> Reply[WholeEntry]:
    await _seen(context, code)
    actor = _actor(context, TABLE[command].roles)
    done = await context.parts.knowledge.do(
        code, command, actor, context.now, seen=context.version, **more
    )
    return await _whole(context, done)


def _actor(context: Context, allowed: frozenset[Role]) -> Actor:
    role = next(role for role in context.acting_roles if role in allowed)
    return Actor(role, context.user.name, context.user.unit)


async def _seen(context: Context, code: str) -> Entry:
    """The entry, if who asks may know it. Raises Refusal `unknown_knowledge`."""
    entry = await context.parts.knowledge.read(code)
    if not seeing.may_see(entry, viewer(context)):
        raise unknown(code)
    return entry


async def _whole(context: Context, entry: Entry) -> Reply[WholeEntry]:
    (shown,) = await _views(context, [entry])
    keeps = seeing.is_keeper(entry, viewer(context))
    events = await context.parts.knowledge.events(entry.code) if keeps else []
    whole = WholeEntry.model_validate({**shown.model_dump(), "events": events})
    return Reply(whole, {"ETag": f'"{entry.seq}"'})


async def _views(
    context: Context, entries: Sequence[Entry], text: str | None = None
) -> list[EntryView]:
    city, day = await context.parts.tickets.city(), day_of(context.now)
    return await seeing.views(context.parts.knowledge, entries, viewer(context), city, day, text)


async def _categories(context: Context, text: str) -> Mapping[str, float]:
    suggester = await context.parts.suggester()
    return await asyncio.to_thread(suggester.categories, text, day_of(context.now))
