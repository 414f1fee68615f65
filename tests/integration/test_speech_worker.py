"""Real recognisers in a real worker process, over real AudioSocket connections."""

import asyncio
import contextlib
import os
import wave
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import jiwer
import numpy as np
import pytest

from recordings.archive import Archive
from recordings.settings import SpeechSettings
from recordings.speech.digits import with_figures
from recordings.speech.engine import EngineChoice, load
from recordings.speech.pool import Heard, SpeechPool, Spotted
from service.provision.models import korean_vosk, resolve_engine
from store.engine import Store
from store.recordings import RecordingLog
from store.transcripts import TranscriptLog
from tests.integration.speech_kit import (
    FIXTURES,
    WorkerProcess,
    bare,
    eventually,
    heard,
    pcm_of,
    pinyin,
    speak,
    text_of,
    transcripts,
    worker_process,
)
from tests.stores import MASTER_KEY

pytestmark = [pytest.mark.speech, pytest.mark.timeout(300)]

SILENCE = bytes(16000)  # a second


@pytest.fixture(scope="session")
def whisper() -> EngineChoice:
    choice = resolve_engine(SpeechSettings(engine="whisper"), offline=False, say=print)
    assert choice.name == "whisper", choice.warnings
    return choice


@pytest.fixture(scope="session")
def vosk() -> EngineChoice:
    model = korean_vosk(say=print)
    return EngineChoice(name="vosk", model=model, language="ko", wide_band=True)


@pytest.fixture
async def store_url(tmp_path: Path) -> str:
    return f"sqlite+aiosqlite:///{tmp_path}/store.sqlite"


@pytest.fixture
async def store(store_url: str) -> AsyncIterator[Store]:
    async with Store.open(store_url, key=MASTER_KEY) as store:
        yield store


async def connected(worker: WorkerProcess, pool: SpeechPool) -> None:
    async def there() -> bool:
        return bool(pool.status()["workers"])

    await eventually(there, 5)


async def said(pool: SpeechPool, pcm: bytes, pace: float = 20.0) -> list[Heard | Spotted]:
    """One caller says it and hangs up."""
    listener = await pool.listen(call_id="c", leg_id=str(uuid4()), speaker="caller", offset=0)
    assert listener is not None
    events, _ = await asyncio.gather(heard(listener), speak(listener, pcm, pace=pace))
    return events


async def test_vosk_recognises_and_writes_down(
    tmp_path: Path, vosk: EngineChoice, store: Store, store_url: str
) -> None:
    rows = [row for row in transcripts("ko") if row["mode"] == "free"]
    errors = []
    partials = 0
    async with (
        worker_process(tmp_path, vosk, store_url=store_url) as worker,
        SpeechPool([worker.config.control]) as pool,
    ):
        await connected(worker, pool)
        for number, row in enumerate(rows):
            listener = await pool.listen(
                call_id=f"call-{number}", leg_id="leg", speaker="caller", offset=100.0
            )
            assert listener is not None
            pcm = pcm_of(FIXTURES / "ko" / row["file"])
            # Slow enough that a busy machine is asked for what it has heard so far.
            events, _ = await asyncio.gather(heard(listener), speak(listener, pcm, pace=2))
            errors.append(jiwer.cer(bare(row["text"]), bare(text_of(events)) or "-"))
            partials += sum(isinstance(one, Heard) and not one.final for one in events)
    assert sum(errors) / len(errors) <= 0.1
    assert partials > 0
    written = await TranscriptLog(store).for_call("call-0")
    assert [(one["speaker"], one["source"]) for one in written] == [("caller", "live")]
    assert 100.0 <= written[0]["start"] < written[0]["end"] < 103.0
    assert written[0]["words"][0]["word"]


async def test_whisper_recognises_mandarin_and_spots_emergencies(
    tmp_path: Path, whisper: EngineChoice
) -> None:
    emergencies = {"U01", "U02", "U03", "U04", "U05", "U06", "U07", "X07", "X08"}
    services = {"U01": "119", "U02": "12395", "U03": "110", "U04": "120", "U05": "119"}
    services |= {"U06": "119", "U07": "122", "X07": "110", "X08": "110"}
    characters, sounds, wrong = [], [], []
    async with (
        worker_process(tmp_path, whisper) as worker,
        SpeechPool([worker.config.control]) as pool,
    ):
        await connected(worker, pool)
        for row in transcripts("zh"):
            events = await said(pool, pcm_of(FIXTURES / "zh" / row["file"]) + SILENCE)
            text = bare(text_of(events))
            expected = bare(with_figures(row["text"]))
            characters.append(jiwer.cer(expected, text or "-"))
            sounds.append(jiwer.wer(" ".join(pinyin(expected)), " ".join(pinyin(text)) or "-"))
            sure = {
                one.service
                for one in events
                if isinstance(one, Spotted) and one.suppressed_by is None
            }
            name = row["file"].split("_")[0]
            if sure != ({services[name]} if name in emergencies else set()):
                wrong.append((row["file"], text, sure))
    assert wrong == []
    assert sum(characters) / len(characters) <= 0.16
    assert sum(sounds) / len(sounds) <= 0.06


