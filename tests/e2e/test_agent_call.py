"""A citizen and an agent: distribution, talk, recording, survey, record and draft."""

from pathlib import Path

from service.useragent import PhoneCall
from service.useragent.phone import busy
from store.recordings import RecordingLog
from tests.e2e.phones import AGENT_TONE, CITIZEN_TONE, Phones
from tests.e2e.line import wait_for
from tests.e2e.records import Records, Row
from ticketing.tickets import Tickets

CITIZEN = "13800000001"


async def to_agent(phones: Phones, key: str = "1") -> PhoneCall:
    """A citizen dials and presses a key of the menu."""
    call = await phones.dial()
    await call.press(key)
    return call


async def archived(records: Records, call_id: str, count: int) -> list[Row]:
    async def look() -> list[Row] | None:
        rows = [r for r in await records.recordings.list(limit=50) if r["call_id"] == call_id]
        done = [r for r in rows if r["sha256"]]
        return done if len(done) == count else None

    return list(await wait_for(look, within=10, what=f"{count} archived recordings"))


async def test_talk_is_heard_recorded_and_filed(phones: Phones, records: Records) -> None:
    agent = await phones.agent("1001")
    call = await to_agent(phones)
    rung = await agent.incoming(within=15)
    assert rung.peer == CITIZEN
    await rung.answer()
    await call.hears("agent_announce", within=5)
    citizen_hum, agent_hum = call.hum(CITIZEN_TONE), rung.hum(AGENT_TONE)
    await call.hears_tone(AGENT_TONE, within=5)
    await rung.hears_tone(CITIZEN_TONE, within=5)
    citizen_hum.finish()
    agent_hum.finish()
    await rung.hang_up()
    await call.hears("survey_ask", within=5)
    await call.press("2")
    await call.hears("survey_thanks", within=8)
    await call.ended(10)
    row = await records.closed(CITIZEN)
    assert row["outcome"] == "agent_answered"
    assert row["ended_by"] == "agent"
    assert row["survey_score"] == 2
    assert [w["agent"] for w in row["waits"]] == ["1001"]
    recordings = await archived(records, row["call_id"], 3)
    assert sorted(r["kind"] for r in recordings) == ["mix", "speaker", "speaker"]
    assert {r["speaker"] for r in recordings} == {None, "caller", "agent"}
    for r in recordings:
        assert Path(r["path"]).stat().st_size == r["bytes"]
        assert r["duration_s"] > 2
    (ticket,) = await Tickets(records.store).of_call(row["call_id"])
    assert ticket.first_agent_no == "1001"
    assert row["tickets"] == [ticket.ticket_no]
