"""What the city's people change of the running line: kept in the store, laid over config.yaml.

config.yaml brings the first values (`units:`); an entry of the store wins over the one of its code
in config.yaml from the moment somebody has changed it, and `up` never overwrites it.
VAR/run/line.json holds the store's part as the line uses it, so that a start needs no database.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from pathlib import Path

from ivr.menu_files import read_document
from ivr.settings import Agent, PauseReason, UnitLine
from service.files import read_json, write_json
from service.paths import HOME, Var
from service.settings import Settings
from store.types import JsonObject
from ticketing import city_versions
from ticketing.city_files import LINE_KINDS, MENUS, Entries
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

    @property
    def menus(self) -> JsonObject:
        """The menus as a document (ivr.menus)."""
        return self.entries["menus"][MENUS]

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


_TITLES = {"citizen": "市民诉求", "enterprise": "企业服务"}
"""What the product's own skill groups are called."""


def seeds_of(settings: Settings) -> Entries:
    """What config.yaml brings of the line's kinds."""
    return {
        "contacts": {
            unit.code: {
                "unit": unit.code,
                "contacts": [{"number": number} for number in unit.contacts],
            }
            for unit in settings.units
        },
        "groups": {
            name: {"name": name, "number": number, "title": _TITLES.get(name)}
            for name, number in settings.numbers.groups.items()
        },
        "agents": {
            one.number: {
                "number": one.number,
                "name": one.name,
                "skills": dict(one.skills),
                "role": one.role,
            }
            for one in settings.agents
        },
        "pauses": {
            one.code: {"code": one.code, "label": one.label, "rank": rank}
            for rank, one in enumerate(settings.ivr.queue.pause_reasons, 1)
        },
        "prompts": {
            key: {"key": key, "text": text} for key, text in settings.prompts.texts.items()
        },
        "menus": _menus(settings),
    }


def laid_over(settings: Settings, line: LineData) -> Settings:
    """The settings of config.yaml with what the store says of the line.

    Passwords stay where they are: in config.yaml, or in VAR/secrets.yaml.
    """
    rows = line.entries
    passwords = {one.number: one.password for one in settings.agents}
    agents = [Agent(**row, password=passwords.get(number)) for number, row in _by(rows, "agents")]
    units = [UnitLine(code=code, contacts=list(n)) for code, n in line.duty.contacts.items()]
    groups = {name: str(row["number"]) for name, row in rows["groups"].items()}
    texts = {key: str(row["text"]) for key, row in rows["prompts"].items()}
    pauses = sorted(rows["pauses"].values(), key=lambda row: (row.get("rank", 50), row["code"]))
    reasons = [PauseReason(code=row["code"], label=row["label"]) for row in pauses]
    queue = settings.ivr.queue.model_copy(update={"pause_reasons": reasons})
    return settings.model_copy(
        update={
            "agents": agents,
            "units": units,
            "numbers": settings.numbers.model_copy(update={"groups": groups}),
            "prompts": settings.prompts.model_copy(update={"texts": texts}),
            "ivr": settings.ivr.model_copy(update={"queue": queue}),
        }
    )


def _menus(settings: Settings) -> dict[str, JsonObject]:
    document = read_document(menu_file(settings))
    return {} if document is None else {MENUS: document}


def menu_file(settings: Settings) -> Path:
    """The menus that config.yaml brings."""
    return settings.ivr.menus or HOME / "city" / "menus.yaml"


def _by(rows: Entries, kind: str) -> list[tuple[str, JsonObject]]:
    """The entries of a kind by their codes."""
    return sorted(rows[kind].items())


def _end(unit: JsonObject) -> str:
    return str(unit.get("valid_to") or "9999")
