"""Leaving: nobody is cut off without being asked, and what was just typed is kept."""

from datetime import datetime, timedelta

from playwright.async_api import Page, expect

from tests.browser.looking import check_accessible, picture
from tests.browser.people import People
from tests.browser.test_desk import ready_to_take_calls
from tests.e2e.phones import Phones

WORDS = "刚刚写下的一句话"


async def leave(page: Page) -> None:
    await page.get_by_role("button", name="话务员").click()
    await page.get_by_text("退出登录").click()


async def test_who_talks_is_asked_and_his_last_words_are_kept(
    people: People, phones: Phones
) -> None:
    page = await ready_to_take_calls(people, phones)
    call, rung = await phones.talk("1001")
    content = page.get_by_label("诉求内容")
    await content.fill(WORDS)
    await leave(page)
    asked = page.get_by_role("dialog", name="正在通话，确定退出？")
    await expect(asked).to_be_visible()
    await picture(page, "sign-out-talking")
    await asked.get_by_role("button", name="取消").click()
    await expect(content).to_have_value(WORDS)
    await content.fill(f"{WORDS}。")
    await leave(page)
    await asked.get_by_role("button", name="仍然退出").click()
    await expect(page.get_by_role("button", name="登录", exact=True)).to_be_visible()
    again = await people.sign_in("1001")
    await expect(again.get_by_label("诉求内容")).to_have_value(f"{WORDS}。", timeout=15_000)
    await rung.hang_up()
    await call.hang_up()


async def test_the_end_of_a_session_is_told_in_time(people: People) -> None:
    page = await people.sign_in("dispatcher1")
    await expect(page.get_by_text("本次登录到")).to_have_count(0)
    await page.clock.set_fixed_time(datetime.now().astimezone() + timedelta(hours=11, minutes=50))
    await page.reload()
    await expect(page.get_by_text("本次登录到")).to_be_visible()
    await picture(page, "session-end")
    await check_accessible(page)
