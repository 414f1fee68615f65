"""Tickets on paper and lists as tables: what stands there, who sees what of it, what is logged."""

import io
import tarfile
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any, get_args

import pytest
from docx import Document
from openpyxl import load_workbook

from console.documents import words
from console.routes import printing
from service.errors import SetupError
from service.provision import fonts as provision
from service.provision.fonts import fonts_fetched
from store.access_log import listed
from tests.console_kit import Api, console
from tests.pdf import text_of
from ticketing import model, records
from ticketing.workflow.table import COMMANDS
from ticketing.workflow.terms import Role

MATTER = {
    "title": "幸福家园停水",
    "content": "幸福家园3号楼从早上到现在一直停水。\n家里老人没法做饭。",
    "request_type": "complaint",
    "region_code": "321302",
    "category_l2": "0401",
    "urgency": "urgent",
    "requester_name": "王小明",
    "contact_phone": "13800000001",
    "address_text": "幸福路1号幸福家园",
    "acceptance_basis": "6.2",
}
CITIZEN = ("王小明", "13800000001")


@pytest.fixture
async def api(store_url: str) -> AsyncIterator[Api]:
    async with console(store_url, fonts=fonts_fetched) as opened:
        await opened.everybody()
        opened.now += timedelta(microseconds=123456)  # as clocks are
        yield opened


class Desk:
    """A ticket on its way, an hour at each step."""

    def __init__(self, api: Api) -> None:
        self.api, self.number = api, ""

    async def new(self, **more: Any) -> "Desk":
        tickets = self.api.parts.tickets
        data = {**MATTER, **more}
        made = await tickets.create(
            data, actor="1001", role="agent", at=self.api.now, agent_no="1009"
        )
        self.number = made.ticket_no
        return self

    async def do(self, role: Role, command: str, **data: Any) -> "Desk":
        self.api.now += timedelta(minutes=5)
        unit = "SLJ" if role.startswith("unit_") else None
        await self.api.parts.tickets.do(
            self.number, command, data, actor=f"{role}1", role=role, at=self.api.now, unit=unit
        )
        return self

    async def at_unit(self, **more: Any) -> "Desk":
        await self.do("agent", "accept")
        return await self.do(
            "dispatcher", "dispatch", unit="SLJ", answer_type="investigate", **more
        )

    async def replied(self) -> "Desk":
        await self.do("unit_handler", "sign")
        await self.do(
            "unit_handler", "submit_reply", reply="泵房故障，已抢修", public_reply="供水已恢复",
            contacted=True, solved=True, is_true=True,
        )  # fmt: skip
        return await self.do(
            "dispatcher", "audit_fail", defects=["unspecific"], comment="写明责任人"
        )

    async def print(self, who: str, form: str = "pdf") -> Any:
        return await self.api.ask(who, "GET", f"/api/tickets/{self.number}/print?format={form}")

    async def read(self, who: str, form: str = "pdf") -> str:
        """The text on the paper, without blanks."""
        said = await self.print(who, form)
        assert said.status == 200, said.body
        return text_of(said.body) if form == "pdf" else _docx_text(said.body)

    async def attach(self, role: Role, name: str) -> "Desk":
        unit = "SLJ" if role.startswith("unit_") else None
        await self.api.parts.attachments.add(
            self.number, name, b"%PDF-1.4 x", actor=f"{role}1", role=role, at=self.api.now,
            unit=unit,
        )  # fmt: skip
        return self

    async def log(self) -> list[tuple[str, str, str]]:
        """Who has seen the citizen."""
        async with self.api.parts.store.read() as db:
            found = await listed(db, ticket_no=self.number, limit=None)
        return [(one.actor, one.role, one.reason) for one in found]


def _docx_text(raw: bytes) -> str:
    book = Document(io.BytesIO(raw))
    texts = [paragraph.text for paragraph in book.paragraphs]
    texts += [cell.text for table in book.tables for row in table.rows for cell in row.cells]
    texts += [paragraph.text for paragraph in book.sections[0].footer.paragraphs]
    return "".join("".join(texts).split())


