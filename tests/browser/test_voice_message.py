"""A message that was left on the line is heard by whoever registers it."""

from datetime import UTC, datetime, timedelta

from playwright.async_api import expect

from store.calls import Answered, CallLog, Ended, Opened
from store.recordings import RecordingLog
from tests.browser.looking import check_accessible, picture
from tests.browser.people import People
from tests.e2e.line import Line
from tests.e2e.records import Records
from tests.e2e.speech import SPEECH
from ticketing.tickets import Tickets

CALL = "left-a-message"
SPOKEN = SPEECH / "U09_zf_xiaobei.wav"


async def test_an_agent_hears_a_message_that_was_not_understood(
    people: People, line: Line, records: Records
) -> None:
    at = datetime.now(UTC) - timedelta(days=2)
    calls, recordings = CallLog(records.store), RecordingLog(records.store)
    begun = Opened("inbound", "13800000001", "12345")
    for event in (begun, Answered(), Ended("caller", "message_left")):
        await calls.append(CALL, event, at=at)
    file = line.var.recordings / "message.wav"
    file.write_bytes(SPOKEN.read_bytes())
    name = f"{CALL}.message"
    await recordings.started(
        name, call_id=CALL, kind="message", speaker=None, leg_id=None, started_at=at,
        spool_name=name,
    )  # fmt: skip
    await recordings.closed(
        name, path=file, duration_s=8.0, bytes=file.stat().st_size, sha256="0" * 64, at=at
    )
    one = await Tickets(records.store).draft_from_call(
        CALL, "message", caller_number="13800000001", called_number="12345", at=at
    )
    page = await people.sign_in("1001", f"/tickets/{one.ticket_no}")
    await page.get_by_label("调听原因").fill("登记留言")
    await page.keyboard.press("Enter")
    await expect(page.locator("audio")).to_be_visible()
    await picture(page, "ticket-voice-message")
    await check_accessible(page)
