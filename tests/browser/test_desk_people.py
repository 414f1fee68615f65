"""The others in a call (转接、咨询、三方), by keyboard: found, named, called off, let go."""

import re

from playwright.async_api import Page, expect

from tests.browser.looking import check_accessible, picture
from tests.browser.people import People
from tests.browser.test_desk import ready_to_take_calls
from tests.e2e.phones import Phones


async def opened(page: Page, key: str, field: str) -> None:
    await page.keyboard.press(key)
    await expect(page.get_by_role("combobox", name=field, exact=True)).to_be_focused()


async def test_who_may_be_rung_is_listed_and_found_as_one_types(
    people: People, phones: Phones
) -> None:
    page = await ready_to_take_calls(people, phones)
    call, rung = await phones.talk("1001")
    second = await phones.agent("1002")
    await expect(page.get_by_label("通话", exact=True)).to_contain_text("通话中")
    await opened(page, "F6", "对象")
    listed = page.get_by_role("option")
    await expect(listed.first).to_contain_text(re.compile("1002.*空闲"))
    await expect(page.get_by_role("option", name="6001 市民诉求组")).to_be_visible()
    await expect(page.get_by_role("option", name="班长（任一空闲）")).to_be_visible()
    await picture(page, "desk-transfer")
    await check_accessible(page)
    await page.keyboard.press("Escape")

    await opened(page, "Alt+Z", "对象")
    for typed, found in (("8105", "水利"), ("shuili", "水利"), ("bz", "班长"), ("6002", "6002")):
        await page.get_by_role("combobox", name="对象").fill(typed)
        await expect(listed.first).to_contain_text(found)
    await picture(page, "desk-consult-choice")
    await page.keyboard.press("Escape")
    await page.keyboard.press("Escape")

    await opened(page, "F7", "单位")
    await expect(page.get_by_role("option", name=re.compile("8105 市水利局"))).to_be_visible()
    await page.keyboard.press("Escape")
    await second.unregister()
    await rung.hang_up()
    await call.hang_up()


async def test_who_is_rung_is_shown_at_once_and_called_off_by_key(
    people: People, phones: Phones
) -> None:
    page = await ready_to_take_calls(people, phones)
    unit = await phones.unit("SLJ", 1)
    call, rung = await phones.talk("1001")
    second = await phones.agent("1002")
    bar = page.get_by_label("通话", exact=True)
    members = bar.get_by_role("list", name="通话成员")
    await expect(bar).to_contain_text("通话中")

    await opened(page, "F6", "对象")
    await page.keyboard.insert_text("1002")
    await page.keyboard.press("Enter")
    await expect(members).to_contain_text(re.compile("正在呼叫….*转接 1002"), timeout=1500)
    at_second = await second.incoming(within=8)
    await expect(bar).to_contain_text("转接中")
    await picture(page, "desk-transferring")
    await check_accessible(page)
    await page.keyboard.press("Alt+X")
    await at_second.ended(5)
    await expect(page.get_by_text("已取消转接")).to_be_visible()
    await expect(members).to_have_count(0)
    await expect(bar).to_contain_text("通话中")

    await opened(page, "F7", "单位")
    await page.keyboard.insert_text("slj")
    await expect(page.get_by_role("option").first).to_contain_text("水利")
    await page.keyboard.press("Enter")
    await expect(members).to_contain_text(re.compile("正在呼叫….*三方 市水利局"), timeout=1500)
    at_unit = await unit.incoming(within=15)
    await at_unit.answer()
    await expect(members).to_contain_text("等对方按 1 加入")
    await at_unit.hears("three_way_whisper", within=15)
    await at_unit.press("1")
    await expect(members).to_contain_text(re.compile("通话中.*承办单位 市水利局.* 8105"))
    await picture(page, "desk-three-way-named")
    await check_accessible(page)
    await members.get_by_role("button", name="请出").click()
    await at_unit.ended(5)
    await expect(members).to_have_count(0)
    await rung.hang_up()
    await call.hang_up()
