"""Signing in and out in the page, and a session that ends while somebody works."""

import pytest
from playwright.async_api import expect

from tests.browser.looking import check_accessible, picture
from tests.browser.people import People


async def test_sign_in_by_keyboard_and_out(people: People) -> None:
    page = await people.visit()
    await expect(page.get_by_label("账号")).to_be_focused()
    await check_accessible(page)
    await picture(page, "sign-in")
    await page.keyboard.type("security1")
    await page.keyboard.press("Tab")
    await page.keyboard.type(str(people.accounts["security1"]["password"]))
    await page.keyboard.press("Enter")
    await expect(page.locator("header")).to_contain_text("安全管理员")
    await check_accessible(page)
    await page.get_by_role("button", name="安全管理员").click()
    await page.get_by_text("退出登录").click()
    await expect(page.get_by_label("账号")).to_be_focused()


async def test_a_wrong_password_says_what_is_wrong(people: People) -> None:
    page = await people.visit()
    await page.get_by_label("账号").fill("security1")
    await page.get_by_label("密码", exact=True).fill("wrong-password")
    await page.get_by_role("button", name="登录").click()
    await expect(page.get_by_role("alert")).to_contain_text("密码")


@pytest.mark.parametrize("name", ["1001", "1901", "dispatcher1", "callback1", "slj1", "admin1"])
async def test_everybody_has_a_home(people: People, name: str) -> None:
    page = await people.sign_in(name)
    await expect(page.get_by_role("main")).to_be_visible()
    await picture(page, f"home-{name}")
    await check_accessible(page)
