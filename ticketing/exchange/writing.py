"""Exports as files: JSON, JSON lines, CSV and XLSX, written record by record.

The file appears under its name when it is complete.
"""

import csv
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, get_args

from store.types import JsonObject, canonical_json
from ticketing.exchange.cells import APOSTROPHE, FORMULA, cells, columns
from ticketing.refusal import Refusal

Format = Literal["json", "jsonl", "csv", "xlsx"]
FORMATS: tuple[str, ...] = get_args(Format)
FORMAT = "hotline-12345-tickets"
VERSION = 1
PART = "part"
"""Column of XLSX: a record whose texts are too long for a cell goes on in the next row."""
_CELL = 16_000
"""Characters in a cell; Excel takes 32,767 UTF-16 units."""
_SHEET = 1_048_576
"""Rows of a sheet."""

Write = Callable[[Mapping[str, Any]], None]


@contextmanager
def written(
    path: Path, form: Format, *, policies: Sequence[JsonObject], with_events: bool
) -> Iterator[Write]:
    """Gives what writes one record. Raises OSError, and Refusal for too many rows of XLSX."""
    part = path.with_name(path.name + ".part")
    make = {"json": _json, "jsonl": _jsonl, "csv": _csv, "xlsx": _xlsx}[form]
    try:
        part.touch(mode=0o600)  # names and numbers of citizens
        with make(part, policies, with_events) as write:
            yield write
        os.replace(part, path)  # noqa: PTH105  (atomic also where the target is there)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def _jsonl(path: Path, policies: Sequence[JsonObject], _with_events: bool) -> Iterator[Write]:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        head = {"format": FORMAT, "version": VERSION, "policies": list(policies)}
        file.write(json.dumps(head, ensure_ascii=False) + "\n")
        yield lambda record: _line(file, record)


@contextmanager
def _json(path: Path, policies: Sequence[JsonObject], _with_events: bool) -> Iterator[Write]:
    """One document, and one record a line, so that it can be read line by line too."""
    head = json.dumps({"format": FORMAT, "version": VERSION, "policies": list(policies)},
                      ensure_ascii=False)  # fmt: skip
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(f'{head[:-1]}, "tickets": [')
        between = "\n"

        def write(record: Mapping[str, Any]) -> None:
            nonlocal between
            file.write(between + canonical_json(record))
            between = ",\n"

        yield write
        file.write("\n]}\n")


@contextmanager
def _csv(path: Path, _policies: Sequence[JsonObject], with_events: bool) -> Iterator[Write]:
    names = columns(with_events=with_events)
    # Excel takes a CSV for UTF-8 only with the mark.
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        table = csv.writer(file)
        table.writerow(names)
        yield lambda record: table.writerow(cells(record, names, FORMULA))


@contextmanager
def _xlsx(path: Path, _policies: Sequence[JsonObject], with_events: bool) -> Iterator[Write]:
    """Every cell is text: Excel changes no number, code or date, and runs no formula."""
    from xlsxwriter import Workbook

    names = columns(with_events=with_events)
    with Workbook(str(path), {"constant_memory": True}) as book:
        sheet = book.add_worksheet("tickets")
        head = book.add_format({"bold": True})
        for column, name in enumerate((PART, *names)):
            sheet.write_string(0, column, name, head)
        sheet.freeze_panes(1, 0)
        row = 0

        def write(record: Mapping[str, Any]) -> None:
            nonlocal row
            texts = cells(record, names, (APOSTROPHE,))
            for number in range(max(1, max(-(-len(text) // _CELL) for text in texts))):
                row += 1
                if row >= _SHEET:
                    fix = "请用 --since、--until 分段导出，或改用 csv、jsonl"
                    raise Refusal("invalid_value", "format", "超过一张 XLSX 表的行数", fix)
                sheet.write_string(row, 0, str(number + 1))
                for column, text in enumerate(texts, 1):
                    piece = text[number * _CELL : (number + 1) * _CELL]
                    if piece:
                        sheet.write_string(row, column, piece)

        yield write


def _line(file: Any, record: Mapping[str, Any]) -> None:
    file.write(canonical_json(record) + "\n")
