"""Work lists in the page: keys, a list that stays, who has what, conflicts, a unit's phone."""

import asyncio
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest_asyncio
import sqlalchemy as sa
from PIL import Image
from playwright.async_api import Locator, Page, Route, expect

from store.tables_tasks import ticket_task
from tests.browser.looking import check_accessible, picture, select_text
from tests.browser.office import ACCEPT, ANSWER, DISPATCH, SIGN, TO_SLJ, Office
from tests.browser.people import PHONE, People
from tests.browser.test_desk import Keys
from tests.e2e.records import Records
from ticketing.model import State

REPLIES = 20


@pytest_asyncio.fixture
async def office(records: Records) -> Office:
    """Work lists are empty at first: what another test left waits on nobody's list."""
    async with records.store.write() as db:
        await db.execute(sa.delete(ticket_task))
    return Office(records.store)


async def numbers(page: Page) -> list[str]:
    """The tickets of the list from above."""
    texts = await page.locator(".row-line").all_inner_texts()
    return [next(part for part in text.split() if part.startswith("SQ")) for text in texts]


def command(page: Page, name: str) -> Locator:
    """The button of a command."""
    toolbar = page.get_by_role("toolbar", name="办理")
    return toolbar.get_by_role("button", name=name, exact=True)


async def test_twenty_replies_are_audited_with_three_keys_each(
    people: People, office: Office
) -> None:
    made = [
        await office.letter(ACCEPT, DISPATCH, SIGN, ANSWER, title=f"停水第{place}户")
        for place in range(REPLIES)
    ]
    page = await people.sign_in("dispatcher1", "/inbox")
    await expect(page.locator(".row-line")).to_have_count(REPLIES)
    await picture(page, "inbox-dispatcher")
    keys, audited = Keys(page), list[str]()
    await keys.press("j")
    for _ in range(REPLIES):
        shown = page.locator(".ticket .ticket-no")
        await expect(shown).not_to_have_text(audited[-1] if audited else "")
        number = (await shown.inner_text()).strip()
        await expect(page.get_by_text("您好，管道已修复，供水恢复。").first).to_be_visible()
        before = keys.pressed
        await keys.press("1")
        await expect(page.get_by_role("form", name="审核通过")).to_be_visible()
        if not audited:
            await picture(page, "inbox-audit")
            await check_accessible(page)
        await expect(page.get_by_role("button", name="审核通过").last).to_be_focused()
        await keys.press("Enter")
        await expect(page.locator(".row-line")).to_have_count(REPLIES - len(audited) - 1)
        assert keys.pressed - before <= 3
        audited.append(number)
    assert audited == made, "what is due first comes first, and the next one opens by itself"
    assert {(await office.read(number)).state for number in made} == {State.SMS_CALLBACK}


async def test_nothing_jumps_under_the_hand(people: People, office: Office) -> None:
    mine = await office.letter(ACCEPT)
    others = await office.letter(ACCEPT)
    page = await people.sign_in("dispatcher1", "/inbox")
    await expect(page.locator(".row-line")).to_have_count(2)
    await page.keyboard.press("j")
    await expect(page.locator(".ticket-no")).to_have_text(mine)
    digit = await command(page, "备注").get_attribute("aria-keyshortcuts")
    await page.keyboard.press(digit or "")
    text = page.get_by_label("说明")
    await expect(text).to_be_focused()
    await page.keyboard.type("先联系物业")
    place = await page.locator(".row-line").first.bounding_box()
    urgent = [await office.letter(urgency="urgent") for _ in range(2)]
    await office.do(others, "dispatch", "dispatcher", TO_SLJ)
    await expect(page.get_by_role("button", name="2 条新工单")).to_be_visible(timeout=25_000)
    await expect(page.locator(".row-line-done")).to_contain_text(others, timeout=25_000)
    assert await numbers(page) == [mine, others], "no row came, went or moved"
    assert await page.locator(".row-line").first.bounding_box() == place
    await expect(text).to_be_focused()
    await expect(text).to_have_value("先联系物业")
    await picture(page, "inbox-news")
    await check_accessible(page)
    await page.keyboard.press("Control+Enter")
    await expect(text).to_be_hidden()
    await page.keyboard.press("r")
    await expect(page.locator(".row-line")).to_have_count(3)
    assert sorted(await numbers(page)) == sorted([mine, *urgent])


