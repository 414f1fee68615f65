"""Records as rows of text cells, for CSV and XLSX, and back without loss.

A text that a spreadsheet could take for a formula gets an apostrophe before it in CSV; so does,
in both, every text that begins with one and the empty text. Who reads takes one away again.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from store.types import JsonObject, canonical_json
from ticketing.exchange.record import FIELDS
from ticketing.model import Ticket
from ticketing.refusal import Refusal

APOSTROPHE = "'"
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", APOSTROPHE)
"""What a formula may begin with (OWASP, CSV injection), and the apostrophe."""


def _is_text(schema: Mapping[str, Any]) -> bool:
    kinds = {
        one.get("type", "string") for one in schema.get("anyOf", [schema]) if "$ref" not in one
    }
    return kinds <= {"string", "null"}


_PROPERTIES = Ticket.model_json_schema(mode="serialization")["properties"]
TEXTS = frozenset({name for name in _PROPERTIES if _is_text(_PROPERTIES[name])} | {"digest"})
"""Fields whose cell is the text itself; the others are JSON."""


def columns(*, with_events: bool) -> tuple[str, ...]:
    """Columns of an export; without the journal it is for reading only."""
    journal = {"events", "erased", "letters", "digest"}
    return tuple(name for name in FIELDS if with_events or name not in journal)


def cells(record: Mapping[str, Any], names: Sequence[str], escaped: tuple[str, ...]) -> list[str]:
    """The record's row; unknown is an empty cell. `escaped`: beginnings that need an apostrophe."""
    return [_cell(record.get(name), name in TEXTS, escaped) for name in names]


def record(row: Mapping[str, str]) -> JsonObject:
    """The record of a row; raises Refusal."""
    return {name: _value(name, cell) for name, cell in row.items()}


def escape(text: str, escaped: tuple[str, ...] = FORMULA) -> str:
    """The text as no spreadsheet takes it for a formula."""
    return APOSTROPHE + text if text == "" or text.startswith(escaped) else text


def _cell(value: Any, is_text: bool, escaped: tuple[str, ...]) -> str:
    if value is None:
        return ""
    return escape(str(value), escaped) if is_text else canonical_json(value)


def _value(name: str, cell: str) -> Any:
    if cell == "":
        return None
    if name in TEXTS or name not in FIELDS:
        return cell.removeprefix(APOSTROPHE)
    try:
        return json.loads(cell)
    except (ValueError, RecursionError):
        fix = "导出文件不能修改后再导入，请使用原文件"
        raise Refusal("invalid_value", name, f"{name}不是有效的 JSON", fix) from None
