"""Calls and recordings in the page: found by filters, heard with a reason, beside the words."""

from typing import Any

import pytest
from playwright.async_api import Page, expect

from store.listening import Listenings
from tests.browser.looking import check_accessible, picture
from tests.browser.people import People
from tests.e2e.line import wait_for
from tests.e2e.phones import Phones
from tests.e2e.records import Records
from tests.e2e.speech import SPEECH, line_config, recogniser  # noqa: F401  (fixtures)

CITIZEN = "13800000001"
HELPLESS = "13800000002"
REASON = "核对市民投诉的内容"


async def told_by_phone(phones: Phones, records: Records) -> dict[str, Any]:
    """A recorded and written down call of 1001."""
    call, rung = await phones.talk()
    playing = call.play(SPEECH / "U09_zf_xiaobei.wav")
    await playing.done()
    await rung.hang_up()
    await call.hears("survey_ask", within=8)
    await call.press("2")
    await call.hears("survey_thanks", within=8)
    await call.hang_up()
    row = await records.closed(CITIZEN)
    await records.archived(row["call_id"], 3)

    async def written() -> bool:
        now = await records.calls.get(row["call_id"])
        return now is not None and any("停水" in one["text"] for one in now["transcript"])

    await wait_for(written, within=60, every=0.5, what="the words")
    return row


async def heard_second(page: Page) -> float:
    """Where the player is."""
    return float(await page.locator("audio").evaluate("sound => sound.currentTime"))


async def test_a_supervisor_finds_and_hears_a_call(
    people: People, phones: Phones, records: Records
) -> None:
    row = await told_by_phone(phones, records)
    page = await people.sign_in("1901", "/calls")
    listed = page.get_by_role("region", name="通话列表")
    await expect(listed).to_contain_text(CITIZEN)
    await check_accessible(page)
    await picture(page, "calls")
    await page.get_by_label("号码").fill("0009")
    await page.keyboard.press("Enter")
    await expect(listed).to_contain_text("没有符合条件的通话")
    await page.get_by_label("号码").fill(CITIZEN[-4:])
    await page.keyboard.press("Enter")
    await listed.locator("tbody button").first.click()
    detail = page.get_by_role("region", name="通话详情")
    await expect(detail).to_contain_text("停水")
    await expect(detail).to_contain_text("满意")
    await expect(page.get_by_role("button", name="调听")).to_be_disabled()
    await page.get_by_label("调听原因").fill(REASON)
    await page.keyboard.press("Enter")
    await expect(page.locator("audio")).to_be_visible()

    async def plays() -> bool:
        return await heard_second(page) > 0.5

    await wait_for(plays, within=10, what="sound")
    await expect(detail.locator(".said-now")).to_contain_text("停水", timeout=20_000)
    await picture(page, "calls-heard")
    await check_accessible(page)
    await detail.get_by_title("从这里播放").first.click()
    await wait_for(plays, within=10, what="sound from a sentence on")
    (listening,) = await Listenings(records.store).newest()
    assert (listening.actor, listening.role, listening.reason) == ("1901", "supervisor", REASON)
    assert listening.call_id == row["call_id"]
    duration = float(await page.locator("audio").evaluate("sound => sound.duration"))
    assert duration == pytest.approx(await _length(records, row["call_id"]), abs=0.5)

    await expect(listed.locator("tbody tr").first).to_contain_text("演示一")
    await detail.get_by_role("link").first.click()
    await page.wait_for_url("**/tickets/*")
    await page.get_by_role("link", name="首次来电").click()
    await expect(page.get_by_role("region", name="通话详情")).to_contain_text("停水")
    await picture(page, "calls-from-ticket")

    auditor = await people.sign_in("auditor1")
    await auditor.get_by_role("menuitem", name="调听记录").click()
    heard = auditor.get_by_role("row", name=REASON)
    await expect(heard).to_contain_text("1901（班长）")
    await picture(auditor, "listenings")
    await check_accessible(auditor)
    await auditor.get_by_label("调听人账号").fill("1902")
    await auditor.keyboard.press("Enter")
    await expect(heard).to_have_count(0)
    await auditor.get_by_label("调听人账号").fill("1901")
    await auditor.keyboard.press("Enter")
    await heard.get_by_role("button", name=row["call_id"]).click()
    await expect(auditor.get_by_text(f"只看通话 {row['call_id']}")).to_be_visible()
    await expect(heard).to_have_count(1)


async def _length(records: Records, call_id: str) -> float:
    rows = await records.recordings.list(call_id=call_id)
    return next(float(one["duration_s"]) for one in rows if one["kind"] == "mix")


async def test_an_agent_finds_his_own_calls_only(
    people: People, phones: Phones, records: Records
) -> None:
    await told_by_phone(phones, records)
    mine = await people.sign_in("1001", "/calls")
    await expect(mine.get_by_role("region", name="通话列表")).to_contain_text(CITIZEN)
    other = await people.sign_in("1002", "/calls")
    await expect(other.get_by_role("region", name="通话列表")).to_contain_text("没有符合条件的通话")


async def test_the_list_tells_how_an_emergency_ended(people: People, phones: Phones) -> None:
    desk = await phones.desk("119")
    call = await phones.dial(citizen=HELPLESS)
    await call.hears("welcome_short", within=5)
    await call.press("119")
    joined = await desk.incoming(within=15)
    await joined.answer()
    await joined.press("1")
    page = await people.sign_in("1901", "/calls")
    listed = page.get_by_role("region", name="通话列表")
    row = listed.locator("tbody tr", has_text=HELPLESS)
    await expect(row.get_by_text("119 已接通")).to_be_visible()
    await picture(page, "calls-emergency")
    await check_accessible(page)
    await joined.hang_up()
    await call.hang_up()
