"""A printed ticket as DOCX, for those who go on writing in it."""

from datetime import datetime
from io import BytesIO

from docx import Document
from docx.document import Document as Doc
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor
from docx.table import Table, _Cell
from docx.text.paragraph import Paragraph
from docx.text.run import Run

from console.documents.paper import Field, Paper, Section

_FONT = "宋体"
_LABEL = "F0F0F0"
_RED = RGBColor(0xB3, 0x26, 0x1E)


def docx(paper: Paper, at: datetime) -> bytes:
    """The document."""
    made = Document()
    _page(made, paper, at)
    head = made.add_paragraph()
    head.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _run(head, paper.office + paper.title, size=16, bold=True)
    number = made.add_paragraph()
    _run(number, f"编号：{paper.number}")
    for mark in paper.marks:
        _run(number, f"　【{mark}】", bold=True).font.color.rgb = _RED
    for section in paper.sections:
        _section(made, section)
    if paper.steps:
        _heading(made, "流转记录")
        rows = [["时间", "经办", "事项"], *([s.at, s.who, s.what] for s in paper.steps)]
        table = _table(made, len(rows), (38, 68, 68))
        for row, texts in zip(table.rows, rows, strict=True):
            for cell, text in zip(row.cells, texts, strict=True):
                _fill(cell, text)
        for cell in table.rows[0].cells:
            _shade(cell)
    _signatures(made, paper)
    file = BytesIO()
    made.save(file)
    return file.getvalue()


def _page(made: Doc, paper: Paper, at: datetime) -> None:
    page = made.sections[0]
    page.page_width, page.page_height = Mm(210), Mm(297)
    page.left_margin = page.right_margin = Mm(18)
    page.top_margin, page.bottom_margin = Mm(16), Mm(20)
    made.core_properties.title = f"{paper.title} {paper.number}"
    made.core_properties.author = paper.office
    made.core_properties.created = made.core_properties.modified = at.replace(tzinfo=None)
    style = made.styles["Normal"]
    style.font.name, style.font.size = _FONT, Pt(10.5)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), _FONT)
    style.paragraph_format.space_after = Pt(4)
    foot = page.footer.paragraphs[0]
    _run(foot, f"{paper.foot}　第", size=8)
    _number(foot, "PAGE")
    _run(foot, "页，共", size=8)
    _number(foot, "NUMPAGES")
    _run(foot, "页", size=8)
    _run(page.footer.add_paragraph(), paper.warning, size=8)


def _section(made: Doc, section: Section) -> None:
    _heading(made, section.heading)
    rows = list(_rows(section.fields))
    table = _table(made, len(rows), (26, 61, 26, 61))
    for row, fields in zip(table.rows, rows, strict=True):
        cells = row.cells
        if len(fields) == 1:
            cells[1].merge(cells[3])
        for index, field in enumerate(fields):
            _fill(cells[2 * index], field.label)
            _shade(cells[2 * index])
            _fill(cells[2 * index + 1], field.value)


def _rows(fields: list[Field]) -> list[list[Field]]:
    """Two fields share a row, a wide one has its own."""
    found: list[list[Field]] = []
    for field in fields:
        last = found[-1] if found else []
        if not field.is_wide and len(last) == 1 and not last[0].is_wide:
            last.append(field)
        else:
            found.append([field])
    return found


def _signatures(made: Doc, paper: Paper) -> None:
    made.add_paragraph()
    table = made.add_table(rows=1, cols=len(paper.signatures))
    for cell, name in zip(table.rows[0].cells, paper.signatures, strict=True):
        _fill(cell, f"{name}：\n\n　　　年　　月　　日")


def _heading(made: Doc, text: str) -> None:
    heading = made.add_paragraph()
    heading.paragraph_format.space_before = Pt(8)
    heading.paragraph_format.keep_with_next = True
    _run(heading, text, size=12, bold=True)


def _table(made: Doc, rows: int, widths: tuple[int, ...]) -> Table:
    table: Table = made.add_table(rows=rows, cols=len(widths), style="Table Grid")
    table.autofit = False
    for row in table.rows:
        for cell, width in zip(row.cells, widths, strict=True):
            cell.width = Mm(width)
    return table


def _fill(cell: _Cell, text: str) -> None:
    _run(cell.paragraphs[0], text)


def _run(paragraph: Paragraph, text: str, *, size: float | None = None, bold: bool = False) -> Run:
    run = paragraph.add_run(text)
    run.bold = bold or None
    run.font.size = Pt(size) if size is not None else None
    return run


def _shade(cell: _Cell) -> None:
    shade = OxmlElement("w:shd")
    shade.set(qn("w:val"), "clear")
    shade.set(qn("w:fill"), _LABEL)
    cell._tc.get_or_add_tcPr().append(shade)


def _number(paragraph: Paragraph, code: str) -> None:
    """A number that the word processor fills in."""
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), code)
    paragraph._p.append(field)
