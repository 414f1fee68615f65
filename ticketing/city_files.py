"""The city's data as a folder of files, and as entries by kind and code.

What an editor of the city sees is the folder; what the store keeps is entries. Both hold the same.
"""

import csv
import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel

from store.types import JsonObject
from ticketing import citydata
from ticketing.city_rows import (
    CategoryRow,
    PlaceRow,
    RegionRow,
    RelationRow,
    RouteRow,
    SmsRow,
    UnitRow,
)
from ticketing.citydata import CITY_FOLDER, CityDataError
from ticketing.duty import Holiday, Roster, UnitContacts
from ticketing.line_rows import AgentRow, GroupRow, MenusRow, PauseReasonRow, PromptTextRow
from ticketing.notices import Notice
from ticketing.suggest import places_csv, routing

Entries = dict[str, dict[str, JsonObject]]
"""By kind, then by code."""


MENUS = "menus"
"""Code of the only entry of the menus: they are changed as a whole."""


@dataclass(frozen=True)
class Kind:
    """One kind of city data and its file."""

    name: str
    file: str
    title: str
    """What people call it."""
    model: type[BaseModel]
    """What an entry may hold."""
    code: Callable[[Mapping[str, object]], str]
    """What names an entry."""
    columns: tuple[str, ...] = ()
    """Of a CSV file; a JSON file has none."""
    closes: bool = False
    """Whether an entry that is left out is closed (`valid_to`) instead of taken away."""
    is_line: bool = False
    """Whether it is the phone line's: config.yaml brings entries that the store never held, and
    tickets and suggestions do not depend on it."""


def _by_code(row: Mapping[str, object]) -> str:
    return str(row["code"])


def _by_unit(row: Mapping[str, object]) -> str:
    return str(row["unit"])


def _by_name(row: Mapping[str, object]) -> str:
    return str(row["name"])


def _by_number(row: Mapping[str, object]) -> str:
    return str(row["number"])


def _by_key(row: Mapping[str, object]) -> str:
    return str(row["key"])


def _by_day(row: Mapping[str, object]) -> str:
    return str(row["day"])


def _by_id(row: Mapping[str, object]) -> str:
    return str(row["id"])


def _by_table(row: Mapping[str, object]) -> str:
    return f"{row['table']}/{row['code']}"


KINDS = (
    Kind("regions", "regions.json", "行政区划", RegionRow, _by_code),
    Kind("units", "units.json", "成员单位", UnitRow, _by_code, closes=True),
    Kind("relations", "unit_relations.json", "单位关系", RelationRow, _by_table),
    Kind("contacts", "contacts.json", "值班电话", UnitContacts, _by_unit, is_line=True),
    Kind("roster", "roster.json", "值班表", Roster, _by_unit, is_line=True),
    Kind("holidays", "holidays.json", "节假日", Holiday, _by_day, is_line=True),
    Kind("notices", "notices.json", "热点通知", Notice, _by_id, is_line=True),
    Kind("groups", "groups.json", "技能组", GroupRow, _by_name, is_line=True),
    Kind("agents", "agents.json", "坐席和技能", AgentRow, _by_number, is_line=True),
    Kind("pauses", "pauses.json", "置忙原因", PauseReasonRow, _by_code, is_line=True),
    Kind("prompts", "prompt_texts.json", "提示音文字", PromptTextRow, _by_key, is_line=True),
    Kind("menus", "line_menus.json", "语音菜单", MenusRow, lambda _: MENUS, is_line=True),
    Kind("categories", "taxonomy.json", "诉求分类", CategoryRow, _by_code, closes=True),
    Kind(
        "routing",
        "routing.csv",
        "派单规则",
        RouteRow,
        lambda row: f"{row['category']}/{row['region']}",
        ("category", "region", "unit", "assist", "ground"),
    ),
    Kind("places", "places.csv", "地名", PlaceRow, _by_code, places_csv.COLUMNS, closes=True),
    Kind("sms", "sms.json", "短信模板", SmsRow, _by_key),
)
_KEYS = {"parent": "上级单位", "successor": "接替单位"}
NAMES = {kind.name: kind for kind in KINDS}
TICKET_KINDS = tuple(kind.name for kind in KINDS if not kind.is_line)
"""What tickets, suggestions and reports depend on."""
LINE_KINDS = tuple(kind.name for kind in KINDS if kind.is_line)


def read(folder: Path) -> Entries:
    """The entries of the files that are in the folder. Raises CityDataError."""
    if not folder.is_dir():
        raise CityDataError(f"{folder}: there is no such folder")
    found = {kind.name: _entries(kind, folder / kind.file) for kind in KINDS if _has(folder, kind)}
    if not found:
        names = ", ".join(kind.file for kind in KINDS)
        raise CityDataError(f"{folder}: holds none of {names}")
    return found


