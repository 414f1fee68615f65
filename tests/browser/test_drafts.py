"""What is typed while the server is away: kept in the page, and saved once it is back (草稿)."""

import asyncio

from playwright.async_api import Locator, Page, Request, Route, expect

from tests.browser.looking import picture
from tests.browser.office import ACCEPT, Office
from tests.browser.people import People
from tests.browser.test_desk import ready_to_take_calls
from tests.e2e.desk import Desk
from tests.e2e.line import Line, wait_for
from tests.e2e.phones import Phones
from tests.e2e.records import Records

AWAY = "ERR_CONNECTION_REFUSED"


async def away(page: Page) -> None:
    """No request about drafts reaches the server."""

    async def refuse(route: Route) -> None:
        await route.abort("connectionrefused")

    await page.route("**/api/drafts/**", refuse)


async def opened(page: Page, name: str) -> Locator:
    """The text of a command's form, opened by the command's button."""
    await page.get_by_role("toolbar", name="办理").get_by_role("button", name=name).click()
    return page.get_by_role("form", name=name).get_by_label("说明")


async def elsewhere(page: Page) -> None:
    """To another page of the application: the form is closed, the document stays."""
    await page.get_by_role("menuitem", name="首页").click()
    await expect(page.get_by_role("form")).to_be_hidden()


async def kept(page: Page, key: str) -> str | None:
    """What the server has."""
    told = await (await page.request.get(f"/api/drafts/{key}")).json()
    text = told["fields"].get("comment")
    return None if text is None else str(text)


async def test_a_closed_form_loses_nothing_while_the_server_is_away(
    people: People, records: Records
) -> None:
    office = Office(records.store)
    number = await office.letter(ACCEPT)
    key = f"ticket:{number}:add_note"
    page = await people.sign_in("dispatcher1", f"/tickets/{number}")
    text, status = await opened(page, "备注"), page.get_by_role("form").get_by_role("status")
    await text.fill("先联系")
    await expect(status).to_contain_text("已保存")

    await away(page)
    await text.fill("先联系物业")
    await expect(status).to_contain_text("尚未保存")
    await picture(page, "draft-server-away")
    await elsewhere(page)
    await page.go_back()
    await expect(await opened(page, "备注")).to_have_value("先联系物业")
    await elsewhere(page)
    assert await kept(page, key) == "先联系"
    await page.unroute_all()
    await wait_for(lambda: is_kept(page, key, "先联系物业"), within=15)
    await page.go_back()
    await expect(await opened(page, "备注")).to_have_value("先联系物业")

    # Typed before the draft could be read, and another page's text is on the server.
    await page.reload()
    await away(page)
    text = await opened(page, "备注")
    await text.fill("改约周五")
    await elsewhere(page)
    await page.unroute_all()
    await wait_for(lambda: is_kept(page, key, "改约周五"), within=15)
    await page.go_back()
    await expect(await opened(page, "备注")).to_have_value("改约周五")
    await expect(page.get_by_text("您在另一页面填写的")).to_be_visible()

    # The command is done although its draft cannot be told so; what was typed since stays.
    await away(page)
    text = page.get_by_role("form").get_by_label("说明")
    sent, answer = asyncio.Event(), asyncio.Event()

    async def slowly(route: Route, _: Request) -> None:
        sent.set()
        await answer.wait()
        await route.continue_()

    await page.route("**/commands/add_note", slowly)
    await text.press("Control+Enter")
    await asyncio.wait_for(sent.wait(), 10)
    await text.fill("改约周五上午")
    answer.set()
    await expect(page.get_by_role("form")).to_be_hidden()
    await expect(await opened(page, "备注")).to_have_value("改约周五上午")
    await page.keyboard.press("Control+Enter")
    await expect(page.get_by_role("form")).to_be_hidden()
    await page.unroute_all()
    await wait_for(lambda: is_kept(page, key, None), within=15)
    people.faults[:] = [fault for fault in people.faults if AWAY not in fault]


async def test_the_next_agent_of_a_call_goes_on_with_what_was_typed(
    people: People, phones: Phones, line: Line
) -> None:
    first = await ready_to_take_calls(people, phones, "1001")
    second = await ready_to_take_calls(people, phones, "1002")
    call, rung = await phones.talk("1001")
    await first.get_by_label("诉求内容").fill("幸福家园停水三天")
    await first.get_by_label("称呼").fill("王小明")
    await expect(first.get_by_role("status")).to_contain_text("已保存")
    async with Desk.of(line) as desk:
        await desk.do("1001", "transfer", target="1002", kind="warm")
        at_second = await (await phones.agent("1002", duty=False)).incoming(within=10)
        await at_second.answer()
        await second.get_by_label("诉求内容").fill("已问过物业")
        await expect(second.get_by_role("status")).to_contain_text("已保存")
        await desk.do("1001", "complete")
    await rung.ended(5)
    await expect(second.get_by_label("称呼")).to_have_value("王小明")
    await expect(second.get_by_label("诉求内容")).to_have_value("已问过物业")
    await expect(second.get_by_text("前一位话务员填写的“诉求内容”")).to_be_visible()
    await picture(second, "draft-taken-over")
    await second.get_by_role("button", name="并入").click()
    await expect(second.get_by_label("诉求内容")).to_have_value("已问过物业\n幸福家园停水三天")
    await expect(second.get_by_role("status")).to_contain_text("已保存")
    await second.reload()
    await expect(second.get_by_label("诉求内容")).to_have_value("已问过物业\n幸福家园停水三天")
    await expect(second.get_by_role("button", name="并入")).to_have_count(0)
    await at_second.hang_up()
    await call.hang_up()


async def is_kept(page: Page, key: str, text: str | None) -> bool:
    return await kept(page, key) == text
