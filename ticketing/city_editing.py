"""What the city's people do with its data: take them out, compare, bring them in, go back."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncConnection

from store.engine import Store
from store.types import JsonObject
from ticketing import city_files, city_versions, policy_versions
from ticketing.city_files import NAMES, Entries
from ticketing.city_versions import Change
from ticketing.workflow.terms import missing, refuse

_STAMP = "version.json"
"""In an exported folder: from which version it was taken."""
_LONGEST = 80

Edited = tuple[int, list[Change]]
"""The version that holds an edit, and what it changed."""


class CityEditing:
    """The city's data of one store. Raises CityDataError for files that do not fit, and Refusal."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def export(self, folder: Path) -> int | None:
        """Writes the data in force into a folder; their version, None for the program's own."""
        async with self._store.read() as db:
            version = await city_versions.newest(db)
            found = await city_versions.entries(db, version)
        await asyncio.to_thread(_write, folder, found, version)
        return version

    async def compare(self, folder: Path, at: datetime) -> list[Change]:
        """What an import of the folder would change; checked as an import is, nothing written."""
        async with self._store.read() as db:
            before, after = await self._imported(db, folder, at)
            return list(city_versions.differences(before, after))

    async def bring_in(self, folder: Path, *, by: str, reason: str, at: datetime) -> Edited:
        """Makes the folder's files the city's data; what a file leaves out is closed.

        Kinds without a file stay. Refuses `stale_version` where somebody changed the data after
        the folder was exported.
        """

        async def edit(db: AsyncConnection) -> Entries:
            _, after = await self._imported(db, folder, at)
            return after

        return await self._edit(edit, by=by, reason=reason, at=at)

    async def entries_of(self, kind: str) -> dict[str, JsonObject]:
        """The entries of one kind that are in force, by code."""
        async with self._store.read() as db:
            found = await city_versions.entries(db, await city_versions.newest(db))
        return found.get(kind, {})

    async def put(
        self,
        kind: str,
        given: Mapping[str, JsonObject],
        *,
        by: str,
        reason: str,
        at: datetime,
        dry_run: bool = False,
    ) -> list[Change]:
        """Adds or replaces entries of one kind, the others stay; what changed, or would."""

        async def edit(db: AsyncConnection) -> Entries:
            before = await city_versions.entries(db, await city_versions.newest(db))
            return {**before, kind: {**before.get(kind, {}), **given}}

        if not dry_run:
            return (await self._edit(edit, by=by, reason=reason, at=at))[1]
        async with self._store.read() as db:
            before = await city_versions.entries(db, await city_versions.newest(db))
            after = await edit(db)
            city_versions.check(after, await policy_versions.read(db), at)
        return list(city_versions.differences(before, after))

    async def limit(
        self, unit: str, clock: str, hours: float | None, *, by: str, reason: str, at: datetime
    ) -> Edited:
        """A unit's own stricter limit (art. 25); None takes it away."""

        async def edit(db: AsyncConnection) -> Entries:
            return await city_versions.limited(db, unit, clock, hours)

        return await self._edit(edit, by=by, reason=reason, at=at)

    async def revert(self, version: int, *, by: str, reason: str, at: datetime) -> Edited:
        """Makes the data of an earlier version those in force again, as a new version."""

        async def edit(db: AsyncConnection) -> Entries:
            newest = await city_versions.newest(db)
            if newest is None or not 1 <= version <= newest:
                known = f"现有版本1至{newest}" if newest else "还没有任何版本"
                raise refuse("invalid_value", "version", f"没有版本{version}", known)
            return await city_versions.entries(db, version)

        return await self._edit(edit, by=by, reason=reason, at=at)

    async def history(self, kind: str | None, code: str | None) -> list[JsonObject]:
        """Who changed what when, newest first."""
        if kind is not None and kind not in NAMES:
            known = "、".join(NAMES)
            raise refuse("invalid_value", "kind", f"没有{kind}这类数据", f"请从{known}中选择")
        async with self._store.read() as db:
            return await city_versions.history(db, kind, code)

    async def _edit(
        self,
        edit: Callable[[AsyncConnection], Awaitable[Entries]],
        *,
        by: str,
        reason: str,
        at: datetime,
    ) -> Edited:
        for name, value in (("by", by), ("reason", reason)):
            if not value.strip():
                raise missing(name)
        if len(by) > _LONGEST:
            raise refuse("invalid_value", "by", "姓名过长", f"请填写不超过{_LONGEST}字的姓名")
        async with self._store.write() as db:
            after = await edit(db)
            city_versions.check(after, await policy_versions.read(db), at)
            return await city_versions.add(db, after, by=by, reason=reason, at=at)

    async def _imported(
        self, db: AsyncConnection, folder: Path, at: datetime
    ) -> tuple[Entries, Entries]:
        given = city_files.read(folder)
        version = await city_versions.newest(db)
        _not_overtaken(folder, version)
        before = await city_versions.entries(db, version)
        after = city_versions.merged(before, given, city_versions.day_of(at))
        city_versions.check(after, await policy_versions.read(db), at)
        return before, after


def _write(folder: Path, found: Entries, version: int | None) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    city_files.write(found, folder)
    (folder / _STAMP).write_text(json.dumps({"version": version}) + "\n", encoding="utf-8")


def _not_overtaken(folder: Path, newest: int | None) -> None:
    stamp = folder / _STAMP
    if not stamp.exists():
        return
    try:
        taken = json.loads(stamp.read_text(encoding="utf-8"))["version"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        fix = "请删除此文件，或重新导出"
        raise refuse("invalid_value", _STAMP, f"{stamp}无法读取", fix) from error
    if taken != newest:
        raise refuse(
            "stale_version",
            "version",
            f"导出之后城市数据又有修改（导出时版本{taken}，现在版本{newest}）",
            "请重新导出，核对后再导入",
        )
