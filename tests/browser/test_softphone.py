"""The softphone in the page: real WebRTC calls between Chromium, Asterisk and SIP phones, both
directions, and what may happen to a page in the middle of a call."""

import asyncio
import os
import re
import signal
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psutil
import pytest
from playwright.async_api import Page, expect

from service.useragent import PhoneCall, longest_hole
from tests.browser.looking import check_accessible, picture
from tests.browser.office import ACCEPT, Office
from tests.browser.page_ear import PageEar, microphone
from tests.browser.people import People
from tests.e2e.line import Line, wait_for
from tests.e2e.phones import AGENT_TONE, CITIZEN_TONE, UNIT_TONE, Phones
from tests.e2e.records import Records

RETURN_SECONDS = 6
COLLEAGUE_TONE = 1500.0


@pytest.fixture(scope="module")
def line_config() -> Mapping[str, Any]:
    """Pages come over HTTPS from the machine's address, as to a desk in the next room."""
    return {
        "ivr": {"queue": {"page_return_seconds": RETURN_SECONDS}},
        "console": {"bind": own_address()},
    }


def own_address() -> str:
    """An address at which other machines see this one; any, where it has none."""
    found = [
        one.address
        for addresses in psutil.net_if_addrs().values()
        for one in addresses
        if one.family == socket.AF_INET and not one.address.startswith("127.")
    ]
    return found[0] if found else "0.0.0.0"


async def at_devices(
    people: People, folder: Path, number: str = "1001", hums: float = AGENT_TONE
) -> Page:
    """An agent who looks at his devices, at a page that hums; its sound is not processed."""
    page = await people.sign_in(number, "/phone", microphone=microphone(folder, hums))
    await expect(page.get_by_text("网页话机已登记，可以接听")).to_be_visible()
    processing = page.get_by_label("声音处理")
    if await processing.is_checked():
        await processing.click()
        await expect(processing).not_to_be_checked()
    return page


async def at_page(
    people: People, folder: Path, number: str = "1001", hums: float = AGENT_TONE
) -> Page:
    """An agent on duty with his page, whose microphone hums."""
    page = await at_devices(people, folder, number, hums)
    page.on("dialog", lambda dialog: dialog.accept())  # leaving in a call: yes
    await page.get_by_role("link", name="坐席", exact=True).click()
    state = page.get_by_label("坐席状态")
    await expect(state).to_contain_text("网页话机已登记")
    await page.keyboard.press("Alt+R")
    await expect(state).to_contain_text("空闲")
    return page


async def talk(page: Page, phones: Phones) -> tuple[PhoneCall, PageEar]:
    """A citizen who hums and the agent at the page hear each other."""
    call = await phones.dial()
    await call.hears("welcome_short", within=5)
    await call.press("1")
    await expect(page.get_by_label("通话", exact=True)).to_contain_text("13800000001")
    await pick_up(page)
    ear = PageEar(page)
    call.hum(CITIZEN_TONE)
    await both_hear(call, ear)
    return call, ear


async def pick_up(page: Page) -> None:
    await page.get_by_role("button", name="接听").wait_for()
    await picture(page, "desk-web-ringing")
    await page.keyboard.press("F2")


async def choose(page: Page, key: str, field: str, typed: str, option: str) -> None:
    """Somebody from the dialog that a key opens."""
    await page.keyboard.press(key)
    await expect(page.get_by_role("combobox", name=field, exact=True)).to_be_focused()
    await page.keyboard.insert_text(typed)
    await expect(page.get_by_role("option").first).to_contain_text(option)
    await page.keyboard.press("Enter")


async def both_hear(call: PhoneCall, ear: PageEar, *, within: float = 8) -> None:
    await ear.hears_tone(CITIZEN_TONE, within=within)
    await call.hears_tone(AGENT_TONE, within=within, since=call.now)


async def agent_state(line: Line, number: str = "1001") -> dict[str, Any]:
    agents = (await line.status())["agents"]
    return next(one for one in agents if one["number"] == number)


