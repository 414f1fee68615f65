"""Drafts: each text box of the pages keeps what is typed (草稿)."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from console.call_rights import TALKERS
from console.context import Context
from console.drafts import DESK, Draft
from console.routing import Reply, Routes
from store.types import JsonObject

routes = Routes("drafts")

_CHARACTERS = r"[A-Za-z0-9_.:~-]"
DraftKey = Annotated[
    str, Field(pattern=rf"^{_CHARACTERS}{{1,200}}$", examples=["ticket:SQ261001000001:add_note"])
]
LARGEST = 256 << 10
"""Bytes of a draft: three texts of the longest kind."""


class DraftFields(BaseModel):
    """What stands in the text boxes, by name."""

    model_config = ConfigDict(extra="forbid")

    fields: Annotated[JsonObject, Field(max_length=100)]


class DraftHead(BaseModel):
    """Which draft there is, without its text."""

    key: str
    version: int
    saved_at: str


class DraftView(BaseModel):
    """A draft; `version` is wanted as If-Match by whoever changes it, 0: there is none."""

    key: str
    version: int
    saved_at: str | None
    fields: JsonObject


class DraftQuery(BaseModel):
    """`prefix`: how the keys begin, e.g. `ticket:SQ261001000001:`."""

    model_config = ConfigDict(extra="forbid")

    prefix: Annotated[str, Field(pattern=rf"^{_CHARACTERS}{{0,200}}$")] = ""
    limit: int = Field(default=200, ge=1, le=500)


@routes.get("/api/drafts", access="signed_in")
async def list_drafts(context: Context, query: DraftQuery) -> list[DraftHead]:
    """List one's own drafts, the last saved first."""
    found = await context.parts.drafts.heads(context.user.name, query.prefix, query.limit)
    return [DraftHead.model_validate(one) for one in found]


@routes.get("/api/drafts/{key}", access="signed_in")
async def show(context: Context, key: DraftKey) -> Reply[DraftView]:
    """Read one's own draft, an empty one where there is none; ETag is its version."""
    return _shown(await context.parts.drafts.get(context.user.name, key))


@routes.route("PUT", "/api/drafts/{key}", access="signed_in", versioned=True, max_body=LARGEST)
async def save(context: Context, key: DraftKey, body: DraftFields) -> Reply[DraftView]:
    """Keep what was typed; If-Match: the version that the page saw, 0 where there was none.

    409 `stale_version` has the draft that is kept beside the error, as `draft` (version 0: it was
    used or deleted meanwhile).
    """
    saved = await context.parts.drafts.save(
        context.user.name, key, body.fields, seen=context.version or 0, at=context.now
    )
    return _shown(saved)


@routes.route("DELETE", "/api/drafts/{key}", access="signed_in", versioned=True, status=204)
async def remove(context: Context, key: DraftKey) -> None:
    """Forget a draft that was used; If-Match: its version."""
    await context.parts.drafts.remove(context.user.name, key, seen=context.version or 0)


@routes.post("/api/drafts/{key}/take", access=TALKERS)
async def take(
    context: Context, key: Annotated[str, Field(pattern=rf"^{DESK}{_CHARACTERS}{{1,160}}$")]
) -> Reply[DraftView]:
    """Take over the draft of a transferred call, once its writer has left the call.

    Version 0: nobody left one. 409 `wrong_state` while its writer is in the call or may come back
    to it, and with his `draft` beside the error where one has begun one's own.
    """
    may_come_back = context.hub.mirror.in_call(key.removeprefix(DESK))
    taken = await context.parts.drafts.take(context.user, key, context.now, may_come_back)
    return _shown(taken)


def _shown(one: Draft) -> Reply[DraftView]:
    return Reply(DraftView.model_validate(one.to_json()), {"ETag": f'"{one.version}"'})
