"""Reports and confidential tickets in the page: what units are told, who saw the citizen."""

from datetime import UTC, datetime, timedelta

import pytest_asyncio
import sqlalchemy as sa
from playwright.async_api import Page, expect

from store.tables_tasks import ticket_task
from tests.browser.looking import check_accessible, picture
from tests.browser.office import ACCEPT, DISPATCH, Office
from tests.browser.people import People
from tests.browser.test_inbox import command
from tests.e2e.records import Records
from ticketing.model import State

REPORT = {
    "title": "举报饭店偷倒油污",
    "content": "我叫王小明，我在幸福家园南门饭店上班，电话13800000001。饭店每晚往雨水井倒油污。",
    "request_type": "report",
    "acceptance_basis": "6.3",
}
FOR_UNIT = "幸福家园南门某饭店每晚往雨水井倒油污，请查处。"


@pytest_asyncio.fixture
async def office(records: Records) -> Office:
    """Work lists are empty at first: what another test left waits on nobody's list."""
    async with records.store.write() as db:
        await db.execute(sa.delete(ticket_task))
    return Office(records.store)


async def choose_slj(page: Page) -> None:
    """The unit that the report goes to."""
    unit = page.get_by_role("form", name="派单").get_by_role("combobox", name="承办单位")
    await unit.fill("slj")
    await page.get_by_title("市水利局").last.click()


async def test_a_report_goes_to_a_unit_with_a_text_that_was_proposed_and_read(
    people: People, office: Office
) -> None:
    number = await office.letter(ACCEPT, **REPORT)
    page = await people.sign_in("dispatcher1", f"/tickets/{number}")
    await command(page, "派单").click()
    text = page.get_by_label("给承办单位的脱敏内容")
    await expect(text).to_have_value(
        "我叫【姓名】，【身份】，电话【电话】。饭店每晚往雨水井倒油污。"
    )
    removed = page.get_by_role("list", name="隐去的文字").get_by_role("listitem")
    await expect(removed).to_have_count(3)
    await expect(removed.nth(2)).to_contain_text("电话")
    await expect(page.locator(".draft-status")).not_to_contain_text("已保存")
    await choose_slj(page)
    await picture(page, "report-dispatch")
    await check_accessible(page)
    await page.keyboard.press("Control+Enter")
    read = page.get_by_label("已通读，承办单位看不出诉求人是谁")
    await expect(read).to_be_focused()
    await expect(page.get_by_role("alert")).to_contain_text("请通读脱敏内容")
    await picture(page, "report-dispatch-unread")
    await check_accessible(page)
    assert (await office.read(number)).state is State.ACCEPTED

    await text.fill(f"王小明反映，{FOR_UNIT}")
    await read.check()
    await page.keyboard.press("Control+Enter")
    await expect(page.locator("#dispatch-unit_content-error")).to_contain_text("诉求人姓名")
    await text.fill(FOR_UNIT)
    await expect(page.locator(".draft-status")).to_contain_text("已保存")
    await page.reload()
    await command(page, "派单").click()
    await expect(removed).to_have_count(3)
    await expect(text).to_have_value(FOR_UNIT)  # what was typed, not what is proposed
    await read.check()
    await page.keyboard.press("Control+Enter")
    await expect(page.get_by_role("form")).to_be_hidden()
    told = await office.read(number)
    assert (told.state, told.unit, told.unit_content) == (State.DISPATCHED, "SLJ", FOR_UNIT)
    unit = await people.sign_in("slj1", f"/tickets/{number}")
    await expect(unit.locator(".ticket-said")).to_have_text(FOR_UNIT)
    await picture(unit, "report-unit")


