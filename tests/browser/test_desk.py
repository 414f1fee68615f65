"""The screen while talking: a whole call by keyboard, the ticket found in the store."""

import json
import re

from playwright.async_api import Page, WebSocketRoute, expect

from tests.browser.looking import check_accessible, picture
from tests.browser.people import People
from tests.e2e.line import Line, wait_for
from tests.e2e.phones import Phones

MATTER = "宿城区幸福家园小区门口的路灯已经坏了三天，晚上出行不方便，希望尽快维修"


class Keys:
    """A keyboard that counts; free text costs nothing (as in the aims of a call)."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self.pressed = 0

    async def press(self, *names: str) -> None:
        for name in names:
            await self._page.keyboard.press(name)
            self.pressed += 1

    async def type(self, text: str) -> None:
        await self._page.keyboard.insert_text(text)


async def logged_in(people: People, number: str) -> Page:
    """An agent at his page who takes calls at his desk phone, and logs in by the keyboard."""
    page = await people.sign_in(number)
    await expect(page.get_by_label("坐席状态")).to_be_visible()
    if await page.get_by_text("话机接听").is_visible():
        await page.get_by_text("话机接听").click()
    await page.keyboard.press("Alt+R")
    return page


async def ready_to_take_calls(people: People, phones: Phones, number: str = "1001") -> Page:
    """The same with his phone, when he is ready."""
    await phones.agent(number, duty=False)
    page = await logged_in(people, number)
    await expect(page.get_by_label("坐席状态")).to_contain_text("空闲")
    return page


async def filed_no(page: Page) -> str:
    """The number of the ticket that the desk says is filed."""
    text = await page.get_by_text("已登记 SQ").inner_text()
    return text.split("已登记 ")[1].split("，")[0]


async def test_a_complaint_is_filed_by_keyboard_while_talking(
    people: People, phones: Phones, line: Line
) -> None:
    page = await ready_to_take_calls(people, phones)
    await check_accessible(page)
    await picture(page, "desk-waiting")
    agent = await phones.agent("1001", duty=False)
    call = await phones.dial()
    await call.hears("welcome_short", within=5)
    await call.press("1")
    rung = await agent.incoming(within=15)
    await expect(page.get_by_label("通话", exact=True)).to_contain_text("13800000001")
    await picture(page, "desk-ringing")
    await rung.answer()
    await expect(page.get_by_label("诉求内容")).to_be_visible()
    await expect(page.get_by_label("来电人", exact=True)).to_contain_text("13800000001")

    keys = Keys(page)
    await keys.press("Alt+D")
    await keys.type(MATTER)
    await expect(page.get_by_label("分类")).to_have_value("路灯照明")
    await keys.press("Tab")
    await expect(page.get_by_label("类型")).to_be_focused()
    await keys.press("Enter", "Enter", "Enter")
    await expect(page.get_by_label("地址")).to_be_focused()
    await keys.press("Enter")
    await picture(page, "desk-talking")
    await check_accessible(page)
    await keys.press("Control+Enter")
    await expect(page.get_by_text("已登记 SQ")).to_be_visible()
    assert keys.pressed <= 15
    await picture(page, "desk-filed")

    ticket = line.cli("tickets", "show", await filed_no(page))
    assert ticket["content"] == MATTER
    assert ticket["region_code"] == "321302"
    assert ticket["state"] in ("accepted", "dispatched")
    assert ticket["call_id"] is not None
    await rung.hang_up()
    await call.hang_up()


async def test_a_consultation_is_answered_from_the_knowledge_base(
    people: People, phones: Phones, line: Line
) -> None:
    page = await ready_to_take_calls(people, phones)
    call, rung = await phones.talk("1001")
    keys = Keys(page)
    await keys.press("Alt+D")
    await keys.type("泗阳县众兴镇，社保卡丢了，咨询怎么补办")
    await expect(page.get_by_label("地区")).to_have_value("泗阳县")
    await keys.press("Alt+K")
    await keys.type("社保卡丢了")
    await keys.press("Enter")
    await expect(page.get_by_label("知识库", exact=True)).to_contain_text("12333")
    await picture(page, "desk-knowledge")
    await check_accessible(page)
    await keys.press("Enter")
    await expect(page.get_by_label("答复内容（依据 ZS0001@1）")).to_have_value(re.compile("12333"))
    await expect(page.get_by_label("诉求内容")).to_be_focused()
    await picture(page, "desk-cited")
    await keys.press("Control+Enter")
    await expect(page.get_by_text("已登记 SQ")).to_be_visible()
    assert keys.pressed <= 8
    ticket = line.cli("tickets", "show", await filed_no(page))
    assert ticket["knowledge_ref"] == "ZS0001@1"
    await rung.hang_up()
    await call.hang_up()


async def test_a_car_is_moved_with_six_keys(people: People, phones: Phones, line: Line) -> None:
    same = {"content": "车位被占", "category_l2": "0101", "region_code": "321302"}
    for _ in range(5):
        line.cli("tickets", "create", "--data", "-", stdin=json.dumps(same))
    page = await ready_to_take_calls(people, phones)
    call, rung = await phones.talk("1001")
    await expect(page.get_by_label("诉求内容")).to_be_visible()
    keys = Keys(page)
    await keys.press("Alt+C")
    await expect(page.get_by_label("车牌号")).to_be_focused()
    await keys.type("A12345")
    await keys.press("Enter")
    await expect(page.get_by_label("停放地点")).to_be_focused()
    await keys.type("幸福家园")
    await expect(page.get_by_role("option").first).to_contain_text("幸福家园")
    await picture(page, "desk-plate")
    await keys.press("Enter")
    await expect(page.get_by_label("诉求内容")).to_have_value(re.compile("苏NA12345.*幸福家园"))
    await expect(page.get_by_text("24 小时内已有 5 件")).to_be_visible()
    await picture(page, "desk-plate-filled")
    await keys.press("Control+Enter")
    await expect(page.get_by_text("已登记 SQ")).to_be_visible()
    assert keys.pressed <= 6
    await expect(page.get_by_role("region", name="工单").get_by_text("剩 ")).to_be_visible()
    await picture(page, "desk-plate-filed")
    ticket = line.cli("tickets", "show", await filed_no(page))
    assert ticket["category_l2"] == "0101"
    assert "苏NA12345" in ticket["content"]
    assert (ticket["state"], ticket["unit"]) == ("dispatched", "GAJ")
    await rung.hang_up()
    await call.hang_up()


async def test_what_was_typed_survives_a_reload_and_is_there_on_another_machine(
    people: People, phones: Phones
) -> None:
    page = await ready_to_take_calls(people, phones)
    call, rung = await phones.talk("1001")
    await page.get_by_label("诉求内容").fill("楼上装修噪声太大")
    await expect(page.get_by_role("status")).to_contain_text("已保存")
    await page.reload()
    await expect(page.get_by_label("诉求内容")).to_have_value("楼上装修噪声太大")
    other = await people.sign_in("1001")
    await expect(other.get_by_label("诉求内容")).to_have_value("楼上装修噪声太大")
    assert await page.evaluate("Object.keys(localStorage).length + sessionStorage.length") == 0
    await rung.hang_up()
    await call.hang_up()


async def test_another_matter_of_the_same_call_survives_refusal_and_reload(
    people: People, phones: Phones, line: Line
) -> None:
    page = await ready_to_take_calls(people, phones)
    call, rung = await phones.talk("1001")
    await page.get_by_label("诉求内容").fill(MATTER)
    await expect(page.get_by_label("分类")).to_have_value("路灯照明")
    await page.keyboard.press("Control+Enter")
    await expect(page.get_by_text("已登记 SQ")).to_be_visible()
    await page.reload()
    first = await page.get_by_text("本次通话的工单").get_by_role("link").inner_text()
    await expect(page.get_by_label("诉求内容")).to_have_count(0)

    await page.get_by_role("button", name="同一来电人还有其他诉求").click()
    await page.get_by_label("诉求内容").fill("宿城区幸福家园小区有人占用消防通道堆放杂物")
    await expect(page.get_by_label("地区")).to_have_value("宿城区")
    unit = page.get_by_role("combobox", name="承办单位")
    await unit.press("ControlOrMeta+a")
    await unit.press_sequentially("slj")
    await expect(page.get_by_role("option").first).to_contain_text("市水利局")
    await unit.press("ControlOrMeta+a")
    await unit.press_sequentially("cgj")
    await unit.press("Enter")  # at once: of what was found before nothing is taken
    await expect(unit).to_have_value("市城市管理局")
    await page.get_by_label("联系电话").fill("1")
    await page.keyboard.press("Control+Enter")
    refused = page.get_by_role("form", name="登记工单").get_by_role("alert")
    await expect(refused).to_contain_text("电话")
    await expect(page.get_by_role("status")).to_contain_text("已保存")
    await page.reload()
    await page.get_by_role("button", name="打开第 1 件").click()
    await expect(page.get_by_label("诉求内容")).to_have_value(re.compile("消防通道"))
    await expect(page.get_by_label("地区")).to_have_value("宿城区")
    await page.get_by_label("联系电话").fill("13800000002")
    await page.keyboard.press("Control+Enter")
    await expect(page.get_by_text("已登记 SQ")).to_be_visible()
    second = await filed_no(page)
    told = [line.cli("tickets", "show", one.strip()) for one in (first, second)]
    assert [one["contact_phone"] for one in told] == ["13800000001", "13800000002"]
    assert told[0]["call_id"] == told[1]["call_id"]
    assert "路灯" in told[0]["content"] and "消防通道" in told[1]["content"]
    await rung.hang_up()
    await call.hang_up()


async def test_a_phrase_is_written_or_said(people: People, phones: Phones) -> None:
    page = await ready_to_take_calls(people, phones)
    call, rung = await phones.talk("1001")
    matter = page.get_by_label("诉求内容")
    await page.keyboard.press("Alt+D")
    await page.keyboard.type("幸福家园。/fsqr")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("请说：我把您反映的情况复述一遍")).to_be_visible()
    await expect(matter).to_have_value("幸福家园。")
    await check_accessible(page)
    await picture(page, "desk-phrase")
    await page.keyboard.type("/ld")
    await expect(page.get_by_text("请说：")).to_have_count(0)
    await page.keyboard.press("Enter")
    await expect(matter).to_have_value("幸福家园。来电人反映路灯不亮，影响夜间出行，希望尽快维修。")
    await rung.hang_up()
    await call.hang_up()


async def test_an_address_is_chosen_or_stands_as_it_was_typed(
    people: People, phones: Phones, line: Line
) -> None:
    page = await ready_to_take_calls(people, phones)
    call, rung = await phones.talk("1001")
    address, region = (page.get_by_role("combobox", name=name) for name in ("地址", "地区"))
    await page.get_by_label("诉求内容").fill("泗洪县，路口的信号灯坏了")
    await region.fill("泗洪县")
    await region.press("Enter")
    await expect(address).to_be_focused()
    await address.fill("xfjy")
    await expect(page.get_by_role("option", name="幸福家园").first).to_be_visible()
    await address.press("Enter")
    await expect(address).to_have_value(re.compile("幸福家园"))
    await expect(region).to_have_value("泗洪县")
    await address.fill("人民大道1号")
    await address.press("Tab")
    await address.fill("人民大道99号")
    kind = page.get_by_role("combobox", name="类型")
    await kind.fill("求助")
    await kind.press("Enter")
    await expect(kind).not_to_be_focused()
    await address.focus()
    await address.press("End")
    await page.keyboard.type("西门")
    await page.keyboard.press("Control+Enter")
    await expect(page.get_by_text("已登记 SQ")).to_be_visible()
    ticket = line.cli("tickets", "show", await filed_no(page))
    assert (ticket["address_text"], ticket["region_code"]) == ("人民大道99号西门", "321324")
    await rung.hang_up()
    await call.hang_up()


async def test_hold_and_hang_up_by_key(people: People, phones: Phones, line: Line) -> None:
    page = await ready_to_take_calls(people, phones)
    call, _rung = await phones.talk("1001")
    bar = page.get_by_label("通话", exact=True)
    await page.keyboard.press("F4")
    await call.hears("hold_start", within=8)
    await expect(bar).to_contain_text("已保持")
    await page.keyboard.press("F4")
    await call.hears("hold_return", within=8)
    await expect(bar).to_contain_text("通话中")
    await page.keyboard.press("F8")
    await call.hears("survey_ask", within=8)
    await expect(page.get_by_label("坐席状态")).to_contain_text("话后处理")

    async def available() -> bool:
        agents = (await line.status())["agents"]
        return any(a["number"] == "1001" and a["state"] == "available" for a in agents)

    await call.hang_up()
    await wait_for(available, within=15)


async def test_an_emergency_is_dialled_with_two_keys_and_undone_with_one(
    people: People, phones: Phones
) -> None:
    desk = await phones.desk("119")
    page = await ready_to_take_calls(people, phones)
    call, rung = await phones.talk("1001")
    await page.keyboard.press("F9")
    await expect(page.get_by_role("dialog")).to_contain_text("119 火警")
    await picture(page, "desk-emergency")
    await page.keyboard.press("2")
    await expect(page.get_by_label("通话", exact=True)).to_contain_text("正在呼叫 119")
    await page.keyboard.press("Escape")
    await expect(page.get_by_text("正在呼叫 119")).to_have_count(0)
    await page.keyboard.press("F9")
    await page.keyboard.press("2")
    joined = await desk.incoming(within=10)
    await joined.answer()
    await expect(page.get_by_label("通话", exact=True)).to_contain_text("紧急服务")
    await rung.hang_up()
    await joined.hang_up()
    await call.hang_up()


async def test_escape_is_the_page_s_again_while_an_emergency_rings(
    people: People, phones: Phones
) -> None:
    desk = await phones.desk("119")
    page = await ready_to_take_calls(people, phones)
    call, rung = await phones.talk("1001")
    bar = page.get_by_label("通话", exact=True)
    kind = page.get_by_role("combobox", name="类型")
    await page.keyboard.press("F9")
    await page.keyboard.press("2")
    await expect(bar).to_contain_text("正在呼叫 119")
    await expect(bar.get_by_role("button", name="撤销")).to_have_count(0)
    joined = await desk.incoming(within=10)
    await kind.press_sequentially("求")
    await expect(page.get_by_role("option", name="求助")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("option", name="求助")).to_have_count(0)
    await expect(kind).to_have_value("")
    await expect(bar).to_contain_text("正在呼叫 119")
    await joined.answer()
    await expect(bar).to_contain_text("119 已接通")
    await rung.hang_up()
    await joined.hang_up()
    await call.hang_up()


async def test_a_caller_who_has_pressed_nine_is_seen_choosing(
    people: People, phones: Phones
) -> None:
    desk = await phones.desk("119")
    page = await ready_to_take_calls(people, phones)
    call, rung = await phones.talk("1001")
    bar = page.get_by_label("通话", exact=True)
    await call.press("9")
    await expect(bar).to_contain_text("来电人按了 9，正在选择紧急服务")
    await expect(bar).not_to_contain_text("正在呼叫")
    await picture(page, "desk-choosing-emergency")
    await call.press("2")
    await expect(bar).to_contain_text("正在呼叫 119")
    joined = await desk.incoming(within=15)
    await joined.answer()
    await expect(bar).to_contain_text("119 已接通")
    await rung.hang_up()
    await joined.hang_up()
    await call.hang_up()


async def test_an_emergency_that_is_asked_for_before_the_talk_is_dialled_with_it(
    people: People, phones: Phones
) -> None:
    desk = await phones.desk("119")
    page = await ready_to_take_calls(people, phones)
    told = Held()
    await page.route_web_socket("**/api/live", told.follow)
    await page.reload()
    bar = page.get_by_label("通话", exact=True)
    await expect(page.get_by_label("坐席状态")).to_contain_text("空闲")
    call, rung = await phones.talk("1001")
    await expect(bar).to_contain_text("接通中")
    await expect(bar.get_by_role("button")).to_have_count(0)
    await page.keyboard.press("F9")
    await page.keyboard.press("2")
    await expect(page.get_by_text("接通后立即呼叫 119")).to_be_visible()
    await picture(page, "desk-connecting")
    await check_accessible(page)
    await page.keyboard.press("Escape")
    await expect(page.get_by_text("接通后立即呼叫 119")).to_have_count(0)
    await page.keyboard.press("F9")
    await page.keyboard.press("2")
    told.go_on()
    await expect(bar).to_contain_text("正在呼叫 119")
    await expect(page.get_by_text("接通后立即呼叫 119")).to_have_count(0)
    joined = await desk.incoming(within=10)
    await joined.answer()
    await expect(bar).to_contain_text("紧急服务")
    await rung.hang_up()
    await joined.hang_up()
    await call.hang_up()


class Held:
    """A live connection on which calls stay where they are between the answer and the talk."""

    def __init__(self) -> None:
        self._page: WebSocketRoute | None = None
        self._last: str | bytes | None = None
        self._is_held = True

    def follow(self, page: WebSocketRoute) -> None:
        self._page = page
        page.connect_to_server().on_message(self._tell)

    def go_on(self) -> None:
        """What was held back is told, and from now on everything."""
        self._is_held = False
        if self._page is not None and self._last is not None:
            self._page.send(self._last)

    def _tell(self, message: str | bytes) -> None:
        assert self._page is not None
        known = json.loads(message)
        call = known.get("call") if known.get("type") == "desk" else None
        if self._is_held and call is not None and call["state"] == "talking":
            self._last = message
            message = json.dumps({**known, "call": {**call, "state": "connecting"}})
        self._page.send(message)
