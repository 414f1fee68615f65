"""What one call leaves to two agents: one form, one ticket, and all that belongs to the call."""

import asyncio
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from service.useragent import PhoneCall
from tests.browser.looking import check_accessible, picture
from tests.browser.people import People
from tests.browser.test_desk import MATTER, filed_no, ready_to_take_calls
from tests.browser.test_softphone import at_devices, log_out, pick_up
from tests.e2e.desk import Desk
from tests.e2e.line import Line, wait_for
from tests.e2e.phones import Phones
from tests.e2e.records import Records
from ticketing.tickets import Tickets

HANDED = re.compile("本次通话已由 1002 .*接手")


@pytest.fixture(scope="module")
def line_config() -> Mapping[str, Any]:
    return {"ivr": {"queue": {"page_return_seconds": 12}}}


async def at_desks(people: People, phones: Phones, line: Line) -> tuple[Page, Page]:
    """The pages of 1001, who is rung first, and of 1002."""
    first = await ready_to_take_calls(people, phones, "1001")
    second = await ready_to_take_calls(people, phones, "1002")
    async with Desk.of(line) as desk:
        await desk.do("1002", "pause", reason="meal")
        await desk.do("1002", "resume")
    return first, second


async def at_own_page(people: People, folder: Path) -> Page:
    """The page of 1001, who takes his calls at it."""
    page = await at_devices(people, folder)
    page.on("dialog", lambda dialog: dialog.accept())  # leaving in a call: yes
    await page.get_by_role("link", name="坐席", exact=True).click()
    await page.get_by_text("本页面接听").click()
    state = page.get_by_label("坐席状态")
    await expect(state).to_contain_text("网页话机已登记")
    await page.keyboard.press("Alt+R")
    await expect(state).to_contain_text("空闲")
    return page


async def typed(page: Page, text: str) -> None:
    await page.get_by_label("诉求内容").fill(text)
    await expect(page.locator(".draft-status")).to_contain_text("已保存")


async def transferred(phones: Phones, line: Line) -> PhoneCall:
    """1001 passes his caller on to 1002, who answers at the phone on his desk."""
    async with Desk.of(line) as desk:
        await desk.do("1001", "transfer", target="1002")
    rung = await (await phones.agent("1002", duty=False)).incoming(within=10)
    await rung.answer()
    return rung


async def test_who_passes_the_call_on_leaves_the_form_to_his_colleague(
    people: People, phones: Phones, line: Line, records: Records
) -> None:
    first, second = await at_desks(people, phones, line)
    call, rung = await phones.talk("1001")
    await typed(first, MATTER)
    async with Desk.of(line) as desk:
        await desk.do("1001", "transfer", target="1002")
        phone = await phones.agent("1002", duty=False)
        at_second = await phone.incoming(within=10)
        bar = second.get_by_label("通话", exact=True)
        await expect(bar).to_contain_text("由 1001 演示一 转来")
        await picture(second, "desk-handover-ringing")
        await check_accessible(second)
        await at_second.answer()
    await rung.ended(8)
    await expect(first.get_by_text(HANDED)).to_contain_text("工单由对方填写")
    await expect(first.get_by_label("诉求内容")).to_have_count(0)
    await picture(first, "desk-handover-first")
    await check_accessible(first)
    await expect(second.get_by_label("诉求内容")).to_have_value(MATTER)
    await expect(second.get_by_label("分类")).to_have_value("路灯照明")
    await picture(second, "desk-handover-second")
    await second.keyboard.press("Control+Enter")
    number = await filed_no(second)
    await expect(first.get_by_text(HANDED)).to_be_visible()
    await expect(first.get_by_role("region", name="工单").get_by_text(number)).to_be_visible()
    await expect(first.get_by_text("没有登记完")).to_have_count(0)
    made = await Tickets(records.store).list()
    assert [one.ticket_no for one in made if one.content == MATTER] == [number]
    await at_second.hang_up()
    await call.hang_up()


