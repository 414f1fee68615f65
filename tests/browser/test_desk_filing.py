"""What is begun and does not come to its end at once is kept: a filing, a plate."""

import re

from playwright.async_api import Route, expect

from tests.browser.looking import check_accessible, picture
from tests.browser.people import People
from tests.browser.test_desk import MATTER, filed_no, ready_to_take_calls
from tests.e2e.line import Line
from tests.e2e.phones import Phones
from tests.e2e.records import Records

CORRECTED = f"{MATTER}，是南门那一盏"


async def test_what_is_corrected_after_a_failed_dispatch_stands_in_the_ticket(
    people: People, phones: Phones, line: Line
) -> None:
    page = await ready_to_take_calls(people, phones)
    call, rung = await phones.talk("1001")
    content = page.get_by_label("诉求内容")
    await content.fill(MATTER)
    await expect(page.get_by_label("分类")).to_have_value("路灯照明")
    lost = 0

    async def lose_the_first(route: Route) -> None:
        nonlocal lost
        lost += 1
        await (route.abort() if lost == 1 else route.continue_())

    await page.route("**/commands/dispatch", lose_the_first)
    await page.keyboard.press("Control+Enter")
    await expect(page.get_by_text("连不上服务器")).to_be_visible()
    await content.fill(CORRECTED)
    await page.get_by_label("联系电话").fill("13900000009")
    await page.keyboard.press("Control+Enter")
    await expect(page.get_by_text("已登记 SQ")).to_be_visible()
    ticket = line.cli("tickets", "show", await filed_no(page))
    assert ticket["state"] == "dispatched"
    assert ticket["contact_phone"] == "13900000009"
    said = [one["data"] for one in ticket["events"] if one["command"] == "add_statement"]
    assert [one["content"] for one in said] == [CORRECTED]
    people.faults[:] = [fault for fault in people.faults if "ERR_FAILED" not in fault]
    await rung.hang_up()
    await call.hang_up()


async def test_who_is_called_back_is_registered_on_the_draft_of_his_wish(
    people: People, phones: Phones, line: Line, records: Records
) -> None:
    call = await phones.dial()
    await call.hears("welcome_short", within=5)
    await call.press("1")
    await call.hears("queue_callback_offer", within=20)
    await call.press("1")
    await call.hears("queue_callback_confirm", within=8)
    await call.ended(15)
    (draft,) = (await records.closed("13800000001"))["tickets"]
    citizen, agent = await phones.citizen(), await phones.agent("1001", duty=False)
    page = await people.sign_in("1001")
    await expect(page.get_by_label("坐席状态")).to_be_visible()
    if await page.get_by_text("话机接听").is_visible():
        await page.get_by_text("话机接听").click()
    await page.keyboard.press("Alt+R")
    at_agent = await agent.incoming(within=20)
    await at_agent.answer()
    at_citizen = await citizen.incoming(within=20)
    await at_citizen.answer()
    content = page.get_by_label("诉求内容")
    await expect(page.get_by_label("通话", exact=True)).to_contain_text("通话中")
    await expect(page.get_by_label("来电人", exact=True)).to_contain_text("13800000001")
    await expect(content).to_be_visible()
    await content.fill(MATTER)
    await expect(page.get_by_label("分类")).to_have_value("路灯照明")
    await expect(page.get_by_text("本次通话的工单")).to_have_count(0)
    await page.keyboard.press("Control+Enter")
    await expect(page.get_by_text(f"已登记 {draft}")).to_be_visible()
    ticket = line.cli("tickets", "show", draft)
    assert ticket["content"] == MATTER
    assert ticket["state"] in ("accepted", "dispatched")
    await at_citizen.hang_up()
    await at_agent.ended(10)
    back = await records.closed("13800000001")
    assert (back["direction"], back["tickets"]) == ("outbound", [draft])
    await page.reload()
    await expect(page.get_by_label("坐席状态")).to_be_visible()
    await expect(content).to_have_count(0)


