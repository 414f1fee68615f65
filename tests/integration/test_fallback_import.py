"""Facts of the dialplan become calls, recordings, emergencies and tickets (兜底通话导入)."""

import os
import time
import wave
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import soundfile

from ivr.fallback_import import import_fallback
from recordings.archive import Archive
from store.calls import CallLog, Opened, Outcome
from store.emergencies import EmergencyLog
from store.engine import Store
from store.recordings import RecordingLog
from tests.stores import MASTER_KEY, sqlite_url
from ticketing.tickets import Tickets

SPEECH = Path(__file__).parents[1] / "fixtures" / "speech" / "zh" / "U09_zf_xiaobei.wav"
CALL = "hotline-1790000000.7"
EMERGENCY = [
    "1790000000.000|begin|+8613800000001|12345",
    "1790000000.010|answer",
    "1790000003.500|emergency|120",
    "1790000003.501|dial|emergency|1|120",
    "1790000005.000|result|1|BUSY|17",
    "1790000005.001|dial|emergency|2|120",
    "1790000015.002|result|2|NOANSWER|19",
    "1790000015.003|dial|emergency|3|110",
    "1790000018.250|joined|3|emergency|110",
    "1790000040.000|result|3|ANSWER|16",
    "1790000040.001|end|emergency|emergency",
]
MESSAGE = [
    "1790000000.000|begin|13800000001|12345",
    "1790000000.010|answer",
    f"1790000009.000|message|{CALL}.rec.message.f1.wav",
    f"1790000014.000|message|{CALL}.rec.message.f2.wav",
    "1790000030.000|end|saved|system",
]
AGENT = [
    "1790000000.000|begin|13800000001|12345",
    "1790000000.010|answer",
    "1790000009.000|dial|agent|1|",
    "1790000012.000|joined|1|agent|1002",
    "1790000030.000|end|duty|caller",
]


