"""Speech on real calls with Whisper: transcripts, drafts, spoken emergencies."""

import asyncio

import pytest

from service.useragent import NotHeardError, PhoneCall
from tests.e2e.line import wait_for
from tests.e2e.phones import Phones
from tests.e2e.records import Records, Row
from tests.e2e.speech import SPEECH, line_config, recogniser  # noqa: F401  (fixtures)
from ticketing.tickets import Tickets

CITIZEN = "13800000001"


async def waiting(phones: Phones) -> PhoneCall:
    """A caller in the queue, nobody on duty."""
    call = await phones.dial()
    await call.hears("welcome_short", within=5)
    await call.press("1")
    await call.hears("queue_callback_offer", within=20)
    return call


@pytest.mark.parametrize(
    ("utterance", "service"),
    [("U01_zf_xiaobei", "119"), ("U04_zm_yunjian", "120"), ("X08_zm_yunjian", "110")],
)
async def test_spoken_emergency_is_transferred(
    utterance: str, service: str, phones: Phones, records: Records
) -> None:
    desk = await phones.desk(service)
    call = await waiting(phones)
    call.play(SPEECH / f"{utterance}.wav")
    await call.hears("emergency_confirm", within=25)
    rung = await desk.incoming(within=25)  # silence means yes
    await rung.answer()
    await rung.press("1")
    await call.hears("emergency_joined", within=10)
    await call.hang_up()
    row = await records.closed(CITIZEN)
    events = [e for e in await records.emergencies.list() if e["call_id"] == row["call_id"]]
    assert [(e["service"], e["trigger"], e["confirmed"]) for e in events] == [
        (service, "speech", "silence")
    ]


async def test_two_says_no_and_the_caller_waits_on(phones: Phones, records: Records) -> None:
    call = await waiting(phones)
    call.play(SPEECH / "U01_zf_xiaobei.wav")
    await call.hears("emergency_confirm", within=25)
    await call.press("2")
    await call.hears("queue_callback_offer", within=20, since=call.ear.seconds)
    await call.hang_up()
    row = await records.closed(CITIZEN)
    assert row["outcome"] == "abandoned_in_queue"


@pytest.mark.parametrize("utterance", ["U09_zf_xiaobei", "X03_zf_xiaobei"])
async def test_harmless_words_change_nothing(
    utterance: str, phones: Phones, records: Records
) -> None:
    call = await waiting(phones)
    call.play(SPEECH / f"{utterance}.wav")
    with pytest.raises(NotHeardError):
        await call.hears("emergency_confirm", within=20)
    await call.hang_up()
    row = await records.closed(CITIZEN)
    assert row["emergencies"] == []


async def test_what_is_said_is_written_down(phones: Phones, records: Records) -> None:
    agent = await phones.agent("1001")
    call = await phones.dial()
    await call.hears("welcome_short", within=5)
    await call.press("1")
    rung = await agent.incoming(within=15)
    await rung.answer()
    await call.hears("agent_announce", within=15)
    await asyncio.sleep(1)
    playing = call.play(SPEECH / "U09_zf_xiaobei.wav")
    await playing.done()
    answer = rung.play(SPEECH / "U14_zm_yunjian.wav")
    await answer.done()
    await asyncio.sleep(1)
    await call.hang_up()
    row = await records.closed(CITIZEN)

    async def written() -> Row | None:
        now = await records.calls.get(row["call_id"])
        said = (
            "".join(s["text"] for s in now["transcript"] if s["speaker"] == "caller") if now else ""
        )
        told = (
            "".join(s["text"] for s in now["transcript"] if s["speaker"] == "agent") if now else ""
        )
        return now if "停水" in said and "比例是多少" in told else None

    found = await wait_for(written, within=60, every=0.5, what="both sides written down")
    for segment in found["transcript"]:
        assert 0 <= segment["start"] < segment["end"]
        assert segment["words"]

    async def filed() -> bool:
        (ticket,) = await Tickets(records.store).of_call(row["call_id"])
        said = ticket.transcript or ""
        return "停水" in (ticket.content or "") and "市民：" in said and "话务员：" in said

    await wait_for(filed, within=60, every=0.5, what="the draft filled in")
    (ticket,) = await Tickets(records.store).of_call(row["call_id"])
    assert ticket.category_l2 == "0401"
