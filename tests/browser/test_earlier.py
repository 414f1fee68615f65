"""Earlier tickets of the caller on the desk: his words go there, or the new one repeats them."""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from playwright.async_api import expect

from store.tables import ticket
from tests.browser.looking import check_accessible, picture
from tests.browser.office import ACCEPT, DISPATCH, Office
from tests.browser.people import People
from tests.browser.test_desk import filed_no, ready_to_take_calls
from tests.e2e.line import Line
from tests.e2e.phones import Phones
from tests.e2e.records import Records
from ticketing.model import State, Ticket

WORDS = "今天水压更低了，二楼以上没有水"


async def drafted(office: Office, records: Records, call_id: str) -> Ticket:
    """What the line made of the call by itself."""
    query = sa.select(ticket.c.ticket_no).where(ticket.c.call_id == call_id)
    async with records.store.read() as db:
        (number,) = await db.scalars(query)
    return await office.read(number)


async def test_a_caller_who_urges_is_heard_on_his_earlier_ticket(
    people: People, phones: Phones, records: Records
) -> None:
    office = Office(records.store)
    number = await office.letter(ACCEPT, DISPATCH)
    page = await ready_to_take_calls(people, phones)
    call, rung = await phones.talk("1001")
    card = page.get_by_role("region", name="来电人", exact=True)
    act = card.get_by_role("button", name="补充或催办：幸福家园停水三天")
    await act.focus()
    await page.keyboard.press("Enter")
    words = page.get_by_label("来电人说")
    await expect(words).to_be_focused()
    await page.keyboard.press("Control+Enter")
    dialog = page.get_by_role("dialog")
    await expect(dialog.get_by_role("alert")).to_contain_text("请填写来电人补充的情况")
    await page.get_by_label("催办", exact=True).check()
    await words.fill(WORDS)
    await expect(dialog.get_by_role("status")).to_contain_text("已保存")
    await picture(page, "desk-urge")
    await check_accessible(page)
    await page.keyboard.press("Control+Enter")
    await expect(page.get_by_text(f"已记入 {number}，已催办")).to_be_visible()
    await expect(dialog).to_be_hidden()
    told = await office.read(number)
    assert told.state is State.DISPATCHED
    assert [one.relation for one in told.calls] == ["urge"]
    (statement,) = [one for one in told.events if one.command == "add_statement"]
    assert (statement.data["content"], statement.role) == (f"来电催办：{WORDS}", "agent")
    await expect(page.get_by_role("form", name="登记工单")).to_be_visible()
    await expect(page.get_by_text("已登记 SQ")).to_have_count(0)
    note = (await drafted(office, records, told.calls[0].call_id)).events[-1]
    assert (note.command, note.data["comment"]) == (
        "add_note", f"来电为工单{number}的催办，内容已记入该工单",
    )  # fmt: skip
    await rung.hang_up()
    await call.hang_up()


async def test_a_complaint_that_is_repeated_names_the_earlier_ticket(
    people: People, phones: Phones, line: Line, records: Records
) -> None:
    before = datetime.now(UTC) - timedelta(days=8)
    number = await Office(records.store).letter(
        ACCEPT, DISPATCH, at=before, title="幸福家园水压低", address_text="幸福家园"
    )
    page = await ready_to_take_calls(people, phones)
    call, rung = await phones.talk("1001")
    card = page.get_by_role("region", name="来电人", exact=True)
    act = card.get_by_role("button", name="重复投诉：幸福家园水压低")
    await act.focus()
    await picture(page, "desk-earlier")
    await page.keyboard.press("Enter")
    await expect(page.get_by_label("诉求内容")).to_be_focused()
    await expect(page.get_by_label("类型")).to_have_value("投诉")
    await expect(page.get_by_label("地区")).to_have_value("宿城区")
    await expect(page.get_by_label("地址")).to_have_value("幸福家园")
    await page.keyboard.type(WORDS)
    form = page.get_by_role("form", name="登记工单")
    await expect(form.get_by_text(f"重复投诉，原工单 {number}")).to_be_visible()
    await expect(page.get_by_role("status").last).to_contain_text("已保存")
    await page.reload()
    await expect(form.get_by_text(f"重复投诉，原工单 {number}")).to_be_visible()
    await picture(page, "desk-repeat")
    await check_accessible(page)
    await page.keyboard.press("Control+Enter")
    await expect(page.get_by_text("已登记 SQ")).to_be_visible()
    told = line.cli("tickets", "show", await filed_no(page))
    assert (told["repeat_of"], told["repeat_rule"], told["content"]) == (number, "b", WORDS)
    await rung.hang_up()
    await call.hang_up()