@pytest.mark.parametrize("form", ["pdf", "docx"])
async def test_everything_stands_on_the_paper(api: Api, form: str) -> None:
    desk = await (await (await Desk(api).new()).at_unit()).replied()
    said = await desk.print("dispatcher", form)
    kind = printing.PDF if form == "pdf" else printing.DOCX
    assert said.headers["Content-Type"] == kind
    named = said.headers["Content-Disposition"]
    assert named.startswith("attachment; ") and named.endswith(f"{desk.number}.{form}")
    text = await desk.read("dispatcher", form)
    for wanted in (
        "宿迁市12345政务服务便民热线工单", desk.number, "紧急", *CITIZEN, "幸福家园停水", "待补充",
        "幸福家园3号楼从早上到现在一直停水。家里老人没法做饭。", "公共服务/供水", "宿城区",
        "幸福路1号幸福家园", "市水利局", "泵房故障，已抢修", "供水已恢复",
        "退回补充：不具体写明责任人",
        "登记时间2026-10-0116:00", "签收时限2026-10-0117:10", "流转记录",
        "派单审核员dispatcher1",
        "答复退回补充", "承办人：", "热线审核人：", "打印人：dispatcher", "含个人信息，妥善保管",
    ):  # fmt: skip
        assert wanted in text, wanted


async def test_the_pdf_is_for_archives_and_carries_its_font(api: Api) -> None:
    said = await (await Desk(api).new()).print("dispatcher")
    assert b"<pdfaid:part>2</pdfaid:part><pdfaid:conformance>A</pdfaid:conformance>" in said.body
    assert b"NotoSansSC" in said.body
    assert "第1页，共1页" in text_of(said.body)


@pytest.mark.parametrize("form", ["pdf", "docx"])
async def test_what_people_write_is_text_and_nothing_else(api: Api, form: str) -> None:
    odd = (
        '#panic("x") #read("/etc/passwd") $ sum $ *粗* _斜_ = 标题 <w:p/> & {} [] \\u{41} // 注释 '
        "`raw` @ref ~ -- https://a.cn/x?y=1#z"
    )
    desk = await Desk(api).new(content=odd, title='"]}#set page(width: 1pt)')
    text = await desk.read("dispatcher", form)
    assert "".join(odd.split()) in text
    assert '"]}#setpage(width:1pt)' in text


async def test_characters_that_the_font_does_not_have_do_not_stop_it(api: Api) -> None:
    desk = await Desk(api).new(content="谢谢😀 客户𠮷野 ก", requester_name="𠮷某")
    text = await desk.read("dispatcher")
    assert "谢谢" in text and "野" in text


@pytest.mark.parametrize("form", ["pdf", "docx"])
async def test_a_unit_gets_of_a_report_only_the_text_made_for_it(api: Api, form: str) -> None:
    desk = await Desk(api).new(request_type="report")
    await desk.at_unit(unit_content="请核查某小区停水情况")
    text = await desk.read("unit_handler", form)
    assert "热线承办单" in text and "请核查某小区停水情况" in text
    assert "举报" in text and "含保密事项" in text
    for hidden in (*CITIZEN, "家里老人", "幸福家园", "幸福路", "1009"):
        assert hidden not in text, hidden
    assert await desk.log() == []


async def test_attachments_are_named_as_one_may_see_them(api: Api) -> None:
    desk = await Desk(api).new(request_type="report")
    await desk.at_unit(unit_content="请核查")
    await desk.attach("dispatcher", "王小明的证据.pdf")
    await desk.attach("unit_handler", "现场照片.pdf")
    assert "附件***的证据.pdf现场照片.pdf" in await desk.read("supervisor")
    of_unit = await desk.read("unit_handler")
    assert "附件现场照片.pdf" in of_unit and "王小明" not in of_unit


@pytest.mark.parametrize(
    ("who", "is_logged"),
    [("dispatcher", True), ("unit_leader", True), ("agent", False), ("auditor", False)],
)
async def test_names_and_numbers_on_paper_are_put_on_record(
    api: Api, who: str, is_logged: bool
) -> None:
    desk = await (await Desk(api).new()).at_unit()
    text = await desk.read(who)
    assert all((part in text) is is_logged for part in CITIZEN)
    assert await desk.log() == ([(who, who, "打印（PDF）")] if is_logged else [])


async def test_tickets_that_one_may_not_know_are_not_there(api: Api) -> None:
    desk = await Desk(api).new()
    said = await desk.print("unit_handler")
    assert (said.status, said.error) == (404, ("unknown_ticket", "ticket_no"))
    assert await desk.log() == []


