"""The city's data in the store (城市数据): versions that a person made, with name and reason.

A store without a version uses the files that the program brings; the first change seeds it with
them. Later the store's data are the city's: a new release never overwrites them.
"""

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from store.tables_city import city_entry, city_version
from store.types import SHANGHAI, JsonObject
from ticketing import city_files, citydata
from ticketing.city_files import KINDS, Entries
from ticketing.citydata import CityData, CityDataError
from ticketing.policy import LIMITED, Policies
from ticketing.refusal import Refusal
from ticketing.workflow.terms import refuse


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
        version = await newest(db)
        if self._known is None or self._known[0] != version:
            self._known = version, await _city(db, version)
        return self._known[1]


async def newest(db: AsyncConnection) -> int | None:
    """Number of the newest version; None where the program's files are used."""
    number: int | None = await db.scalar(sa.select(sa.func.max(city_version.c.version)))
    return number


async def entries(db: AsyncConnection, version: int | None) -> Entries:
    """All entries as of a version; those of the program's files for None."""
    if version is None:
        return city_files.read(citydata.CITY_FOLDER)
    last = (
        sa.select(city_entry.c.kind, city_entry.c.code, sa.func.max(city_entry.c.version))
        .where(city_entry.c.version <= version)
        .group_by(city_entry.c.kind, city_entry.c.code)
    )
    key = sa.tuple_(city_entry.c.kind, city_entry.c.code, city_entry.c.version)
    query = sa.select(city_entry.c.kind, city_entry.c.code, city_entry.c.data).where(
        key.in_(last), city_entry.c.data.is_not(None)
    )
    found: Entries = {}
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


def check(after: Entries, policies: Policies, at: datetime) -> None:
    """Raises CityDataError or Refusal for data that do not fit together."""
    with tempfile.TemporaryDirectory(prefix="hotline-city-") as name:
        folder = Path(name)
        city_files.write(after, folder)
        try:
            city_files.check(folder)
        except CityDataError as error:
            raise CityDataError(str(error).replace(f"{name}/", "")) from None
        city = citydata.read(folder)
    for unit in city.units.values():
        for clock, limit in unit.limits.items():
            if clock not in LIMITED:
                known = "、".join(LIMITED)
                raise refuse("invalid_value", "clock", f"没有时限{clock}", f"请从{known}中选择")
            longest = policies.at(at).hours_of(clock)
            if not 0 < limit.total_seconds() <= longest.total_seconds():
                raise refuse(
                    "looser_than_policy",
                    "hours",
                    f"{unit.name}的内部时限不能比规定宽松",
                    f"请填写大于0、不超过{longest.total_seconds() / 3600:g}的小时数",
                    "25",
                )


async def add(
    db: AsyncConnection, after: Entries, *, by: str, reason: str, at: datetime
) -> tuple[int, list[Change]]:
    """Makes `after` the city's data; the version and what changed. Nothing changed: no version.

    `after` must have been checked. Raises Refusal `stale_version` where somebody was faster.
    """
    version = await newest(db)
    before = await entries(db, version)
    changes = list(differences(before, after))
    if not changes:
        return version or 0, []
    if version is None:
        seed = list(differences({}, before))
        await _write(db, 1, seed, by="system", reason="files of the program", at=at)
        version = 1
    await _write(db, version + 1, changes, by=by, reason=reason, at=at)
    return version + 1, changes


async def limited(db: AsyncConnection, unit: str, clock: str, hours: float | None) -> Entries:
    """The data with a unit's own limit (art. 25); None takes it away. Raises Refusal."""
    found = await entries(db, await newest(db))
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
        raise _overtaken() from None
    told = [
        {"kind": one.kind, "code": one.code, "version": version, "data": one.after}
        for one in changes
    ]
    await db.execute(sa.insert(city_entry), told)


def _overtaken() -> Refusal:
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
