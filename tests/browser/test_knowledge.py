"""知识库 in the page: looked up by keys, proposed by a unit, approved by the hotline."""

from datetime import UTC, datetime, timedelta

from playwright.async_api import Page, expect

from tests.browser.looking import check_accessible, picture
from tests.browser.people import PHONE, People
from tests.e2e.records import Records
from tests.knowledge_kit import EDITOR, HEAD, content
from tests.unit.ticket_story import MATTER
from ticketing import citydata
from ticketing.knowledge.base import KnowledgeBase
from ticketing.knowledge.entry import EntryContent
from ticketing.tickets import Tickets

ANSWER = "持身份证件、房产证明和原户号到供水企业营业厅办理过户，也可线上办理。"


async def published(records: Records, said: EntryContent, days_ago: int) -> str:
    """An entry that was published some days ago; its code."""

    async def city() -> citydata.CityData:
        return citydata.load()

    base, at = KnowledgeBase(records.store, city), datetime.now(UTC) - timedelta(days=days_ago)
    made = await base.propose(said, EDITOR, at)
    await base.do(made.code, "approve", HEAD, at)
    return made.code


async def looked_up(page: Page, text: str) -> None:
    await expect(page.get_by_role("option").first).to_be_visible()
    await page.keyboard.press("/")
    await expect(page.get_by_role("combobox", name="查知识库")).to_be_focused()
    await page.keyboard.type(text)


async def test_an_entry_is_looked_up_and_cited_by_keys(people: People) -> None:
    page = await people.sign_in("1001", "/knowledge")
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await expect(page.get_by_role("option")).to_have_count(110)
    await looked_up(page, "俺社保卡叫我给弄丢了")
    first = page.get_by_role("option").first
    await expect(first).to_contain_text("社保卡挂失与补办")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("article", name="社保卡挂失与补办")).to_contain_text("12333")
    await page.keyboard.press("c")
    await expect(page.get_by_text("已复制引用 ZS0001@1")).to_be_visible()
    assert await page.evaluate("navigator.clipboard.readText()") == "ZS0001@1"
    await check_accessible(page)
    await picture(page, "knowledge-agent")
    await page.keyboard.press("j")
    await page.keyboard.press("j")
    second = await page.locator('[role="option"][aria-selected="true"]').inner_text()
    await page.keyboard.press("Enter")
    opened = page.get_by_role("article").locator("h2")
    await expect(opened).not_to_have_text("社保卡挂失与补办")
    assert (await opened.inner_text()) in second
    await page.reload()
    await expect(opened).to_be_visible()
    await expect(page.get_by_role("button", name="修订")).to_have_count(0)


async def test_what_is_not_in_force_is_marked_and_not_cited(
    people: People, records: Records
) -> None:
    today = datetime.now(UTC).date()
    last, due = str(today - timedelta(days=5)), str(today - timedelta(days=9))
    code = await published(
        records,
        content(title="旧版二维码核验", valid_to=last, review_by=due, valid_from="2020-01-01"),
        40,
    )
    await published(
        records, content(title="新版二维码核验", review_by=due, valid_from="2020-01-01"), 40
    )
    page = await people.sign_in("1001", "/knowledge")
    await looked_up(page, "二维码核验")
    options = page.get_by_role("option")
    await expect(options.first).to_contain_text("新版二维码核验")
    await expect(options.first).to_contain_text("待复核")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text(f"应于 {due} 前复核")).to_be_visible()
    await page.get_by_text("已过期").first.click()
    await page.get_by_role("option", name="旧版二维码核验").click()
    await expect(page.get_by_text(f"已于 {last} 到期，不能作为答复依据")).to_be_visible()
    await expect(page.get_by_role("button", name="引用")).to_be_disabled()
    await check_accessible(page)
    await picture(page, "knowledge-expired")
    assert code