async def test_a_matter_that_is_filed_is_asked_about_before_it_is_filed_again(
    people: People, phones: Phones, line: Line
) -> None:
    first, second = await at_desks(people, phones, line)
    text = "宿城区幸福家园小区的健身器材坏了，希望尽快维修"
    call, _rung = await phones.talk("1001", citizen="13800000002")
    await typed(first, text)
    await expect(first.get_by_label("地区")).to_have_value("宿城区")
    await expect(first.get_by_label("类型")).not_to_have_value("")
    await first.keyboard.press("Control+Enter")
    number = await filed_no(first)
    at_second = await transferred(phones, line)
    await expect(first.get_by_text(HANDED)).to_be_visible()
    await expect(first.get_by_text(f"已登记 {number}")).to_be_visible()
    card = second.get_by_role("region", name="来电人")
    await expect(card.locator(".caller-brought")).to_contain_text("健身器材")
    await expect(card.get_by_text("第一次来电")).to_have_count(0)

    await second.get_by_role("button", name="同一来电人还有其他诉求").click()
    await typed(second, text)
    await expect(second.get_by_label("地区")).to_have_value("宿城区")
    await expect(second.get_by_label("类型")).not_to_have_value("")
    await second.keyboard.press("Control+Enter")
    asked = second.get_by_role("form", name="登记工单").get_by_role("alert")
    await expect(asked).to_contain_text(re.compile(rf"演示一已于.*登记了相同的工单{number}"))
    await picture(second, "desk-same-matter")
    await check_accessible(second)
    await asked.get_by_role("button", name="确是另一件，登记").click()
    other = await filed_no(second)
    told = [line.cli("tickets", "show", one) for one in (number, other)]
    assert number != other
    assert told[0]["call_id"] == told[1]["call_id"]
    await at_second.hang_up()
    await call.hang_up()


async def test_a_page_that_is_loaded_anew_in_a_three_way_call_keeps_its_text(
    people: People, phones: Phones, line: Line, tmp_path: Path
) -> None:
    page = await at_own_page(people, tmp_path)
    call = await phones.dial(citizen="13800000002")
    await call.hears("welcome_short", within=5)
    await call.press("1")
    await pick_up(page)
    await expect(page.get_by_label("通话", exact=True)).to_contain_text("通话中")
    await typed(page, "幸福家园停水三天")
    second = await ready_to_take_calls(people, phones, "1002")
    async with Desk.of(line) as desk:
        await desk.do("1001", "consult", target="1002")
        at_second = await (await phones.agent("1002", duty=False)).incoming(within=10)
        await at_second.answer()

        def state(number: str) -> str:
            """What an agent is in the call, by his newest leg."""
            parties = desk.call_of("1002").get("parties", ())
            states = [str(one["state"]) for one in parties if one["number"] == number]
            return states[-1] if states else "not yet"

        await wait_for(lambda: state("1002") == "talking", what="1002 there")
        await desk.do("1001", "join")
        await desk.sees("1001", "talking")
        matter = second.get_by_label("诉求内容")
        await expect(matter).to_be_visible()

        await page.goto("about:blank")
        await wait_for(lambda: state("1001") == "away", within=6, what="1001 away")
        await asyncio.sleep(4)
        assert state("1001") == "away"
        await expect(matter).to_have_value("")
        await page.goto("/desk")
        await wait_for(lambda: state("1001") == "talking", within=10, what="1001 back")
        await expect(page.get_by_label("诉求内容")).to_have_value("幸福家园停水三天")
        await asyncio.sleep(2)
        await expect(matter).to_have_value("")
        await desk.do("1001", "hang_up")
    await expect(matter).to_have_value("幸福家园停水三天")
    await expect(page.get_by_text(HANDED)).to_be_visible()
    await at_second.hang_up()
    await call.hang_up()
    await log_out(page)
