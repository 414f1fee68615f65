"""The list of all tickets: filters, a table to take along, and tickets on paper."""

import asyncio
import io
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from playwright.async_api import Page, expect

from tests.browser.looking import check_accessible, picture, select_text
from tests.browser.people import People
from tests.e2e.records import Records
from tests.pdf import text_of
from ticketing.tickets import Tickets

MATTERS: tuple[dict[str, Any], ...] = (
    {"title": "幸福家园停水", "request_type": "help", "region_code": "321302", "urgency": "urgent"},
    {"title": "工地夜间施工", "request_type": "complaint", "region_code": "321311"},
    {"title": "咨询公积金提取", "request_type": "consult", "region_code": "321300"},
)


@pytest.fixture
async def numbers(records: Records) -> list[str]:
    """Tickets of the three matters, the oldest first."""
    made = []
    for matter in MATTERS:
        data = {"content": f"{matter['title']}，请处理", "requester_name": "王小明", **matter}
        one = await Tickets(records.store).create(
            data, actor="1001", role="agent", at=datetime.now(UTC)
        )
        made.append(one.ticket_no)
    return made


async def saved(page: Page, button: str) -> tuple[str, bytes]:
    """Name and content of the file that a button brings."""
    async with page.expect_download() as download:
        await page.get_by_role("button", name=button).click()
    found = await download.value
    content = await asyncio.to_thread(Path(await found.path()).read_bytes)
    return found.suggested_filename, content


async def test_a_list_is_filtered_and_taken_along(people: People, numbers: list[str]) -> None:
    page = await people.sign_in("dispatcher1", "/tickets")
    rows = page.locator("tbody tr[data-row-key]")
    await expect(page.get_by_text("幸福家园停水")).to_be_visible()
    await check_accessible(page)
    await picture(page, "tickets")
    kind = page.get_by_role("combobox", name="诉求类型")
    await kind.fill("求助")
    await kind.press("Enter")
    await expect(rows).to_have_count(1)
    assert "request_type=help" in page.url
    name, content = await saved(page, "导出 Excel")
    assert name.startswith("工单列表-") and name.endswith(".xlsx")
    sheet = load_workbook(io.BytesIO(content)).worksheets[0]
    assert [row[0].value for row in sheet.iter_rows()] == ["工单编号", numbers[0]]
    await page.reload()
    await expect(rows).to_have_count(1)
    await page.get_by_role("button", name="清空条件").click()
    await expect(rows.nth(2)).to_be_visible()
    await page.get_by_role("heading", name="工单查询").click()
    await page.keyboard.press("/")
    await page.keyboard.type("夜间施工")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("共找到 1 件")).to_be_visible()
    await expect(rows).to_have_count(1)
    await check_accessible(page)
    await picture(page, "tickets-search")
    assert "施工" not in page.url
    await page.get_by_role("searchbox", name="搜索工单").fill(numbers[2])
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"**/tickets/{numbers[2]}")


async def test_a_row_opens_its_ticket_and_lets_its_text_be_selected(
    people: People, numbers: list[str]
) -> None:
    page = await people.sign_in("dispatcher1", "/tickets")
    row = page.locator("tbody tr", has_text=numbers[1])
    title = row.get_by_text("工地夜间施工")
    assert (await select_text(page, title)).startswith("工地")
    assert page.url.endswith("/tickets"), "a selection opens nothing"
    await row.get_by_text("投诉").click()
    await page.wait_for_url(f"**/tickets/{numbers[1]}")
    await page.go_back()
    await row.get_by_role("link", name=numbers[1]).focus()
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"**/tickets/{numbers[1]}")
    await page.go_back()
    async with page.expect_download():
        await page.get_by_role("button", name=f"打印 {numbers[1]} 为 PDF").click()
    assert page.url.endswith("/tickets"), "what has a meaning of its own opens nothing"


async def test_a_ticket_is_printed(people: People, numbers: list[str]) -> None:
    page = await people.sign_in("dispatcher1", "/tickets")
    name, content = await saved(page, f"打印 {numbers[0]} 为 PDF")
    assert name == f"工单{numbers[0]}.pdf"
    text = text_of(content)
    assert "幸福家园停水" in text and "王小明" in text
    name, content = await saved(page, f"打印 {numbers[0]} 为 Word")
    assert (name, content[:2]) == (f"工单{numbers[0]}.docx", b"PK")
