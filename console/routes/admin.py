"""Administration: every kind of the city's data is read, changed, compared and reverted alike.

A change is a set of entries by their codes, checked together with everything else; it becomes a
new version with name and reason, and is live within seconds.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from console.account_rows import called
from console.admin_kinds import (
    ANY_EDITOR,
    ANY_READER,
    Reason,
    known,
    may_edit,
    may_read,
    not_yours,
    own_codes,
)
from console.context import Context
from console.errors import ApiError, invalid, of_refusal
from console.routing import Reply, Routes
from store.types import SHANGHAI, JsonObject
from ticketing.city_files import KINDS, NAMES
from ticketing.city_kinds import Head
from ticketing.city_labels import form_of
from ticketing.city_versions import Change
from ticketing.citydata import CityDataError
from ticketing.refusal import Refusal

routes = Routes("admin")

KindName = Annotated[str, Field(json_schema_extra={"enum": list(NAMES)})]
Number = Annotated[int, Field(ge=1, le=1_000_000_000)]
EntryCode = Annotated[str, StringConstraints(min_length=1, max_length=80)]


class VersionInfo(BaseModel):
    """A version of one kind: who made it, when and why."""

    version: int
    """0: as the program and config.yaml bring it."""
    at: datetime | None
    by: str | None
    by_name: str | None = None
    """What he is called, as far as his account says it."""
    reason: str | None
    changed: int
    """How many entries it changed."""


class KindInfo(BaseModel):
    """One kind of the city's data."""

    kind: str
    title: str
    current: VersionInfo
    may_edit: bool
    closes: bool
    """Entries are closed by `valid_to`, never taken away."""
    form: JsonObject
    """JSON Schema of an entry; titles are what people read."""


class EntryQuery(BaseModel):
    """`q` is found in any value."""

    model_config = ConfigDict(extra="forbid")

    q: Annotated[str, Field(min_length=1, max_length=40)] | None = None
    limit: int = Field(default=200, ge=1, le=2000)
    offset: int = Field(default=0, ge=0, le=1_000_000)


class Entry(BaseModel):
    """One entry."""

    code: str
    data: JsonObject


class KindPage(KindInfo):
    """A kind with its entries."""

    total: int
    """How many entries fit."""
    entries: list[Entry]


class Changes(BaseModel):
    """Entries by their codes: a new content, or null to take one away. The others stay."""

    model_config = ConfigDict(extra="forbid")

    reason: Reason
    entries: dict[EntryCode, JsonObject | None] = Field(min_length=1, max_length=2000)
    dry_run: bool = False
    """True: check and tell what would change, write nothing."""
    are_new: bool = False
    """True: the entries are new; a code that is taken is refused instead of overwritten."""


class Changed(BaseModel):
    """How an entry differs; null: it is not there."""

    code: str
    before: JsonObject | None
    after: JsonObject | None


class Done(BaseModel):
    """A change that was made, or of a dry run would be."""

    version: int
    changes: list[Changed]


class VersionQuery(BaseModel):
    """How many versions."""

    model_config = ConfigDict(extra="forbid")

    limit: int = Field(default=50, ge=1, le=500)


class Back(BaseModel):
    """Why an earlier version is brought back."""

    model_config = ConfigDict(extra="forbid")

    reason: Reason


@routes.get("/api/admin", access=ANY_READER)
async def kinds(context: Context) -> list[KindInfo]:
    """List the kinds of the city's data that one may read, with their forms."""
    return [await _info(context, kind.name) for kind in KINDS if may_read(context.user, kind.name)]


@routes.get("/api/admin/{kind}", access=ANY_READER)
async def entries(context: Context, kind: KindName, query: EntryQuery) -> Reply[KindPage]:
    """Read a kind: its version and its entries. ETag: the version."""
    about = await _info(context, _readable(context, kind))
    rows = await context.parts.editing.entries_of(kind)
    only = own_codes(context.user, kind)
    found = [
        Entry(code=code, data=row)
        for code, row in rows.items()
        if only in (None, code) and (query.q is None or _fits(row, query.q))
    ]
    shown = found[query.offset : query.offset + query.limit]
    page = KindPage(**about.model_dump(), total=len(found), entries=shown)
    return Reply(page, {"ETag": f'"{about.current.version}"'})