async def test_single_keys_are_off_for_whoever_wants_none(people: People, office: Office) -> None:
    number = await office.letter(ACCEPT)
    page = await people.sign_in("dispatcher1", "/account")
    switch = page.get_by_role("switch", name="单键快捷键")
    await expect(switch).to_be_checked()
    await switch.focus()
    async with page.expect_response("**/api/session/settings"):
        await page.keyboard.press("Space")
    await expect(switch).not_to_be_checked()
    await check_accessible(page)
    await picture(page, "account-keys")

    await page.goto(page.url.replace("/account", "/inbox"))
    row = page.locator(".row-line")
    await expect(row).to_have_count(1)
    taking = page.get_by_role("button", name="领取下一件")
    await expect(taking.locator("kbd")).to_have_count(0)
    for key in ("j", "n", "r"):
        await page.keyboard.press(key)
    await expect(page.locator(".ticket-no")).to_have_count(0)
    await page.keyboard.press("Enter")
    await expect(page.locator(".ticket-no")).to_have_text(number)
    note = command(page, "备注")
    await expect(note).to_be_visible()
    for digit in "123456789":
        await page.keyboard.press(digit)
    assert await note.get_attribute("aria-keyshortcuts") is None
    await expect(page.get_by_role("form")).to_have_count(0)

    await page.goto(page.url.partition("/inbox")[0] + "/account")
    await switch.click()
    await expect(switch).to_be_checked()
    await page.goto(page.url.replace("/account", "/inbox"))
    await expect(taking.locator("kbd")).to_have_text("N")
    await expect(row).to_have_count(1)
    await page.keyboard.press("j")
    await expect(page.locator(".ticket-no")).to_have_text(number)


async def test_a_row_opens_its_ticket_wherever_it_is_clicked(
    people: People, office: Office
) -> None:
    first = await office.letter(ACCEPT, title="幸福家园停水第一户")
    second = await office.letter(ACCEPT, title="幸福家园停水第二户")
    page = await people.sign_in("dispatcher1", "/inbox")
    rows, shown = page.locator(".row-line"), page.locator(".ticket-no")
    assert (await select_text(page, rows.nth(1).locator(".row-line-title"))).startswith("幸福")
    await rows.nth(0).click(position={"x": 5, "y": 5})
    await expect(shown).to_have_text(first)
    await rows.nth(1).get_by_role("link", name=second).focus()
    await page.keyboard.press("Enter")
    await expect(shown).to_have_text(second)
    assert page.url.endswith("/inbox"), "beside the list"
    await page.get_by_label(f"选择{first}").check()
    await expect(shown).to_have_text(second)
    await check_accessible(page)
    await picture(page, "inbox-rows")


async def test_who_has_a_ticket_is_seen_and_not_overtaken(people: People, office: Office) -> None:
    first = await office.letter(ACCEPT, title="第一件")
    second = await office.letter(ACCEPT, title="第二件")
    page = await people.sign_in("dispatcher1", "/inbox")
    other = await people.sign_in("dispatcher2", "/inbox")
    await expect(page.locator(".row-line")).to_have_count(2)
    await page.keyboard.press("n")
    await expect(page.locator(".ticket-no")).to_have_text(first)
    await expect(other.get_by_text("演示派单员一 在处理")).to_be_visible(timeout=25_000)
    await other.keyboard.press("n")
    await expect(other.locator(".ticket-no")).to_have_text(second)
    await page.keyboard.press("j")
    await expect(page.locator(".ticket-no")).to_have_text(second)
    await page.keyboard.press("1")
    await expect(page.get_by_text("演示派单员二正在处理")).to_be_visible()
    unit = page.get_by_role("form").get_by_role("combobox", name="承办单位")
    await unit.fill("slj")
    await page.get_by_title("市水利局").last.click()
    await page.keyboard.press("Control+Enter")
    await expect(page.get_by_role("alert").last).to_contain_text("演示派单员二正在处理")
    assert (await office.read(second)).state is State.ACCEPTED
    await picture(page, "inbox-leased")


