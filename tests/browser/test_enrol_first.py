"""A city in which some roles must sign in with a second factor."""

from collections.abc import Mapping
from typing import Any

import pyotp
import pytest
from playwright.async_api import expect

from tests.browser.looking import check_accessible, picture
from tests.browser.people import People


@pytest.fixture(scope="module")
def line_config() -> Mapping[str, Any]:
    return {"console": {"totp_roles": ["kb_editor"]}}


async def test_nothing_is_open_before_the_second_factor(people: People) -> None:
    page = await people.visit("/account")
    await page.get_by_label("账号").fill("kb1")
    password = str(people.accounts["kb1"]["password"])
    await page.get_by_label("密码", exact=True).fill(password)
    await page.keyboard.press("Enter")
    await page.get_by_label("登录密码").wait_for()
    await expect(page.locator("header")).to_have_count(0)
    await check_accessible(page)
    await picture(page, "enrol-first")
    await page.get_by_label("登录密码").fill(password)
    await page.keyboard.press("Enter")
    secret = (await page.locator(".first-code code").inner_text()).replace(" ", "")
    await page.get_by_label("手机上显示的 6 位动态口令").fill(pyotp.TOTP(secret).now())
    await page.keyboard.press("Enter")
    await page.get_by_role("button", name="我已保存").click()
    await page.locator("header").wait_for()
    await expect(page.get_by_role("button", name="解除绑定")).to_be_visible()
