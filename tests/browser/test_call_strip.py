"""The agent's call while he looks at another page: danger and the end of a talk do not wait."""

from playwright.async_api import expect

from tests.browser.looking import check_accessible, picture
from tests.browser.office import ACCEPT, Office
from tests.browser.people import People
from tests.browser.test_desk import ready_to_take_calls
from tests.browser.test_inbox import office  # noqa: F401  (fixture)
from tests.e2e.phones import Phones


async def test_an_emergency_is_dialled_from_a_tickets_page(
    people: People,
    phones: Phones,
    office: Office,  # noqa: F811
) -> None:
    number = await office.letter(ACCEPT)
    desk = await phones.desk("119")
    page = await ready_to_take_calls(people, phones)
    call, rung = await phones.talk("1001")
    await page.get_by_role("link", name="工单查询").click()
    await page.get_by_role("link", name=number).click()
    await expect(page.locator(".ticket-no")).to_have_text(number)
    strip = page.get_by_role("region", name="通话", exact=True)
    await page.keyboard.press("F9")
    await expect(page.get_by_role("dialog")).to_contain_text("119 火警")
    await page.keyboard.press("2")
    await expect(strip).to_contain_text("正在呼叫 119")
    await picture(page, "strip-emergency")
    await page.keyboard.press("Escape")
    await expect(strip).not_to_contain_text("正在呼叫 119")
    await page.keyboard.press("F9")
    await page.keyboard.press("2")
    joined = await desk.incoming(within=10)
    await joined.answer()
    await expect(strip).to_contain_text("119 已接通")
    await expect(page.locator(".ticket-no")).to_have_text(number)
    await expect(page.get_by_role("form")).to_have_count(0)
    await check_accessible(page)
    await page.keyboard.press("F8")
    await rung.ended(10)
    await expect(strip).to_have_count(0)
    await call.hang_up()
    await joined.ended(10)
