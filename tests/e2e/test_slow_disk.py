"""A disk that stands still must not keep people from talking, or from being rescued."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

from tests.e2e.line import Line
from tests.e2e.phones import AGENT_TONE, Phones
from tests.e2e.records import Records

CITIZEN = "13800000001"


@contextmanager
def stuck(line: Line) -> Iterator[None]:
    """Nobody can write into the store as long as the block runs."""
    file = str(line.ready["paths"]["store"]).partition(":///")[2]
    with closing(sqlite3.connect(file, isolation_level=None)) as store:
        store.execute("BEGIN IMMEDIATE")
        yield
        store.execute("ROLLBACK")


async def test_an_emergency_does_not_wait_for_the_disk(
    line: Line, phones: Phones, records: Records
) -> None:
    desk = await phones.desk("110")
    call = await phones.dial()
    await call.hears("welcome_short", within=5)
    with stuck(line):
        await call.press("110")
        rung = await desk.incoming(within=4)
        await rung.answer()
        await rung.press("1")
        await call.hears("emergency_joined", within=5)
    await call.hang_up()
    row = await records.closed(CITIZEN)
    assert row["outcome"] == "emergency_transferred"
    event = await records.emergencies.get(row["emergencies"][0])
    assert event is not None
    assert event["outcome"] == "connected"


async def test_an_agent_does_not_wait_for_the_disk(
    line: Line, phones: Phones, records: Records
) -> None:
    agent = await phones.agent("1001")
    call = await phones.dial()
    await call.hears("welcome_short", within=5)
    await call.press("1")
    rung = await agent.incoming(within=15)
    with stuck(line):
        await rung.answer()
        await call.hears("agent_announce", within=5)
        hum = rung.hum(AGENT_TONE)
        await call.hears_tone(AGENT_TONE, within=5)
        hum.finish()
    await call.hang_up()
    row = await records.closed(CITIZEN)
    assert row["outcome"] == "agent_answered"
    assert len(row["tickets"]) == 1
