"""Places from a table into the city's data (地名导入): new and changed ones; the others stay."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from store.types import JsonObject
from ticketing.city_editing import CityEditing
from ticketing.city_versions import Change
from ticketing.exchange import tables
from ticketing.exchange.faults import Fault, Faults
from ticketing.new_ticket import CONTROL
from ticketing.refusal import Refusal
from ticketing.suggest.places_csv import COLUMNS, RowError, read_places
from ticketing.workflow.terms import refuse

_MOST = 200_000
"""Places of one table; a city has some ten thousand."""


@dataclass
class Placed:
    """What an import did, or would do."""

    changes: list[Change] = field(default_factory=list)
    unchanged: int = 0
    faults: Faults = field(default_factory=Faults)


async def import_places(
    editing: CityEditing,
    path: Path,
    *,
    by: str,
    reason: str,
    at: datetime,
    faults: Faults,
    dry_run: bool = False,
) -> Placed:
    """Adds the table's places to the city's data as one version; with faults, nothing.

    CSV or XLSX with the columns of the city's places.csv; parents may come in any order and may
    be known already. To close a place, give it a `valid_to`. Raises Refusal for what is no table.
    """
    given = _rows(path, faults)
    known = await editing.entries_of("places")
    regions = await editing.entries_of("regions")
    for error in _errors(given, known, regions):
        line, row = given[error.row - 2] if error.row - 2 < len(given) else (error.row, {})
        cell = row.get(error.field or "")
        refusal = refuse("invalid_value", error.field, error.message, "请改正后再导入")
        faults.add(Fault.of(line, refusal, value=cell))
    if faults.count:
        return Placed(faults=faults)
    places = {row["code"]: dict[str, object](row) for _, row in given}
    _, changes = await editing.put("places", places, by=by, reason=reason, at=at, dry_run=dry_run)
    return Placed(changes, len(places) - len(changes), faults)


def _rows(path: Path, faults: Faults) -> list[tuple[int, dict[str, str]]]:
    """The table's rows as places.csv has them, with their lines."""
    found: list[tuple[int, dict[str, str]]] = []
    for line, row in tables.rows(path):
        if len(found) >= _MOST:
            raise refuse("invalid_value", "file", f"超过{_MOST}个地点", "请分成几个文件")
        missing = [name for name in ("code", "name", "kind", "parent") if name not in row]
        if missing:
            what, fix = f"表头缺少列：{'、'.join(missing)}", f"表头应为：{','.join(COLUMNS)}"
            raise refuse("missing_field", missing[0], what, fix)
        plain = {name: row.get(name, "").strip() for name in COLUMNS}
        for name, cell in plain.items():
            if CONTROL.search(cell):
                refusal = refuse("invalid_value", name, "含有控制字符", "请去掉控制字符")
                faults.add(Fault.of(line, refusal, value=cell))
        found.append((line, plain))
    if not found:
        raise Refusal("invalid_value", "file", "表中没有地点", "表头之下每行一个地点")
    return found


def _errors(
    given: Sequence[tuple[int, Mapping[str, str]]],
    known: Mapping[str, JsonObject],
    regions: Mapping[str, JsonObject],
) -> Sequence[RowError]:
    """What is wrong with the rows, together with the places that are there already."""
    codes = {row["code"] for _, row in given}
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, COLUMNS)
    writer.writeheader()
    writer.writerows(row for _, row in given)
    writer.writerows(row for code, row in known.items() if code not in codes)
    return read_places(io.StringIO(text.getvalue(), newline=""), regions).errors