async def log_out(page: Page) -> None:
    """Through wrap-up to the end of the shift."""
    state = page.get_by_label("坐席状态")
    await expect(state).to_contain_text("空闲")
    await page.get_by_role("button", name="签出").click()
    await expect(state).to_contain_text("未签入")


async def test_devices_ring_tone_and_echo(people: People, tmp_path: Path) -> None:
    page = await at_devices(people, tmp_path)
    assert page.url.startswith("https://")
    ear = PageEar(page)
    await check_accessible(page)
    await page.get_by_role("button", name="试听铃声").click()
    await page.get_by_role("button", name="录音").click()
    await expect(page.get_by_text("请对着麦克风说话")).to_be_visible()
    await picture(page, "phone-recording")
    await expect(page.get_by_text("正在回放")).to_be_visible()
    await expect(page.get_by_role("button", name="录音")).to_be_enabled()
    await page.get_by_role("button", name="回声测试").click()
    await ear.hears_tone(AGENT_TONE, within=8)
    await expect(page.get_by_text("通话质量好")).to_be_visible()
    await picture(page, "phone-echo")
    await check_accessible(page)
    await page.get_by_role("button", name="结束回声测试").click()
    await expect(page.get_by_role("button", name="回声测试")).to_be_enabled()


async def test_both_hear_each_other_by_keys_and_by_itself(
    people: People, phones: Phones, line: Line, tmp_path: Path
) -> None:
    page = await at_page(people, tmp_path)
    call, ear = await talk(page, phones)
    await expect(page.get_by_text(re.compile("通话质量[好一差]"))).to_be_visible()
    await picture(page, "desk-softphone")
    await check_accessible(page)
    await page.keyboard.press("F3")
    await expect(page.get_by_role("button", name="取消静音")).to_be_visible()
    await asyncio.sleep(0.3)
    await call.deaf_to(AGENT_TONE, for_=1.5)
    await page.keyboard.press("F3")
    await both_hear(call, ear)
    await page.get_by_role("button", name="拨号键盘").click()
    for digit in line.ready["codes"]["hold"]:
        await page.get_by_role("button", name=digit, exact=True).click()
    await call.hears("hold_start", within=8)
    await expect(page.get_by_label("通话", exact=True)).to_contain_text("已保持")
    await picture(page, "desk-keypad")
    await page.keyboard.press("F4")
    await both_hear(call, ear)
    await page.keyboard.press("F8")
    await call.hears("survey_ask", within=8)
    state = page.get_by_label("坐席状态")
    await expect(state).to_contain_text("话后处理")
    await call.hang_up()
    await expect(state).to_contain_text("空闲")

    automatic = page.get_by_role("switch", name="自动应答")
    await automatic.click()
    await expect(automatic).to_be_checked()
    call = await phones.dial()
    await call.hears("welcome_short", within=5)
    await call.press("1")
    await call.hears("agent_announce", within=12)
    await call.hears_tone(AGENT_TONE, within=8, since=call.now)
    await automatic.click()
    await call.hang_up()
    await log_out(page)


async def test_a_citizen_is_rung_back_from_his_ticket(
    people: People, phones: Phones, records: Records, tmp_path: Path
) -> None:
    citizen = await phones.citizen()
    number = await Office(records.store).letter(ACCEPT)
    page = await at_page(people, tmp_path)
    await page.get_by_role("link", name="工单查询").click()
    await page.get_by_role("link", name=number).click()
    await page.get_by_role("button", name="回拨市民").click()
    strip = page.get_by_label("通话", exact=True)
    await expect(strip).to_contain_text("13800000001")
    await picture(page, "ticket-rung-back")
    await check_accessible(page)
    await pick_up(page)
    call = await citizen.incoming(within=10)
    assert call.peer == "12345"
    await call.answer()
    call.hum(CITIZEN_TONE)
    await both_hear(call, PageEar(page))
    await expect(strip).to_contain_text("通话中")
    await call.hang_up()
    await expect(strip).to_have_count(0)
    row = await records.closed("13800000001")
    assert (row["direction"], row["tickets"]) == ("outbound", [number])
    await page.get_by_role("link", name="坐席", exact=True).click()
    await log_out(page)