@dataclass
class Desk:
    """A store, an archive and the folder of the dialplan."""

    base: Path
    store: Store

    def __post_init__(self) -> None:
        self.folder = self.base / "spool" / "fallback"
        self.spool = self.base / "spool" / "recording"
        for folder in (self.folder, self.spool, self.base / "run"):
            folder.mkdir(parents=True)
        self.archive = Archive(self.store, self.spool, self.base / "recordings")
        self.calls = CallLog(self.store)
        self.started()

    def started(self) -> None:
        """Asterisk starts now."""
        (self.base / "run" / "asterisk.ctl").touch()

    def facts(self, lines: list[str], *, end: str = "\n") -> None:
        (self.folder / f"{CALL}.facts").write_text("\n".join(lines) + end)

    def wav(self, role: str, seconds: float, n: int = 1) -> None:
        with wave.open(str(self.folder / f"{CALL}.rec.{role}.f{n}.wav"), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(8000)
            file.writeframes(b"\1\0" * round(8000 * seconds))

    def speech(self, role: str, n: int = 1) -> None:
        """A real sentence."""
        samples, rate = soundfile.read(SPEECH, dtype="int16")
        soundfile.write(self.folder / f"{CALL}.rec.{role}.f{n}.wav", samples, rate)

    async def run(self) -> list[str]:
        return await import_fallback(
            self.folder, self.store, self.archive, spool=self.spool, area_code="0527"
        )

    async def call(self) -> dict[str, Any]:
        found = await self.calls.get(CALL)
        assert found is not None
        return dict(found)

    async def tickets(self) -> list[Any]:
        return list(await Tickets(self.store).list())


@pytest_asyncio.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with Store.open(sqlite_url(tmp_path), key=MASTER_KEY) as store:
        yield Desk(tmp_path, store)


async def test_an_emergency(desk: Desk) -> None:
    desk.facts(EMERGENCY)
    for role in ("caller", "emergency", "mix"):
        desk.wav(role, 3, n=3)
    assert await desk.run() == [CALL]
    call = await desk.call()
    assert call["handled_by"] == "fallback"
    assert call["outcome"] == "emergency_transferred"
    assert call["caller_number"] == "13800000001"
    assert call["answered_at"] is not None
    assert [leg["role"] for leg in call["legs"]] == ["caller", *["emergency"] * 3]
    (event_id,) = call["emergencies"]
    event = await EmergencyLog(desk.store).get(event_id)
    assert event is not None
    assert (event["service"], event["trigger"], event["outcome"]) == (
        "120",
        "fallback",
        "connected",
    )
    assert [(a["number"], a["result"]) for a in event["attempts"]] == [
        ("120", "busy"),
        ("120", "no_answer"),
        ("110", "answered"),
    ]
    recordings = await RecordingLog(desk.store).list(call_id=CALL)
    assert {(r["kind"], r["speaker"]) for r in recordings} == {
        ("mix", None),
        ("speaker", "caller"),
        ("speaker", "emergency"),
    }
    for recording in recordings:
        assert recording["duration_s"] == 3
    assert len(list((desk.base / "recordings").rglob("*.wav"))) == 3
    assert await desk.tickets() == []
    assert list(desk.folder.iterdir()) == []


async def test_a_message_and_a_silent_one(desk: Desk) -> None:
    desk.facts(MESSAGE)
    desk.wav("message", 1)
    desk.speech("message", n=2)
    await desk.run()
    assert (await desk.call())["outcome"] == "message_left"
    assert (await desk.call())["ended_by"] == "system"
    assert len(await RecordingLog(desk.store).list(call_id=CALL)) == 2
    (ticket,) = await desk.tickets()
    assert ticket.draft_kind == "message"


async def test_a_long_silence_is_no_message(desk: Desk) -> None:
    desk.facts([*MESSAGE[:3], "1790000010.000|end|message|caller"])
    desk.wav("message", 8)
    await desk.run()
    assert (await desk.call())["outcome"] == "abandoned_in_menu"
    assert await desk.tickets() == []


async def test_silence_is_no_message(desk: Desk) -> None:
    desk.facts([*MESSAGE[:3], "1790000010.000|end|message|caller"])
    desk.wav("message", 0)
    await desk.run()
    assert (await desk.call())["outcome"] == "abandoned_in_menu"
    assert await RecordingLog(desk.store).list(call_id=CALL) == []
    assert await desk.tickets() == []


async def test_a_talk_with_an_agent_is_a_matter(desk: Desk) -> None:
    desk.facts(AGENT)
    for role in ("caller", "agent", "mix"):
        desk.wav(role, 2)
    await desk.run()
    call = await desk.call()
    assert (call["outcome"], call["ended_by"]) == ("agent_answered", "caller")
    (ticket,) = await desk.tickets()
    assert (ticket.draft_kind, ticket.first_agent_no) == ("agent", "1002")


async def test_a_call_that_goes_on_is_left_alone(desk: Desk) -> None:
    desk.facts(AGENT[:-1])
    assert await desk.run() == []
    desk.facts(AGENT, end="")
    assert await desk.run() == [], "its last line is not whole yet"
    desk.facts(AGENT)
    assert await desk.run() == [CALL]


async def test_asterisk_died_in_the_call(desk: Desk) -> None:
    desk.facts(AGENT[:-1], end="\n17900000")
    old = time.time() - 60
    os.utime(desk.folder / f"{CALL}.facts", (old, old))
    desk.started()
    assert await desk.run() == [CALL]
    call = await desk.call()
    assert (call["outcome"], call["ended_by"]) == ("agent_answered", "fault")
    assert call["ended_at"] == "2026-09-21T22:13:32+08:00"


async def test_nonsense_is_set_aside(desk: Desk) -> None:
    desk.facts(["what", "is", "this"])
    assert await desk.run() == []
    old = time.time() - 60
    os.utime(desk.folder / f"{CALL}.facts", (old, old))
    desk.started()
    assert await desk.run() == []
    assert [file.suffix for file in desk.folder.iterdir()] == [".unreadable"]


@pytest.mark.parametrize(
    "lines", [EMERGENCY, MESSAGE, AGENT], ids=["emergency", "message", "agent"]
)
async def test_twice_is_once(desk: Desk, lines: list[str]) -> None:
    desk.facts(lines)
    for role in ("caller", "agent", "mix", "message"):
        desk.wav(role, 2)
    await desk.run()
    first = await desk.call(), await desk.tickets()
    desk.facts(lines)
    assert await desk.run() == [CALL]
    assert (await desk.call(), await desk.tickets()) == first


async def test_a_call_that_a_controller_began(desk: Desk) -> None:
    at = datetime.fromtimestamp(1789999990, UTC)
    await desk.calls.append(CALL, Opened("inbound", "13800000001", "12345"), at=at)
    await desk.calls.append(CALL, Outcome("agent_answered"), at=at)
    desk.facts([*MESSAGE[:2], "1790000003.000|end|prompt|caller"])
    await desk.run()
    call = await desk.call()
    assert call["handled_by"] == "controller"
    assert call["outcome"] == "agent_answered"
    assert call["ended_at"] is not None


async def test_an_emergency_that_a_controller_began_is_one_event(desk: Desk) -> None:
    at = datetime.fromtimestamp(1789999990, UTC)
    await desk.calls.append(CALL, Opened("inbound", "13800000001", "12345"), at=at)
    events = EmergencyLog(desk.store)
    for number, service in ((1, "110"), (2, "120")):
        await events.open(
            f"{CALL}.emergency.{number}",
            call_id=CALL,
            service=service,
            trigger="digits",
            detected_at=at,
        )
    for _ in range(2):
        desk.facts(EMERGENCY)
        await desk.run()
    found = {event["event_id"]: event for event in await events.list()}
    assert set(found) == {f"{CALL}.emergency.1", f"{CALL}.emergency.2"}
    assert found[f"{CALL}.emergency.1"]["outcome"] == "failed"
    taken = found[f"{CALL}.emergency.2"]
    assert (taken["trigger"], taken["outcome"]) == ("digits", "connected")
    assert len(taken["attempts"]) == 3