async def test_a_ticket_is_kept_until_it_is_left_or_taken_over(
    people: People, office: Office
) -> None:
    first = await office.letter(ACCEPT, title="第一件")
    second = await office.letter(ACCEPT, title="第二件")
    page = await people.sign_in("dispatcher1", "/inbox")
    await expect(page.locator(".row-line")).to_have_count(2)
    await page.keyboard.press("n")
    await expect(page.locator(".ticket-no")).to_have_text(first)
    await page.keyboard.press("1")
    await expect(page.get_by_role("form")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("form")).to_be_hidden()

    boss = await people.sign_in("1901", f"/tickets/{first}")
    held = boss.get_by_text("演示派单员一 正在处理")
    await expect(held).to_be_visible()
    await command(boss, "备注").click()
    note = boss.get_by_role("form", name="备注").get_by_role("textbox").first
    await note.fill("已与市民核实")
    await boss.keyboard.press("Control+Enter")
    await expect(boss.get_by_role("form")).to_be_hidden()
    await expect(held).to_be_visible()
    await boss.keyboard.press("1")
    told = boss.get_by_role("alert").filter(has_text="演示派单员一正在处理，占用至")
    await expect(told).to_be_visible()
    await picture(boss, "ticket-leased-by-another")
    await check_accessible(boss)
    await told.get_by_role("button", name="接手").click()
    await expect(told).to_be_hidden()
    await expect(held).to_be_hidden()

    await page.keyboard.press("1")
    await expect(page.get_by_role("alert").filter(has_text="请班长接手")).to_be_visible()
    await page.keyboard.press("Escape")
    async with boss.expect_response("**/lease"):
        await boss.get_by_role("link", name="待办").click()
    await page.keyboard.press("n")
    await expect(page.locator(".ticket-no")).to_have_text(first)  # it was left
    assert (await office.read(second)).state is State.ACCEPTED


async def test_what_one_leaves_oneself_can_be_taken_at_once(people: People, office: Office) -> None:
    async def slowly(route: Route) -> None:
        await asyncio.sleep(1)
        await route.continue_()

    first = await office.letter(ACCEPT, title="第一件")
    await office.letter(ACCEPT, title="第二件")
    page = await people.sign_in("dispatcher1", f"/tickets/{first}")
    await expect(page.locator(".ticket-no")).to_have_text(first)
    async with page.expect_response("**/lease"):
        await page.keyboard.press("1")
    await expect(page.get_by_role("form")).to_be_visible()
    await page.keyboard.press("Escape")
    await page.route("**/lease", slowly)
    await page.get_by_role("link", name="待办").click()
    await expect(page.locator(".row-line").first).to_be_visible()
    await page.keyboard.press("n")
    await expect(page.locator(".ticket-no")).to_have_text(first)


async def test_a_conflict_keeps_the_text_and_says_who_changed_what(
    people: People, office: Office
) -> None:
    number = await office.letter(ACCEPT, DISPATCH, SIGN, ANSWER)
    page = await people.sign_in("dispatcher1", f"/tickets/{number}")
    await command(page, "退回补充").click()
    await page.get_by_label("不完整").check()
    await page.get_by_label("说明").fill("请说明何时恢复供水")
    changed = {"title": "幸福家园停水五天", "reason": "来电更正"}
    await office.do(number, "amend", "supervisor", changed, actor="dispatcher2")
    await page.keyboard.press("Control+Enter")
    told = page.get_by_role("alert")
    await expect(told).to_contain_text("演示派单员二于")
    await expect(told).not_to_contain_text("dispatcher2")
    await expect(told).to_contain_text("标题")
    await expect(page.get_by_label("说明")).to_have_value("请说明何时恢复供水")
    await expect(page.locator(".ticket-title")).to_have_text("幸福家园停水五天")
    await picture(page, "ticket-conflict")
    await check_accessible(page)
    await page.keyboard.press("Control+Enter")
    await expect(page.get_by_role("form")).to_be_hidden()
    assert (await office.read(number)).audit[-1].comment == "请说明何时恢复供水"
    await page.get_by_role("tab", name="流水").click()
    journal = page.get_by_role("tabpanel", name="流水")
    await expect(journal).to_contain_text("演示派单员一 派单审核员")
    await expect(journal).to_contain_text("演示派单员二 班长")
    await expect(journal).not_to_contain_text("dispatcher1")
    await expect(journal).not_to_contain_text("dispatcher2")
    await expect(journal).to_contain_text(
        "其他unit_handler 承办单位经办人"
    )  # no account has that name
    await picture(page, "ticket-journal")
    await check_accessible(page)


