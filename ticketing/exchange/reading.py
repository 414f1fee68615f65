"""Our own exports read back: the rules they were made under, and records with their lines."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from store.types import JsonObject
from ticketing.exchange import cells, tables
from ticketing.exchange.writing import FORMAT, PART, VERSION
from ticketing.refusal import Refusal

Numbered = tuple[int, JsonObject | Refusal]
"""A line and its record, or what is wrong with it."""


@dataclass
class Exported:
    """An export; `records` reads it from its beginning each time."""

    path: Path
    policies: list[JsonObject] = field(default_factory=list)
    """Versions of the rules; none in CSV and XLSX."""

    def records(self) -> Iterator[Numbered]:
        """Raises Refusal where the file cannot be read on."""
        if self.path.suffix.lower() in (".csv", ".xlsx"):
            return _of_table(self.path)
        return _of_lines(self.path)


def exported(path: Path) -> Exported:
    """Opens an export; raises Refusal for anything else."""
    if not path.exists():
        raise Refusal("invalid_value", "file", f"没有文件{path}", "请核对文件名")
    if path.suffix.lower() in (".csv", ".xlsx"):
        tables.opened(path)
        return Exported(path)
    if path.suffix.lower() not in (".json", ".jsonl"):
        fix = "请使用 tickets export 生成的 .json、.jsonl、.csv 或 .xlsx 文件"
        raise Refusal("invalid_value", "file", f"{path.name}不是导出文件", fix)
    return Exported(path, _policies(_header(path)))


def _header(path: Path) -> JsonObject:
    number, first = next(_lines(path), (1, ""))
    text = first.strip()
    head = _json(text + "]}" if text.endswith("[") else text)
    if not isinstance(head, dict) or head.get("format") != FORMAT:
        raise _foreign(number)
    if head.get("version") != VERSION:
        fix = "请用导出该文件的程序版本导入"
        raise Refusal("invalid_value", "version", "导出文件的格式版本不同", fix)
    return head


def _policies(head: JsonObject) -> list[JsonObject]:
    found = head.get("policies")
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise Refusal("invalid_value", "policies", "规则版本无效", "请重新导出")
    return found


def _of_lines(path: Path) -> Iterator[Numbered]:
    """Of JSON lines somebody may have chosen some; a document has to be whole."""
    number, is_whole = 1, path.suffix.lower() == ".jsonl"
    for number, line in _lines(path):
        text = line.strip().removesuffix(",")
        is_whole = is_whole or text == "]}"
        if number == 1 or text in ("", "]}"):
            continue
        found = _json(text)
        yield number, found if isinstance(found, dict) else _foreign(number)
    if not is_whole:
        fix = "请使用导出的原文件，或重新导出"
        yield number, Refusal("invalid_value", None, "文件不完整：没有结尾“]}”", fix)


def _of_table(path: Path) -> Iterator[Numbered]:
    """Rows; a long one goes on in the rows below it, which count their part."""
    begun: tuple[int, dict[str, str]] | None = None
    for number, row in tables.rows(path):
        part = row.pop(PART, "1")
        if part in ("", "1"):
            if begun is not None:
                yield begun[0], _record(begun[1])
            begun = number, row
        elif begun is not None:
            begun = begun[0], {name: cell + row.get(name, "") for name, cell in begun[1].items()}
    if begun is not None:
        yield begun[0], _record(begun[1])


def _record(row: dict[str, str]) -> JsonObject | Refusal:
    try:
        return cells.record(row)
    except Refusal as refusal:
        return refusal


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    numbered = tables.lines(path, "utf-8")
    number = 0
    while True:
        try:
            number, line = next(numbered)
        except StopIteration:
            return
        except UnicodeDecodeError:
            fix = "请使用导出的原文件"
            raise Refusal("invalid_value", None, f"第{number + 1}行起不是 UTF-8", fix) from None
        yield number, line


def _json(text: str) -> Any:
    """What the text says; None for what is no JSON."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _foreign(line: int) -> Refusal:
    fix = "请使用 tickets export 生成的原文件；旧系统的数据请用 tickets import legacy"
    return Refusal("invalid_value", None, f"第{line}行不是导出的记录", fix)
