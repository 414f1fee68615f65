"""What the city's data say of the line (线路数据): who is on duty, which notices are told."""

from dataclasses import dataclass
from datetime import datetime

from store.engine import Store
from ticketing import city_versions
from ticketing.city_files import LINE_KINDS, Entries
from ticketing.city_versions import Seeds, no_seeds
from ticketing.duty import Duty, Holiday, Roster, UnitContacts
from ticketing.line_rows import GroupRow
from ticketing.notices import Notice, active


def duty_of(entries: Entries) -> Duty:
    """Who of a unit is reached when."""
    contacts = map(UnitContacts.model_validate, entries["contacts"].values())
    rosters = map(Roster.model_validate, entries["roster"].values())
    holidays = map(Holiday.model_validate, entries["holidays"].values())
    return Duty(
        {one.unit: one.numbers for one in contacts},
        {one.unit: one for one in rosters},
        {one.day: one.counts_as for one in holidays},
    )


def notices_of(entries: Entries) -> tuple[Notice, ...]:
    """All notices, also those that are over."""
    return tuple(map(Notice.model_validate, entries["notices"].values()))


class LineBook:
    """The line's data of a store, read again only when there is a new version."""

    def __init__(self, store: Store, seeds: Seeds = no_seeds) -> None:
        self._store = store
        self._seeds = seeds
        self._known: _Known | None = None

    async def duty(self) -> Duty:
        """Contacts and rosters in force."""
        return (await self._current()).duty

    async def notices(self, now: datetime) -> list[Notice]:
        """What is told now, what ends first at the head."""
        return active((await self._current()).notices, now)

    async def groups(self) -> dict[str, str]:
        """What the skill groups (技能组) are called, by their codes."""
        rows = (await self._current()).groups
        return {code: row.title or code for code, row in rows.items()}

    async def group_rows(self) -> dict[str, GroupRow]:
        """The skill groups with their extensions, by their codes."""
        return dict((await self._current()).groups)

    async def agents(self) -> dict[str, str]:
        """What the agents are called, by their extensions; who has no name is left out."""
        return dict((await self._current()).agents)

    async def _current(self) -> "_Known":
        seeds = self._seeds()
        async with self._store.read() as db:
            version = await city_versions.newest(db, LINE_KINDS)
            known = self._known
            if known is None or (known.version, known.seeds) != (version, seeds):
                entries = await city_versions.entries(db, version, seeds)
                known = _Known(
                    version,
                    seeds,
                    duty_of(entries),
                    notices_of(entries),
                    _groups(entries),
                    _names(entries),
                )
                self._known = known
        return known


@dataclass(frozen=True)
class _Known:
    version: int | None
    seeds: Entries
    duty: Duty
    notices: tuple[Notice, ...]
    groups: dict[str, GroupRow]
    agents: dict[str, str]


def _groups(entries: Entries) -> dict[str, GroupRow]:
    return {code: GroupRow.model_validate(row) for code, row in entries["groups"].items()}


def _names(entries: Entries) -> dict[str, str]:
    return {code: str(row["name"]) for code, row in entries["agents"].items() if row.get("name")}
