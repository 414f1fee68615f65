"""语音菜单 by form: a key is changed, drawn, checked and published without a line of JSON."""

import re
from typing import Any

from playwright.async_api import Locator, Page, expect

from tests.browser.looking import check_accessible, picture
from tests.browser.people import People


async def test_a_key_is_changed_a_menu_added_and_both_are_published(people: People) -> None:
    page = await people.sign_in("admin1", "/admin/city?kind=menus")
    drawing = page.get_by_role("region", name="菜单图")
    main = drawing.get_by_role("article", name="菜单 main")
    await expect(main).to_contain_text("3 → 进度查询")
    await check_accessible(page)
    await picture(page, "menu-form")
    before = await stored(page)

    await choose(page, box(page, "按键 4"), "登记留言")
    await expect(main).to_contain_text("4 → 留言")
    await choose(page, box(page, "按键 3"), "不用")
    await expect(main).not_to_contain_text("3 → 进度查询")
    form = page.get_by_role("region", name="菜单 main", exact=True)
    await expect(form.get_by_text("提示音请来电人按 3，但菜单里没有设这个键")).to_be_visible()
    await expect(form.get_by_text("按键 4 在提示音里没有说到")).to_be_visible()
    await picture(page, "menu-form-unspoken")
    await page.get_by_label("等待按键（秒）").fill("8")
    await expect(main).to_contain_text("8 秒不按键")

    await page.get_by_label("新菜单的名称").fill("企业")
    await page.keyboard.press("Enter")
    node = page.get_by_role("region", name="菜单 企业")
    await expect(node.get_by_role("alert")).to_contain_text("来电人到不了菜单企业")
    await choose(page, box(node, "询问"), "menu_main")
    await choose(page, box(node, "按键 1"), "转人工")
    await choose(page, box(node, "按键 1 技能组"), "企业服务")
    await choose(page, box(node, "按键 1 转接前播放"), "enterprise_connect")
    await picture(page, "menu-form-new")
    await part(page, "菜单 main")
    await choose(page, box(page, "按键 2"), "转到另一菜单")
    await expect(drawing.get_by_role("alert")).to_contain_text("请选择菜单")
    await choose(page, box(page, "按键 2 菜单"), "企业")
    await expect(main).to_contain_text("2 → 菜单 企业")
    await check_accessible(page)
    await picture(page, "menu-form-changed")
    assert await stored(page) == before

    await page.get_by_label("变更原因").fill("企业服务另设菜单")
    await page.keyboard.press("Control+Enter")
    await expect(page.get_by_text("新来电按新菜单")).to_be_visible()
    after = await stored(page)
    kept = before["nodes"]["main"]
    assert after["nodes"]["main"] == {
        **kept,
        "seconds": 8,
        "keys": {
            "0": kept["keys"]["0"],
            "1": kept["keys"]["1"],
            "2": {"node": "企业"},
            "4": "message",
        },
    }
    assert after["nodes"]["企业"] == {
        "say": [],
        "ask": "menu_main",
        "keys": {"1": {"queue": "enterprise", "say": "enterprise_connect"}},
        "silence": {"queue": "citizen"},
    }
    await page.get_by_role("button", name="历史版本").click()
    await page.get_by_role("dialog").get_by_text("企业服务另设菜单").click()
    await expect(page.get_by_role("dialog")).to_contain_text("菜单 main › 按键 4")
    await check_accessible(page)
    await picture(page, "menu-history")


async def test_a_menu_that_leads_nowhere_is_refused_at_its_field(people: People) -> None:
    page = await people.sign_in("admin1", "/admin/city?kind=menus")
    before = await stored(page)
    await page.get_by_label("新菜单的名称").fill("回声")
    await page.get_by_role("button", name="新增菜单").click()
    node = page.get_by_role("region", name="菜单 回声")
    await expect(node.get_by_role("button", name="删除此菜单")).to_be_visible()
    await choose(page, box(node, "播放后"), "转到另一菜单")
    await expect(node.locator(".menu-fault")).to_have_text("请选择菜单")
    await choose(page, box(node, "播放后 菜单"), "回声")
    await part(page, "菜单 main")
    await choose(page, box(page, "按键 5"), "转到另一菜单")
    await choose(page, box(page, "按键 5 菜单"), "回声")

    drawing = page.get_by_role("region", name="菜单图")
    await expect(drawing.get_by_role("alert")).to_contain_text("没有通向人工的路")
    await expect(page.get_by_role("button", name="发布")).to_be_disabled()
    await check_accessible(page)
    await page.get_by_label("变更原因").fill("试一下")
    await page.keyboard.press("Control+Enter")  # the server judges by itself
    await expect(node.get_by_role("alert")).to_contain_text("菜单回声没有通向人工的路")
    await expect(node).to_contain_text("通向此菜单：菜单 main › 按键 5")
    await expect(node.get_by_role("button", name="删除此菜单")).to_have_count(0)
    await picture(page, "menu-form-refused")
    assert await stored(page) == before

    await drawing.get_by_role("button", name=re.compile("去改")).click()
    await part(page, "菜单 main")
    await choose(page, box(page, "按键 5"), "不用")
    await part(page, "菜单 回声（有误）")
    await node.get_by_role("button", name="删除此菜单").click()
    await page.get_by_role("tooltip").get_by_role("button", name="确定").click()
    await expect(drawing.get_by_role("article", name="菜单 main")).to_be_visible()
    await expect(drawing.get_by_role("article", name="菜单 回声")).to_have_count(0)


async def part(page: Page, name: str) -> None:
    """Another part of the menus in the form."""
    await page.get_by_role("radiogroup").get_by_text(name, exact=True).click()


def box(inside: Page | Locator, name: str) -> Locator:
    """A list of that name."""
    return inside.get_by_role("combobox", name=name, exact=True)


async def choose(page: Page, box: Locator, words: str) -> None:
    """An option of a list, found by its words, without the mouse."""
    await box.focus()
    await page.keyboard.type(words)
    listed = page.locator(".ant-select-dropdown:visible .ant-select-item-option")
    await expect(listed).to_have_count(1)
    await page.keyboard.press("Enter")
    await expect(listed).to_have_count(0)  # it fades


async def stored(page: Page) -> dict[str, Any]:
    """The menus that the server keeps."""
    answer = await page.request.get("/api/admin/menus")
    menus: dict[str, Any] = (await answer.json())["entries"][0]["data"]
    return menus


async def test_what_is_played_first_is_put_in_another_order(people: People) -> None:
    page = await people.sign_in("admin1", "/admin/city?kind=menus")
    form = page.get_by_role("region", name="菜单 main", exact=True)
    await choose(page, box(form, "增加一段先播放"), "hold_start")
    picked = form.locator(".menu-said-one")
    await expect(picked).to_have_count(2)
    await expect(picked.last).to_contain_text("hold_start")
    await form.get_by_role("button", name="上移先播放第 2 段").click()
    await expect(picked.first).to_contain_text("hold_start")
    await form.get_by_role("button", name="下移先播放第 1 段").click()
    await expect(picked.last).to_contain_text("hold_start")
    await check_accessible(page)
    await picture(page, "menu-form-order")
    await page.get_by_role("button", name="放弃修改").click()
    await expect(picked).to_have_count(1)