async def test_a_plate_that_was_begun_survives_a_reload(people: People, phones: Phones) -> None:
    page = await ready_to_take_calls(people, phones)
    call, rung = await phones.talk("1001")
    await expect(page.get_by_label("诉求内容")).to_be_visible()
    await page.keyboard.press("Alt+C")
    plate = page.get_by_label("车牌号")
    await expect(plate).to_be_focused()
    await page.keyboard.insert_text("A12345")
    await page.get_by_label("停放地点").fill("幸福家园南门")
    await expect(page.get_by_role("status").filter(has_text="已保存")).to_be_visible()
    await page.reload()
    await expect(page.get_by_label("诉求内容")).to_be_visible()
    await page.keyboard.press("Alt+C")
    await expect(plate).to_have_value("苏NA12345")
    await expect(page.get_by_label("停放地点")).to_have_value("幸福家园南门")
    await page.get_by_role("button", name="填入工单").click()
    await expect(page.get_by_label("诉求内容")).to_have_value(re.compile("苏NA12345.*南门"))
    await page.keyboard.press("Alt+C")
    await expect(plate).to_have_value("苏N")
    await rung.hang_up()
    await call.hang_up()


async def test_a_call_that_answers_itself_leaves_the_form_under_the_hands(
    people: People, phones: Phones
) -> None:
    page = await ready_to_take_calls(people, phones)
    await page.get_by_role("switch", name="自动应答").click()
    call, rung = await phones.talk("1001")
    content = page.get_by_label("诉求内容")
    await content.focus()
    await page.keyboard.insert_text("路灯坏了")
    await call.hang_up()
    await rung.ended(10)
    await page.keyboard.press("Alt+R")
    await expect(page.get_by_label("坐席状态")).to_contain_text("空闲")
    call, rung = await phones.talk("1001", citizen="13800000002")
    coming = page.get_by_role("status").filter(has_text="新来电 13800000002 已接通")
    await expect(coming).to_be_visible()
    await expect(content).to_be_focused()
    await page.keyboard.insert_text("，三天了")
    await expect(content).to_have_value("路灯坏了，三天了")
    await picture(page, "desk-coming")
    await check_accessible(page)
    await page.keyboard.press("Alt+D")
    await expect(coming).to_be_hidden()
    await expect(content).to_be_focused()
    await expect(content).to_have_value("")
    await expect(page.get_by_text("件诉求没有登记完")).to_be_visible()
    await page.get_by_role("button", name="打开第 1 件").click()  # the one that was left last
    await expect(content).to_have_value("路灯坏了，三天了")
    await rung.hang_up()
    await call.hang_up()


async def test_two_calls_that_answer_themselves_while_somebody_types_both_wait(
    people: People, phones: Phones
) -> None:
    page = await ready_to_take_calls(people, phones)
    automatic = page.get_by_role("switch", name="自动应答")
    if await automatic.get_attribute("aria-checked") == "false":
        await automatic.click()
    content = page.get_by_label("诉求内容")
    for number in ("1", "2", "3"):
        call, rung = await phones.talk("1001", citizen=f"1380000000{number}")
        if number == "1":
            await content.focus()
            await page.keyboard.insert_text("井盖没了")
        else:
            coming = page.get_by_role("status").filter(has_text=f"新来电 1380000000{number} 已接通")
            await expect(coming).to_be_visible()
        await call.hang_up()
        await rung.ended(10)
        await page.keyboard.press("Alt+R")
        await expect(page.get_by_label("坐席状态")).to_contain_text("空闲")
    await expect(content).to_have_value("井盖没了")
    await page.get_by_label("工单").get_by_role("button", name="打开第").last.click()
    await expect(page.get_by_label("联系电话")).to_have_value("13800000002")
    await page.get_by_label("工单").get_by_role("button", name="打开第").last.click()
    await expect(page.get_by_label("联系电话")).to_have_value("13800000003")
