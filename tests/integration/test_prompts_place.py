"""From the city's texts to VAR/prompts and what the flows play."""

import json
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner

from ivr.prompts import audio
from ivr.prompts.book import BookError, PromptBook
from ivr.prompts.catalogue import Catalogue, TextError
from ivr.prompts.place import Placed, StudioError, place
from ivr.prompts.rendering import Recording
from ivr.prompts.voice import Voice, VoiceError
from service.bootstrap import LOCKS
from service.cli import main

VALUES: dict[str, str | int] = {
    "n": 12, "m": 2, "tail4": "0001", "agent_no": "1001", "unit": "SLJ", "topic": "0401",
    "service": "119", "number": "119", "caller_number": "13800000001", "query_code": "48210937",
    "due": "2026-10-01T10:05:00+08:00", "date": "2026-10-01", "time": "2026-10-01 10:30",
    "area": "321302", "reason": "设备检修", "event": "停水",
}  # fmt: skip

Put = Callable[..., Placed]


@pytest.fixture
def put(tmp_path: Path) -> Put:
    def put(catalogue: Catalogue | None = None, **options: object) -> Placed:
        return place(
            catalogue or Catalogue.load(),
            tmp_path / "zh-CN",
            cache=tmp_path / "cache",
            voice=options.pop("voice", None),  # type: ignore[arg-type]
            report=lambda _: None,
            **options,  # type: ignore[arg-type]
        )

    return put


def test_all_prompts_with_all_values_have_audio(put: Put, caplog: pytest.LogCaptureFixture) -> None:
    placed = put()
    assert (placed.old, placed.missing, placed.spoken) == ((), (), 0)
    book = PromptBook(placed.folder)
    assert book.keys() == Catalogue.load().prompts.keys()
    for key in sorted(book.keys()):
        media = book.media(key, **VALUES)
        assert media
        for uri in media:
            path = Path(uri.removeprefix("sound:"))
            assert path.is_absolute()
            assert path.with_name(f"{path.name}.alaw").exists()
        assert 0.5 < book.seconds(key, **VALUES) < 20
    if "summary" not in caplog.text:
        assert not caplog.records
    assert [r for r in caplog.records if "summary" not in r.message] == []


def test_every_unit_topic_and_time_has_audio(put: Put, caplog: pytest.LogCaptureFixture) -> None:
    book = PromptBook(put().folder)
    names = Catalogue.load().names
    for unit in names["unit"].values():
        book.media("three_way_joined", unit=unit)
    for topic in names["topic"]:
        book.media("three_way_whisper", topic=topic)
    for number in range(1000):
        book.media("queue_wait", n=number, m=number)
        book.media("agent_announce", agent_no=f"{number:04d}")
    for day in range(1, 29):
        for hour in range(24):
            for minute in (0, 1, 30, 59):
                book.media(
                    "query_in_progress", unit="GAJ", due=datetime(2026, 2, day, hour, minute)
                )
    assert not caplog.records


def test_the_second_time_is_quick_and_changes_nothing(put: Put) -> None:
    folder = put().folder
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    started = time.perf_counter()
    assert put().unchanged
    assert time.perf_counter() - started < 0.3
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before


def test_wav_is_exactly_what_is_played(put: Put) -> None:
    folder = put().folder
    for wav in folder.glob("*.wav"):
        pcm, rate = soundfile.read(wav, dtype="int16")
        assert rate == 8000
        assert audio.encode_alaw(pcm) == wav.with_suffix(".alaw").read_bytes()
    parts = sorted(path.name for path in folder.glob("queue_wait.*.wav"))
    assert parts == ["queue_wait.1.wav", "queue_wait.2.wav", "queue_wait.3.wav"]
    assert not (folder / "queue_wait.wav").exists()
    assert (folder / "moh" / "music.wav").exists()


def test_a_lost_file_is_put_back(put: Put) -> None:
    folder = put().folder
    (folder / "welcome.alaw").unlink()
    assert not put().unchanged
    assert (folder / "welcome.alaw").exists()


def test_an_unknown_unit_is_a_generic_word_and_logged_once(
    put: Put, caplog: pytest.LogCaptureFixture
) -> None:
    book = PromptBook(put().folder)
    media = book.media("three_way_joined", unit="新成立的单位")
    assert media == book.media("three_way_joined")
    assert len(media) == 2
    book.media("three_way_joined", unit="新成立的单位")
    assert len([r for r in caplog.records if "新成立的单位" in r.message]) == 1