async def test_a_unit_proposes_and_the_editor_decides(people: People) -> None:
    unit = await people.sign_in("slj1", "/knowledge", screen=PHONE)
    await unit.get_by_role("button", name="新增条目").click()
    await unit.get_by_label("标题").fill("水表更名")
    await unit.get_by_label("答复内容").fill(ANSWER)
    await expect(unit.get_by_text("已保存")).to_be_visible()
    await unit.reload()
    await unit.get_by_role("button", name="新增条目").click()
    await expect(unit.get_by_label("答复内容")).to_have_value(ANSWER)
    await picture(unit, "knowledge-form-phone")
    await unit.keyboard.press("Control+Enter")
    await expect(unit.get_by_text("请至少填写1项")).to_be_visible()
    await unit.get_by_label("诉求分类", exact=True).last.click()
    await unit.keyboard.type("供水")
    await unit.keyboard.press("Enter")
    await unit.keyboard.press("Escape")
    await unit.keyboard.press("Control+Enter")
    await expect(unit.get_by_text("已提交，等待审核")).to_be_visible()
    await expect(unit.get_by_role("article", name="水表更名")).to_contain_text("待审核")
    await check_accessible(unit)

    editor = await people.sign_in("kb1", "/knowledge")
    await editor.get_by_text("待审核", exact=True).first.click()
    await editor.get_by_role("option", name="水表更名").click()
    await expect(editor.get_by_label("待审核的版本")).to_contain_text("slj1 提交于")
    await editor.keyboard.press("a")
    await expect(editor.get_by_text("已审核通过")).to_be_visible()
    await expect(editor.get_by_text("没有待审核的条目")).to_be_visible()

    await unit.reload()
    await unit.get_by_role("button", name="修订").click()
    await unit.get_by_label("答复内容").fill(ANSWER.replace("也可线上办理", "也可在公众号办理"))
    await unit.get_by_label("修改说明").fill("增加公众号")
    await unit.get_by_role("button", name="提交审核").click()
    await expect(unit.get_by_text("已提交，等待审核")).to_be_visible()

    await editor.reload()
    waiting = editor.get_by_label("待审核的版本")
    await expect(waiting.locator("del")).to_have_text("也可线上办理。")
    await expect(waiting.locator("ins")).to_have_text("也可在公众号办理。")
    await check_accessible(editor)
    await picture(editor, "knowledge-approval")
    await editor.keyboard.press("r")
    await expect(editor.get_by_label("退回的理由")).to_be_focused()
    await editor.keyboard.press("Enter")
    await expect(editor.get_by_role("alert")).to_contain_text("reason")
    await editor.keyboard.type("请写明公众号名称")
    await editor.keyboard.press("Enter")
    await expect(editor.get_by_text("已退回")).to_be_visible()
    await unit.reload()
    await expect(unit.get_by_text("第2版被退回：请写明公众号名称")).to_be_visible()


async def test_nobody_is_offered_to_approve_his_own(people: People) -> None:
    editor = await people.sign_in("kb1", "/knowledge")
    await editor.get_by_role("button", name="新增条目").click()
    await editor.get_by_label("标题").fill("政务大厅周末服务")
    await editor.get_by_label("答复内容").fill("部分窗口周末提供预约服务，可在线查询。")
    for label, typed in (("责任单位", "数据局"), ("诉求分类", "涉企")):
        await editor.get_by_label(label, exact=True).last.click()
        await editor.keyboard.type(typed)
        await editor.keyboard.press("Enter")
        await editor.keyboard.press("Escape")
    await picture(editor, "knowledge-form")
    await check_accessible(editor)
    await editor.keyboard.press("Control+Enter")
    await expect(editor.get_by_text("须由另一位审核人通过")).to_be_visible()
    await expect(editor.get_by_role("button", name="审核通过")).to_have_count(0)
    head = await people.sign_in("head1", "/knowledge")
    await head.get_by_text("待审核", exact=True).first.click()
    await head.get_by_role("option", name="政务大厅周末服务").click()
    await head.get_by_role("button", name="审核通过").click()
    await expect(head.get_by_text("已审核通过")).to_be_visible()


async def test_supervisors_see_where_an_entry_was_cited(people: People, records: Records) -> None:
    tickets, at = Tickets(records.store), datetime.now(UTC)
    one = await tickets.create(MATTER, actor="1001", role="agent", at=at)
    said = {"answer": "请先挂失再补办", "knowledge_ref": "ZS0003"}
    for command, data in (("accept", {"acceptance_basis": "6.1"}), ("answer_direct", said)):
        await tickets.do(one.ticket_no, command, data, actor="1001", role="agent", at=at)
    page = await people.sign_in("1901", "/knowledge?code=ZS0003")
    await expect(page.get_by_label("引用记录")).to_contain_text(f"1001 工单 {one.ticket_no} 第1版")
    await expect(page.get_by_text("已被引用1次")).to_be_visible()
    await check_accessible(page)
    await picture(page, "knowledge-cited")
    await page.get_by_label("引用记录").get_by_text("第1版").click()
    await page.wait_for_url(f"**/tickets/{one.ticket_no}")
