"""Tables that people hand in, CSV and XLSX: rows of text, each with its line, in bounded memory."""

import codecs
import csv
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from ticketing.refusal import Refusal

LONGEST_LINE = 16 * 1024 * 1024
"""Characters of one line of a text file, or of one cell."""
_BIGGEST_SHEET = 4 * 1024**3
"""Bytes of an unpacked XLSX."""
_BIGGEST_TEXTS = 256 * 1024**2
"""Bytes of what lies beside the rows (shared texts, styles): it is read as a whole."""
_MOST_COLUMNS = 500
_CHUNK = 1024 * 1024

Row = tuple[int, dict[str, str]]
"""A row of a table: the line it begins on, and its cells by column."""


def rows(path: Path) -> Iterator[Row]:
    """The rows under the header; empty ones are left out. Raises Refusal for what is no table."""
    read = _xlsx if path.suffix.lower() == ".xlsx" else _csv
    lines = read(path)
    line, header = next(lines, (1, []))
    names = [name.strip() for name in header]
    if not any(names):
        raise Refusal("invalid_value", None, "文件没有表头", "第一行应为各列的名称")
    twice = {name for name in names if name and names.count(name) > 1}
    if twice or len(names) > _MOST_COLUMNS:
        name = sorted(twice)[0][:40] if twice else None
        what = f"列名{name}重复" if twice else f"超过{_MOST_COLUMNS}列"
        raise Refusal("invalid_value", name, f"第{line}行：{what}", "请改正表头")
    for line, cells in lines:
        if any(cells):
            if len(cells) > len(names) and any(cells[len(names) :]):
                fix = "请检查引号和分隔符"
                raise Refusal("invalid_value", None, f"第{line}行的列数多于表头", fix)
            padded = cells + [""] * (len(names) - len(cells))
            yield line, {name: cell for name, cell in zip(names, padded, strict=False) if name}


def lines(path: Path, encoding: str) -> Iterator[tuple[int, str]]:
    """Numbered lines of a text file, with their ends. Raises Refusal."""
    with opened(path).open(encoding=encoding, newline="") as file:
        number = 0
        while line := file.readline(LONGEST_LINE):
            number += 1
            if len(line) == LONGEST_LINE:
                fix = "请检查引号是否成对、换行是否完整"
                raise Refusal("invalid_value", None, f"第{number}行过长", fix)
            yield number, line


def encoding_of(path: Path) -> str:
    """UTF-8 (with or without mark) or GB18030, whichever the whole file is. Raises Refusal."""
    for encoding in ("utf-8-sig", "gb18030"):
        if _is(path, encoding):
            return encoding
    fix = "请在 Excel 中另存为“CSV UTF-8”后再导入"
    raise Refusal("invalid_value", None, "文件编码既不是 UTF-8 也不是 GB18030", fix)


def opened(path: Path) -> Path:
    """The path of a file that can be read. Raises Refusal."""
    try:
        with path.open("rb"):
            return path
    except OSError as error:
        fix = "请核对文件名和权限"
        raise Refusal("invalid_value", "file", f"无法打开{path}：{error.strerror}", fix) from None


def _is(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with opened(path).open("rb") as file:
            while chunk := file.read(_CHUNK):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _csv(path: Path) -> Iterator[tuple[int, list[str]]]:
    csv.field_size_limit(LONGEST_LINE)
    numbered = lines(path, encoding_of(path))
    reader = csv.reader((line for _, line in numbered), strict=True)
    begin = 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            what = f"第{begin}行不是有效的 CSV（{error}）"
            raise Refusal("invalid_value", None, what, "请检查引号是否成对") from None
        yield begin, cells
        begin = reader.line_num + 1


def _xlsx(path: Path) -> Iterator[tuple[int, list[str]]]:
    from openpyxl import load_workbook

    try:
        with zipfile.ZipFile(opened(path)) as parts:
            # No part gives more bytes than it says: zipfile stops there.
            sizes = {part.filename: part.file_size for part in parts.infolist()}
        beside = sum(size for name, size in sizes.items() if "worksheets/" not in name)
        if sum(sizes.values()) > _BIGGEST_SHEET or beside > _BIGGEST_TEXTS:
            raise Refusal("invalid_value", "file", "表格解压后过大", "请分成几个文件，或用 CSV")
        book = load_workbook(path, read_only=True, data_only=True)
        try:
            sheet = book.worksheets[0]
            for number, cells in enumerate(sheet.iter_rows(values_only=True), 1):
                yield number, [_text(cell) for cell in cells]
        finally:
            book.close()
    except Refusal:
        raise
    except Exception as error:  # openpyxl has no base class of what a broken file raises
        what = f"无法读取表格{path.name}（{type(error).__name__}）"
        raise Refusal("invalid_value", "file", what, "请在 Excel 中打开并另存为 .xlsx") from error


def _text(cell: Any) -> str:
    """A cell as people read it; whole numbers without a point."""
    match cell:
        case None:
            return ""
        case str():
            from openpyxl.utils.escape import unescape

            return unescape(cell)
        case bool():
            return "true" if cell else "false"
        case float() if cell.is_integer():
            return str(int(cell))
        case datetime() | date() | time():
            return cell.isoformat()
    return str(cell)
