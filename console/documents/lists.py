"""A filtered list of tickets as XLSX: what stands in the list on the screen, and no more."""

from collections.abc import Iterable
from datetime import datetime
from io import BytesIO

from xlsxwriter import Workbook

from console.documents.names import Names, moment
from store.types import JsonObject
from ticketing.exchange.dictionary import NAMES as LABELS

_WIDTHS = {
    "ticket_no": 18, "state": 11, "created_at": 16, "channel": 9, "request_type": 9,
    "urgency": 9, "category": 24, "place": 14, "title": 44, "unit": 24, "dispatched_at": 16,
    "sign_due": 16, "answer_due": 16, "resolve_due": 16, "resolved_at": 16, "closed_at": 16,
    "close_result": 14,
}  # fmt: skip
"""Columns with their widths in characters; the citizen's name and numbers are not among them."""
_HEADS = {"category": "诉求分类", "place": "行政区划"}
_CELL = 32_000
"""Characters; Excel takes 32,767 UTF-16 units."""


def xlsx(views: Iterable[JsonObject], names: Names, at: datetime) -> bytes:
    """Every cell is text: Excel changes no number or code, and runs no formula."""
    file = BytesIO()
    with Workbook(file, {"in_memory": True, "constant_memory": True}) as book:
        book.set_properties({"title": "工单列表", "created": at.replace(tzinfo=None)})
        sheet = book.add_worksheet("工单")
        head = book.add_format({"bold": True, "bg_color": "#F0F0F0", "border": 1})
        sheet.freeze_panes(1, 1)
        for column, (name, width) in enumerate(_WIDTHS.items()):
            sheet.set_column(column, column, width)
            sheet.write_string(0, column, _HEADS.get(name) or LABELS[name], head)
        rows = 0
        for rows, view in enumerate(views, 1):
            for column, name in enumerate(_WIDTHS):
                sheet.write_string(rows, column, _cell(view, names, name)[:_CELL])
        sheet.autofilter(0, 0, rows, len(_WIDTHS) - 1)
    return file.getvalue()


def _cell(view: JsonObject, names: Names, name: str) -> str:
    match name:
        case "category":
            return names.category(view)
        case "place":
            return names.place({**view, "town": None, "village": None})
        case "created_at":
            return moment(view[name])
    return names.of(view, name)
