"""Forms of the city's data: mistakes are told beside the field, codes are chosen by name."""

import re

from playwright.async_api import Request, expect

from tests.browser.looking import check_accessible, picture
from tests.browser.people import People
from tests.browser.test_city_pages import field, opened


async def test_plain_mistakes_are_told_at_their_fields_before_anything_is_sent(
    people: People,
) -> None:
    page = await opened(people, "admin1", "units")
    sent: list[Request] = []
    page.on("request", lambda one: sent.append(one) if one.method == "PATCH" else None)
    await page.get_by_role("button", name="新增").click()
    form = page.get_by_role("dialog")
    await form.get_by_label("内线号码").fill("81x")
    await page.keyboard.press("Control+Enter")
    for label, told in (
        ("代码", "请填写代码"),
        ("名称", "请填写名称"),
        ("层级", "请选择层级"),
        ("内线号码", "请填写2至20位数字，例如 8101"),
        ("变更原因", "请填写变更原因"),
    ):
        await expect(field(form, label).get_by_text(told)).to_be_visible()
    await expect(form.get_by_role("alert")).to_have_text(
        "还不能发布，请先改正：代码、名称、层级、内线号码、变更原因"
    )
    await expect(form.get_by_label("代码")).to_be_focused()
    await expect(form.get_by_label("代码")).to_have_attribute("aria-invalid", "true")
    await check_accessible(page)
    await picture(page, "city-unit-mistakes")
    await form.get_by_label("代码").fill("DSJ")
    await expect(field(form, "代码").get_by_text("请填写代码")).to_have_count(0)
    assert not sent, "plain mistakes are found in the page"

    await page.goto("/admin/city?kind=contacts")
    await page.get_by_role("button", name="打开 SLJ").click()
    form = page.get_by_role("dialog", name=re.compile("值班电话 市水利局"))
    await form.get_by_role("button", name="增加一项").click()
    await page.keyboard.press("Control+Enter")
    await expect(form.get_by_text("请填写号码")).to_be_visible()
    await expect(form.get_by_role("textbox", name="号码").last).to_be_focused()
    await picture(page, "city-contact-mistake")
    assert not sent


async def test_relations_and_places_are_chosen_by_name(people: People) -> None:
    page = await opened(people, "admin1", "relations")
    await expect(page.get_by_role("row", name=re.compile("属地单位")).first).to_contain_text(
        "人民政府"
    )
    await page.get_by_role("button", name="新增").click()
    form = page.get_by_role("dialog")
    await form.get_by_label("关系").click()
    await page.locator(".ant-select-item-option", has_text="上级单位").click()
    for label, typed in (("单位", "市水利局"), ("上级单位", "市城市管理局")):
        await form.get_by_role("combobox", name=label, exact=True).click()
        await page.keyboard.type(typed)
        await page.keyboard.press("Enter")
    await form.get_by_label("变更原因").fill("隶属调整")
    await page.keyboard.press("Control+Enter")
    await expect(form.locator(".ant-form-item").nth(1)).to_contain_text("这一项已经存在")
    await picture(page, "city-relation-form")
    await check_accessible(page)
    await form.get_by_role("combobox", name="单位", exact=True).click()
    await page.keyboard.type("12345热线中心")
    await page.keyboard.press("Enter")
    await page.keyboard.press("Control+Enter")
    await expect(page.get_by_text("几秒内生效")).to_be_visible()
    answer = await page.request.get("/api/admin/relations", params={"q": "RXZX"})
    stored = {one["code"]: one["data"] for one in (await answer.json())["entries"]}
    assert stored["superiors/RXZX"] == {"table": "superiors", "code": "RXZX", "value": "CGJ"}

    await page.goto("/admin/city?kind=places")
    row = page.get_by_role("row", name=re.compile("双河镇"))
    await expect(row.first).to_contain_text("乡镇（街道）")
    await page.get_by_role("button", name="打开 P0001", exact=True).click()
    form = page.get_by_role("dialog", name=re.compile("双河镇（P0001）"))
    await form.get_by_role("combobox", name="上级").click()
    await page.keyboard.type("宿豫区")
    await page.keyboard.press("Enter")
    await form.get_by_label("变更原因").fill("区划调整")
    await picture(page, "city-place-form")
    await page.keyboard.press("Control+Enter")
    await expect(page.get_by_text("几秒内生效")).to_be_visible()
    answer = await page.request.get("/api/admin/places", params={"q": "P0001"})
    stored = {one["code"]: one["data"] for one in (await answer.json())["entries"]}
    assert stored["P0001"]["parent"] == "321311"


async def test_what_others_published_meanwhile_is_not_overwritten_unseen(people: People) -> None:
    """Both change the same reason of a pause; the draft of the first is a day old."""
    first = await opened(people, "admin1", "pauses")
    await first.get_by_role("button", name="打开 meal").click()
    mine = first.get_by_role("dialog")
    await mine.get_by_label("名称").fill("我的名称")
    await mine.get_by_label("变更原因").fill("统一名称")
    await expect(mine.get_by_text("已保存")).to_be_visible()

    other = await opened(people, "1901", "pauses")
    await other.get_by_role("button", name="打开 meal").click()
    theirs = other.get_by_role("dialog")
    await theirs.get_by_label("名称").fill("他人的名称")
    await theirs.get_by_label("变更原因").fill("市里的叫法")
    await other.keyboard.press("Control+Enter")
    await expect(other.get_by_text("几秒内生效")).to_be_visible()

    await first.reload()
    await first.get_by_role("button", name="打开 meal").click()
    told = mine.get_by_role("alert").filter(has_text="他人已改动")
    await expect(told).to_contain_text("名称（现为：他人的名称）")
    await picture(first, "city-form-overtaken")
    await check_accessible(first)
    await first.keyboard.press("Control+Enter")
    await expect(told).to_be_visible()
    await told.get_by_role("button", name="已核对，以我的为准").click()
    await expect(told).to_be_hidden()
    await first.keyboard.press("Control+Enter")
    await expect(first.get_by_text("几秒内生效")).to_be_visible()
    await expect(first.get_by_role("row", name=re.compile("我的名称"))).to_be_visible()
