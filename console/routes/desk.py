"""The agent's desk: his state, and what he does in a call (坐席操作).

What happens then is told by the websocket /api/live; codes typed on a phone do the same.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from console import desk_targets
from console.context import Context
from console.desk_targets import Purpose, Target
from console.errors import ApiError
from console.live import views
from console.live.link import LineSilent, LineUnsure
from console.live.page import DESKS
from console.routing import Routes
from store.types import SHANGHAI, JsonObject

routes = Routes("desk")

Word = Annotated[str, Field(min_length=1, max_length=40)]


class Login(BaseModel):
    """Which phone rings: the softphone in the page or the one on the desk."""

    model_config = ConfigDict(extra="forbid")

    device: Literal["web", "phone"]


class Pause(BaseModel):
    """One of `pause_reasons`."""

    model_config = ConfigDict(extra="forbid")

    reason: Word


class AutoAnswer(BaseModel):
    """Whether the phone answers by itself (自动应答)."""

    model_config = ConfigDict(extra="forbid")

    on: bool


class ThreeWay(BaseModel):
    """Code or extension of a member unit."""

    model_config = ConfigDict(extra="forbid")

    unit: Word


class Drop(BaseModel):
    """One of the call's `parties`."""

    model_config = ConfigDict(extra="forbid")

    leg_id: Annotated[str, Field(min_length=1, max_length=100)]


class Emergency(BaseModel):
    """An emergency service."""

    model_config = ConfigDict(extra="forbid")

    service: Literal["110", "119", "120", "122", "12395"]


class Transfer(BaseModel):
    """An agent's number, a skill group's name or extension, or `supervisors`."""

    model_config = ConfigDict(extra="forbid")

    target: Word
    kind: Literal["blind", "warm"] = "blind"
    """`warm`: the agent talks with him first; a consultation."""


class Consult(BaseModel):
    """As for a transfer, or the code or extension of a unit."""

    model_config = ConfigDict(extra="forbid")

    target: Word


@routes.get("/api/desk", access=DESKS)
async def show(context: Context) -> JsonObject:
    """Read one's own state and call: the `desk` message of the live connection."""
    number = own_number(context)
    if not context.hub.mirror.connected:
        raise line_silent()
    found = views.desk(context.hub.mirror, number, context.hub.links)
    if found is None:
        raise ApiError(
            422, "invalid_value", "agent", f"没有话务员{number}", "请管理员登记话务员分机"
        )
    return found


class TargetQuery(BaseModel):
    """`q` fits numbers, characters, pinyin or initials: 1002, 水利, slj."""

    model_config = ConfigDict(extra="forbid")

    purpose: Purpose = "transfer"
    q: Word | None = None


@routes.get("/api/desk/targets", access=DESKS)
async def targets(context: Context, query: TargetQuery) -> list[Target]:
    """List whom a caller may be passed on to, who may be asked, or which unit may be brought in.

    Agents on duty, who is ready first; skill groups; supervisors; units with a duty phone.
    """
    city, today = await context.parts.tickets.city(), context.now.astimezone(SHANGHAI).date()
    found = desk_targets.targets(
        query.purpose,
        own_number(context),
        context.hub.mirror.agents.values(),
        await context.parts.line_book.group_rows(),
        [one for one in city.units.values() if one.is_active(today)],
        await context.parts.line_book.duty(),
        context.now,
    )
    return found if query.q is None else desk_targets.fitting(found, query.q)


@routes.post("/api/desk/login", access=DESKS)
async def login(context: Context, body: Login) -> JsonObject:
    """Take calls from now on (签入), on this phone."""
    return await _do(context, "login", device=body.device)


@routes.post("/api/desk/logout", access=DESKS)
async def logout(context: Context) -> JsonObject:
    """Take no calls any more (签出)."""
    return await _do(context, "logout")


@routes.post("/api/desk/pause", access=DESKS)
async def pause(context: Context, body: Pause) -> JsonObject:
    """Take no calls for a while (置忙), with the reason."""
    return await _do(context, "pause", reason=body.reason)


@routes.post("/api/desk/resume", access=DESKS)
async def resume(context: Context) -> JsonObject:
    """Take calls again (置闲); ends wrap-up, too."""
    return await _do(context, "resume")


@routes.post("/api/desk/auto_answer", access=DESKS)
async def auto_answer(context: Context, body: AutoAnswer) -> JsonObject:
    """Have calls answered by themselves, or not (自动应答)."""
    return await _do(context, "auto_answer", on=body.on)


