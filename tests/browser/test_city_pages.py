"""城市数据 in the page: changed by a form, live, traced, brought back; rosters, prompts, menus."""

import re
from datetime import datetime, timedelta

from playwright.async_api import Locator, Page, expect

from store.types import SHANGHAI
from tests.browser.looking import check_accessible, picture
from tests.browser.office import ACCEPT, DISPATCH, SIGN, Office
from tests.browser.people import PHONE, People
from tests.e2e.line import Line, wait_for
from tests.e2e.records import Records


async def opened(people: People, name: str, kind: str) -> Page:
    return await people.sign_in(name, f"/admin/city?kind={kind}")


def field(form: Locator, label: str) -> Locator:
    """A field of a form with what is said below it."""
    return form.locator(".ant-form-item", has_text=label)


async def test_a_new_unit_its_phone_and_its_roster_by_forms(people: People, line: Line) -> None:
    page = await opened(people, "admin1", "units")
    await expect(page.get_by_role("heading", name=re.compile("成员单位"))).to_be_visible()
    await check_accessible(page)
    await picture(page, "city-units")
    await page.get_by_role("button", name="新增").click()
    form = page.get_by_role("dialog")
    await form.get_by_label("代码").fill("SLJ")
    await form.get_by_label("名称").fill("市大数据局")
    await form.get_by_label("层级").click()
    await page.keyboard.press("Enter")
    await form.get_by_label("内线号码").fill("8105")
    await form.get_by_label("变更原因").fill("机构改革")
    await page.keyboard.press("Control+Enter")
    code, name, phone = (form.get_by_label(one) for one in ("代码", "名称", "内线号码"))
    await expect(field(form, "代码")).to_contain_text("SLJ已经存在，属于“市水利局")
    await expect(name).to_have_value("市大数据局")
    await expect(form.get_by_label("变更原因")).to_have_value("机构改革")
    await picture(page, "city-unit-taken")
    await check_accessible(page)
    await code.fill("DSJ")
    await page.keyboard.press("Control+Enter")
    await expect(field(form, "内线号码")).to_contain_text("8105")
    await expect(field(form, "代码")).not_to_contain_text("已经存在")
    await expect(phone).to_have_value("8105")
    await picture(page, "city-unit-refused")
    await phone.fill("8150")
    await page.keyboard.press("Control+Enter")
    await expect(page.get_by_text("几秒内生效")).to_be_visible()

    await page.goto("/admin/city?kind=contacts")
    await page.get_by_role("button", name="新增").click()
    form = page.get_by_role("dialog")
    await form.get_by_label("单位").click()
    await page.keyboard.type("市大数据局")
    await page.keyboard.press("Enter")
    await form.get_by_role("button", name="增加一项").click()
    await form.get_by_label("号码").fill("8190")
    await form.get_by_label("变更原因").fill("机构改革")
    await check_accessible(page)
    await picture(page, "city-contacts-form")
    await page.keyboard.press("Control+Enter")
    await expect(page.get_by_text("几秒内生效")).to_be_visible()

    def known() -> bool:
        return any(one.get("unit") == "DSJ" for one in line.ready["accounts"])

    await wait_for(known, within=10, what="the new unit's phone")
    await page.goto("/admin/city?kind=roster")
    await expect(page.get_by_text("个单位的值守不完整")).to_be_visible()
    await page.get_by_role("button", name="新增").click()
    form = page.get_by_role("dialog")
    await form.get_by_label("单位").click()
    await page.keyboard.type("市大数据局")
    await page.keyboard.press("Enter")
    await form.get_by_role("button", name="增加一项").click()
    await form.get_by_label("日期").click()
    await page.keyboard.type("mon")
    await page.keyboard.press("Enter")
    await page.keyboard.press("Escape")
    await form.get_by_label("开始").fill("09:00")
    await form.get_by_label("结束").fill("17:00")
    await form.get_by_label("值班电话").last.click()
    await page.keyboard.type("8190")
    await page.keyboard.press("Enter")
    await form.get_by_label("变更原因").fill("先排周一")
    await picture(page, "city-roster-form")
    await page.keyboard.press("Control+Enter")
    await expect(page.get_by_text("几秒内生效")).to_be_visible()
    await expect(page.get_by_text("几秒内生效")).to_be_hidden()
    await expect(page.get_by_role("row", name=re.compile("市大数据局"))).to_contain_text("周一")
    await check_accessible(page)
    await picture(page, "city-roster")