async def test_emergency_is_told_while_the_caller_stays(
    tmp_path: Path, whisper: EngineChoice
) -> None:
    pcm = pcm_of(FIXTURES / "zh" / "U05_zm_yunjian.wav")
    async with (
        worker_process(tmp_path, whisper) as worker,
        SpeechPool([worker.config.control]) as pool,
    ):
        await connected(worker, pool)
        listener = await pool.listen(call_id="c", leg_id="l", speaker="caller", offset=0)
        assert listener is not None
        talk = asyncio.create_task(speak(listener, pcm + SILENCE * 30, pace=1))
        async for what in listener:
            if isinstance(what, Spotted):
                break
        stays = not talk.done()
        talk.cancel()
        await listener.close()
    assert isinstance(what, Spotted) and what.service == "119"
    assert stays


def test_whisper_says_what_a_sentence_says_so_far(whisper: EngineChoice) -> None:
    engine = load(whisper)
    assert engine is not None
    pcm = pcm_of(FIXTURES / "zh" / "U05_zm_yunjian.wav") + SILENCE
    live = engine.recognizer()
    told = [one for at in range(0, len(pcm), 1600) for one in live.accept(pcm[at : at + 1600])]
    assert [one.final for one in told][:1] == [False]
    assert told[-1].final and told[0].end < 2.0 < told[-1].end
    file = engine.recognizer().accept(pcm)
    assert [(one.final, one.text) for one in file] == [(True, told[-1].text)]


async def test_silence_and_noise_say_nothing(tmp_path: Path, whisper: EngineChoice) -> None:
    noise = np.random.default_rng(1).normal(0, 800, 8000 * 10).astype("<i2").tobytes()
    seconds = np.arange(80000) / 8000
    tone = (8000 * np.sin(2 * np.pi * 450 * seconds)).astype("<i2").tobytes()
    async with (
        worker_process(tmp_path, whisper) as worker,
        SpeechPool([worker.config.control]) as pool,
    ):
        await connected(worker, pool)
        for sound in (SILENCE * 10, noise, tone):
            assert await said(pool, sound) == []


async def test_full_worker_refuses_and_has_room_again(
    tmp_path: Path, whisper: EngineChoice
) -> None:
    async with (
        worker_process(tmp_path, whisper, capacity=1) as worker,
        SpeechPool([worker.config.control]) as pool,
    ):
        await connected(worker, pool)
        first = await pool.listen(call_id="a", leg_id="l", speaker="caller", offset=0)
        assert first is not None
        assert await pool.listen(call_id="b", leg_id="l", speaker="caller", offset=0) is None
        await first.close()

        async def has_room() -> object:
            return await pool.listen(call_id="b", leg_id="l", speaker="caller", offset=0)

        await eventually(has_room, 5)
        assert pool.status()["capacity"] == 1


async def test_place_of_an_ended_stream_is_free_at_once(
    tmp_path: Path, whisper: EngineChoice
) -> None:
    async with (
        worker_process(tmp_path, whisper, capacity=1) as worker,
        SpeechPool([worker.config.control]) as pool,
    ):
        await connected(worker, pool)
        for _ in range(10):
            assert await said(pool, SILENCE) == []  # refused where the place is still counted


async def test_killed_worker_ends_the_listener_and_the_next_one_is_used(
    tmp_path: Path, whisper: EngineChoice
) -> None:
    async with SpeechPool([tmp_path / "speech.sock"]) as pool:
        async with worker_process(tmp_path, whisper) as worker:
            await connected(worker, pool)
            listener = await pool.listen(call_id="c", leg_id="l", speaker="caller", offset=0)
            assert listener is not None
            talk = asyncio.create_task(speak(listener, SILENCE * 20, pace=1))
            await asyncio.sleep(0.5)
            worker.kill()
            async with asyncio.timeout(5):
                assert await heard(listener) == []
            await asyncio.gather(talk, return_exceptions=True)
            assert await pool.listen(call_id="c", leg_id="l", speaker="caller", offset=0) is None
            assert pool.status()["workers"] == 0
        async with worker_process(tmp_path, whisper) as worker:
            await connected(worker, pool)
            events = await said(pool, pcm_of(FIXTURES / "zh" / "X08_zf_xiaobei.wav") + SILENCE)
            assert any(isinstance(one, Spotted) for one in events)


