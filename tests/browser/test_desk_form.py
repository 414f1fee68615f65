"""The form while talking: nothing is proposed before words, raised unsaid or filed unseen; nothing
jumps."""

import re

from playwright.async_api import Page, expect

from tests.browser.looking import check_accessible, picture
from tests.browser.people import People
from tests.browser.test_desk import MATTER, filed_no, ready_to_take_calls
from tests.e2e.line import Line
from tests.e2e.phones import Phones


async def place(page: Page, name: str) -> tuple[float, float]:
    """Where a button of the form stands."""
    box = await page.get_by_role("button", name=name).bounding_box()
    assert box is not None
    return box["x"], box["y"]


async def test_nothing_is_proposed_before_a_word_and_nobody_is_quite_sure(
    people: People, phones: Phones
) -> None:
    page = await ready_to_take_calls(people, phones)
    call, rung = await phones.talk("1001")
    form = page.get_by_role("form", name="登记工单")
    await expect(form.get_by_label("紧急程度")).to_have_value("一般")
    await expect(form.get_by_text(re.compile("建议 "))).to_have_count(0)
    await picture(page, "desk-form-empty")
    await page.get_by_label("诉求内容").fill(
        "泗阳县这边一个村全停电了，空调冰箱都用不了，什么时候来电"
    )
    await expect(form.get_by_label("分类")).to_have_value("供电")
    shares = await form.get_by_text(re.compile("建议 ")).all_inner_texts()
    assert shares
    assert not [one for one in shares if "100" in one]
    await rung.hang_up()
    await call.hang_up()


async def test_a_basis_that_makes_it_urgent_says_so_before_it_is_filed(
    people: People, phones: Phones
) -> None:
    page = await ready_to_take_calls(people, phones)
    call, rung = await phones.talk("1001")
    form = page.get_by_role("form", name="登记工单")
    await page.get_by_label("诉求内容").fill("宿城区幸福家园小区门口的路灯坏了，请帮忙维修")
    await expect(form.get_by_label("分类")).to_have_value("路灯照明")
    before = await place(page, "登记并派单")
    kind = form.get_by_role("combobox", name="类型")
    await kind.fill("求助")
    await kind.press("Enter")
    await expect(form.get_by_text("按受理依据 6.5，将按“紧急”办理")).to_be_visible()
    await expect(form).to_contain_text("6.5 突发民生问题和非紧急求助")
    await picture(page, "desk-form-raised")
    await check_accessible(page)
    assert await place(page, "登记并派单") == before
    urgency = form.get_by_role("combobox", name="紧急程度")
    await urgency.fill("突发紧急")
    await urgency.press("Enter")
    await expect(form.get_by_text("将按“紧急”办理")).to_have_count(0)
    await kind.fill("咨询")
    await kind.press("Enter")
    await expect(form.get_by_text("将按“紧急”办理")).to_have_count(0)
    await rung.hang_up()
    await call.hang_up()


async def test_phrases_are_listed_below_the_line_that_is_typed(
    people: People, phones: Phones
) -> None:
    page = await ready_to_take_calls(people, phones)
    call, rung = await phones.talk("1001")
    content = page.get_by_label("诉求内容")
    await page.keyboard.press("Alt+D")
    await page.keyboard.insert_text("宿城区幸福家园小区门口的路灯已经坏了三天\n\n")
    category = page.get_by_role("combobox", name="分类")
    await expect(category).to_have_value("路灯照明")
    share = page.get_by_text(re.compile("^建议 "))
    before = await share.all_inner_texts()
    await page.keyboard.type("/")
    phrases = page.get_by_role("listbox", name="常用语")
    text, listed = await content.bounding_box(), await phrases.bounding_box()
    assert text is not None
    assert listed is not None
    assert listed["y"] >= text["y"] + text["height"] - 1
    assert listed["y"] + listed["height"] <= 768
    await picture(page, "desk-phrases")
    await page.keyboard.type("dcfy")
    await expect(phrases.get_by_role("option").first).to_contain_text("多次反映")
    async with page.expect_response(re.compile("/api/suggest")):
        await page.keyboard.press("Enter")
    await expect(content).to_have_value(re.compile("此前多次反映，问题仍未解决"))
    await expect(category).to_have_value("路灯照明")
    assert await share.all_inner_texts() == before
    await rung.hang_up()
    await call.hang_up()


async def test_nothing_is_filed_that_the_form_does_not_show(
    people: People, phones: Phones, line: Line
) -> None:
    page = await ready_to_take_calls(people, phones)
    call, rung = await phones.talk("1001")
    form = page.get_by_role("form", name="登记工单")
    unit = form.get_by_role("combobox", name="承办单位")
    await page.get_by_label("诉求内容").fill(MATTER)
    await expect(form.get_by_label("分类")).to_have_value("路灯照明")
    await expect(unit).not_to_have_value("")
    proposed = await unit.input_value()
    await unit.press("ControlOrMeta+a")
    await unit.press_sequentially("slj")
    undecided = form.get_by_role("alert").filter(has_text="承办单位还没有选定")
    await page.keyboard.press("Control+Enter")
    await expect(undecided).to_be_visible()
    await expect(unit).to_be_focused()
    await expect(unit).to_have_value("slj")
    await picture(page, "desk-form-undecided")
    await check_accessible(page)
    await form.get_by_role("button", name="登记并派单").click()
    await expect(unit).to_have_value("slj")
    await expect(page.get_by_text("已登记 SQ")).to_have_count(0)
    await unit.press("Enter")
    await expect(unit).to_have_value(re.compile("^市水利局"))
    assert not proposed.startswith("市水利局")
    await expect(undecided).to_have_count(0)
    await page.keyboard.press("Control+Enter")
    await expect(page.get_by_text("已登记 SQ")).to_be_visible()
    ticket = line.cli("tickets", "show", await filed_no(page))
    # A dispatcher decides about what was not proposed; he is told what the agent chose.
    notes = [one["data"] for one in ticket["events"] if one["command"] == "add_note"]
    assert [one["suggested_unit"] for one in notes] == ["SLJ"]
    await rung.hang_up()
    await call.hang_up()


async def test_a_dialog_has_its_keys_and_what_is_beneath_is_not_filed(
    people: People, phones: Phones
) -> None:
    page = await ready_to_take_calls(people, phones)
    call, rung = await phones.talk("1001")
    content = page.get_by_label("诉求内容")
    await content.fill(MATTER)
    await expect(page.get_by_label("分类")).to_have_value("路灯照明")
    plate, where = page.get_by_label("车牌号"), page.get_by_label("停放地点")
    await page.keyboard.press("Alt+C")
    await expect(plate).to_be_focused()
    await page.keyboard.press("Control+Enter")
    await expect(page.get_by_text("请填写完整的车牌号")).to_be_visible()
    await page.keyboard.insert_text("A12345")
    await page.keyboard.press("Control+Enter")
    await expect(where).to_be_focused()
    await page.keyboard.insert_text("幸福家园南门")
    await page.keyboard.press("Control+Enter")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(content).to_have_value(re.compile(f"{MATTER}\n车牌号苏NA12345.*南门"))
    await page.keyboard.press("F6")
    await expect(page.get_by_role("dialog")).to_contain_text("转接给谁")
    await page.keyboard.press("Control+Enter")
    await expect(page.get_by_role("dialog")).to_be_visible()
    await page.keyboard.press("Escape")  # the list
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(page.get_by_text("已登记 SQ")).to_have_count(0)
    await expect(content).to_be_visible()
    await rung.hang_up()
    await call.hang_up()
