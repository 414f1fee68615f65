"""The pages of accounts: one's own, and the administration of all."""

import pyotp
from playwright.async_api import Page, expect

from tests.browser.looking import check_accessible, picture
from tests.browser.people import People

OWN = "a password of my own"
ROLES = range(13)
"""Of people: going through them chooses none."""


async def sign_in_again(page: Page, name: str, password: str) -> None:
    """After signing out."""
    await page.locator("header button").click()
    await page.get_by_text("退出登录").click()
    await page.get_by_label("账号").fill(name)
    await page.get_by_label("密码", exact=True).fill(password)
    await page.get_by_role("button", name="登录").click()


async def test_a_second_factor_from_enrolment_to_loss(people: People) -> None:
    name = "kb1"
    password = str(people.accounts[name]["password"])
    page = await people.sign_in(name)
    await page.locator("header button").click()
    await page.get_by_text("我的账号").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("我的账号")
    await check_accessible(page)
    await picture(page, "account")

    await page.get_by_label("登录密码").fill("wrong password")
    await page.get_by_role("button", name="开始绑定").click()
    await expect(page.get_by_role("alert")).to_contain_text("密码不正确")
    await page.get_by_label("登录密码").fill(password)
    await page.keyboard.press("Enter")
    code = page.get_by_label("手机上显示的 6 位动态口令")
    await expect(code).to_be_focused()
    secret = (await page.locator(".first-code code").inner_text()).replace(" ", "")
    phone = pyotp.TOTP(secret)
    await check_accessible(page)
    await picture(page, "account-enrolment")
    await page.keyboard.type(phone.now())
    await page.keyboard.press("Enter")
    codes = page.get_by_label("恢复码").locator("li")
    await expect(codes).to_have_count(10)
    spare = await codes.first.inner_text()
    await check_accessible(page)
    await picture(page, "account-recovery-codes")
    await page.get_by_role("button", name="我已保存").click()
    await expect(page.get_by_role("button", name="解除绑定")).to_be_visible()

    await sign_in_again(page, name, password)
    await expect(page.get_by_label("动态口令（或一个恢复码）")).to_be_focused()
    await check_accessible(page)
    await picture(page, "sign-in-code")
    await page.keyboard.type(spare)
    await page.keyboard.press("Enter")
    await page.locator("header").wait_for()
    await expect(page.locator("header")).to_contain_text("知识库编辑")

    admin = await people.sign_in("security1", "/admin/users")
    row = admin.get_by_role("row").filter(has_text=name)
    await expect(row).to_contain_text("已绑定")
    await row.get_by_role("button", name="更多").click()
    await admin.get_by_text("重置动态口令", exact=True).click()
    await admin.get_by_role("button", name="确定").click()
    await expect(row).to_contain_text("未绑定")
    await sign_in_again(page, name, password)
    await page.locator("header").wait_for()
    await expect(page.locator("header")).to_contain_text("知识库编辑")


async def test_a_new_colleague_from_the_first_password_to_the_end(people: People) -> None:
    admin = await people.sign_in("security1", "/admin/users")
    await expect(admin.get_by_role("row").filter(has_text="dispatcher1")).to_be_visible()
    await check_accessible(admin)
    await picture(admin, "users")
    await admin.get_by_role("button", name="新建账号").click()
    form = admin.get_by_role("dialog")
    await expect(form.get_by_label("账号")).to_be_focused()
    await admin.keyboard.type("slj9")
    await form.get_by_label("姓名").fill("孙水利")
    await form.get_by_label("姓名").focus()
    for _ in ROLES:
        await admin.keyboard.press("Tab")
    await expect(form.get_by_role("checkbox", checked=True)).to_have_count(0)
    await form.get_by_role("checkbox", name="承办单位经办人").check()
    await form.get_by_role("combobox", name="承办单位").fill("水利")
    await admin.keyboard.press("Enter")
    await check_accessible(admin)
    await picture(admin, "users-new")
    await form.get_by_role("button", name="保存").click()
    shown = admin.locator(".one-time-password code")
    password = await shown.inner_text()
    await expect(admin.get_by_role("button", name="已记下")).to_be_focused()
    await picture(admin, "users-one-time-password")
    await check_accessible(admin)
    await admin.get_by_role("button", name="已记下").click()
    row = admin.get_by_role("row").filter(has_text="slj9")
    await expect(row).to_contain_text("待首次登录")
    await expect(row).to_contain_text("市水利局")

    page = await people.visit()
    await page.get_by_label("账号").fill("slj9")
    await page.get_by_label("密码", exact=True).fill(password)
    await page.keyboard.press("Enter")
    await expect(page.get_by_label("新密码", exact=True)).to_be_focused()
    await page.keyboard.type(OWN)
    await page.keyboard.press("Tab")
    await page.get_by_label("再填一次新密码").fill(OWN)
    await page.keyboard.press("Enter")
    await page.locator("header").wait_for()
    await expect(page.locator("header")).to_contain_text("孙水利")

    await row.get_by_role("button", name="记录").click()
    journal = admin.get_by_role("dialog")
    await expect(journal).to_contain_text("建立账号（承办单位经办人）")
    await expect(journal).to_contain_text("登录")
    await picture(admin, "users-journal")
    await check_accessible(admin)
    await admin.keyboard.press("Escape")
    await row.get_by_role("button", name="更多").click()
    await admin.get_by_text("停用", exact=True).click()
    await admin.get_by_role("button", name="确定").click()
    await expect(row).to_have_count(0)
    await page.reload()
    await expect(page.get_by_label("账号")).to_be_visible()


async def test_what_is_refused_stands_at_its_field(people: People) -> None:
    admin = await people.sign_in("security1", "/admin/users")
    await admin.get_by_role("button", name="新建账号").click()
    form = admin.get_by_role("dialog")
    await form.get_by_label("账号").fill("agent9")
    await form.get_by_role("checkbox", name="话务员").check()
    await form.get_by_label("工号").fill("1001")
    await form.get_by_role("button", name="保存").click()
    await expect(form.locator(".ant-form-item", has_text="工号")).to_contain_text("已属于账号1001")


async def test_a_session_that_was_left_open_is_ended(people: People) -> None:
    left = await people.sign_in("leader1")
    page = await people.sign_in("leader1", "/account")
    rows = page.get_by_role("row").filter(has_text="结束登录")
    await expect(rows).to_have_count(1)
    await rows.get_by_role("button").click()
    await expect(rows).to_have_count(0)
    await left.reload()
    await expect(left.get_by_label("账号")).to_be_visible()
