"""The city's data in the store (城市数据): versions that a person made, with name and reason.

A store without a version uses the files that the program brings; the first change seeds it with
them. Later the store's data are the city's: a new release never overwrites them. For kinds of the
phone line, config.yaml brings entries too: each counts until the store has held one of its code.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from store.tables_city import city_entry, city_version
from store.types import SHANGHAI, JsonObject
from ticketing import city_files, citydata
from ticketing.city_files import KINDS, TICKET_KINDS, Entries
from ticketing.citydata import CityData
from ticketing.refusal import Refusal
from ticketing.workflow.terms import refuse

FIRST = "files of the program"
"""Reason of the version that holds what the program and config.yaml brought."""


Seeds = Callable[[], Entries]
"""What config.yaml brings now, of kinds of the line."""


def no_seeds() -> Entries:
    """Where there is no config.yaml."""
    return {}


@dataclass(frozen=True)
class Change:
    """One entry that differs between two states of the data."""

    kind: str
    code: str
    before: JsonObject | None
    after: JsonObject | None


class CityCache:
    """The city's data of a store, read again only when there is a new version."""

    def __init__(self, fixed: CityData | None = None) -> None:
        self._fixed = fixed
        """Data that do not come from the store."""
        self._known: tuple[int | None, CityData] | None = None

    async def current(self, db: AsyncConnection) -> CityData:
        """The data in force."""
        if self._fixed is not None:
            return self._fixed
        version = await newest(db, TICKET_KINDS)
        if self._known is None or self._known[0] != version:
            self._known = version, await _city(db, version)
        return self._known[1]


async def newest(db: AsyncConnection, kinds: Collection[str] | None = None) -> int | None:
    """Number of the newest version, or of the newest that changed one of these kinds; None where
    the program's files are used."""
    if kinds is None:
        query = sa.select(sa.func.max(city_version.c.version))
    else:
        query = sa.select(sa.func.max(city_entry.c.version)).where(city_entry.c.kind.in_(kinds))
    number: int | None = await db.scalar(query)
    return number


async def entries(
    db: AsyncConnection, version: int | None, seeds: Entries | None = None
) -> Entries:
    """All entries as of a version; for None those of the program's files.

    `seeds`: what config.yaml brings, for kinds of the line.
    """
    return laid_over(seeds or {}, await held(db, version))


def laid_over(seeds: Entries, stored: Mapping[str, Mapping[str, JsonObject | None]]) -> Entries:
    """What the store holds over what the program and config.yaml bring."""
    found: Entries = {}
    for kind in KINDS:
        rows: Mapping[str, JsonObject | None]
        if kind.is_line:
            rows = {**seeds.get(kind.name, {}), **stored.get(kind.name, {})}
        else:
            rows = stored.get(kind.name) or _of_program().get(kind.name, {})
        found[kind.name] = {code: data for code, data in rows.items() if data is not None}
    return found


@cache
def _of_program() -> Entries:
    return city_files.read(citydata.CITY_FOLDER)


async def held(db: AsyncConnection, version: int | None) -> dict[str, dict[str, JsonObject | None]]:
    """What the store itself holds as of a version; None for an entry that was taken away."""
    if version is None:
        return {}
    last = (
        sa.select(city_entry.c.kind, city_entry.c.code, sa.func.max(city_entry.c.version))
        .where(city_entry.c.version <= version)
        .group_by(city_entry.c.kind, city_entry.c.code)
    )
    key = sa.tuple_(city_entry.c.kind, city_entry.c.code, city_entry.c.version)
    query = sa.select(city_entry.c.kind, city_entry.c.code, city_entry.c.data).where(key.in_(last))
    found: dict[str, dict[str, JsonObject | None]] = {}
    for kind, code, data in await db.execute(query):
        found.setdefault(kind, {})[code] = data
    return found


def differences(before: Entries, after: Entries) -> Iterator[Change]:
    """What changes from one state to the other, by kind and code."""
    for kind in KINDS:
        old, new = before.get(kind.name, {}), after.get(kind.name, {})
        for code in sorted(old.keys() | new.keys()):
            if old.get(code) != new.get(code):
                yield Change(kind.name, code, old.get(code), new.get(code))