async def test_a_digit_before_the_commands_are_there_counts(people: People, office: Office) -> None:
    number = await office.letter(ACCEPT)
    page = await people.sign_in("dispatcher1", "/inbox")
    known = asyncio.Event()

    async def later(route: Route) -> None:
        await known.wait()
        await route.continue_()

    await page.route("**/api/tickets/*/commands", later)
    await expect(page.locator(".row-line")).to_have_count(1)
    await page.keyboard.press("j")
    await expect(page.locator(".ticket-no")).to_have_text(number)
    await expect(command(page, "派单")).to_have_count(0)
    await page.keyboard.press("1")
    known.set()
    await expect(page.get_by_role("form", name="派单")).to_be_visible()
    unit = page.get_by_role("form").get_by_role("combobox", name="承办单位")
    await expect(unit).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("form")).to_have_count(0)


async def test_what_is_missing_is_said_at_its_field(people: People, office: Office) -> None:
    number = await office.letter(ACCEPT)
    page = await people.sign_in("dispatcher1", f"/tickets/{number}")
    await command(page, "派单").click()
    await page.keyboard.press("Control+Enter")
    unit = page.get_by_role("form").get_by_role("combobox", name="承办单位")
    await expect(unit).to_be_focused()
    await expect(page.locator("#dispatch-unit-error")).to_contain_text("请填写承办单位")
    await command(page, "并单").click()
    await page.get_by_label("主工单").fill("SQ260101000001")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator("#merge-master_ticket-error")).to_contain_text("没有工单")
    await check_accessible(page)


async def test_whoever_dispatches_sees_which_unit_the_agent_chose(
    people: People, office: Office
) -> None:
    number = await office.letter(ACCEPT)
    page = await people.sign_in("dispatcher1", f"/tickets/{number}")
    await command(page, "派单").click()
    form = page.get_by_role("form", name="派单")
    await expect(form.get_by_label("承办单位")).to_be_visible()
    await expect(form.get_by_role("alert")).to_have_count(0)
    note = "话务员建议派单至：市住房和城乡建设局"
    await office.do(number, "add_note", "agent", {"comment": note, "suggested_unit": "ZJJ"})
    await page.reload()
    await command(page, "派单").click()
    await expect(form.get_by_role("alert")).to_have_text(note)
    await expect(form).to_contain_text("市住房和城乡建设局")
    await picture(page, "dispatch-note")
    await check_accessible(page)
    await page.keyboard.press("Control+Enter")
    await expect(page.locator(".done-line")).to_have_text(f"{number} 已派单")
    assert (await office.read(number)).unit == "ZJJ"


async def test_a_correction_begins_with_what_stands_there(people: People, office: Office) -> None:
    number = await office.letter(ACCEPT)
    page = await people.sign_in("dispatcher1", f"/tickets/{number}")
    await command(page, "更正").click()
    form = page.get_by_role("form", name="更正")
    await expect(form.get_by_label("标题")).to_have_value("幸福家园停水三天")
    await expect(form).to_contain_text("投诉")
    await expect(form).to_contain_text("宿城区")
    await picture(page, "ticket-amend")
    await check_accessible(page)
    await page.keyboard.press("Control+Enter")
    await expect(form).to_contain_text("还没有更正任何内容")
    await form.get_by_label("标题").fill("")
    await page.keyboard.press("Control+Enter")
    await expect(form).to_contain_text("标题不能改为空")
    await form.get_by_label("标题").fill("幸福家园停水五天")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator(".done-line")).to_have_text(f"{number} 已更正")
    told = await office.read(number)
    assert (told.title, told.contact_phone) == ("幸福家园停水五天", "13800000001")
    said = told.events[-1].data
    assert {key for key in said if not key.startswith("_")} == {"title"}


