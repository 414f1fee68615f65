"""One kind of the city's data: its versions, and changes of single entries."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from store.tables_city import city_entry, city_version
from store.types import SHANGHAI, JsonObject
from ticketing.city_files import NAMES, Entries
from ticketing.city_versions import FIRST, Change
from ticketing.workflow.terms import refuse

_NAMED = 5
"""So many changed entries are named in a refusal."""
_CHOSEN = {"relations", "routing", "contacts", "roster"}
"""Kinds whose entries are named by units, regions and the like."""


@dataclass(frozen=True)
class Head:
    """A version of one kind."""

    version: int = 0
    """0: as the program and config.yaml bring it."""
    at: datetime | None = None
    by: str | None = None
    reason: str | None = None
    changed: int = 0
    """Entries that it changed."""


async def head(db: AsyncConnection, kind: str) -> Head:
    """The newest version of a kind."""
    found = await heads(db, kind, 1)
    return found[0] if found else Head()


async def heads(db: AsyncConnection, kind: str, limit: int) -> list[Head]:
    """The versions that changed a kind, newest first."""
    query = (
        sa.select(*_VERSION, sa.func.count().label("changed"))
        .join(city_entry, city_entry.c.version == city_version.c.version)
        .where(city_entry.c.kind == kind)
        .group_by(*_VERSION)
        .order_by(city_version.c.version.desc())
        .limit(limit)
    )
    return [Head(**row) for row in (await db.execute(query)).mappings()]


_VERSION = (city_version.c.version, city_version.c.at, city_version.c.by, city_version.c.reason)


async def changes_in(db: AsyncConnection, kind: str, version: int) -> list[Change]:
    """What a version changed of a kind, against what was there before. Raises Refusal."""
    one, earlier = city_entry.alias(), city_entry.alias()
    last = (
        sa.select(sa.func.max(earlier.c.version))
        .where(
            earlier.c.kind == one.c.kind,
            earlier.c.code == one.c.code,
            earlier.c.version < one.c.version,
        )
        .scalar_subquery()
    )
    before = city_entry.alias()
    query = (
        sa.select(one.c.code, before.c.data, one.c.data)
        .select_from(one)
        .outerjoin(
            before,
            sa.and_(
                before.c.kind == one.c.kind,
                before.c.code == one.c.code,
                before.c.version == last,
            ),
        )
        .where(one.c.kind == kind, one.c.version == version)
        .order_by(one.c.code)
    )
    found = [Change(kind, code, was, now) for code, was, now in await db.execute(query)]
    if not found:
        title = NAMES[kind].title
        fix = "请从版本列表中选择"
        raise refuse("invalid_value", "version", f"版本{version}没有修改{title}", fix)
    return found


def not_taken(before: Entries, kind: str, codes: Collection[str]) -> None:
    """Raises Refusal where an entry is there already; the field is its code."""
    for code in codes:
        row = before.get(kind, {}).get(code)
        if row is not None:
            name = next((row[key] for key in ("name", "title", "l2") if row.get(key)), None)
            whose = f"，属于“{str(name)[:40]}”" if name and name != code else ""
            # What names the others is chosen, not typed: nobody knows its code.
            known = "这一项" if kind in _CHOSEN else code
            raise refuse(
                "invalid_value",
                code,
                f"{known}已经存在{whose}",
                "请换一个；要修改已有的内容，请在列表中打开它",
            )


def with_changes(before: Entries, kind: str, given: Mapping[str, JsonObject | None]) -> Entries:
    """The data with other entries of one kind. Raises Refusal for one that cannot be taken away."""
    about, rows = NAMES[kind], dict(before.get(kind, {}))
    for code, row in given.items():
        if row is not None:
            rows[code] = row
        elif about.closes and code in rows:
            raise refuse(
                "invalid_value", code, f"{about.title}不能删除：旧工单还要用", "请填写停用日期"
            )
        elif rows.pop(code, None) is None:
            raise refuse("invalid_value", code, f"没有{code}", "请刷新后再操作")
    return {**before, kind: rows}


async def not_overtaken(db: AsyncConnection, changes: Sequence[Change], seen: int) -> None:
    """Raises Refusal `stale_version` where an entry has changed since version `seen`."""
    rows: list[Any] = []
    for kind in {one.kind for one in changes}:
        codes = [one.code for one in changes if one.kind == kind]
        query = (
            sa.select(city_entry.c.code, city_version.c.by, city_version.c.at)
            .join(city_version, city_entry.c.version == city_version.c.version)
            .where(
                city_entry.c.kind == kind,
                city_entry.c.version > seen,
                sa.not_(sa.and_(city_version.c.by == "system", city_version.c.reason == FIRST)),
            )
            .order_by(city_entry.c.version.desc(), city_entry.c.code)
        )
        rows += [row for row in await db.execute(query) if row.code in set(codes)]
    if rows:
        at = rows[0].at.astimezone(SHANGHAI)
        names = "、".join(dict.fromkeys(row.code for row in rows[:_NAMED]))
        raise refuse(
            "stale_version",
            "version",
            f"{rows[0].by}于{at:%m-%d %H:%M}修改了{names}",
            "请重新读取，核对后再提交",
        )
