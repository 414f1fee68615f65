"""What the administration of the phone line needs beside its data: drawings, sounds, phones."""

import asyncio
from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from console.account_rows import note
from console.admin_kinds import EDITORS, READERS
from console.context import Context
from console.errors import ApiError
from console.line_desk import MenuDrawing, PhoneAccount, PromptInfo
from console.routing import Routes
from store.types import JsonObject
from ticketing.city_rows import Digits
from ticketing.line_rows import PromptKey

routes = Routes("line_data")


class MenuDraft(BaseModel):
    """Menus as the kind `menus` holds them, or as they are being changed."""

    model_config = ConfigDict(extra="forbid")

    menus: JsonObject


class Draft(BaseModel):
    """A text that is not published yet; null: the prompt as it is."""

    model_config = ConfigDict(extra="forbid")

    text: Annotated[str, StringConstraints(min_length=1, max_length=200)] | None = Field(
        default=None
    )


@routes.post("/api/admin/menus/draw", access=READERS, given_again=False)
async def draw(context: Context, body: MenuDraft) -> MenuDrawing:
    """Draw menus as a graph; where they would lead callers nowhere, tell all that is wrong."""
    return await asyncio.to_thread(context.parts.line_desk.draw, body.menus)


@routes.get("/api/admin/prompts/list", access=READERS)
async def prompts(context: Context) -> list[PromptInfo]:
    """List all prompts with their texts: the default, the one in force, and what is heard."""
    return await asyncio.to_thread(context.parts.line_desk.prompts)


@routes.post(
    "/api/admin/prompts/{key}/listen", access=EDITORS["prompts"], given_again=False,
    answers=("audio/wav",),
)  # fmt: skip
async def listen(context: Context, key: PromptKey, body: Draft) -> web.Response:
    """Listen to a prompt, with another text before it is published; values are examples.

    What has no audio yet is spoken now, which takes some seconds.
    """
    sound = await asyncio.to_thread(context.parts.line_desk.listen, key, body.text)
    return web.Response(body=sound, content_type="audio/wav")


@routes.post("/api/admin/phones/{number}/reveal", access=frozenset({"admin"}), given_again=False)
async def reveal_phone(context: Context, number: Digits) -> PhoneAccount:
    """Show with what a desk phone registers: a unit's or an agent's. Each view is put on record."""
    found = await asyncio.to_thread(context.parts.line_desk.phone, number)
    if found is None:
        raise ApiError(
            404, "unknown_phone", "number", f"{number}不是坐席或单位值班电话的分机",
            "请先保存坐席或值班电话，几秒后再试；外线号码不需要账号",
        )  # fmt: skip
    async with context.parts.store.write() as db:
        await note(
            db,
            context.user.name,
            "reveal_phone",
            by=context.user.name,
            at=context.now,
            address=context.address,
            data={"number": number},
        )
    return found