async def test_many_are_dispatched_at_once(people: People, office: Office) -> None:
    made = [await office.letter(ACCEPT) for _ in range(3)]
    page = await people.sign_in("dispatcher1", "/inbox")
    for number in made[:2]:
        await page.get_by_label(f"选择{number}").check()
    await page.get_by_label("派往单位").fill("slj")
    await page.get_by_title("市水利局").last.click()
    await office.do(made[1], "merge", "dispatcher", {"master_ticket": made[2]})
    await picture(page, "inbox-bulk")
    await page.get_by_role("button", name="批量派单").click()
    await expect(page.get_by_text("1 件没有派出")).to_be_visible()
    await expect(page.get_by_text(f"{made[1]}：")).to_be_visible()
    assert (await office.read(made[0])).state is State.DISPATCHED
    await picture(page, "inbox-bulk-refused")
    await check_accessible(page)


async def test_a_filter_is_kept(people: People, office: Office) -> None:
    await office.letter(urgency="urgent", title="紧急的")
    await office.letter(title="一般的")
    page = await people.sign_in("dispatcher1", "/inbox")
    await expect(page.locator(".row-line")).to_have_count(2)
    await page.get_by_label("紧急程度").click()
    await page.get_by_title("紧急", exact=True).last.click()
    await expect(page.locator(".row-line")).to_have_count(1)
    await page.get_by_role("button", name="常用筛选").click()
    await page.get_by_label("筛选名称").fill("只看紧急")
    await page.get_by_role("button", name="保存").click()
    again = await people.sign_in("dispatcher1", "/inbox")
    await expect(again.locator(".row-line")).to_have_count(2)
    await again.get_by_text("只看紧急").click()
    await expect(again.locator(".row-line")).to_have_count(1)
    await expect(again.locator(".row-line")).to_contain_text("紧急的")


def photo() -> bytes:
    """A picture that tells where it was taken."""
    exif = Image.Exif()
    exif[0x010F] = "Secret Camera"
    file = BytesIO()
    Image.new("RGB", (40, 30), "red").save(file, "JPEG", exif=exif)
    return file.getvalue()


async def downloaded(page: Page, name: str) -> bytes:
    async with page.expect_download() as found:
        await page.get_by_role("button", name=name).click()
    return (await (await found.value).path()).read_bytes()


async def test_a_unit_works_on_its_phone(people: People, office: Office) -> None:
    number = await office.letter(ACCEPT, DISPATCH)
    page = await people.sign_in("slj1", "/inbox", screen=PHONE)
    await expect(page.locator(".row-line")).to_have_count(1)
    await picture(page, "unit-inbox")
    await check_accessible(page)
    await page.locator(".row-line-open").click()
    await expect(command(page, "签收")).to_be_visible()
    await expect(page.get_by_role("button", name="提交答复")).to_have_count(0)
    await command(page, "签收").click()
    await page.get_by_role("form", name="签收").get_by_role("button", name="签收").click()
    told = page.locator(".done-line")
    await expect(told).to_have_text(f"{number} 已签收")
    assert await told.get_attribute("role") == "status"
    await expect(page.locator(".row-line")).to_contain_text("办理")
    task, said = await page.locator(".row-line").bounding_box(), await told.bounding_box()
    assert task is not None
    assert said is not None
    assert task["y"] + task["height"] <= said["y"]
    assert said["x"] >= 0
    assert said["x"] + said["width"] <= PHONE["width"]
    await picture(page, "unit-signed")
    await check_accessible(page)
    await page.locator(".row-line-open").click()
    await expect(page.locator(".ticket-header")).to_contain_text("办理中")
    await picture(page, "unit-ticket")
    await check_accessible(page)

    await page.get_by_role("tab", name="附件").click()
    sent = {"name": "现场.jpg", "mimeType": "image/jpeg", "buffer": photo()}
    await page.get_by_label("选择附件").set_input_files([sent])
    await expect(page.get_by_role("button", name="现场.jpg")).to_be_visible()
    await picture(page, "unit-files")
    assert b"Secret Camera" in photo()
    assert b"Secret Camera" not in await downloaded(page, "现场.jpg")

    await command(page, "申请延期").click()
    await page.get_by_role("button", name="延 2 天").click()
    await page.get_by_label("理由").fill("须开挖路面")
    await picture(page, "unit-extension")
    await page.get_by_role("form").get_by_role("button", name="申请延期").click()
    await expect(page.locator(".row-line")).to_contain_text("延期待批")
    await office.do(number, "approve_extension", "dispatcher", {})
    (request,) = (await office.read(number)).extension_requests
    assert (request.new_due - request.due).days == 2

    await page.locator(".row-line-open").click()
    await expect(page.locator(".ticket-header")).to_contain_text("累计 2/6 天")
    await command(page, "提交答复").click()
    await page.get_by_label("办理情况").fill("已更换水管")
    await page.get_by_label("公开答复").fill("您好，水管已更换，供水已恢复。")
    await page.get_by_role("radiogroup", name="是否联系群众").get_by_label("是").check()
    await page.get_by_role("radiogroup", name="是否解决").get_by_label("是").check()
    await picture(page, "unit-reply")
    await check_accessible(page)
    await page.get_by_role("form").get_by_role("button", name="提交答复").click()
    await expect(page.get_by_text("没有待办")).to_be_visible()
    told = await office.read(number)
    assert (told.state, told.public_reply) == (
        State.REPLY_REVIEW, "您好，水管已更换，供水已恢复。",
    )  # fmt: skip


