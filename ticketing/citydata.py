"""The city's categories, regions and units (诉求分类、行政区划、成员单位) from its data folder."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from ticketing.sms.texts import SmsText, TextFault, check_all, text_of

CITY_FOLDER = Path(__file__).resolve().parents[1] / "city"
"""Seed data: beside the packages in the repository and in an installed wheel."""


SMS_FILE = "sms.json"

Rows = Sequence[Mapping[str, Any]]
"""Entries of one of the files."""


class CityDataError(ValueError):
    """A file of city data that cannot be used; names the file and what is wrong."""

    def __init__(self, message: str, told: str | None = None, field: str | None = None) -> None:
        super().__init__(message)
        self.told = told or f"数据有误：{message}"
        """The same for people at a page."""
        self.field = field
        """The entry's code and the key at fault, e.g. `DSJ.ext`."""


@dataclass(frozen=True)
class Category:
    """A second-level category (二级分类)."""

    code: str
    l1: str
    """Name of the first level (一级分类); its code is the first two digits."""
    l2: str
    unit: str
    """Code of the unit in charge, `@region` or `@superior`."""
    keywords: tuple[str, ...]
    gbt39666_code: str | None
    valid_to: date | None = None
    """The last day on which tickets get it; None while it exists."""
    successor: str | None = None
    """Code of the category that took its place."""

    def is_active(self, day: date) -> bool:
        """Whether new tickets may have it on that day."""
        return self.valid_to is None or day <= self.valid_to

    @property
    def l1_code(self) -> str:
        return self.code[:2]


@dataclass(frozen=True)
class Region:
    """A district, county or zone (县区、功能区)."""

    code: str
    """GB/T 2260, or a local one for a functional zone."""
    name: str
    aliases: tuple[str, ...]
    """What callers say for it, longest first."""

    @property
    def is_city(self) -> bool:
        """Whether it is the whole city (市本级)."""
        return self.code.endswith("00")


@dataclass(frozen=True)
class Unit:
    """A member unit (成员单位)."""

    code: str
    name: str
    level: str
    extension: str
    """What an agent types to bring the unit into a call (内线)."""
    valid_from: date | None = None
    valid_to: date | None = None
    """The last day on which it takes tickets; None while it exists."""
    parent: str | None = None
    """Code of the unit that it belongs to."""
    successor: str | None = None
    """Code of the unit that took its place."""
    limits: Mapping[str, timedelta] = field(default_factory=dict)
    """Its own stricter limits by clock (art. 25)."""

    def is_active(self, day: date) -> bool:
        """Whether it takes tickets on that day."""
        begun = self.valid_from is None or self.valid_from <= day
        return begun and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True)
class CityData:
    """Everything by its code."""

    categories: Mapping[str, Category]
    regions: Mapping[str, Region]
    units: Mapping[str, Unit]
    texts: Mapping[str, SmsText] = field(default_factory=dict)
    """Texts of short messages (短信模板) by template."""

    @property
    def l1_names(self) -> dict[str, str]:
        """First-level names by their codes."""
        return {one.l1_code: one.l1 for one in self.categories.values()}


@cache
def load(folder: Path = CITY_FOLDER) -> CityData:
    """`read`, once for each folder."""
    return read(folder)


def read(folder: Path) -> CityData:
    """Reads taxonomy.json, regions.json, units.json and sms.json. Raises CityDataError."""
    return of_rows(
        regions=_rows(folder / "regions.json"),
        units=_rows(folder / "units.json"),
        categories=_rows(folder / "taxonomy.json"),
        sms=_rows(folder / SMS_FILE) if (folder / SMS_FILE).exists() else (),
    )


def of_rows(*, regions: Rows, units: Rows, categories: Rows, sms: Rows) -> CityData:
    """The data of these rows. Raises CityDataError that names the entry and the key at fault."""
    whole = next((str(row.get("name")) for row in regions if _is_whole(row)), "")
    city = _plain(whole).removesuffix("市")
    return CityData(
        categories=_each("taxonomy.json", categories, _category),
        regions=_each("regions.json", regions, lambda row: _region(row, city)),
        units=_each("units.json", units, _unit),
        # A store that was seeded by a program without texts has none of its own.
        texts=_texts(sms or _rows(CITY_FOLDER / SMS_FILE)),
    )


