"""Attachments of tickets: list, bring, open, release to units (T34)."""

from typing import Annotated
from urllib.parse import quote

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from console.context import Context
from console.routing import Routes
from console.showing import viewer, visible, visible_with_calls
from console.ticket_data import TicketNo
from store import access_log
from ticketing.attachments_seen import Attachment
from ticketing.new_ticket import Short
from ticketing.workflow.table import READERS
from ticketing.workflow.terms import Role

routes = Routes("attachments")

RELEASERS: frozenset[Role] = frozenset({"dispatcher", "supervisor", "center_head"})
MOST_BYTES = 101_000_000
"""Above any setting of `tickets.attachment_mb`, which is what counts."""
AttachmentId = Annotated[str, Field(pattern=r"^[0-9a-f-]{36}$")]


class NewFile(BaseModel):
    """The file's name; whether units see it on an ordinary ticket."""

    model_config = ConfigDict(extra="forbid")

    name: Short
    shared: bool = True


@routes.get("/api/tickets/{ticket_no}/attachments", access=READERS)
async def list_files(context: Context, ticket_no: TicketNo) -> list[Attachment]:
    """List the attachments that one may know of."""
    one, own = await visible_with_calls(context, ticket_no)
    return await context.parts.attachments.list(one, viewer(context), own_calls=own)


@routes.post(
    "/api/tickets/{ticket_no}/attachments",
    access=READERS,
    status=201,
    accepts="application/octet-stream",
    max_body=MOST_BYTES,
)
async def attach(context: Context, ticket_no: TicketNo, query: NewFile, body: bytes) -> Attachment:
    """Attach a file, sent as it is: pdf, jpg, png, docx, xlsx, wav, mp3, mp4.

    What it is, is seen from its content. Pictures lose what they tell of place and device.
    """
    one, own = await visible_with_calls(context, ticket_no)
    files, user = context.parts.attachments, context.user
    made = await files.add(
        ticket_no, query.name, body, actor=user.name, role=_role(context), unit=user.unit,
        at=context.now, shared=query.shared,
    )  # fmt: skip
    known = await files.list(one, viewer(context), own_calls=own)
    return next(file for file in known if file.attachment_id == made)


@routes.get(
    "/api/tickets/{ticket_no}/attachments/{attachment_id}",
    access=READERS,
    answers=("application/octet-stream",),
)
async def open_file(
    context: Context, ticket_no: TicketNo, attachment_id: AttachmentId
) -> web.Response:
    """Open an attachment; its checksum is checked.

    Of a confidential ticket or a report (举报) it is in the log of accesses who opened it.
    """
    one, own = await visible_with_calls(context, ticket_no)
    file, content = await context.parts.attachments.read(
        one, attachment_id, viewer(context), own_calls=own
    )
    if one.is_hidden:
        async with context.parts.store.write() as db:
            await access_log.add(
                db,
                ticket_no,
                actor=context.user.name,
                role=_role(context),
                reason=f"打开附件{attachment_id}",
                at=context.now,
            )
    named = f"attachment; filename*=UTF-8''{quote(file.name)}"
    headers = {"Content-Disposition": named, "X-Media-Type": file.media_type}
    # Browsers save it and never show it: no file of a stranger runs in the console's pages.
    return web.Response(body=content, content_type="application/octet-stream", headers=headers)


@routes.post(
    "/api/tickets/{ticket_no}/attachments/{attachment_id}/release",
    access=RELEASERS,
    status=204,
)
async def release(context: Context, ticket_no: TicketNo, attachment_id: AttachmentId) -> None:
    """Release an attachment of a hidden ticket to its units, under a name that tells nothing."""
    await visible(context, ticket_no)
    role = next(role for role in sorted(RELEASERS) if role in context.roles)
    await context.parts.attachments.release(
        ticket_no, attachment_id, actor=context.user.name, role=role, at=context.now
    )


def _role(context: Context) -> Role:
    """The role in which somebody attaches: of a unit's people their unit's."""
    return min(context.roles & READERS, key=lambda role: (not role.startswith("unit_"), role))
