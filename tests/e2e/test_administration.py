"""What people change on pages is in the running line within seconds, without a restart."""

import asyncio
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from service.useragent import PhoneCall
from tests.e2e.api import Console
from tests.e2e.line import Line, wait_for
from tests.e2e.phones import AGENT_TONE, UNIT_TONE, Phones
from tests.e2e.records import Records

LIVE = 5.0
"""A change is live within so many seconds (design §3)."""
WAITING = "13800000002"


@pytest.fixture(scope="module")
def line_config() -> Mapping[str, Any]:
    return {"ivr": {"three_way": {"ring_seconds": 6, "accept_seconds": 5}}}


@pytest.fixture(scope="module")
def admin(line: Line) -> Console:
    return Console(line, "sysadmin", "admin")


async def waiting_beside_a_talk(phones: Phones) -> tuple[PhoneCall, PhoneCall, PhoneCall]:
    """The only agent talks; another citizen waits. The three calls, the waiting one first."""
    call, agent = await phones.talk()
    waiting = await phones.dial(citizen=WAITING)
    await waiting.hears("welcome_short", within=5)
    await waiting.press("1")
    await waiting.hears("recording_notice", within=20)
    return waiting, call, agent


def notice(until: datetime) -> dict[str, Any]:
    return {
        "id": "n1",
        "area": "城区",
        "reason": "管道抢修",
        "event": "停水",
        "expected_at": "2026-10-01T18:00:00+08:00",
        "until": until.isoformat(),
    }


async def test_a_notice_is_heard_within_seconds_and_no_more_after_its_end(
    phones: Phones, admin: Console, records: Records
) -> None:
    waiting, call, agent = await waiting_beside_a_talk(phones)
    published = time.monotonic()
    until = datetime.now(UTC) + timedelta(seconds=12)
    await admin.put("notices", n1=notice(until))
    since = waiting.now
    await waiting.hears("hot_notice", within=LIVE + 1.5, since=since)
    assert [one["id"] for one in await admin.ask("GET", "/api/notices")] == ["n1"]
    await waiting.hang_up()
    row = await records.closed(WAITING)
    assert [one["input"] for one in row["path"] if one["node"] == "hot_notice"] == ["n1"]

    await asyncio.sleep(max(0.0, 12.5 - (time.monotonic() - published)))
    assert await admin.ask("GET", "/api/notices") == []
    late = await phones.dial(citizen=WAITING)
    await late.hears("welcome_short", within=5)
    await late.press("1")
    await late.hears("recording_notice", within=20)
    await asyncio.sleep(4)
    await late.hang_up()
    row = await records.closed(WAITING)
    assert "hot_notice" not in [one["node"] for one in row["path"]]
    await call.hang_up()
    await agent.ended(5)


async def test_a_new_unit_gets_its_first_ticket_and_its_first_three_way_call(
    line: Line, phones: Phones, admin: Console
) -> None:
    """Nobody touches a file: unit, relation and duty phone come from the administration."""
    unit = {"code": "DSJ", "name": "市大数据局", "level": "city", "ext": "8150"}
    await admin.put("units", DSJ=unit)
    relation = {"table": "superiors", "code": "DSJ", "value": "RXZX"}
    await admin.put("relations", **{"superiors/DSJ": relation})
    shift = {"days": ["mon"], "start": "00:00", "end": "24:00", "contacts": ["8190"]}
    shift["days"] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun", "holiday"]
    await admin.put("contacts", DSJ={"unit": "DSJ", "contacts": [_phone("8191"), _phone("8190")]})
    await admin.put("roster", DSJ={"unit": "DSJ", "shifts": [shift]})

    def known() -> bool:
        return any(one.get("unit") == "DSJ" for one in line.ready["accounts"])

    await wait_for(known, within=LIVE, what="the new unit's phones")
    told = await admin.ask("POST", "/api/admin/phones/8190/reveal")
    account = phones.account("unit", number="8190")
    assert (told["username"], told["password"]) == (account["username"], account["password"])

    made = line.cli("tickets", "create", "--data", "-", stdin=MATTER)
    number = made["ticket_no"]
    line.cli("tickets", "do", number, "accept", "--as", "agent:1001")
    sent = '{"unit": "DSJ", "answer_type": "investigate"}'
    done = line.cli("tickets", "do", number, "dispatch", "--as", "dispatcher:d1", "--data", "-",
                    stdin=sent)  # fmt: skip
    assert done["unit"] == "DSJ"

    duty = await phones.phone(account)
    call, agent = await phones.talk()
    await agent.press("*38150#")
    at_unit = await duty.incoming(within=15)
    await at_unit.answer()
    await at_unit.hears("three_way_whisper", within=6)
    await at_unit.press("1")
    await call.hears("three_way_joined", within=8)
    hum = at_unit.hum(UNIT_TONE)
    await call.hears_tone(UNIT_TONE, within=6)
    hum.finish()
    hum = agent.hum(AGENT_TONE)
    await at_unit.hears_tone(AGENT_TONE, within=6)
    hum.finish()
    await call.hang_up()


async def test_a_new_agent_and_a_new_key_of_the_menu_take_the_next_call(
    line: Line, phones: Phones, admin: Console
) -> None:
    row = {"number": "1009", "name": "新同事", "skills": {"citizen": 5}}
    await admin.put("agents", **{"1009": row})
    menus = (await admin.ask("GET", "/api/admin/menus"))["entries"][0]["data"]
    menus["nodes"]["main"]["keys"]["4"] = {"queue": "citizen", "say": "enterprise_connect"}
    drawn = await admin.ask("POST", "/api/admin/menus/draw", {"menus": menus})
    assert drawn["faults"] == []
    await admin.put("menus", menus=menus)
    published = time.monotonic()

    def known() -> bool:
        return any(one["number"] == "1009" for one in line.ready["accounts"])

    await wait_for(known, within=LIVE, what="the new agent's phone")
    agent = await phones.agent("1009")
    await asyncio.sleep(max(0.0, published + LIVE - time.monotonic()))
    call = await phones.dial(citizen=WAITING)
    await call.hears("welcome_short", within=5)
    await call.press("4")
    await call.hears("enterprise_connect", within=15)  # the welcome goes on to its end
    rung = await agent.incoming(within=15)
    await rung.answer()
    await call.hears("agent_announce", within=15)
    await rung.hang_up()
    await call.hang_up()

    await admin.put("menus", menus=without_key(menus, "4"))
    await admin.put("agents", **{"1009": None})


def without_key(menus: dict[str, Any], key: str) -> dict[str, Any]:
    """The menus, with that key of the main menu taken out."""
    main = menus["nodes"]["main"]
    keys = {name: does for name, does in main["keys"].items() if name != key}
    return {**menus, "nodes": {**menus["nodes"], "main": {**main, "keys": keys}}}


def _phone(number: str) -> dict[str, str]:
    return {"number": number}


MATTER = (
    '{"content": "政务App打不开", "request_type": "help", "region_code": "321302",'
    ' "acceptance_basis": "6.2"}'
)
