"""Saved filters (常用筛选): how somebody likes to look at a list."""

from typing import Annotated, Any

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field

from console.context import Context
from console.errors import ApiError
from console.routing import Routes
from store.tables_tasks import saved_filter
from ticketing.new_ticket import Short

routes = Routes("filters")

MOST = 50
"""Of one account."""
FilterKey = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,40}$", examples=["my-overdue"])]
PageName = Annotated[str, Field(pattern=r"^[a-z_/]{1,40}$", examples=["inbox/dispatcher"])]
Value = Annotated[str, Field(max_length=200)] | bool | int | None
Values = Value | Annotated[list[Value], Field(max_length=30)]


class SavedFilter(BaseModel):
    """A filter of a page: `query` is the page's own."""

    model_config = ConfigDict(extra="forbid")

    page: PageName
    label: Short
    query: Annotated[dict[Annotated[str, Field(max_length=40)], Values], Field(max_length=30)]


class FilterEntry(SavedFilter):
    """A saved filter under its key."""

    key: str


@routes.get("/api/filters", access="signed_in")
async def list_filters(context: Context) -> list[FilterEntry]:
    """List one's own saved filters, by page and label."""
    query = sa.select(saved_filter).where(saved_filter.c.name == context.user.name)
    ordered = query.order_by(saved_filter.c.page, saved_filter.c.label, saved_filter.c.key)
    async with context.parts.store.read() as db:
        return [_entry(row) for row in await db.execute(ordered)]


@routes.route("PUT", "/api/filters/{key}", access="signed_in", max_body=1 << 14)
async def save(context: Context, key: FilterKey, body: SavedFilter) -> FilterEntry:
    """Save a filter, in the place of the one of that key."""
    name, store = context.user.name, context.parts.store
    values = {"page": body.page, "label": body.label, "query": body.query}
    others = sa.select(sa.func.count()).where(
        saved_filter.c.name == name, saved_filter.c.key != key
    )
    kept = store.insert(saved_filter).values(name=name, key=key, **values)
    async with store.write() as db:
        if (await db.scalar(others) or 0) >= MOST:
            message, fix = f"已保存{MOST}个筛选", "请先删除不用的筛选"
            raise ApiError(409, "too_many", "key", message, fix)
        await db.execute(kept.on_conflict_do_update(index_elements=["name", "key"], set_=values))
    return FilterEntry(key=key, **body.model_dump())


@routes.route("DELETE", "/api/filters/{key}", access="signed_in", status=204)
async def remove(context: Context, key: FilterKey) -> None:
    """Forget a filter."""
    this = (saved_filter.c.name == context.user.name) & (saved_filter.c.key == key)
    async with context.parts.store.write() as db:
        gone = await db.execute(sa.delete(saved_filter).where(this))
    if not gone.rowcount:
        raise ApiError(404, "unknown_filter", "key", "没有此筛选", "请刷新页面")


def _entry(row: sa.Row[Any]) -> FilterEntry:
    return FilterEntry(key=row.key, page=row.page, label=row.label, query=row.query)