async def test_a_notice_is_published_traced_and_taken_back(people: People) -> None:
    page = await opened(people, "1901", "notices")
    await page.get_by_role("button", name="新增").click()
    form = page.get_by_role("dialog")
    for label, text in (
        ("编号", "TS1"),
        ("区域", "宿城区"),
        ("原因", "管道抢修"),
        ("事件", "停水"),
    ):
        await form.get_by_label(label, exact=True).fill(text)
    for label in ("预计恢复时间", "失效时间"):
        await form.get_by_label(label).fill(f"{datetime.now(SHANGHAI) + timedelta(days=5):%F %R}")
        await page.keyboard.press("Enter")
    await form.get_by_label("变更原因").fill("水务集团通知")
    await picture(page, "city-notice-form")
    await page.keyboard.press("Control+Enter")
    await expect(page.get_by_text("几秒内生效")).to_be_visible()
    await expect(page.get_by_role("row", name=re.compile("管道抢修"))).to_be_visible()
    await page.get_by_role("button", name="打开 TS1").click()
    await page.get_by_role("dialog").get_by_label("区域", exact=True).fill("湖滨新区")
    await page.get_by_role("dialog").get_by_label("变更原因").fill("范围有误")
    await page.keyboard.press("Control+Enter")
    await expect(page.get_by_role("row", name=re.compile("湖滨新区"))).to_be_visible()
    await page.get_by_role("button", name="历史版本").click()
    history = page.get_by_role("dialog")
    versions = history.get_by_role("button", name=re.compile(r"第 \d+ 版 ·"))
    await expect(versions).to_have_count(2)
    await expect(versions.first).to_contain_text("演示班长（1901）：范围有误")
    await history.get_by_text("范围有误").click()
    await expect(history.locator("ins")).to_have_text("湖滨新区")
    await expect(history.locator("del")).to_have_text("宿城区")
    await picture(page, "city-history")
    await check_accessible(page)
    await history.get_by_text("水务集团通知").click()
    await history.get_by_label("恢复的原因").fill("改回原范围")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("已恢复为第")).to_be_visible()
    await expect(page.get_by_role("row", name=re.compile("宿城区"))).to_be_visible()


async def test_who_is_in_charge_is_chosen_by_name(people: People) -> None:
    page = await opened(people, "admin1", "categories")
    row = page.get_by_role("row", name=re.compile("占道挪车"))
    await expect(row).to_contain_text("市公安局")
    await row.get_by_role("button", name="打开 0101").click()
    form = page.get_by_role("dialog")
    await form.get_by_role("combobox", name="主管单位").focus()
    await page.keyboard.type("属地")
    await page.keyboard.press("Enter")
    await form.get_by_label("变更原因").fill("下放到县区")
    await check_accessible(page)
    await picture(page, "city-category-form")
    await page.keyboard.press("Control+Enter")
    await expect(page.get_by_text("几秒内生效")).to_be_visible()
    await expect(row).to_contain_text("属地（诉求发生地的县区）")
    answer = await page.request.get("/api/admin/categories", params={"q": "占道挪车"})
    stored = {one["code"]: one["data"]["unit"] for one in (await answer.json())["entries"]}
    assert stored["0101"] == "@region"


async def test_prompts_are_heard_and_menus_drawn_before_they_are_published(
    people: People,
) -> None:
    page = await opened(people, "admin1", "prompts")
    await page.get_by_label("查找提示音").fill("hold_start")
    await page.keyboard.press("Enter")
    await page.get_by_role("button", name="打开 hold_start").click()
    form = page.get_by_role("dialog")
    await form.get_by_role("button", name="试听").click()
    await expect(form.locator("audio")).to_be_visible()
    await check_accessible(page)
    await picture(page, "city-prompt")
    await form.get_by_label("文字").fill("请稍候。{nothing}")
    await form.get_by_label("变更原因").fill("试一下")
    await page.keyboard.press("Control+Enter")
    await expect(form.get_by_role("alert")).to_contain_text("nothing")
    await page.keyboard.press("Escape")

    await page.goto("/admin/city?kind=menus")
    drawing = page.get_by_role("region", name="菜单图")
    await expect(drawing.get_by_role("article", name="菜单 main")).to_contain_text("进度查询")
    await page.get_by_role("switch", name="以 JSON 编辑").click()
    text = await page.get_by_label("菜单（JSON）").input_value()
    await check_accessible(page)
    await picture(page, "city-menus")
    await page.get_by_label("菜单（JSON）").fill(text.replace('"citizen"', '"nobody"'))
    await expect(drawing.get_by_role("alert")).to_contain_text("没有技能组nobody")
    await expect(page.get_by_role("button", name="发布")).to_be_disabled()
    await picture(page, "city-menus-fault")
    await page.get_by_role("button", name="放弃修改").click()
    await expect(page.get_by_label("菜单（JSON）")).to_have_value(text)