@pytest.mark.parametrize(
    "garbage",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        os.urandom(5000),
        b"\x01\x00\x10" + b"\0" * 16,  # nobody announced this one
        b"\x01\x00\x10" + b"\0" * 3,
        b"\x10\xff\xff" + bytes(70000),
        b"",
    ],
    ids=["http", "random", "unknown", "short", "long", "empty"],
)
async def test_garbage_on_the_audio_port(
    tmp_path: Path, whisper: EngineChoice, garbage: bytes
) -> None:
    async with (
        worker_process(tmp_path, whisper) as worker,
        SpeechPool([worker.config.control]) as pool,
    ):
        await connected(worker, pool)
        reader, writer = await asyncio.open_connection("127.0.0.1", int(str(worker.ready["port"])))
        writer.write(garbage)
        async with asyncio.timeout(6):
            with contextlib.suppress(ConnectionResetError):
                assert await reader.read() == b""
        writer.close()
        assert await pool.listen(call_id="c", leg_id="l", speaker="caller", offset=0) is not None


async def test_garbage_in_a_stream_ends_only_that_stream(
    tmp_path: Path, whisper: EngineChoice
) -> None:
    async with (
        worker_process(tmp_path, whisper) as worker,
        SpeechPool([worker.config.control]) as pool,
    ):
        await connected(worker, pool)
        bad = await pool.listen(call_id="a", leg_id="l", speaker="caller", offset=0)
        assert bad is not None
        host, port = bad.address.split(":")
        _, writer = await asyncio.open_connection(host, int(port))
        writer.write(b"\x01\x00\x10" + UUID(bad.uuid).bytes + b"\x77\x00\x01x")
        async with asyncio.timeout(5):
            assert await heard(bad) == []
        writer.close()
        events = await said(pool, pcm_of(FIXTURES / "zh" / "X08_zf_xiaobei.wav") + SILENCE)
        assert "不想活" in text_of(events)


async def test_batch_fills_what_live_missed(
    tmp_path: Path, whisper: EngineChoice, store: Store, store_url: str
) -> None:
    at = datetime(2026, 10, 1, 2, 0, tzinfo=UTC)
    spool = tmp_path / "spool"
    spool.mkdir()
    archive = Archive(store, spool, tmp_path / "recordings")
    first = pcm_of(FIXTURES / "zh" / "U09_zf_xiaobei.wav")
    second = pcm_of(FIXTURES / "zh" / "U12_zm_yunjian.wav")
    name = "hotline-1.1.rec.caller.1"
    with wave.open(str(spool / f"{name}.wav"), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(first + SILENCE * 2 + second)
    log = TranscriptLog(store)
    await log.add(
        call_id="hotline-1.1",
        leg_id="hotline-1.1",
        speaker="caller",
        start=0.1,
        end=len(first) / 16000 - 0.3,
        text="我们小区停水",
        confidence=0.9,
        words=[],
        source="live",
        raw=None,
    )
    archive.started(
        name, call_id="hotline-1.1", kind="speaker", speaker="caller", leg_id="hotline-1.1", at=at
    )
    await archive.finished(name)
    lost = "hotline-1.2.rec.caller.1"
    archive.started(
        lost, call_id="hotline-1.2", kind="speaker", speaker="caller", leg_id=None, at=at
    )
    (spool / f"{lost}.wav").write_bytes((FIXTURES / "zh" / "U14_zf_xiaobei.wav").read_bytes())
    await archive.finished(lost)
    row = await RecordingLog(store).get(lost)
    assert row is not None
    await asyncio.to_thread(Path(row["path"]).unlink)  # somebody removed it by hand

    async def is_done() -> bool:
        return await RecordingLog(store).backlog() == 0

    async with worker_process(tmp_path, whisper, store_url=store_url):
        await eventually(is_done, 60)
    written = await log.for_call("hotline-1.1")
    assert [one["source"] for one in written] == ["live", "batch"]
    assert "公" in written[1]["text"] or "工资" in written[1]["text"]
    assert written[1]["start"] > len(first) / 16000 + 1.5
    states = {row["recording_id"]: row["transcription"] for row in await RecordingLog(store).list()}
    assert states == {name: "done", lost: "failed"}