def merged(before: Entries, given: Entries, today: date) -> Entries:
    """The data after an import: kinds that are not given stay; what is left out is closed."""
    after = dict(before)
    for kind in KINDS:
        if kind.name not in given:
            continue
        rows = dict(given[kind.name])
        for code, row in before.get(kind.name, {}).items():
            if code not in rows and kind.closes:
                rows[code] = row if row.get("valid_to") else {**row, "valid_to": str(today)}
        after[kind.name] = rows
    return after


async def add(
    db: AsyncConnection,
    after: Entries,
    *,
    by: str,
    reason: str,
    at: datetime,
    seeds: Entries | None = None,
) -> tuple[int, list[Change]]:
    """Makes `after` the city's data; the version and what changed. Nothing changed: no version.

    `after` must have been checked. Kinds that the store has not held yet are put there first, as
    they were before. Raises Refusal `stale_version` where somebody was faster.
    """
    version = await newest(db)
    stored = await held(db, version)
    before = laid_over(seeds or {}, stored)
    changes = list(differences(before, after))
    if not changes:
        return version or 0, []
    number = (version or 0) + 1
    wanted = {one.kind for one in changes}
    if wanted & set(TICKET_KINDS):  # they name one another
        wanted |= set(TICKET_KINDS)
    first = [one for one in differences({}, before) if one.kind in wanted - stored.keys()]
    if first:
        await _write(db, number, first, by="system", reason=FIRST, at=at)
        number += 1
    await _write(db, number, changes, by=by, reason=reason, at=at)
    return number, changes


def limited(found: Entries, unit: str, clock: str, hours: float | None) -> Entries:
    """The data with a unit's own limit (art. 25); None takes it away. Raises Refusal."""
    row = found["units"].get(unit)
    if row is None:
        raise refuse("unknown_unit", "unit", f"没有代码为{unit}的单位", "请填写成员单位代码")
    limits = dict(row.get("limits") or {})
    limits.pop(clock, None)
    if hours is not None:
        limits[clock] = hours
    units = {**found["units"], unit: {**row, "limits": limits}}
    return {**found, "units": units}


async def history(db: AsyncConnection, kind: str | None, code: str | None) -> list[JsonObject]:
    """Versions, newest first; of one kind or entry with its data."""
    if kind is None:
        query = sa.select(city_version).order_by(city_version.c.version.desc())
    else:
        query = (
            sa.select(city_version, city_entry.c.code, city_entry.c.data)
            .join(city_entry, city_entry.c.version == city_version.c.version)
            .where(city_entry.c.kind == kind)
            .order_by(city_version.c.version.desc(), city_entry.c.code)
        )
        if code is not None:
            query = query.where(city_entry.c.code == code)
    return [dict(row) for row in (await db.execute(query)).mappings()]


async def _write(
    db: AsyncConnection,
    version: int,
    changes: list[Change],
    *,
    by: str,
    reason: str,
    at: datetime,
) -> None:
    row = {"version": version, "by": by, "reason": reason, "at": at}
    try:
        await db.execute(sa.insert(city_version).values(row))
    except IntegrityError:
        raise overtaken() from None
    told = [
        {"kind": one.kind, "code": one.code, "version": version, "data": one.after}
        for one in changes
    ]
    await db.execute(sa.insert(city_entry), told)


def overtaken() -> Refusal:
    """Somebody was faster."""
    return refuse("stale_version", "version", "别人刚刚修改了城市数据", "请重新导出，核对后再导入")


async def _city(db: AsyncConnection, version: int | None) -> CityData:
    if version is None:
        return citydata.load()
    found = await entries(db, version)
    return citydata.of_rows(
        **{key: _rows(found, key) for key in ("regions", "units", "categories", "sms")}
    )


def _rows(found: Mapping[str, Mapping[str, JsonObject]], kind: str) -> list[JsonObject]:
    rows = found.get(kind, {})
    return [rows[code] for code in sorted(rows)]


def day_of(at: datetime) -> date:
    """The city's day of an instant."""
    return at.astimezone(SHANGHAI).date()