@routes.route("PATCH", "/api/admin/{kind}", access=ANY_EDITOR, versioned=True)
async def change(context: Context, kind: KindName, body: Changes) -> Done:
    """Change entries of a kind; the result is checked as a whole.

    If-Match: the version that was seen. Where somebody has changed one of the same entries since,
    the answer is 409 `stale_version` and says who. A refusal names the place below `entries`.
    """
    _editable(context, kind)
    only = own_codes(context.user, kind)
    for code in body.entries:
        if only not in (None, code):
            raise ApiError(
                403, "not_allowed", f"entries.{code}", "只能修改本单位的内容", "请选择本单位"
            )
    try:
        version, found = await context.parts.editing.put(
            kind,
            body.entries,
            by=context.user.name,
            reason=body.reason,
            at=context.now,
            seen=context.version,
            dry_run=body.dry_run,
            are_new=body.are_new,
        )
    except Refusal as refusal:
        raise _placed(of_refusal(refusal), body.entries) from None
    except CityDataError as error:
        raise _placed(_unfit(error), body.entries) from None
    return _done(version, found)


@routes.get("/api/admin/{kind}/versions", access=ANY_READER)
async def versions(context: Context, kind: KindName, query: VersionQuery) -> list[VersionInfo]:
    """List the versions of a kind, newest first."""
    found = await context.parts.editing.versions(_readable(context, kind), query.limit)
    return await _versions(context, found)


@routes.get("/api/admin/{kind}/versions/{version}", access=ANY_READER)
async def version_changes(context: Context, kind: KindName, version: Number) -> Done:
    """Read what a version changed of a kind."""
    found = await context.parts.editing.changes_in(_readable(context, kind), version)
    only = own_codes(context.user, kind)
    return _done(version, [one for one in found if only in (None, one.code)])


@routes.post("/api/admin/{kind}/versions/{version}/restore", access=ANY_EDITOR, versioned=True)
async def restore(context: Context, kind: KindName, version: Number, body: Back) -> Done:
    """Bring a kind back to an earlier version, as a new version."""
    _editable(context, kind)
    if own_codes(context.user, kind) is not None:
        raise not_yours(kind)
    try:
        made, found = await context.parts.editing.revert(
            version,
            kind=kind,
            by=context.user.name,
            reason=body.reason,
            at=context.now,
            seen=context.version,
        )
    except CityDataError as error:
        raise _unfit(error) from None
    return _done(made, found)


async def _info(context: Context, kind: str) -> KindInfo:
    about = NAMES[kind]
    (current,) = await _versions(context, [await context.parts.editing.head(kind)])
    return KindInfo(
        kind=kind,
        title=about.title,
        current=current,
        may_edit=may_edit(context.user, kind),
        closes=about.closes,
        form=form_of(kind),
    )


def _readable(context: Context, kind: str) -> str:
    if not may_read(context.user, known(kind)):
        raise not_yours(kind)
    return kind


def _editable(context: Context, kind: str) -> None:
    if not may_edit(context.user, known(kind)):
        raise not_yours(kind)


def _fits(value: Any, typed: str) -> bool:
    """Whether a value holds what was typed."""
    if isinstance(value, dict):
        return any(_fits(one, typed) for one in value.values())
    if isinstance(value, list):
        return any(_fits(one, typed) for one in value)
    return typed.casefold() in str(value).casefold()


async def _versions(context: Context, found: Sequence[Head]) -> list[VersionInfo]:
    async with context.parts.store.read() as db:
        names = await called(db, {one.by for one in found if one.by is not None})
    return [
        VersionInfo(
            version=one.version,
            at=one.at.astimezone(SHANGHAI) if one.at is not None else None,
            by=one.by,
            by_name=names.get(one.by or ""),
            reason=one.reason,
            changed=one.changed,
        )
        for one in found
    ]


def _done(version: int, changes: list[Change]) -> Done:
    told = [Changed(code=one.code, before=one.before, after=one.after) for one in changes]
    return Done(version=version, changes=told)


def _placed(error: ApiError, given: Collection[str]) -> ApiError:
    """The error with its place in the request."""
    field = error.field or ""
    if any(field == code or field.startswith(f"{code}.") for code in given):
        error.field = f"entries.{field}"
    return error


def _unfit(error: CityDataError) -> ApiError:
    return invalid(error.field, error.told, "请改正后再提交")
