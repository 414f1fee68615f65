"""Listening to recordings (录音调听): who may, why he does, and that it is on record."""

from pathlib import Path
from typing import Annotated, Any

import sqlalchemy as sa
from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from console import passwords
from console.account_rows import called
from console.call_rights import LISTENERS, audible
from console.context import Context
from console.errors import ApiError
from console.routing import Routes
from console.sessions import COOKIE
from console.showing import visible
from console.ticket_data import TicketNo
from store.listening import Listenings
from store.tables import call, recording, ticket_call
from store.types import local_iso
from ticketing.new_ticket import Time
from ticketing.workflow.terms import SUPERVISING, Role

routes = Routes("recordings")

AUDITORS: frozenset[Role] = SUPERVISING | {"auditor"}
RecordingId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:-]{1,160}$")]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=200)]


class Listen(BaseModel):
    """Why somebody listens; kept for good."""

    model_config = ConfigDict(extra="forbid")

    reason: Reason


class Grant(BaseModel):
    """What may be heard from now on."""

    url: str
    """Of the sound; HTTP ranges are answered."""
    expires_at: str


class VoiceMessage(BaseModel):
    """What a caller left on the line."""

    recording_id: str
    started_at: str
    duration_s: float | None


class Listened(BaseModel):
    """Somebody was given a recording to hear."""

    call_id: str
    seq: int
    at: str
    recording_id: str
    actor: str
    full_name: str | None
    """As his account says it."""
    role: str
    reason: str
    address: str


class Listed(BaseModel):
    """Newest first."""

    model_config = ConfigDict(extra="forbid")

    call_id: RecordingId | None = None
    actor: Annotated[str, Field(max_length=80)] | None = None
    since: Time | None = None
    limit: int = Field(default=50, ge=1, le=200)


@routes.post(
    "/api/recordings/{recording_id}/listen", access=LISTENERS, status=201, given_again=False
)
async def listen(context: Context, recording_id: RecordingId, body: Listen) -> Grant:
    """Ask to hear a recording, with the reason; it is on record before anything is heard.

    Agents hear their own calls for 24 hours and messages that wait, dispatchers those of tickets,
    callback agents those of tickets that are to be called back, supervisors all.
    """
    row, role = await _recording(context, recording_id)
    _file(row)
    await Listenings(context.parts.store).add(
        row.call_id,
        recording_id,
        actor=context.user.name,
        role=role,
        reason=body.reason,
        address=context.address,
        at=context.now,
    )
    until = context.grants.give(_session(context), recording_id, row.duration_s, context.now)
    return Grant(url=f"/api/recordings/{recording_id}/audio", expires_at=str(local_iso(until)))


@routes.get("/api/recordings/{recording_id}/audio", access=LISTENERS, answers=("audio/wav",))
async def audio(context: Context, recording_id: RecordingId) -> web.FileResponse:
    """Hear a recording (HTTP ranges), for a while after `listen`, in the same session."""
    row, _ = await _recording(context, recording_id)
    if not context.grants.holds(_session(context), recording_id, context.now):
        raise ApiError(
            403, "not_granted", "recording_id", "尚未登记调听原因，或授权已到期", "请先填写调听原因"
        )
    headers = {"Content-Type": "audio/wav", "Content-Disposition": "inline"}
    return web.FileResponse(_file(row), headers=headers)


@routes.get("/api/tickets/{ticket_no}/voice-messages", access=LISTENERS)
async def voice_messages(context: Context, ticket_no: TicketNo) -> list[VoiceMessage]:
    """List the recorded messages (留言录音) of a ticket that one may hear.

    Agents: of tickets that wait in the work list of messages.
    """
    await visible(context, ticket_no)
    mine = sa.or_(sa.false(), *(audible(context, role) for role in context.acting_roles))
    linked = sa.select(ticket_call.c.call_id).where(ticket_call.c.ticket_no == ticket_no)
    query = (
        sa.select(recording)
        .join(call, call.c.call_id == recording.c.call_id)
        .where(recording.c.kind == "message", recording.c.path.is_not(None))
        .where(recording.c.call_id.in_(linked), mine)
        .order_by(recording.c.started_at)
    )
    async with context.parts.store.read() as db:
        found = (await db.execute(query)).all()
    return [
        VoiceMessage(
            recording_id=one.recording_id,
            started_at=str(local_iso(one.started_at)),
            duration_s=one.duration_s,
        )
        for one in found
    ]


@routes.get("/api/recordings/listenings", access=AUDITORS)
async def listenings(context: Context, query: Listed) -> list[Listened]:
    """List who was given which recording to hear, when and why (调听记录), newest first."""
    found = await Listenings(context.parts.store).newest(
        call_id=query.call_id, actor=query.actor, since=query.since, limit=query.limit
    )
    async with context.parts.store.read() as db:
        names = await called(db, {one.actor for one in found})
    return [
        Listened.model_validate(one.to_json() | {"full_name": names.get(one.actor)})
        for one in found
    ]


async def _recording(context: Context, recording_id: str) -> tuple[sa.Row[Any], Role]:
    """A recording that who asks may hear, and the role in which he may. Raises ApiError."""
    query = (
        sa.select(recording)
        .join(call, call.c.call_id == recording.c.call_id)
        .where(recording.c.recording_id == recording_id)
    )
    async with context.parts.store.read() as db:
        for role in context.acting_roles:
            row = (await db.execute(query.where(audible(context, role)))).first()
            if row is not None:
                return row, role
    raise ApiError(404, "unknown_recording", "recording_id", "没有此录音", "请核对录音标识")


def _file(row: sa.Row[Any]) -> Path:
    """The archived file. Raises ApiError."""
    if row.closed_at is None:
        raise ApiError(
            409, "wrong_state", "recording_id", "通话尚未结束，录音还没有归档", "请稍后再试"
        )
    path = Path(row.path) if row.path is not None else None
    if path is None or not path.is_file():
        raise ApiError(
            410, "lost_recording", "recording_id", "录音文件已不存在", "请联系系统管理员核对存储"
        )
    return path


def _session(context: Context) -> str:
    """What a grant is bound to: the session, or a program's token."""
    secret = context.request.headers.get("Authorization") or context.request.cookies.get(COOKIE)
    return passwords.digest(secret or "")
