"""The form while talking: nothing is proposed before words, or raised unsaid; nothing jumps."""

import re

from playwright.async_api import Page, expect

from tests.browser.looking import check_accessible, picture
from tests.browser.people import People
from tests.browser.test_desk import ready_to_take_calls
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