async def test_an_administrator_sees_a_phones_password_once_and_on_record(
    people: People, line: Line
) -> None:
    page = await opened(people, "admin1", "agents")
    await page.get_by_role("button", name="打开 1001").click()
    await page.get_by_role("button", name="显示话机密码（1001）").click()
    shown = page.get_by_role("dialog", name="话机 1001 的登记信息")
    accounts = line.ready["accounts"]
    password = next(one["password"] for one in accounts if one["username"] == "agent-1001")
    await expect(shown.get_by_text(password, exact=True)).to_be_visible()
    await expect(shown.get_by_role("button", name="复制").last).to_be_visible()
    await picture(page, "city-phone-password")
    await check_accessible(page)
    await page.keyboard.press("Enter")
    await expect(page.get_by_text(password)).to_have_count(0)
    await page.goto("/admin/city?kind=contacts")
    await page.get_by_role("button", name="打开 SLJ").click()
    await page.get_by_role("button", name="显示话机密码").first.click()
    await expect(page.get_by_role("dialog", name="的登记信息")).to_contain_text("unit-")

    security = await people.sign_in("security1", "/admin/users")
    await security.get_by_label("查找账号").fill("admin1")
    await security.keyboard.press("Enter")
    await security.get_by_role("button", name="记录").click()
    journal = security.get_by_role("dialog")
    await expect(journal.get_by_text("查看话机密码（1001）")).to_be_visible()

    other = await opened(people, "1901", "agents")
    await other.get_by_role("button", name="打开 1001").click()
    await expect(other.get_by_label("变更原因")).to_be_visible()
    await expect(other.get_by_role("button", name="显示话机密码")).to_have_count(0)


async def test_a_unit_keeps_its_own_roster_on_a_phone(people: People) -> None:
    page = await people.sign_in("slj1", "/admin/city?kind=contacts", screen=PHONE)
    await expect(page.get_by_role("heading", name=re.compile("值班电话"))).to_be_visible()
    await expect(page.locator("tbody tr.ant-table-row")).to_have_count(1)
    await expect(page.get_by_role("button", name="新增")).to_have_count(0)
    await check_accessible(page)
    await picture(page, "city-unit-phone")
    assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


async def test_rules_are_tried_and_enacted_from_a_day_on(people: People, records: Records) -> None:
    number = await Office(records.store).letter(ACCEPT, DISPATCH, SIGN)
    page = await people.sign_in("head1", "/admin/policies")
    table = page.get_by_role("region", name="版本 suqian-2020")
    await expect(table.get_by_role("row", name=re.compile("^办理时限"))).to_contain_text("12 小时")
    await check_accessible(page)
    await page.get_by_role("button", name="演练与发布").click()
    form = page.get_by_role("dialog")
    await form.get_by_label("修改哪些参数").click()
    await page.keyboard.type("resolve_hours")
    await page.keyboard.press("Enter")
    await page.keyboard.press("Escape")
    await form.get_by_label("办理时限").fill("10h")
    await form.get_by_role("button", name="演练").click()
    trial = form.get_by_role("region", name="演练结果")
    await expect(trial).to_contain_text("近 30 天")
    row = trial.get_by_role("row", name=re.compile(number))
    await expect(row).to_contain_text(re.compile("办理时限：.* → "))
    await expect(row.get_by_role("link", name=number)).to_have_attribute(
        "href", f"/tickets/{number}"
    )
    await check_accessible(page)
    await form.get_by_label("新版本号").fill("2027-01")
    day = datetime.now(SHANGHAI) + timedelta(days=20)
    await form.get_by_label("生效时间").fill(f"{day:%F %R}")
    await page.keyboard.press("Enter")
    enact = form.get_by_role("button", name="发布", exact=True)
    await expect(enact).to_be_disabled()
    await form.get_by_label("变更原因").fill("市政府办公室通知")
    await picture(page, "policy-form")
    await enact.click()
    asked = page.get_by_role("dialog", name="发布政策版本 2027-01？")
    await expect(asked).to_contain_text("办理时限：12 小时 → 10 小时")
    await picture(page, "policy-asked")
    await asked.get_by_role("button", name="确定发布").click()
    await expect(page.get_by_text("已发布 2027-01")).to_be_visible()
    await page.get_by_role("button", name=re.compile("2027-01.*未生效")).click()
    changed = page.get_by_role("region", name="版本 2027-01").get_by_role(
        "row", name=re.compile("^办理时限")
    )
    await expect(changed).to_contain_text("10 小时12 小时")
    await expect(page.get_by_role("region", name="版本 2027-01")).to_contain_text(
        "演示负责人发布：市政府办公室通知"
    )
    await picture(page, "policies")
    await page.get_by_role("button", name="撤回").click()
    asked = page.get_by_role("dialog", name="撤回尚未生效的政策版本 2027-01？")
    await expect(asked.get_by_role("button", name="撤回")).to_be_disabled()
    await asked.get_by_label("变更原因").fill("日期写错")
    await check_accessible(page)
    await asked.get_by_role("button", name="撤回").click()
    gone = page.get_by_role("region", name="版本 2027-01")
    await expect(gone).to_contain_text("演示负责人撤回，从未生效：日期写错")
    await expect(gone.get_by_role("row", name=re.compile("^办理时限"))).to_contain_text(
        "10 小时12 小时"
    )
    await expect(page.get_by_role("button", name=re.compile("2027-01.*已撤回"))).to_be_visible()
    await picture(page, "policy-withdrawn")