def test_the_callers_own_recording_is_played_back(put: Put, tmp_path: Path) -> None:
    book = PromptBook(put().folder)
    wav = tmp_path / "demand.wav"
    soundfile.write(wav, np.zeros(16000, np.int16), 8000)
    for path in (wav, wav.with_suffix("")):
        media = book.media("readback", summary=Recording(path))
        assert media[1] == f"sound:{wav.with_suffix('')}"
        assert len(media) == 3
    spoken = book.seconds("readback", summary=Recording(wav))
    assert spoken - book.seconds("readback", summary=Recording(tmp_path / "none")) > 0


def test_flags_and_sounds(put: Put) -> None:
    book = PromptBook(put().folder)
    assert book.interruptible("menu_main")
    assert not book.interruptible("welcome_short")
    assert "menu_main" in book
    assert "menu_mian" not in book
    assert book.wants("queue_wait") == {"n", "m"}
    for (uri,) in (book.tone, book.ringback):
        assert Path(f"{uri.removeprefix('sound:')}.alaw").exists()
    assert [p.name for p in sorted(book.music_dir.iterdir())] == ["music.alaw", "music.wav"]
    with pytest.raises(KeyError):
        book.media("menu_mian")


def test_the_whisper_to_an_emergency_desk_is_short(put: Put) -> None:
    book = PromptBook(put().folder)
    assert book.seconds("emergency_whisper", caller_number="13877227722") <= 6


def test_compulsory_audio_before_a_person(put: Put) -> None:
    book = PromptBook(put().folder)
    announced = book.seconds("agent_announce", agent_no="1001")
    assert book.seconds("welcome_short") + announced <= 8.5


def test_a_changed_text_without_voice_keeps_the_default(put: Put) -> None:
    changed = Catalogue.load(texts={"goodbye": "慢走。", "queue_wait": "前面{n}位，{m}分钟。"})
    placed = put(changed)
    assert placed.old == ("queue_wait", "goodbye")
    book = PromptBook(placed.folder)
    assert len(book.media("queue_wait", n=1, m=1)) == 5
    assert book.seconds("goodbye") > 1


def test_a_voice_that_cannot_be_had_stops_nothing(put: Put, tmp_path: Path) -> None:
    def refuse(lock: Path, folder: Path) -> None:
        raise VoiceError("no network")

    voice = Voice(tmp_path / "cache", locks=LOCKS, install=refuse)
    placed = put(Catalogue.load(texts={"goodbye": "慢走。"}), voice=voice)
    assert placed.old == ("goodbye",)
    assert PromptBook(placed.folder).media("goodbye")


def test_cached_audio_is_used_without_the_voice(put: Put, tmp_path: Path) -> None:
    changed = Catalogue.load(texts={"goodbye": "慢走。"})
    digest = changed.lines()["goodbye"].digest()
    (tmp_path / "cache/prompts").mkdir(parents=True)
    content = audio.wav_bytes(bytes([0x55, 0xD5] * 4000), alaw=True)
    (tmp_path / f"cache/prompts/{digest}.wav").write_bytes(content)
    placed = put(changed)
    assert placed.old == ()
    assert PromptBook(placed.folder).seconds("goodbye") == 1.0


def test_studio_recordings_replace_by_name(put: Put, tmp_path: Path) -> None:
    studio = tmp_path / "studio"
    (studio / "pieces").mkdir(parents=True)
    sound = 0.3 * np.sin(np.arange(48000) * 0.05)
    for name in ("welcome", "queue_wait.1", "pieces/市水利局"):
        soundfile.write(studio / f"{name}.wav", sound, 48000)
    folder = put(studio=studio).folder
    book = PromptBook(folder)
    assert book.seconds("welcome") == pytest.approx(1, abs=0.03)
    assert soundfile.info(folder / "queue_wait.1.wav").duration == pytest.approx(1, abs=0.03)
    assert book.seconds("three_way_joined", unit="SLJ") > 1.9
    assert put(studio=studio).unchanged
    assert PromptBook(put().folder).seconds("welcome") > 3


def test_studio_faults_are_told_all_at_once(put: Put, tmp_path: Path) -> None:
    studio = tmp_path / "studio"
    studio.mkdir()
    (studio / "welcome.wav").write_text("no sound")
    soundfile.write(studio / "welcom.wav", np.ones(8000) * 0.1, 8000)
    with pytest.raises(StudioError) as error:
        put(studio=studio)
    lines = str(error.value).splitlines()
    assert len(lines) == 2
    assert "welcom.wav: no prompt" in lines[0]
    assert "welcome.wav: not a readable sound file" in lines[1]
    with pytest.raises(StudioError, match="no such folder"):
        put(studio=tmp_path / "nowhere")


