"""Places from CSV (地名导入), each row checked: what is wrong is told by row and column."""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from ticketing.citydata import CITY_FOLDER, CityDataError, Region
from ticketing.suggest.places import KINDS, Gazetteer, Kind, Place

COLUMNS = (
    "code",
    "name",
    "kind",
    "parent",
    "aliases",
    "lng",
    "lat",
    "valid_from",
    "valid_to",
)
ALIAS_SEPARATOR = "|"
DEEPEST = 8
"""Places inside places; more is a circle."""

_MESSAGES = {
    "kind": f"类别应为：{'、'.join(KINDS)}",
    "lng": "经度应为 -180 到 180 的数字，不清楚可留空",
    "lat": "纬度应为 -90 到 90 的数字，不清楚可留空",
    "valid_from": "日期请写成 2026-10-01，不清楚可留空",
    "valid_to": "日期请写成 2026-10-01，且不早于启用日期；长期有效请留空",
    "code": "编码应为 1 到 40 个字符，不能留空",
    "name": "名称应为 2 到 60 个字，不能留空",
    "parent": "请填写上级地点或行政区划的编码",
    "aliases": "每个别名应为 2 到 60 个字，别名之间用 | 分开",
}


@dataclass(frozen=True)
class RowError:
    """A row that cannot be taken."""

    row: int
    """Line of the table; the header is row 1."""
    field: str | None
    message: str
    """What to do, in Chinese."""
    code: str | None = None
    """Of the place, as far as the row tells it."""


@dataclass(frozen=True)
class Import:
    """What a table holds; nothing should be taken from one with errors."""

    places: tuple[Place, ...]
    errors: tuple[RowError, ...]


class _Row(BaseModel):
    model_config = ConfigDict(str_strip_whitespace=True, extra="ignore")

    code: str = Field(min_length=1, max_length=40)
    name: str = Field(min_length=2, max_length=60)
    kind: Kind
    parent: str = Field(min_length=1, max_length=40)
    aliases: tuple[str, ...] = ()
    lng: float | None = Field(default=None, ge=-180, le=180, allow_inf_nan=False)
    lat: float | None = Field(default=None, ge=-90, le=90, allow_inf_nan=False)
    valid_from: date | None = None
    valid_to: date | None = None

    @field_validator("lng", "lat", "valid_from", "valid_to", mode="before")
    @classmethod
    def _unknown(cls, value: object) -> object:
        return value or None

    @field_validator("aliases", mode="before")
    @classmethod
    def _apart(cls, value: str | None) -> tuple[str, ...]:
        names = tuple(one.strip() for one in (value or "").split(ALIAS_SEPARATOR) if one.strip())
        if any(not 2 <= len(one) <= 60 for one in names):
            raise ValueError
        return names


def read_places(lines: Iterable[str], regions: Mapping[str, object]) -> Import:
    """Places of a CSV table with the columns COLUMNS; parents may come in any order.

    Never raises for what is in the table: every fault is an error with its row.
    """
    reader = csv.DictReader(lines)
    missing = [name for name in ("code", "name", "kind", "parent") if name not in _header(reader)]
    if missing:
        columns = "、".join(missing)
        return Import((), (RowError(1, missing[0], f"表头缺少列：{columns}，请补上后再导入"),))
    rows: dict[str, tuple[int, _Row]] = {}
    errors: list[RowError] = []
    try:
        for number, raw in enumerate(reader, 2):
            try:
                row = _Row.model_validate({key: raw.get(key) or "" for key in COLUMNS})
            except ValidationError as error:
                errors += _told(number, raw.get("code") or None, error)
                continue
            if row.valid_from and row.valid_to and row.valid_to < row.valid_from:
                errors.append(RowError(number, "valid_to", _MESSAGES["valid_to"], row.code))
            elif row.code in rows or row.code in regions:
                message = f"编码 {row.code} 重复，请换一个编码"
                errors.append(RowError(number, "code", message, row.code))
            else:
                rows[row.code] = number, row
    except csv.Error as error:
        broken = RowError(reader.line_num, None, f"这一行不是有效的 CSV（{error}），请检查引号")
        return Import((), (*errors, broken))
    places = []
    for number, row in rows.values():
        region = _region(row, rows, regions)
        if region is None:
            message = f"上级 {row.parent} 不在表中，也不是行政区划编码，请先补上"
            errors.append(RowError(number, "parent", message, row.code))
        else:
            places.append(Place(**row.model_dump(), region=region))
    return Import(tuple(places), tuple(sorted(errors, key=lambda one: one.row)))


def load(regions: Mapping[str, Region], folder: Path = CITY_FOLDER) -> Gazetteer:
    """The city's places.csv. Raises CityDataError with the first fault."""
    path = folder / "places.csv"
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            found = read_places(file, regions)
    except OSError as error:
        raise CityDataError(f"{path}: {error.strerror}; put the city's places there") from error
    except UnicodeDecodeError as error:
        raise CityDataError(f"{path}: must be UTF-8") from error
    if found.errors:
        first = found.errors[0]
        raise CityDataError(
            f"{path}: row {first.row}, {first.field}: {first.message}",
            f"地名{first.code or f'表第{first.row}行'}：{first.message}",
            f"{first.code}.{first.field}" if first.code and first.field else None,
        )
    return Gazetteer(found.places)


def _header(reader: "csv.DictReader[str]") -> tuple[str, ...]:
    try:
        return tuple(reader.fieldnames or ())
    except csv.Error:
        return ()


def _told(number: int, code: str | None, error: ValidationError) -> list[RowError]:
    fields = dict.fromkeys(str(one["loc"][0]) for one in error.errors())
    return [RowError(number, field, _MESSAGES[field], code) for field in fields]


def _region(
    row: _Row, rows: Mapping[str, tuple[int, _Row]], regions: Mapping[str, object]
) -> str | None:
    """The region at the head of a row's parents; None where there is none, or a circle."""
    for _ in range(DEEPEST):
        if row.parent in regions:
            return row.parent
        if row.parent not in rows:
            return None
        row = rows[row.parent][1]
    return None