T = TypeVar("T")


def _each(
    file: str, rows: Rows, make: Callable[[Mapping[str, Any]], T], key: str = "code"
) -> dict[str, T]:
    found: dict[str, T] = {}
    for number, row in enumerate(rows, 1):
        where = f"{file}: entry {number} ({row.get(key)})"
        try:
            made = make(row)
        except KeyError as error:
            raise CityDataError(f"{where} has no {error.args[0]}") from error
        except TextFault as fault:
            place = f"{row[key]}.{fault.field}"
            raise CityDataError(f"{where}: {fault}", fault.told, place) from fault
        except (TypeError, ValueError) as error:
            raise CityDataError(f"{where}: {error}") from error
        if row[key] in found:
            raise CityDataError(f"{where}: the {key} stands there twice")
        found[str(row[key])] = made
    return found


def _texts(rows: Rows) -> dict[str, SmsText]:
    found = _each(SMS_FILE, rows, text_of, key="key")
    try:
        check_all(found)
    except ValueError as error:
        raise CityDataError(f"{SMS_FILE}: {error}") from error
    return found


def _category(row: Mapping[str, Any]) -> Category:
    return Category(
        code=_text(row, "code"),
        l1=_text(row, "l1"),
        l2=_text(row, "l2"),
        unit=_text(row, "unit"),
        keywords=tuple(map(str, row["keywords"])),
        gbt39666_code=row.get("gbt39666_code"),
        valid_to=_day(row, "valid_to"),
        successor=row.get("successor"),
    )


def _region(row: Mapping[str, Any], city: str) -> Region:
    name = _text(row, "name")
    return Region(_text(row, "code"), _plain(name), _aliases(name, city))


def _unit(row: Mapping[str, Any]) -> Unit:
    return Unit(
        _text(row, "code"),
        _text(row, "name"),
        _text(row, "level"),
        _text(row, "ext"),
        valid_from=_day(row, "valid_from"),
        valid_to=_day(row, "valid_to"),
        parent=row.get("parent"),
        successor=row.get("successor"),
        limits={
            str(clock): timedelta(hours=float(hours))
            for clock, hours in dict(row.get("limits") or {}).items()
        },
    )


def _is_whole(row: Mapping[str, Any]) -> bool:
    return str(row.get("code")).endswith("00")


def _text(row: Mapping[str, Any], key: str) -> str:
    value = row[key]
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{key} must be a text, not {value!r}")
    return value


def _day(row: Mapping[str, Any], key: str) -> date | None:
    value = row.get(key)
    if not value:
        return None
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{key} must be a day such as 2026-10-01, not {value!r}") from error


def _rows(path: Path) -> list[dict[str, Any]]:
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CityDataError(f"{path}: {error.strerror}; put the city's data there") from error
    except ValueError as error:
        raise CityDataError(f"{path}: not JSON: {error}") from error
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise CityDataError(f"{path}: must be a list of objects")
    return rows


def _plain(name: str) -> str:
    """The name without remarks: 宿迁市(市本级) → 宿迁市."""
    return re.sub(r"[(\uff08].*?[)\uff09]|\*", "", name)


def _aliases(name: str, city: str) -> tuple[str, ...]:
    """Ways to say a region's name: with and without its kind and the city's name."""
    full = _plain(name)
    said = {full, full.replace("经济技术开发区", "经开区"), full.replace("经济技术", "")}
    said |= {one.removeprefix(city) for one in said if one.removeprefix(city) not in ("市", "")}
    said |= {one[one.index(city) + len(city) :] for one in said if one.find(city) > 0}
    # 湖滨新区 → 湖滨, 沭阳县 → 沭阳; one character alone would be found everywhere.
    for kind in ("新区", "区", "县", "市"):
        stem = full.removesuffix(kind)
        if stem != full and "园" not in stem and "开发" not in stem:
            said.add(stem)
            break
    return tuple(sorted((one for one in said if len(one) > 1), key=lambda one: (-len(one), one)))
