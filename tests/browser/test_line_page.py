"""The supervisor's live page: two hundred agents, who waits, who talks, who calls for help."""

import os
import re
import signal
from collections.abc import Mapping
from typing import Any

import pytest
from playwright.async_api import expect

from tests.browser.looking import check_accessible, picture
from tests.browser.people import People
from tests.e2e.desk import Desk
from tests.e2e.line import Line
from tests.e2e.phones import Phones

CITIZEN, OTHER = "13800000001", "13800000002"
MANY = [str(number) for number in range(2001, 2201)]


@pytest.fixture(scope="module")
def line_config() -> Mapping[str, Any]:
    agents = [{"number": number, "skills": ["enterprise"]} for number in MANY]
    return {"agents": agents}


async def test_two_hundred_agents_at_a_glance(line: Line, people: People, phones: Phones) -> None:
    page = await people.sign_in("1901", "/line")
    agents = page.get_by_role("region", name="坐席")
    queue = page.get_by_role("region", name="排队")
    calls = page.get_by_role("region", name="进行中的通话")
    await expect(agents).to_contain_text("坐席 204")
    await expect(queue).to_contain_text("没有人排队")
    async with Desk.of(line) as desk:
        for number in MANY[:170]:
            await desk.do(number, "login")
        for number in MANY[:20]:
            await desk.do(number, "pause", reason="meal")
        await expect(agents.locator(".tile-paused[title]")).to_have_count(20)
        await expect(agents.locator(".tile-available[title]")).to_have_count(150)
        await phones.agent("1001")
        await expect(agents.get_by_title("1001", exact=False)).to_have_class("tile tile-available")
        tile = agents.get_by_title("2021", exact=False)
        before = await tile.bounding_box()
        focused = agents.get_by_role("checkbox").last
        await focused.focus()

        call, _ = await phones.talk()
        waiting = await phones.dial(citizen=OTHER)
        await waiting.hears("welcome_short", within=5)
        await waiting.press("1")
        await expect(queue).to_contain_text(OTHER, timeout=10_000)
        await expect(calls).to_contain_text(f"{CITIZEN}1001 演示一通话中")
        await expect(calls).not_to_contain_text(OTHER)
        await expect(page.locator(".line-figures")).to_contain_text("进行中的通话1")
        listed = await people.sign_in("head1", "/calls")
        row = listed.get_by_role("row").filter(has_text=OTHER)
        await expect(row).to_contain_text("排队中")
        await expect(row).not_to_contain_text("挂机")
        await expect(listed.get_by_role("row").filter(has_text=CITIZEN)).to_contain_text(
            "1001 演示一"
        )
        await picture(listed, "calls-running")
        await expect(agents.get_by_title("1001", exact=False)).to_have_class("tile tile-talking")
        await desk.do("1001", "refer_up")
        await expect(calls.locator("li").first).to_contain_text("上报班长")
        await expect(page.get_by_text("话务员1001上报班长")).to_be_visible()
        await expect(focused).to_be_focused()
        assert await tile.bounding_box() == before, "a tile keeps its place"
        await picture(page, "line")
        await check_accessible(page)

        await calls.locator("li").first.get_by_text("通话中").click()
        await page.wait_for_url(re.compile(r"/tickets/|/calls\?call="))
        await page.go_back()

        await focused.check()
        await expect(agents.locator(".tile-logged_out[title]")).to_have_count(33)
        await waiting.hang_up()
        await expect(queue).to_contain_text("没有人排队")
        await call.hang_up()
        await expect(calls).to_contain_text("没有进行中的通话")
        for number in MANY[:170]:
            await desk.do(number, "logout")
        await focused.uncheck()
        await expect(agents.get_by_text("1001 演示一")).to_be_visible()
        await picture(page, "line-few")


async def test_everybody_lands_where_his_work_is(people: People) -> None:
    for name, place in (
        ("1901", "line"), ("head1", "line"), ("1001", "desk"), ("dispatcher1", "inbox"),
        ("callback1", "desk"), ("slj1", "inbox"), ("admin1", "home"),
    ):  # fmt: skip
        page = await people.sign_in(name)
        await page.wait_for_url(f"**/{place}")


async def test_a_line_that_is_away_is_said_and_comes_back(line: Line, people: People) -> None:
    page = await people.sign_in("head1", "/line")
    await expect(page.get_by_role("region", name="坐席")).to_contain_text("坐席 204")
    os.kill(line.pids["controller"], signal.SIGKILL)
    await expect(page.get_by_role("alert")).to_contain_text("连接中断")
    await expect(page.get_by_role("alert")).to_be_hidden(timeout=30_000)
    await expect(page.get_by_role("region", name="坐席")).to_contain_text("坐席 204")