def test_a_reload_takes_new_prompts_and_a_broken_folder_keeps_the_old(
    put: Put, tmp_path: Path
) -> None:
    folder = put().folder
    book = PromptBook(folder)
    catalogue = Catalogue.load()
    catalogue.names["unit"]["NEW"] = "市水利局"
    put(catalogue)
    assert book.media("three_way_joined", unit="NEW") == book.media("three_way_joined")
    book.reload()
    assert book.media("three_way_joined", unit="NEW") == book.media("three_way_joined", unit="SLJ")
    (folder / "manifest.json").write_text("{")
    with pytest.raises(BookError):
        book.reload()
    assert book.media("welcome")


def test_no_prompts_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(BookError, match="no prompts here"):
        PromptBook(tmp_path)


@pytest.mark.parametrize(
    ("key", "text", "reason"),
    [
        ("good_bye", "再见。", "unknown key"),
        ("goodbye", "再见{unit}。", "unknown variable unit"),
        ("queue_wait", "前面{n位", "left open"),
        ("goodbye", "  ", "empty"),
        ("goodbye", "。", "no speech"),
    ],
)
def test_texts_are_checked(key: str, text: str, reason: str) -> None:
    with pytest.raises(TextError, match=reason):
        Catalogue.load(texts={key: text})


def test_another_city_is_named_in_its_texts() -> None:
    for city in ("苏州", "苏州市"):
        texts = {k: p.text for k, p in Catalogue.load(city=city).prompts.items()}
        assert texts["welcome_short"].startswith("您好，苏州一二三四五")
        assert "苏州市管辖" in texts["reject_area"]
        assert not any("宿迁" in text for text in texts.values())


def test_figures_in_changed_texts_are_spelled_out() -> None:
    text = (
        Catalogue.load(texts={"goodbye": "请拨打12345或110，24小时服务。"}).prompts["goodbye"].text
    )
    assert text == "请拨打一二三四五或幺幺零，二十四小时服务。"


def test_the_digest_knows_voice_rate_text_and_surroundings() -> None:
    line = Catalogue.load().lines()["queue_wait.1"]
    others = (
        line.digest("zm_yunjian"),
        replace(line, rate=0.9).digest(),
        replace(line, spoken=replace(line.spoken, after="")).digest(),
        replace(line, spoken=replace(line.spoken, text="您好")).digest(),
    )
    assert line.digest() not in others
    assert len(set(others)) == 4


def test_render_writes_what_a_caller_hears(tmp_path: Path) -> None:
    out = tmp_path / "code.wav"
    command = ["prompts", "render", "ticket_created", "query_code=48210937", "--out", str(out)]
    done = CliRunner().invoke(main, [*command, "--var", str(tmp_path), "--json"])
    assert done.exit_code == 0, done.output
    pcm, rate = soundfile.read(out, dtype="int16")
    assert rate == 8000
    book = PromptBook(tmp_path / "prompts/zh-CN")
    assert len(pcm) / rate == pytest.approx(book.seconds("ticket_created", query_code="48210937"))
    first, _ = soundfile.read(tmp_path / "prompts/zh-CN/ticket_created.1.wav", dtype="int16")
    assert np.array_equal(pcm[: len(first)], first)


@pytest.mark.parametrize(
    "arguments",
    [
        ["nothing"],
        ["ticket_created"],
        ["ticket_created", "code=1"],
        ["goodbye", "n=1"],
    ],
)
def test_render_refuses_wrong_usage(arguments: list[str], tmp_path: Path) -> None:
    command = ["prompts", "render", *arguments, "--out", str(tmp_path / "x.wav")]
    done = CliRunner().invoke(main, [*command, "--var", str(tmp_path)])
    assert done.exit_code == 2
    assert not (tmp_path / "x.wav").exists()


def test_list_names_every_prompt(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["prompts", "list", "--json", "--var", str(tmp_path)])
    rows = json.loads(done.stdout)
    assert {row["key"] for row in rows} == Catalogue.load().prompts.keys()
    (row,) = [row for row in rows if row["key"] == "queue_wait"]
    assert row["variables"] == ["m", "n"]
