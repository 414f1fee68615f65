"""Tickets on paper (工单打印), lists as tables (清单导出): what who asks may see, and no more."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Literal
from urllib.parse import quote

from aiohttp import web
from pydantic import BaseModel, ConfigDict

from console.account_rows import note
from console.context import Context
from console.documents.docx import docx
from console.documents.lists import xlsx
from console.documents.names import Names
from console.documents.paper import ticket_paper
from console.documents.pdf import pdf
from console.errors import ApiError, invalid
from console.routing import Routes
from console.showing import is_unit, shown, viewer, visible_with_calls
from console.ticket_data import TicketNo
from console.ticket_lists import Filters, Wanted, page
from store import access_log
from store.types import SHANGHAI, JsonObject
from ticketing.sights import Group, Sight
from ticketing.visibility import sights
from ticketing.visibility import view as seen_by
from ticketing.workflow.table import READERS

routes = Routes("printing")

MOST = 10_000
"""Tickets of an exported list."""
_PAGE = 200
PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_TWO_AT_ONCE = ThreadPoolExecutor(2, "documents")
"""One takes half a second of a core."""


class PrintQuery(BaseModel):
    """PDF to be signed and kept, DOCX to be written in."""

    model_config = ConfigDict(extra="forbid")

    format: Literal["pdf", "docx"] = "pdf"


@routes.get("/api/tickets/export.xlsx", access=READERS, answers=(XLSX,))
async def export(context: Context, query: Filters) -> web.Response:
    """Export a filtered list as XLSX, at most 10,000 tickets; it is in the journal of accounts.

    The citizen's name and numbers are not in it.
    """
    views = await _all(context, query)
    names = Names(await context.parts.tickets.city())
    async with context.parts.store.write() as db:
        name = context.user.name
        filters = query.model_dump(mode="json", exclude_defaults=True)
        data = {"filters": filters, "tickets": len(views)}
        await note(db, name, "export", by=name, at=context.now, address=context.address, data=data)
    content = await _made(partial(xlsx, views, names, context.now))
    day = context.now.astimezone(SHANGHAI).strftime("%Y%m%d-%H%M")
    return _file(content, XLSX, f"工单列表-{day}.xlsx")


@routes.get("/api/tickets/{ticket_no}/print", access=READERS, answers=(PDF, DOCX))
async def print_ticket(context: Context, ticket_no: TicketNo, query: PrintQuery) -> web.Response:
    """Print a ticket (工单; for units 承办单) as far as one may see it.

    Where the citizen's name or number stands on the paper, the print is in the log of accesses.
    """
    one, own = await visible_with_calls(context, ticket_no)
    who = viewer(context)
    row, view = sights(one, who, own), seen_by(one, who, own_calls=own)
    assert row is not None and view is not None  # or it would not be visible
    fonts = context.parts.fonts()
    if query.format == "pdf" and fonts is None:
        raise ApiError(503, "not_ready", None, "打印字体尚未就绪", "请稍后再试，或先打印为 DOCX")
    files = await context.parts.attachments.list(one, who, own_calls=own)
    paper = ticket_paper(
        view,
        [file.name for file in files],
        Names(await context.parts.tickets.city()),
        for_unit=is_unit(context),
        printed_by=context.user.full_name or context.user.name,
        printed_at=context.now,
    )
    if row[Group.PERSON] is Sight.SHOWN and (view["requester_name"] or view["contact_phone"]):
        await _on_record(context, ticket_no, query.format)
    if query.format == "docx":
        made = await _made(partial(docx, paper, context.now))
        return _file(made, DOCX, f"{paper.title}{ticket_no}.docx")
    assert fonts is not None
    made = await _made(partial(pdf, paper, fonts, context.now))
    return _file(made, PDF, f"{paper.title}{ticket_no}.pdf")


async def _on_record(context: Context, ticket_no: str, form: str) -> None:
    """Who has taken personal data out on paper."""
    role = next(role for role in context.acting_roles if role in READERS)
    async with context.parts.store.write() as db:
        await access_log.add(
            db, ticket_no, actor=context.user.name, role=role, reason=f"打印（{form.upper()}）",
            at=context.now,
        )  # fmt: skip


async def _all(context: Context, query: Filters) -> list[JsonObject]:
    """What may be seen of all tickets of a list. Raises ApiError where there are too many."""
    found: list[JsonObject] = []
    wanted = Wanted(**query.model_dump(), limit=_PAGE)
    while True:
        some, following = await page(context.parts.store, viewer(context), wanted, context.now)
        found += await shown(context, some)
        if following is None:
            return found
        if len(found) >= MOST:
            raise invalid(None, f"清单超过{MOST}件", "请缩小筛选范围，例如限定时间")
        wanted = wanted.model_copy(update={"after": following})


async def _made(make: Callable[[], bytes]) -> bytes:
    return await asyncio.get_running_loop().run_in_executor(_TWO_AT_ONCE, make)


def _file(content: bytes, kind: str, name: str) -> web.Response:
    named = f"attachment; filename*=UTF-8''{quote(name)}"
    return web.Response(body=content, content_type=kind, headers={"Content-Disposition": named})
