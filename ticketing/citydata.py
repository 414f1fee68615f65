"""The city's categories, regions and units (诉求分类、行政区划、成员单位) from its data folder."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

CITY_FOLDER = Path(__file__).resolve().parents[1] / "city"
"""Seed data: beside the packages in the repository and in an installed wheel."""


class CityDataError(ValueError):
    """A file of city data that cannot be used; names the file and what is wrong."""


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
    valid_to: date | None = None
    """The last day on which it takes tickets; None while it exists."""

    def is_active(self, day: date) -> bool:
        """Whether it takes tickets on that day."""
        return self.valid_to is None or day <= self.valid_to


@dataclass(frozen=True)
class CityData:
    """Everything by its code."""

    categories: Mapping[str, Category]
    regions: Mapping[str, Region]
    units: Mapping[str, Unit]

    @property
    def l1_names(self) -> dict[str, str]:
        """First-level names by their codes."""
        return {one.l1_code: one.l1 for one in self.categories.values()}


@cache
def load(folder: Path = CITY_FOLDER) -> CityData:
    """Reads taxonomy.json, regions.json and units.json. Raises CityDataError."""
    regions = _rows(folder / "regions.json", ("code", "name"))
    city = next((_plain(str(row["name"])) for row in regions), "").removesuffix("市")
    return CityData(
        categories={
            str(row["code"]): Category(
                code=str(row["code"]),
                l1=str(row["l1"]),
                l2=str(row["l2"]),
                unit=str(row["unit"]),
                keywords=tuple(row["keywords"]),
                gbt39666_code=row.get("gbt39666_code"),
            )
            for row in _rows(folder / "taxonomy.json", ("code", "l1", "l2", "unit", "keywords"))
        },
        regions={
            str(row["code"]): Region(
                str(row["code"]), _plain(str(row["name"])), _aliases(str(row["name"]), city)
            )
            for row in regions
        },
        units={
            str(row["code"]): Unit(
                str(row["code"]),
                str(row["name"]),
                str(row["level"]),
                str(row["ext"]),
                date.fromisoformat(row["valid_to"]) if row.get("valid_to") else None,
            )
            for row in _rows(folder / "units.json", ("code", "name", "level"))
        },
    )


def _rows(path: Path, keys: tuple[str, ...]) -> list[dict[str, Any]]:
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CityDataError(f"{path}: {error.strerror}; put the city's data there") from error
    except ValueError as error:
        raise CityDataError(f"{path}: not JSON: {error}") from error
    if not isinstance(rows, list):
        raise CityDataError(f"{path}: must be a list of objects")
    for number, row in enumerate(rows, 1):
        missing = [key for key in keys if not isinstance(row, dict) or key not in row]
        if missing:
            raise CityDataError(f"{path}: entry {number} has no {', '.join(missing)}")
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
