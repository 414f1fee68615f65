"""The softphone in the page: real WebRTC calls between Chromium, Asterisk and SIP phones."""

from pathlib import Path

from playwright.async_api import Page, expect

from tests.browser.looking import check_accessible, picture
from tests.browser.page_ear import PageEar, microphone
from tests.browser.people import People
from tests.e2e.phones import AGENT_TONE


async def at_devices(people: People, folder: Path, number: str = "1001") -> Page:
    """An agent who looks at his devices, at a page that hums; its sound is not processed."""
    page = await people.sign_in(number, "/phone", microphone=microphone(folder, AGENT_TONE))
    await expect(page.get_by_text("网页话机已登记，可以接听")).to_be_visible()
    processing = page.get_by_label("声音处理")
    if await processing.is_checked():
        await processing.click()
        await expect(processing).not_to_be_checked()
    return page


async def test_devices_ring_tone_and_echo(people: People, tmp_path: Path) -> None:
    page = await at_devices(people, tmp_path)
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
