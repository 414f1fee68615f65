"""What is begun and does not come to its end at once is kept: a filing, a plate."""

import re

import pytest
from playwright.async_api import Page, Route, expect

from tests.browser.looking import check_accessible, picture
from tests.browser.office import ACCEPT, Office
from tests.browser.people import People
from tests.browser.test_desk import MATTER, filed_no, logged_in, ready_to_take_calls
from tests.e2e.line import Line
from tests.e2e.phones import Phones
from tests.e2e.records import Records

CORRECTED = f"{MATTER}，是南门那一盏"


async def lose_first(page: Page, command: str, *, is_done: bool) -> None:
    """The first request of a command is lost on its way, or its answer is."""
    lost = 0

    async def lose(route: Route) -> None:
        nonlocal lost
        lost += 1
        if lost > 1:
            await route.continue_()
            return
        if is_done:
            await route.fetch()
        await route.abort()

    await page.route(f"**/commands/{command}", lose)


def forget_the_loss(people: People) -> None:
    """The browser's own word of a lost request is no fault of the page."""
    people.faults[:] = [fault for fault in people.faults if "ERR_FAILED" not in fault]


async def test_what_is_corrected_after_a_failed_dispatch_stands_in_the_ticket(
    people: People, phones: Phones, line: Line
) -> None:
    page = await ready_to_take_calls(people, phones)
    call, rung = await phones.talk("1001")
    content = page.get_by_label("诉求内容")
    await content.fill(MATTER)
    await expect(page.get_by_label("分类")).to_have_value("路灯照明")
    await lose_first(page, "dispatch", is_done=False)
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
    forget_the_loss(people)
    await rung.hang_up()
    await call.hang_up()


async def test_what_cannot_be_changed_after_a_failed_dispatch_is_said_before_it_is_sent(
    people: People, phones: Phones, line: Line, records: Records
) -> None:
    page = await ready_to_take_calls(people, phones)
    call, rung = await phones.talk("1001")
    await page.get_by_label("诉求内容").fill(MATTER)
    await expect(page.get_by_label("分类")).to_have_value("路灯照明")
    await lose_first(page, "dispatch", is_done=False)
    await page.keyboard.press("Control+Enter")
    await expect(page.get_by_text("连不上服务器")).to_be_visible()
    secret = page.get_by_role("checkbox", name="对承办单位保密")
    await secret.check()
    await page.get_by_label("称呼").fill("王女士")
    await page.keyboard.press("Control+Enter")
    told = page.get_by_role("form", name="登记工单").get_by_role("alert")
    await expect(told).to_contain_text("已受理，“称呼”、“对承办单位保密”不能再修改")
    await picture(page, "desk-not-amendable")
    await check_accessible(page)
    href = await told.get_by_role("link", name="查看工单").get_attribute("href")
    assert href is not None
    number = href.split("/")[-1]
    assert line.cli("tickets", "show", number)["state"] == "accepted"
    forget_the_loss(people)
    await Office(records.store).do(number, "withdraw", "agent", {"identity_checked": True})
    await page.keyboard.press("Control+Enter")
    await expect(page.get_by_text("已登记 SQ")).to_be_visible()
    anew = await filed_no(page)
    ticket = line.cli("tickets", "show", anew)
    assert anew != number
    assert (ticket["confidential"], ticket["requester_name"]) == (True, "王女士")
    await rung.hang_up()
    await call.hang_up()


async def test_a_dispatch_whose_answer_was_lost_is_told_as_done(
    people: People, phones: Phones, line: Line
) -> None:
    page = await ready_to_take_calls(people, phones)
    call, rung = await phones.talk("1001")
    await page.get_by_label("诉求内容").fill(MATTER)
    await expect(page.get_by_label("分类")).to_have_value("路灯照明")
    await lose_first(page, "dispatch", is_done=True)
    await page.keyboard.press("Control+Enter")
    await expect(page.get_by_text("连不上服务器")).to_be_visible()
    await page.keyboard.press("Control+Enter")
    await expect(page.get_by_text("已登记 SQ")).to_contain_text("待签收")
    await expect(page.get_by_text("由派单审核员派单")).to_have_count(0)
    ticket = line.cli("tickets", "show", await filed_no(page))
    done = [one["command"] for one in ticket["events"]]
    assert (done.count("dispatch"), done.count("add_note")) == (1, 0)
    forget_the_loss(people)
    await rung.hang_up()
    await call.hang_up()


async def test_an_answer_whose_answer_was_lost_is_told_as_given(
    people: People, phones: Phones, line: Line
) -> None:
    page = await ready_to_take_calls(people, phones)
    call, rung = await phones.talk("1001")
    await page.get_by_label("诉求内容").fill("泗阳县众兴镇，社保卡丢了，咨询怎么补办")
    await expect(page.get_by_label("地区")).to_have_value("泗阳县")
    await page.keyboard.press("Alt+K")
    await page.keyboard.insert_text("社保卡丢了")
    await page.keyboard.press("Enter")
    await expect(page.get_by_label("知识库", exact=True)).to_contain_text("12333")
    await page.keyboard.press("Enter")
    await expect(page.get_by_label("答复内容（依据 ZS0001@1）")).to_have_value(re.compile("12333"))
    await lose_first(page, "answer_direct", is_done=True)
    await page.keyboard.press("Control+Enter")
    await expect(page.get_by_text("连不上服务器")).to_be_visible()
    await page.keyboard.press("Control+Enter")
    await expect(page.get_by_text("已登记 SQ")).to_contain_text("直接解答")
    ticket = line.cli("tickets", "show", await filed_no(page))
    assert [one["command"] for one in ticket["events"]].count("answer_direct") == 1
    forget_the_loss(people)
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
    page = await logged_in(people, "1001")
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


@pytest.mark.parametrize("is_hidden", [False, True])
async def test_what_else_a_citizen_says_when_called_back_belongs_to_that_call(
    people: People, phones: Phones, line: Line, records: Records, is_hidden: bool
) -> None:
    """Also where who calls does not see the citizen of the ticket: then nothing is taken over."""
    number = await Office(records.store).letter(ACCEPT, confidential=is_hidden)
    citizen, agent = await phones.citizen(), await phones.agent("1001", duty=False)
    page = await logged_in(people, "1001")
    await expect(page.get_by_label("坐席状态")).to_contain_text("空闲")
    await page.get_by_role("link", name="工单查询").click()
    await page.get_by_role("link", name=number).click()
    await page.get_by_role("button", name="回拨市民").click()
    at_agent = await agent.incoming(within=20)
    await at_agent.answer()
    at_citizen = await citizen.incoming(within=20)
    await at_citizen.answer()
    await page.get_by_role("link", name="坐席", exact=True).click()
    await page.get_by_role("button", name="同一来电人还有其他诉求").click()
    await page.get_by_label("诉求内容").fill(MATTER)
    await expect(page.get_by_label("分类")).to_have_value("路灯照明")
    await page.keyboard.press("Control+Enter")
    made = await filed_no(page)
    assert made != number
    await at_citizen.hang_up()
    await at_agent.ended(10)
    back = await records.closed("13800000001")
    ticket = line.cli("tickets", "show", made)
    assert (ticket["call_id"], ticket["first_agent_no"]) == (back["call_id"], "1001")
    assert ticket["requester_name"] == (None if is_hidden else "王小明")
    assert ticket["confidential"] == is_hidden
    assert set(back["tickets"]) == {number, made}


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
