"""What the city's people change of the running line: kept in the store, laid over config.yaml.

config.yaml brings the first values (`units:`); an entry of the store wins over the one of its code
in config.yaml from the moment somebody has changed it, and `up` never overwrites it.
VAR/run/line.json holds the store's part as the line uses it, so that a start needs no database.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property

from ivr.settings import UnitLine
from service.files import read_json, write_json
from service.paths import Var
from service.settings import Settings
from store.types import JsonObject
from ticketing import city_versions
from ticketing.city_files import LINE_KINDS, Entries
from ticketing.duty import Duty
from ticketing.line_book import duty_of, notices_of
from ticketing.notices import Notice

Held = Mapping[str, Mapping[str, JsonObject | None]]

USED = frozenset({"units", "categories", "regions", *LINE_KINDS})
"""Kinds that the running line works with: names are spoken."""


@dataclass(frozen=True)
class LineData:
    """The store's part of what a line works with, and what config.yaml brings."""

    version: int | None = None
    """The newest version of the kinds used; None: the store holds none."""
    held: Held = field(default_factory=dict)
    seeds: Entries = field(default_factory=dict)

    @classmethod
    def load(cls, var: Var, settings: Settings) -> "LineData":
        """As VAR keeps it, over the settings of config.yaml."""
        kept = read_json(var.line) or {}
        version, held = kept.get("version"), kept.get("held")
        return cls(
            version if isinstance(version, int) else None,
            held if isinstance(held, dict) else {},
            seeds_of(settings),
        )

    def save(self, var: Var) -> None:
        """Keep the store's part for the line; the file is the owner's only."""
        used = {kind: self.held[kind] for kind in sorted(USED & self.held.keys())}
        write_json(var.line, {"version": self.version, "held": used})

    @cached_property
    def entries(self) -> Entries:
        """The entries in force."""
        return city_versions.laid_over(self.seeds, self.held)

    @cached_property
    def duty(self) -> Duty:
        """Who of a unit is reached when."""
        return duty_of(self.entries)

    @cached_property
    def notices(self) -> tuple[Notice, ...]:
        """All notices, also those that are over."""
        return notices_of(self.entries)

    def units(self, day: date) -> dict[str, JsonObject]:
        """Units that take tickets on that day, by code."""
        rows = self.entries["units"].items()
        return {code: row for code, row in rows if str(day) <= _end(row)}

    def spoken_names(self, now: datetime) -> dict[str, dict[str, str]]:
        """Names by prompt variable and code, with the words of notices that are not over."""
        rows = self.entries
        told = [one for one in self.notices if one.on_line and now < one.until]
        return {
            "unit": {code: str(row["name"]) for code, row in rows["units"].items()},
            "topic": {code: str(row["l2"]) for code, row in rows["categories"].items()},
            "area": {code: str(row["name"]) for code, row in rows["regions"].items()}
            | {one.area: one.area for one in told},
            "reason": {one.reason: one.reason for one in told},
            "event": {one.event: one.event for one in told},
        }


def seeds_of(settings: Settings) -> Entries:
    """What config.yaml brings of the line's kinds."""
    return {
        "contacts": {
            unit.code: {
                "unit": unit.code,
                "contacts": [{"number": number} for number in unit.contacts],
            }
            for unit in settings.units
        }
    }


def laid_over(settings: Settings, line: LineData) -> Settings:
    """The settings of config.yaml with what the store says of the line."""
    units = [
        UnitLine(code=code, contacts=list(numbers)) for code, numbers in line.duty.contacts.items()
    ]
    return settings.model_copy(update={"units": units})


def _end(unit: JsonObject) -> str:
    return str(unit.get("valid_to") or "9999")