async def test_a_colleague_at_a_page_is_asked_takes_over_and_brings_a_unit_in(
    people: People, phones: Phones, tmp_path: Path
) -> None:
    page = await at_page(people, tmp_path)
    unit = await phones.unit("SLJ", 1)
    call, ear = await talk(page, phones)
    colleague = await at_page(people, tmp_path, "1002", COLLEAGUE_TONE)
    await choose(page, "Alt+Z", "对象", "1002", "1002")
    await call.hears("hold_start", within=8)
    await pick_up(colleague)
    await expect(page.get_by_label("通话", exact=True)).to_contain_text("咨询中")
    other_ear = PageEar(colleague)
    await ear.hears_tone(COLLEAGUE_TONE, within=8)
    await other_ear.hears_tone(AGENT_TONE, within=8)
    await call.deaf_to(AGENT_TONE, for_=1.0)
    await picture(page, "desk-consulting")
    asked = colleague.get_by_label("通话", exact=True)
    await expect(asked).to_contain_text("1001 演示一 咨询您")
    await expect(asked.get_by_role("button", name="转给对方")).to_have_count(0)
    await picture(colleague, "desk-consulted")
    await page.keyboard.press("Alt+1")
    await expect(page.get_by_label("坐席状态")).to_contain_text("话后处理")
    await other_ear.hears_tone(CITIZEN_TONE, within=8)
    await call.hears_tone(COLLEAGUE_TONE, within=8, since=call.now)
    await call.deaf_to(AGENT_TONE, for_=1.0)

    await choose(colleague, "F7", "单位", "slj", "水利")
    at_unit = await unit.incoming(within=15)
    await at_unit.answer()
    await at_unit.hears("three_way_whisper", within=15)
    await at_unit.press("1")
    await call.hears("three_way_joined", within=8)
    at_unit.hum(UNIT_TONE)
    await call.hears_tone(UNIT_TONE, within=8)
    await other_ear.hears_tone(UNIT_TONE, within=8)
    await at_unit.hears_tone(COLLEAGUE_TONE, within=8)
    await at_unit.hears_tone(CITIZEN_TONE, within=8)
    await picture(colleague, "desk-three-way")
    await colleague.keyboard.press("Alt+X")
    await at_unit.ended(8)
    await colleague.keyboard.press("F8")
    await call.hears("survey_ask", within=8)
    await call.hang_up()
    await log_out(page)
    await log_out(colleague)


async def test_a_page_loaded_anew_has_its_caller_back_and_a_websocket_may_blink(
    people: People, phones: Phones, line: Line, tmp_path: Path
) -> None:
    page = await at_page(people, tmp_path)
    call, _ = await talk(page, phones)
    before = call.now
    await page.reload()
    ear = PageEar(page)
    await both_hear(call, ear, within=12)
    hole = longest_hole(call.ear.audio(before))
    assert hole[1] < 3.0, f"the citizen heard nothing for {hole[1]} s"
    assert (await agent_state(line))["state"] == "talking"

    before = call.now
    await page.evaluate("sipSockets.at(-1).close()")
    await expect(page.get_by_text("正在连接线路")).to_be_visible()
    await expect(page.get_by_text("网页话机已登记")).to_be_visible()
    await ear.forget()
    await both_hear(call, ear)
    hole = longest_hole(call.ear.audio(before))
    assert hole[1] < 0.3, f"the citizen heard nothing for {hole[1]} s"
    # Asterisk knows where the page is now: its BYE arrives, the page is free for the next call.
    await call.hang_up()
    await expect(page.get_by_role("button", name="静音")).not_to_be_visible()
    await log_out(page)


