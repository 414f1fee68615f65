"""It survives: controller killed or hung, `up` killed, Asterisk killed, in the middle of calls."""

import asyncio
import os
import signal

import pytest_asyncio

from service.errors import Failure
from service.useragent import PhoneCall
from tests.e2e.line import Line, wait_for
from tests.e2e.phones import AGENT_TONE, CITIZEN_TONE, UNIT_TONE, Phones
from tests.e2e.records import Records, Row

CITIZEN = "13800000001"


async def serving(line: Line) -> bool:
    """Every part is in place and the controller takes new calls."""
    if not line.taken():
        return False
    try:
        return bool((await line.status())["serving"])
    except Failure:
        return False


@pytest_asyncio.fixture(autouse=True)
async def whole(line: Line) -> None:
    """Each test begins with a whole line, whatever the one before did to it."""
    await wait_for(lambda: serving(line), within=30, what="a whole line")


async def they_hear_each_other(call: PhoneCall, agent: PhoneCall) -> None:
    hums = call.hum(CITIZEN_TONE), agent.hum(AGENT_TONE)
    await agent.hears_tone(CITIZEN_TONE, within=10)
    await call.hears_tone(AGENT_TONE, within=10)
    for hum in hums:
        hum.finish()


async def another_controller(line: Line, old: int) -> int:
    async def there() -> int | None:
        ready = line.ready
        pid = int(ready["pids"]["controller"]) if ready else old
        return pid if pid != old and not ready.get("degraded") else None

    return int(await wait_for(there, within=30, what="another controller"))


async def test_talkers_go_on_and_are_taken_back(
    line: Line, phones: Phones, records: Records
) -> None:
    call, agent = await phones.talk()
    old = line.pids["controller"]
    os.kill(old, signal.SIGKILL)
    await they_hear_each_other(call, agent)
    await another_controller(line, old)
    await wait_for(lambda: adopted(line), within=10, what="the call adopted")
    assert await phones.state_of("1001") == "talking"
    await they_hear_each_other(call, agent)
    unit = await phones.unit("SLJ", 1)
    await agent.press("*38105#")  # codes work again
    at_unit = await unit.incoming(within=15)
    await at_unit.answer()
    await at_unit.press("1")
    await call.hears("three_way_joined", within=8)
    hum = at_unit.hum(UNIT_TONE)
    await call.hears_tone(UNIT_TONE, within=5)
    hum.finish()
    await at_unit.hang_up()
    await agent.hang_up()
    await call.hears("survey_ask", within=8)
    await call.hang_up()
    row = await records.closed(CITIZEN)
    assert row["outcome"] == "agent_answered"
    assert row["handled_by"] == "controller"

    kept = await records.archived(row["call_id"], 4, within=15)
    assert {r["speaker"] for r in kept} == {None, "caller", "agent", "unit"}


async def adopted(line: Line) -> bool:
    status = await line.status()
    return bool(status["calls"] == 1)


async def test_a_caller_in_the_menu_is_greeted_again(
    line: Line, phones: Phones, records: Records
) -> None:
    call = await phones.dial()
    await call.hears("menu_main", within=15)
    old = line.pids["controller"]
    os.kill(old, signal.SIGKILL)
    await another_controller(line, old)
    since = call.ear.seconds
    await call.hears("welcome_short", within=15, since=since)
    await call.hang_up()
    row = await records.closed(CITIZEN)
    assert row["ended_by"] == "caller"


async def test_a_waiting_caller_keeps_his_place(
    line: Line, phones: Phones, records: Records
) -> None:
    call = await phones.dial()
    await call.hears("welcome_short", within=5)
    await call.press("1")
    await call.hears("queue_callback_offer", within=20)
    (before,) = (await line.status())["queue"]
    old = line.pids["controller"]
    os.kill(old, signal.SIGKILL)
    await another_controller(line, old)

    async def back() -> bool:
        queue = (await line.status())["queue"]
        return [(q["call_id"], q["since"]) for q in queue] == [(before["call_id"], before["since"])]

    await wait_for(back, within=10, what="the same place")
    agent = await phones.agent("1001")
    rung = await agent.incoming(within=15)
    await rung.answer()
    await call.hears("agent_announce", within=6)
    await call.hang_up()
    await records.closed(CITIZEN)


async def test_a_hung_controller_is_bypassed(line: Line, phones: Phones, records: Records) -> None:
    old = line.pids["controller"]
    os.kill(old, signal.SIGSTOP)
    await asyncio.sleep(5.5)
    call = await phones.dial()
    await call.hears("system_fault", within=6)
    await call.hang_up()
    await another_controller(line, old)

    async def imported() -> bool:
        row = await records.last(CITIZEN)
        return row is not None and row["handled_by"] == "fallback" and row["ended_at"] is not None

    await wait_for(imported, within=30, what="the call that the dialplan served")