@routes.post("/api/desk/hang_up", access=DESKS)
async def hang_up(context: Context) -> JsonObject:
    """Leave the call; the caller is asked for his opinion (结束并评价).

    In a consultation the caller is passed on to who was asked.
    """
    return await _do(context, "hang_up")


@routes.post("/api/desk/hold", access=DESKS)
async def hold(context: Context) -> JsonObject:
    """Put the caller on hold (保持); he hears music."""
    return await _do(context, "hold")


@routes.post("/api/desk/unhold", access=DESKS)
async def unhold(context: Context) -> JsonObject:
    """Take the caller back from hold."""
    return await _do(context, "unhold")


@routes.post("/api/desk/three_way", access=DESKS)
async def three_way(context: Context, body: ThreeWay) -> JsonObject:
    """Invite a unit's duty contact into the call (三方通话)."""
    return await _do(context, "three_way", unit=body.unit)


@routes.post("/api/desk/three_way_drop", access=DESKS)
async def three_way_drop(context: Context) -> JsonObject:
    """Let the unit go, or whoever is still rung."""
    return await _do(context, "three_way_drop")


@routes.post("/api/desk/call_off", access=DESKS)
async def call_off(context: Context) -> JsonObject:
    """Ring no more whom one has had rung (取消): for a transfer, a consultation, three-way."""
    return await _do(context, "call_off")


@routes.post("/api/desk/drop", access=DESKS)
async def drop(context: Context, body: Drop) -> JsonObject:
    """Let one of those who talk go (请出): a unit or a colleague."""
    return await _do(context, "drop", leg_id=body.leg_id)


@routes.post("/api/desk/emergency", access=DESKS)
async def emergency(context: Context, body: Emergency) -> JsonObject:
    """Dial an emergency service at once (紧急转接); it may be undone for 3 s."""
    return await _do(context, "emergency", service=body.service)


@routes.post("/api/desk/emergency_undo", access=DESKS)
async def emergency_undo(context: Context) -> JsonObject:
    """Take the emergency back, within 3 s and unless it is connected."""
    return await _do(context, "emergency_undo")


@routes.post("/api/desk/transfer", access=DESKS)
async def transfer(context: Context, body: Transfer) -> JsonObject:
    """Pass the caller on (转接); he comes back if nobody answers."""
    return await _do(context, "transfer", target=body.target, kind=body.kind)


@routes.post("/api/desk/consult", access=DESKS)
async def consult(context: Context, body: Consult) -> JsonObject:
    """Ask somebody while the caller hears music (咨询)."""
    return await _do(context, "consult", target=body.target)


@routes.post("/api/desk/complete", access=DESKS)
async def complete(context: Context) -> JsonObject:
    """Pass the caller on to who was asked."""
    return await _do(context, "complete")


@routes.post("/api/desk/join", access=DESKS)
async def join(context: Context) -> JsonObject:
    """Talk with the caller and who was asked, all three."""
    return await _do(context, "join")


@routes.post("/api/desk/return", access=DESKS)
async def take_back(context: Context) -> JsonObject:
    """Let go who was asked, or is still rung, and talk with the caller again."""
    return await _do(context, "return")


@routes.post("/api/desk/refer_up", access=DESKS)
async def refer_up(context: Context) -> JsonObject:
    """Bring in a supervisor (上报班长); where none is free they see that one is wanted."""
    return await _do(context, "refer_up")


async def _do(context: Context, name: str, **data: Any) -> JsonObject:
    """The desk right after the command. Raises Refusal, ApiError."""
    number = own_number(context)
    try:
        told = await context.parts.line.command(number, name, data)
    except LineSilent:
        raise line_silent() from None
    except LineUnsure:
        raise line_unsure() from None
    hub = context.hub
    return views.desk_of(told["agent"], told["call"], hub.mirror.pause_reasons, hub.links)


def own_number(context: Context) -> str:
    """The extension of who asks. Raises ApiError."""
    number = context.user.agent_no
    if number is None:
        raise ApiError(
            422, "missing_field", "agent_no", "您的账号没有话务员分机", "请系统管理员为账号登记分机"
        )
    return number


def line_silent() -> ApiError:
    """503: nothing was done."""
    return ApiError(
        503,
        "line_silent",
        None,
        "热线暂时没有响应，没有执行操作",
        "请稍后再试；话机上的操作码仍可使用",
    )


def line_unsure() -> ApiError:
    """503: it may have been done."""
    return ApiError(
        503, "line_unsure", None, "热线没有答复，结果未知", "请先看通话状态，再决定是否重试"
    )
