"""What the city's people do with its data: take them out, compare, bring them in, go back."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncConnection

from store.engine import Store
from store.types import JsonObject
from ticketing import city_check, city_files, city_kinds, city_versions, policy_versions, signature
from ticketing.city_files import NAMES, Entries
from ticketing.city_kinds import Head
from ticketing.city_versions import Change, Seeds, no_seeds
from ticketing.workflow.terms import refuse

_STAMP = "version.json"
"""In an exported folder: from which version it was taken."""
_TRIES = 3

Edited = tuple[int, list[Change]]
"""The version that holds an edit, and what it changed."""
Edit = Callable[[AsyncConnection, Entries, int | None], Awaitable[Entries]]
"""From the data of a version to what they shall be."""


def fits_any(_: Entries) -> None:
    """The check of data that no line depends on."""


class CityEditing:
    """The city's data of one store. Raises CityDataError for files that do not fit, and Refusal."""

    def __init__(
        self,
        store: Store,
        seeds: Seeds = no_seeds,
        fits_line: Callable[[Entries], None] = fits_any,
    ) -> None:
        """`fits_line`: raises Refusal for data with which the phone line could not run."""
        self._store = store
        self._seeds = seeds
        self._fits_line = fits_line

    async def export(self, folder: Path) -> int | None:
        """Writes the data in force into a folder; their version, None for the program's own."""
        version, found = await self._current()
        await asyncio.to_thread(_write, folder, found, version)
        return version

    async def compare(self, folder: Path, at: datetime) -> list[Change]:
        """What an import of the folder would change; checked as an import is, nothing written."""
        return (await self._edit(_import(folder, at), by="-", reason="-", at=at, dry_run=True))[1]

    async def bring_in(self, folder: Path, *, by: str, reason: str, at: datetime) -> Edited:
        """Makes the folder's files the city's data; what a file leaves out is closed.

        Kinds without a file stay. Refuses `stale_version` where somebody changed the data after
        the folder was exported.
        """
        return await self._edit(_import(folder, at), by=by, reason=reason, at=at)

    async def entries_of(self, kind: str) -> dict[str, JsonObject]:
        """The entries of one kind that are in force, by code."""
        return (await self._current())[1].get(kind, {})

    async def head(self, kind: str) -> Head:
        """The version of a kind: who changed it last, when and why."""
        async with self._store.read() as db:
            return await city_kinds.head(db, kind)

    async def put(
        self,
        kind: str,
        given: Mapping[str, JsonObject | None],
        *,
        by: str,
        reason: str,
        at: datetime,
        seen: int | None = None,
        dry_run: bool = False,
        are_new: bool = False,
    ) -> Edited:
        """Adds or replaces entries of one kind, None takes one away; the others stay.

        `seen`: the version of the kind that was looked at; where one of the entries has changed
        since, `stale_version`. `are_new`: entries may not replace others, so that a code which
        is taken is not overwritten by mistake.
        """

        tidy = {
            code: None if row is None else city_check.tidied(kind, code, row)
            for code, row in given.items()
        }

        async def edit(_: AsyncConnection, before: Entries, __: int | None) -> Entries:
            if are_new:
                city_kinds.not_taken(before, kind, tidy)
            after = city_kinds.with_changes(before, kind, tidy)
            if kind == "units":
                city_check.check_extensions(after, tidy)
            return after

        return await self._edit(edit, by=by, reason=reason, at=at, seen=seen, dry_run=dry_run)

    async def limit(
        self, unit: str, clock: str, hours: float | None, *, by: str, reason: str, at: datetime
    ) -> Edited:
        """A unit's own stricter limit (art. 25); None takes it away."""

        async def edit(_: AsyncConnection, before: Entries, __: int | None) -> Entries:
            return city_versions.limited(before, unit, clock, hours)

        return await self._edit(edit, by=by, reason=reason, at=at)

    async def revert(
        self,
        version: int,
        *,
        by: str,
        reason: str,
        at: datetime,
        kind: str | None = None,
        seen: int | None = None,
    ) -> Edited:
        """Makes the data of an earlier version, or one kind of them, those in force again, as a
        new version."""

        async def edit(db: AsyncConnection, before: Entries, newest: int | None) -> Entries:
            if newest is None or not 1 <= version <= newest:
                known = f"现有版本1至{newest}" if newest else "还没有任何版本"
                raise refuse("invalid_value", "version", f"没有版本{version}", known)
            then = await city_versions.entries(db, version, self._seeds())
            return then if kind is None else {**before, kind: then[kind]}

        return await self._edit(edit, by=by, reason=reason, at=at, seen=seen)

    async def history(self, kind: str | None, code: str | None) -> list[JsonObject]:
        """Who changed what when, newest first."""
        if kind is not None and kind not in NAMES:
            known = "、".join(NAMES)
            raise refuse("invalid_value", "kind", f"没有{kind}这类数据", f"请从{known}中选择")
        async with self._store.read() as db:
            return await city_versions.history(db, kind, code)

    async def versions(self, kind: str, limit: int) -> list[Head]:
        """The versions that changed a kind, newest first."""
        async with self._store.read() as db:
            return await city_kinds.heads(db, kind, limit)

    async def changes_in(self, kind: str, version: int) -> list[Change]:
        """What a version changed of a kind. Raises Refusal for one that did not."""
        async with self._store.read() as db:
            return await city_kinds.changes_in(db, kind, version)

    async def _current(self) -> tuple[int | None, Entries]:
        async with self._store.read() as db:
            version = await city_versions.newest(db)
            return version, await city_versions.entries(db, version, self._seeds())

    async def _edit(
        self,
        edit: Edit,
        *,
        by: str,
        reason: str,
        at: datetime,
        seen: int | None = None,
        dry_run: bool = False,
    ) -> Edited:
        """Checked before the store is locked for writing: a check may take long."""
        signature.check(by, reason)
        for _ in range(_TRIES):
            async with self._store.read() as db:
                version = await city_versions.newest(db)
                before = await city_versions.entries(db, version, self._seeds())
                after = await edit(db, before, version)
                changes = list(city_versions.differences(before, after))
                if seen is not None:
                    await city_kinds.not_overtaken(db, changes, seen)
                policies = await policy_versions.read(db)
            await asyncio.to_thread(city_check.check, after, changes, policies, at)
            await asyncio.to_thread(self._fits_line, after)
            if dry_run:
                return version or 0, changes
            async with self._store.write() as db:
                if await city_versions.newest(db) == version:
                    return await city_versions.add(
                        db, after, by=by, reason=reason, at=at, seeds=self._seeds()
                    )
        raise city_versions.overtaken()


def _import(folder: Path, at: datetime) -> Edit:
    async def edit(_: AsyncConnection, before: Entries, version: int | None) -> Entries:
        given = city_files.read(folder)
        _not_overtaken(folder, version)
        return city_versions.merged(before, given, city_versions.day_of(at))

    return edit


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