async def test_a_report_is_not_dispatched_among_many(people: People, office: Office) -> None:
    plain = await office.letter(ACCEPT)
    report = await office.letter(ACCEPT, **REPORT)
    page = await people.sign_in("dispatcher1", "/inbox")
    for number in (plain, report):
        await page.get_by_label(f"选择{number}").check()
    await page.get_by_label("派往单位").fill("slj")
    await page.get_by_title("市水利局").last.click()
    await page.get_by_role("button", name="批量派单").click()
    await expect(page.get_by_text("1 件没有派出")).to_be_visible()
    await expect(page.get_by_text(f"{report}：缺少给承办单位的脱敏内容")).to_be_visible()
    states = [(await office.read(number)).state for number in (plain, report)]
    assert states == [State.DISPATCHED, State.ACCEPTED]


async def test_the_citizen_of_a_report_is_shown_for_a_reason_that_is_kept(
    people: People, office: Office
) -> None:
    number = await office.letter(ACCEPT, **REPORT)
    plain = await office.letter(ACCEPT)
    page = await people.sign_in("dispatcher1", f"/tickets/{number}")
    shown = page.get_by_role("main")
    await expect(page.locator(".ticket-said")).to_contain_text("我叫***")
    await expect(page.get_by_role("button", name="查看记录")).to_have_count(0)
    await page.get_by_role("button", name="查看诉求人").click()
    asked = page.get_by_role("dialog", name="查看诉求人")
    reason = asked.get_by_label("查看原因")
    await expect(reason).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(asked.get_by_role("alert")).to_have_text("请填写查看原因")
    await page.keyboard.type("核实举报")
    await expect(asked.get_by_role("status")).to_contain_text("已保存")
    await page.reload()
    await page.get_by_role("button", name="查看诉求人").click()
    await expect(reason).to_have_value("核实举报")
    await check_accessible(page)
    await page.keyboard.press("End")
    await page.keyboard.type("线索")
    await page.keyboard.press("Enter")
    await expect(asked).to_contain_text("王小明")
    await expect(asked).to_contain_text("13800000001")
    await picture(page, "report-reveal")
    await check_accessible(page)
    await page.keyboard.press("Escape")
    await expect(asked).to_be_hidden()
    await expect(shown).not_to_contain_text("王小明")
    await page.get_by_role("button", name="查看诉求人").click()
    await expect(reason).to_have_value("")
    await expect(asked).not_to_contain_text("王小明")

    auditor = await people.sign_in("auditor1", f"/tickets/{number}")
    await expect(auditor.get_by_role("button", name="查看诉求人")).to_have_count(0)
    await auditor.get_by_role("button", name="查看记录").click()
    log = auditor.get_by_role("dialog", name="诉求人信息查看记录")
    await expect(log).to_contain_text("核实举报线索")
    await expect(log).to_contain_text("演示派单员一（派单审核员）")
    await picture(auditor, "report-access")
    await check_accessible(auditor)
    await auditor.goto(f"/tickets/{plain}")
    await expect(auditor.locator(".ticket-no")).to_have_text(plain)
    await expect(auditor.get_by_role("button", name="查看记录")).to_have_count(0)


async def test_an_earlier_ticket_is_chosen_with_its_grounds_and_not_typed(
    people: People, office: Office
) -> None:
    before = datetime.now(UTC) - timedelta(days=8)
    who = {"address_text": "幸福家园", "contact_phone": "13900000077"}  # nobody else's
    first = await office.letter(ACCEPT, DISPATCH, at=before, **who)
    again = await office.letter(title="又停水了", **who)
    page = await people.sign_in("dispatcher1", f"/tickets/{again}")
    await command(page, "受理").click()
    alike = page.get_by_role("region", name="疑似重复的工单")
    choose = page.get_by_role("button", name=first)
    mine = alike.get_by_role("listitem").filter(has=choose)
    await expect(mine).to_contain_text("同一电话")
    await expect(mine).to_contain_text("超过六天未解决")
    await expect(mine.get_by_role("link", name="幸福家园停水三天")).to_be_visible()
    await choose.focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_label("原工单")).to_have_value(first)
    await picture(page, "accept-alike")
    await check_accessible(page)
    await page.keyboard.press("Control+Enter")
    await expect(page.get_by_role("form")).to_be_hidden()
    told = await office.read(again)
    assert (told.repeat_of, told.repeat_rule, told.repeat_seq) == (first, "b", 1)
