"""Inboxes: what waits for whom, taking the next, and who has what (待办)."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from console import leases
from console.context import Context
from console.inbox import USERS, Filter, Inbox, Listed, Since, counts
from console.inbox_rows import Holder, InboxRow, Reader, Situation, holder, lines, situation
from console.routing import Routes
from console.showing import viewer, visible
from console.ticket_data import TicketNo
from ticketing.tasks import Queue
from ticketing.workflow.table import READERS

routes = Routes("inbox")


class InboxPage(BaseModel):
    """Some lines of a list."""

    rows: list[InboxRow]
    next: str | None
    """To be given as `after`, with `snapshot`, for those that follow; null at the end."""
    snapshot: str
    """What the list is: to be given with further pages, and to ask what came since."""


class News(BaseModel):
    """How many tasks came since."""

    count: int


class Count(BaseModel):
    """How many tasks of a kind are on a list."""

    queue: Queue
    kind: str
    count: int
    late: int
    """Of them past their due time."""


class Taken(BaseModel):
    """The task that one has now; null: nobody waits."""

    row: InboxRow | None


class LeaseWish(BaseModel):
    """`take` also renews; `release` gives back."""

    model_config = ConfigDict(extra="forbid")

    action: Literal["take", "release"]
    take_over: bool = False
    """With `take`: also from somebody else; for supervisors, and heads of units."""


class LeaseView(BaseModel):
    """Who has the ticket now; null: nobody."""

    holder: Holder | None


@routes.get("/api/inbox", access=USERS)
async def count(context: Context) -> list[Count]:
    """Count what is on one's lists, for the badges of the pages."""
    async with context.parts.store.read() as db:
        found = await counts(db, context.user, viewer(context), context.now)
    return [Count(queue=queue, kind=kind, count=n, late=late) for queue, kind, n, late in found]


@routes.get("/api/inbox/{queue}", access=USERS)
async def list_tasks(context: Context, queue: Queue, query: Listed) -> InboxPage:
    """List what waits on one of one's lists, what is due first, first.

    Lists: `agent` (one's own drafts), `messages` (what callers left), `emergency` (what became of
    emergencies), `dispatcher`, `callback`, `supervisor`, `unit`.
    Further pages belong to the `snapshot` of the first one.
    """
    inbox = _inbox(context, queue)
    async with context.parts.store.read() as db:
        found = await inbox.page(db, query)
        names = {f"ticket:{row.ticket_no}:{inbox.side}": row.ticket_no for row in found.tasks}
        held = await context.parts.leases.of(db, names, context.now)
        by_ticket = {names[item]: one for item, one in held.items()}
        told = await lines(db, found.tasks, _reader(context), by_ticket)
    return InboxPage(rows=told, next=found.next, snapshot=found.snapshot)


@routes.get("/api/inbox/{queue}/news", access=USERS)
async def news(context: Context, queue: Queue, query: Since) -> News:
    """Count what came since a list was read, with the same filter."""
    inbox = _inbox(context, queue)
    async with context.parts.store.read() as db:
        return News(count=await inbox.news(db, query))


@routes.post("/api/inbox/{queue}/take", access=USERS)
async def take(context: Context, queue: Queue, body: Filter) -> Taken:
    """Take the first task that nobody has, for ten minutes (领取下一件).

    Everybody who asks at the same time gets another one. One's own leases count as taken.
    """
    inbox, parts = _inbox(context, queue), context.parts
    async with parts.store.write() as db:
        while (row := await inbox.first_free(db, body)) is not None:
            item = f"ticket:{row.ticket_no}:{inbox.side}"
            held = await parts.leases.try_take(db, item, context.user, context.now)
            if held is not None:
                told = await lines(db, [row], _reader(context), {row.ticket_no: held})
                return Taken(row=told[0])
    return Taken(row=None)


@routes.get("/api/tickets/{ticket_no}/situation", access=READERS)
async def show_situation(context: Context, ticket_no: TicketNo) -> Situation:
    """Tell what waits on a ticket and until when, its extensions and who works on it."""
    one, parts = await visible(context, ticket_no), context.parts
    item = leases.of_ticket(ticket_no, context.user)
    async with parts.store.read() as db:
        held = (await parts.leases.of(db, [item], context.now)).get(item)
        return await situation(db, one, _reader(context), held)


@routes.post("/api/tickets/{ticket_no}/lease", access=USERS)
async def lease(context: Context, ticket_no: TicketNo, body: LeaseWish) -> LeaseView:
    """Take, renew or give back a ticket, for ten minutes (占用).

    409 `leased` where somebody else has it; supervisors take it over with `take_over`. While
    somebody has a ticket others cannot give it commands, except notes and statements. The hotline
    and each unit have leases of their own.
    """
    await visible(context, ticket_no)
    who, parts = context.user, context.parts
    item = leases.of_ticket(ticket_no, who)
    async with parts.store.write() as db:
        if body.action == "take":
            await parts.leases.take(db, item, who, context.now, over=body.take_over)
        else:
            await parts.leases.release(db, item, who)
        held = (await parts.leases.of(db, [item], context.now)).get(item)
    return LeaseView(holder=holder(held, who))


def _inbox(context: Context, queue: Queue) -> Inbox:
    return Inbox(queue, context.user, viewer(context), context.now)


def _reader(context: Context) -> Reader:
    return Reader(context.user, viewer(context), context.now)