async def test_a_late_follow_up_is_an_alarm_on_the_list_and_for_supervisors(
    people: People, office: Office
) -> None:
    line = await people.sign_in("1901", "/line")
    figure = line.locator(".line-figures > div", has_text="紧急跟进超时")
    await expect(figure).to_have_text("紧急跟进超时0")
    before = datetime.now(UTC) - timedelta(minutes=42)
    handed = await office.letter(title="有人晕倒", at=before)
    await office.do(handed, "emergency_transfer", "agent", {"service": "120"}, at=before)
    fresh = await office.letter(title="厨房起火")
    await office.do(fresh, "emergency_transfer", "agent", {"service": "119"})
    await expect(figure.locator(".line-bad")).to_have_text("1", timeout=30_000)
    await expect(figure).to_contain_text("超 12 分")
    await picture(line, "line-late-follow-up")
    await check_accessible(line)
    page = await people.sign_in("1001", "/inbox?list=emergency")
    await expect(page.locator(".row-line").first).to_contain_text("跟进 超 12 分")
    await expect(page.locator(".row-line").last).to_contain_text("跟进 剩 29 分")
    await picture(page, "inbox-late-follow-up")
    await figure.get_by_role("link", name=handed).click()
    await line.wait_for_url(f"**/tickets/{handed}")


async def test_callbacks_and_emergencies_are_lists_beside_the_calls(
    people: People, office: Office
) -> None:
    handed = await office.letter(title="有人晕倒")
    await office.do(handed, "emergency_transfer", "agent", {"service": "120"})
    page = await people.sign_in("1001", "/inbox?list=emergency")
    await expect(page.locator(".row-line")).to_have_count(1)
    await page.keyboard.press("j")
    await expect(page.locator(".ticket-no")).to_have_text(handed)
    await expect(command(page, "紧急跟进")).to_be_visible()
    await page.keyboard.press("1")
    await expect(page.get_by_label("说明")).to_be_focused()
    await page.keyboard.type("救护车已到，人已送医")
    await picture(page, "inbox-emergency")
    await check_accessible(page)
    await page.keyboard.press("Control+Enter")
    await expect(page.get_by_text("没有待办")).to_be_visible()
    assert (await office.read(handed)).followed_up_at is not None

    asked = await office.letter(ACCEPT, DISPATCH, SIGN, ANSWER, contact_phone=None)
    await office.do(asked, "audit_pass", "dispatcher", {})
    page = await people.sign_in("callback1", "/inbox")
    await expect(page.locator(".row-line")).to_have_count(1)
    await page.keyboard.press("j")
    await expect(page.locator(".ticket-no")).to_have_text(asked)
    await picture(page, "inbox-callback")
    await check_accessible(page)
    await command(page, "回访满意").click()
    await page.keyboard.press("Control+Enter")
    await expect(page.get_by_text("没有待办")).to_be_visible()
    assert (await office.read(asked)).state is State.CLOSED
