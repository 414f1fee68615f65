"""Who handles what (派单路由): category x region -> unit with its ground (domain.md §5.1, R-8-3).

Pure functions over the city's table; a dispatcher decides.
"""

import csv
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ticketing.citydata import CITY_FOLDER, CityData, CityDataError
from ticketing.emergency_sound import plain

BY_REGION = "@region"
"""The county's or zone's own government (属地)."""
BY_SUPERIOR = "@superior"
"""The unit above the one complained of (R-6-3)."""

_COLUMNS = ("category", "region", "unit", "assist", "ground")


@dataclass(frozen=True)
class Route:
    """Where a matter goes."""

    unit: str | None
    """None: the table does not say; a dispatcher does."""
    assist: tuple[str, ...]
    """Units that help (协办)."""
    ground: str
    """Duty text by which a return can be judged (依据)."""


@dataclass(frozen=True)
class Rule:
    """A row of the table."""

    unit: str
    """Code, `@region` or `@superior`."""
    assist: str | None
    ground: str


@dataclass(frozen=True)
class Routing:
    """The table and what it refers to."""

    rules: Mapping[tuple[str, str | None], Rule]
    """By category and region; None stands for every region without a row of its own."""
    territories: Mapping[str, str]
    """County or zone unit by region."""
    superiors: Mapping[str, str]
    """Supervising unit (上级或主管单位) by unit."""
    aliases: Mapping[str, tuple[str, ...]]
    """What citizens call a unit."""

    def route(self, category: str, region: str | None, target_unit: str | None = None) -> Route:
        """The unit for a category in a region; `target_unit` is the one complained of, if any.

        A territorial matter goes to the county's or zone's unit with the city bureau as
        assisting one, and to the bureau itself where there is no such unit.
        """
        rule = self.rules.get((category, region)) or self.rules.get((category, None))
        if rule is None:
            return Route(None, (), "")
        if rule.unit == BY_SUPERIOR:
            return Route(self.superior(target_unit), (), rule.ground)
        if rule.unit != BY_REGION:
            return Route(rule.unit, (rule.assist,) if rule.assist else (), rule.ground)
        unit = self.territories.get(region or "")
        if unit is None:
            return Route(rule.assist, (), rule.ground)
        return Route(unit, (rule.assist,) if rule.assist else (), rule.ground)

    def superior(self, unit: str | None) -> str | None:
        """The unit above another one; None where the table has none."""
        return self.superiors.get(unit or "")

    def named(self, text: str) -> tuple[str, str] | None:
        """The unit that a text names, with the words: the longest name, then the first one."""
        bare = plain(text)
        found = [
            (-len(alias), bare.index(alias), code, alias)
            for code, aliases in self.aliases.items()
            for alias in aliases
            if alias in bare
        ]
        if not found:
            return None
        _, _, code, alias = min(found)
        return code, alias


def load(city: CityData, folder: Path = CITY_FOLDER) -> Routing:
    """Reads routing.csv and unit_relations.json. Raises CityDataError for what does not fit."""
    rules: dict[tuple[str, str | None], Rule] = {}
    path = folder / "routing.csv"
    for number, row in enumerate(_rows(path), 2):
        key = row["category"], row["region"] or None
        code, units = f"{row['category']}/{row['region']}", (BY_REGION, BY_SUPERIOR, *city.units)
        for good, fault, told, name in (
            (key[0] in city.categories, f"no category {key[0]}", "没有这个分类", "category"),
            (key[1] in (None, *city.regions), f"no region {key[1]}", "没有这个区划", "region"),
            (row["unit"] in units, f"no unit {row['unit']}", "没有这个单位", "unit"),
            (row["assist"] in ("", *city.units), f"no {row['assist']}", "没有这个单位", "assist"),
            (bool(row["ground"]), "has no ground", "缺少依据", "ground"),
            (
                key not in rules,
                "the same category and region as an earlier row",
                "重复",
                "category",
            ),
        ):
            message = f"{path}: row {number}: {fault}"
            _expect(good, message, f"派单规则{code}：{told}", f"{code}.{name}")
        rules[key] = Rule(row["unit"], row["assist"] or None, row["ground"])
    path = folder / "unit_relations.json"
    relations = _relations(path)
    routing = Routing(
        rules,
        relations["territories"],
        relations["superiors"],
        {code: tuple(names) for code, names in relations["aliases"].items()},
    )
    for table, named in (
        ("territories", routing.territories),
        ("superiors", routing.superiors),
    ):
        for code, unit in named.items():
            _known(unit in city.units, path, "unit", unit, f"{table}/{code}.value")
    for table in ("superiors", "aliases"):
        for code in relations[table]:
            _known(code in city.units, path, "unit", code, f"{table}/{code}.code")
    for code in routing.territories:
        _known(code in city.regions, path, "region", code, f"territories/{code}.code")
    return routing


def _rows(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
    except OSError as error:
        raise CityDataError(f"{path}: {error.strerror}; put the city's routing there") from error
    good = all(row.get(column) is not None for row in rows for column in _COLUMNS)
    _expect(good, f"{path}: must have the columns {', '.join(_COLUMNS)}")
    return rows


def _relations(path: Path) -> dict[str, dict[str, str]]:
    try:
        found: dict[str, dict[str, str]] = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CityDataError(f"{path}: {error.strerror}; put the city's data there") from error
    except ValueError as error:
        raise CityDataError(f"{path}: not JSON: {error}") from error
    for key in ("territories", "superiors", "aliases"):
        _expect(isinstance(found, dict) and key in found, f"{path}: has no {key}")
    return found


def _known(good: bool, path: Path, what: str, code: str, field: str) -> None:
    word = {"unit": "单位", "region": "区划"}[what]
    _expect(good, f"{path}: no {what} {code}", f"没有代码为{code}的{word}", field)


def _expect(good: bool, fault: str, told: str | None = None, field: str | None = None) -> None:
    if not good:
        raise CityDataError(fault, told, field)