async def test_without_fonts_there_is_docx(store_url: str) -> None:
    async with console(store_url) as api:
        await api.everybody()
        desk = await Desk(api).new()
        said = await desk.print("dispatcher")
        assert (said.status, said.error) == (503, ("not_ready", None))
        assert await desk.log() == [], "nothing came out of it"
        assert "王小明" in await desk.read("dispatcher", "docx")


def test_every_code_has_its_word() -> None:
    assert COMMANDS.keys() <= words.STEPS.keys()
    for kind, known in (
        (model.Channel, words.CHANNELS),
        (model.RequestType, words.REQUEST_TYPES),
        (model.Urgency, words.URGENCIES),
        (model.RequesterKind, words.KINDS),
        (model.AnswerType, words.ANSWER_TYPES),
        (model.CloseResult, words.CLOSE_RESULTS),
        (model.RejectCode, words.REJECTIONS),
        (records.Defect, words.DEFECTS),
        (records.Measure, words.MEASURES),
        (records.RequestStatus, words.REQUESTS),
        (Role, words.ROLES),
    ):
        assert set(get_args(kind)) == set(known)


async def sheet(api: Api, who: str, query: str = "") -> list[list[str | None]]:
    said = await api.ask(who, "GET", f"/api/tickets/export.xlsx{query}")
    assert (said.status, said.headers["Content-Type"]) == (200, printing.XLSX)
    book = load_workbook(io.BytesIO(said.body))
    cells = [cell for row in book.worksheets[0].iter_rows() for cell in row]
    assert {cell.data_type for cell in cells if cell.value is not None} == {"s"}, "texts only"
    return [[cell.value for cell in row] for row in book.worksheets[0].iter_rows()]


async def test_a_list_is_the_one_on_the_screen(api: Api) -> None:
    first = await Desk(api).new(title='=HYPERLINK("http://x","点")')
    second = await (await Desk(api).new(region_code="321322")).at_unit()
    rows = await sheet(api, "dispatcher")
    head, *tickets = rows
    assert head[:4] == ["工单编号", "状态", "登记时间", "来源渠道"]
    assert [row[0] for row in tickets] == [second.number, first.number]
    assert tickets[1][head.index("诉求标题")] == '=HYPERLINK("http://x","点")'
    assert tickets[0][head.index("承办单位")] == "市水利局(市水务)"
    assert not any(part in str(rows) for part in CITIZEN)
    assert len(await sheet(api, "dispatcher", "?region_code=321322&state=dispatched")) == 2
    assert [row[0] for row in (await sheet(api, "unit_handler"))[1:]] == [second.number]
    assert len(await sheet(api, "dispatcher", "?channel=web")) == 1, "an empty list has its head"


async def test_an_export_is_in_the_journal_of_whoever_took_it(api: Api) -> None:
    await Desk(api).new()
    await sheet(api, "dispatcher", "?urgency=urgent")
    last = (await api.parts.accounts.journal("dispatcher"))[-1]
    assert (last["command"], last["actor"]) == ("export", "dispatcher")
    assert last["data"] == {"filters": {"urgency": "urgent"}, "tickets": 1}


async def test_a_list_has_its_end(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(printing, "MOST", 2)
    monkeypatch.setattr(printing, "_PAGE", 1)
    for _ in range(2):
        await Desk(api).new()
    assert len(await sheet(api, "dispatcher")) == 3
    await Desk(api).new()
    said = await api.ask("dispatcher", "GET", "/api/tickets/export.xlsx")
    assert (said.status, said.error) == (422, ("invalid_value", None))
    commands = [event["command"] for event in await api.parts.accounts.journal("dispatcher")]
    assert commands.count("export") == 1


def test_fonts_that_are_not_the_published_ones_are_refused(tmp_path: Path) -> None:
    archive = tmp_path / "fonts.tgz"
    with tarfile.open(archive, "w:gz") as content:
        for name in provision.FILES:
            told = tarfile.TarInfo(f"package/{name}")
            told.size = 3
            content.addfile(told, io.BytesIO(b"ttf"))
    with pytest.raises(SetupError, match="not the published one"):
        provision._unpack(archive, tmp_path)
    assert list(tmp_path.glob("*.ttf")) == []