def write(entries: Entries, folder: Path) -> None:
    """Writes the files of the entries; the folder must exist. Raises OSError."""
    for name, rows in entries.items():
        kind = NAMES[name]
        (folder / kind.file).write_text(_text(kind, rows), encoding="utf-8")


def check(folder: Path) -> None:
    """Raises CityDataError for the first thing in a whole folder that does not fit."""
    city = citydata.read(folder)
    routing.load(city, folder)
    places_csv.load(city.regions, folder)
    for unit in city.units.values():
        for key in ("parent", "successor"):
            named = getattr(unit, key)
            if named is not None and (named not in city.units or named == unit.code):
                raise CityDataError(
                    f"units.json: {unit.code}: {key} {named} is no other unit",
                    f"{unit.name}：{_KEYS[key]}{named}不是其他单位",
                    f"{unit.code}.{key}",
                )
        _no_circle(unit.code, {code: one.parent for code, one in city.units.items()})
    extensions: dict[str, str] = {}
    for unit in city.units.values():
        other = extensions.setdefault(unit.extension, unit.code)
        if other != unit.code:
            raise CityDataError(
                f"units.json: {unit.code}: ext {unit.extension} is that of {other}",
                f"{unit.name}：内线号码{unit.extension}已由{city.units[other].name}（{other}）使用",
                f"{unit.code}.ext",
            )
    for category in city.categories.values():
        if not category.unit.startswith("@") and category.unit not in city.units:
            raise CityDataError(
                f"taxonomy.json: {category.code}: there is no unit {category.unit}",
                f"{category.l2}：没有代码为{category.unit}的单位",
                f"{category.code}.unit",
            )


def complete(folder: Path) -> None:
    """Puts beside the city's files those that are not versioned (word lists, sentences)."""
    for file in CITY_FOLDER.iterdir():
        target = folder / file.name
        if file.is_file() and not target.exists():
            target.write_bytes(file.read_bytes())


def _has(folder: Path, kind: Kind) -> bool:
    return (folder / kind.file).exists()


def _entries(kind: Kind, path: Path) -> dict[str, JsonObject]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise CityDataError(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise CityDataError(f"{path}: must be UTF-8") from error
    rows = _csv(kind, text, path) if kind.columns else _json(kind, text, path)
    found: dict[str, JsonObject] = {}
    for number, row in enumerate(rows, 1):
        try:
            code = kind.code(row)
        except KeyError as error:
            raise CityDataError(f"{path}: entry {number} has no {error.args[0]}") from error
        if code in found:
            raise CityDataError(f"{path}: entry {number}: {code} stands there twice")
        found[code] = row
    return found


def _csv(kind: Kind, text: str, path: Path) -> list[JsonObject]:
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        rows = list(reader)
    except csv.Error as error:
        raise CityDataError(f"{path}: row {reader.line_num} is no CSV: {error}") from error
    missing = set(kind.columns) - set(reader.fieldnames or ())
    if missing:
        raise CityDataError(f"{path}: has no column {', '.join(sorted(missing))}")
    for number, row in enumerate(rows, 2):
        if None in row or None in row.values():
            raise CityDataError(f"{path}: row {number} has not as many fields as the header")
    return [{name: row[name] for name in kind.columns} for row in rows]


def _json(kind: Kind, text: str, path: Path) -> list[JsonObject]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise CityDataError(f"{path}: not JSON: {error}") from error
    if kind.name == "relations":
        return _flat(found, path)
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise CityDataError(f"{path}: must be a list of objects")
    return found


def _flat(found: object, path: Path) -> list[JsonObject]:
    if not isinstance(found, dict) or not all(isinstance(one, dict) for one in found.values()):
        raise CityDataError(f"{path}: must be an object of objects")
    return [
        {"table": table, "code": code, "value": value}
        for table, rows in found.items()
        for code, value in rows.items()
    ]


def _text(kind: Kind, rows: Mapping[str, JsonObject]) -> str:
    ordered = [rows[code] for code in sorted(rows)]
    if kind.columns:
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, kind.columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(ordered)
        return text.getvalue()
    value: object = ordered
    if kind.name == "relations":
        tables: dict[str, JsonObject] = {"territories": {}, "superiors": {}, "aliases": {}}
        for row in ordered:
            tables.setdefault(row["table"], {})[row["code"]] = row["value"]
        value = tables
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


def _no_circle(code: str, parents: Mapping[str, str | None]) -> None:
    seen, above = {code}, parents.get(code)
    while above is not None:
        if above in seen:
            raise CityDataError(
                f"units.json: {code}: its parents go in a circle",
                f"{code}：上级单位互为上下级",
                f"{code}.parent",
            )
        seen.add(above)
        above = parents.get(above)