async def test_a_page_loaded_anew_in_a_consultation_keeps_its_caller(
    people: People, phones: Phones, line: Line, tmp_path: Path
) -> None:
    page = await at_page(people, tmp_path)
    call, _ = await talk(page, phones)
    colleague = await phones.agent("1002")
    await choose(page, "Alt+Z", "对象", "1002", "1002")
    asked = await (await colleague.incoming(within=10)).answer()
    await expect(page.get_by_label("通话", exact=True)).to_contain_text("咨询中")
    await page.reload()
    await asked.ended(20)
    await both_hear(call, PageEar(page), within=12)
    await expect(page.get_by_label("通话", exact=True)).to_contain_text("通话中")
    assert (await agent_state(line, "1002"))["state"] != "talking"
    await call.hang_up()
    await log_out(page)


async def test_a_page_that_does_not_come_back_gives_its_caller_to_the_next_agent(
    people: People, phones: Phones, line: Line, tmp_path: Path
) -> None:
    page = await at_page(people, tmp_path)
    call, _ = await talk(page, phones)
    other = await phones.agent("1002")
    lost_at = call.now
    await page.context.close()
    await call.hears("hold_start", within=RETURN_SECONDS, since=lost_at)
    rung = await other.incoming(within=RETURN_SECONDS + 8)
    await rung.answer()
    rung.hum(AGENT_TONE)
    await rung.hears_tone(CITIZEN_TONE, within=8)
    await call.hears_tone(AGENT_TONE, within=8, since=call.now)

    async def paused() -> bool:
        state = await agent_state(line)
        return (state["state"], state["reason"]) == ("paused", "phone_lost")

    await wait_for(paused, within=RETURN_SECONDS + 8, what="an agent without a page paused")
    await rung.hang_up()
    await call.hang_up()


async def test_a_second_tab_leaves_the_talk_alone_until_the_agent_takes_it_there(
    people: People, phones: Phones, line: Line, tmp_path: Path
) -> None:
    page = await at_page(people, tmp_path)
    call, ear = await talk(page, phones)
    second = await page.context.new_page()
    await second.goto("/desk")
    await expect(second.get_by_text("网页话机在另一个页面", exact=True)).to_be_visible()
    await picture(second, "desk-second-tab")
    await expect(page.get_by_text("网页话机已登记")).to_be_visible()
    await ear.forget()
    await both_hear(call, ear)

    await second.get_by_role("button", name="在此页面接听").click()
    await expect(second.get_by_label("坐席状态")).to_contain_text("网页话机已登记")
    await expect(page.get_by_text("网页话机在另一个页面", exact=True)).to_be_visible()
    await both_hear(call, PageEar(second), within=12)
    await picture(page, "desk-elsewhere")
    await check_accessible(page)
    await page.bring_to_front()
    await page.get_by_role("button", name="在此页面接听").click()
    await expect(second.get_by_text("网页话机在另一个页面", exact=True)).to_be_visible()
    ear = PageEar(page)
    await both_hear(call, ear, within=12)
    await expect(page.get_by_role("button", name="静音")).to_be_visible()
    await page.keyboard.press("F8")
    await call.hears("survey_ask", within=12)
    await call.hang_up()
    await log_out(page)


async def test_a_controller_that_dies_costs_no_talk_and_a_new_asterisk_has_the_page_back(
    people: People, phones: Phones, line: Line, tmp_path: Path
) -> None:
    page = await at_page(people, tmp_path)
    call, ear = await talk(page, phones)
    await another(line, "controller")
    await both_hear(call, ear)
    await page.reload()  # the new controller knows whose page it was
    await both_hear(call, PageEar(page), within=15)
    await page.keyboard.press("F8")
    await call.hears("survey_ask", within=8)
    await call.hang_up()
    state = page.get_by_label("坐席状态")
    await expect(state).to_contain_text("空闲")

    await another(line, "asterisk")
    await expect(state).to_contain_text("网页话机已登记", timeout=30_000)
    await phones.renew()
    call, _ = await talk(page, phones)
    await call.hang_up()
    await log_out(page)


async def another(line: Line, part: str) -> None:
    """Kill a part of the line; there is another one."""
    old = line.pids[part]
    os.kill(old, signal.SIGKILL)

    async def there() -> bool:
        ready = line.ready
        return bool(ready and ready["pids"][part] != old and not ready.get("degraded"))

    await wait_for(there, within=30, what=f"another {part}")