async def test_asterisk_killed_closes_records_and_comes_back(
    line: Line, phones: Phones, records: Records
) -> None:
    call, agent = await phones.talk()
    row = await records.last(CITIZEN)
    assert row is not None
    old = line.pids["asterisk"]
    os.kill(old, signal.SIGKILL)

    async def back() -> bool:
        ready = line.ready
        return bool(ready and ready["pids"]["asterisk"] != old and not ready.get("degraded"))

    await wait_for(back, within=30, what="another Asterisk")

    async def closed() -> bool:
        now = await records.calls.get(row["call_id"])
        return now is not None and now["ended_by"] == "fault"

    await wait_for(closed, within=15, what="the record closed with the reason")

    await records.archived(row["call_id"], 3, within=40)
    for gone in (call, agent):
        await gone.hang_up()
    await wait_for(lambda: serving(line), within=10, what="calls being taken")
    await phones.renew()
    again = await phones.dial()
    await again.hears("welcome_short", within=6)
    await again.hang_up()


async def test_up_killed_then_started_again(line: Line, phones: Phones, records: Records) -> None:
    call, agent = await phones.talk()
    asterisk = line.pids["asterisk"]
    assert line.process is not None
    os.kill(line.process.pid, signal.SIGKILL)
    line.process.wait()
    await they_hear_each_other(call, agent)

    async def alone() -> bool:
        return [p.pid for p in line.left_over()] == [asterisk]

    await wait_for(alone, within=10, what="nothing but Asterisk left")
    await asyncio.to_thread(line.start)
    assert line.pids["asterisk"] == asterisk
    await wait_for(lambda: adopted(line), within=10, what="the call adopted")
    await they_hear_each_other(call, agent)
    await agent.hang_up()
    await call.hears("survey_ask", within=8)
    await call.hang_up()
    row = await records.closed(CITIZEN)
    assert row["outcome"] == "agent_answered"


async def test_an_emergency_in_its_first_seconds_outlives_the_controller(
    line: Line, phones: Phones, records: Records
) -> None:
    desk = await phones.desk("110")
    call = await phones.dial()
    await call.hears("welcome_short", within=5)
    await call.press("9")
    await call.hears("emergency_menu", within=3)
    old = line.pids["controller"]
    os.kill(old, signal.SIGKILL)
    rung = await desk.incoming(within=20)
    await rung.answer()
    await rung.press("1")
    # Whichever was there first, the dialplan or the next controller, has joined them.
    await they_hear_each_other(call, rung)
    await call.hang_up()
    await another_controller(line, old)
    row = await records.closed(CITIZEN, within=30)
    assert row["outcome"] == "emergency_transferred"
    assert [e["outcome"] for e in await events(records, row["call_id"])] == ["connected"]


async def test_a_caller_who_leaves_an_emergency_without_a_controller(
    line: Line, phones: Phones, records: Records
) -> None:
    await phones.desk("110")
    call = await phones.dial()
    await call.hears("welcome_short", within=5)
    await call.press("110")
    await call.hears("emergency_transfer", within=5)
    old = line.pids["controller"]
    os.kill(old, signal.SIGKILL)
    await call.hang_up()
    await another_controller(line, old)
    row = await records.closed(CITIZEN, within=30)
    assert [e["outcome"] for e in await events(records, row["call_id"])] == ["caller_left"]


async def greeted(call: PhoneCall) -> None:
    """By the menu, or by the dialplan alone."""
    ways = [call.hears(key, within=20) for key in ("menu_main", "system_fault")]
    hearing = [asyncio.create_task(way) for way in ways]
    done, _ = await asyncio.wait(hearing, return_when=asyncio.FIRST_COMPLETED)
    for task in hearing:
        task.cancel()
    for task in done:
        task.result()


async def events(records: Records, call_id: str) -> list[Row]:
    return [dict(e) for e in await records.emergencies.list() if e["call_id"] == call_id]


async def test_callers_who_come_while_another_controller_starts(
    line: Line, phones: Phones, records: Records
) -> None:
    old = line.pids["controller"]
    os.kill(old, signal.SIGKILL)
    calls = []
    for n in range(12):
        phone = await phones.citizen(f"1380000000{1 + n % 3}")
        calls.append(await phone.call("12345"))
        await asyncio.sleep(0.4)
    for call in calls:
        await call.answered()
    await another_controller(line, old)
    for call in calls:
        await greeted(call)
    for call in calls:
        await call.hang_up()
    await line.idle()

    async def closed() -> bool:
        rows = list(await records.calls.list(limit=12))
        return all(r["ended_at"] and r["ended_by"] == "caller" for r in rows)

    await wait_for(closed, within=30, what="12 closed records")


async def test_nine_is_heard_at_once_after_a_takeover(
    line: Line, phones: Phones, records: Records
) -> None:
    call = await phones.dial()
    await call.hears("menu_main", within=15)
    old = line.pids["controller"]
    os.kill(old, signal.SIGKILL)
    await another_controller(line, old)
    await wait_for(lambda: adopted(line), within=10, what="the call adopted")
    await call.press("9")  # the dead controller's prompt would play on for seconds
    await call.hears("emergency_menu", within=3, since=call.now - 0.5)
    await call.hang_up()
    await records.closed(CITIZEN)
