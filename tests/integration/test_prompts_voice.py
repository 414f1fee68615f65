"""The real voice: a changed text is spoken, cached, and put in place."""

from pathlib import Path

import pytest
import soundfile

from ivr.prompts import audio
from ivr.prompts.book import PromptBook
from ivr.prompts.catalogue import Catalogue, Line
from ivr.prompts.place import place
from ivr.prompts.rendering import Spoken
from ivr.prompts.voice import batches
from service.prompts import voice


@pytest.mark.speech
@pytest.mark.timeout(900)
def test_a_changed_text_and_a_new_unit_are_spoken(tmp_path: Path) -> None:
    catalogue = Catalogue.load(texts={"goodbye": "感谢来电，祝您愉快，再见。"})
    catalogue.names["unit"]["NEW"] = "市大数据中心"
    reports: list[str] = []
    folder = tmp_path / "zh-CN"
    placed = place(
        catalogue, folder, cache=tmp_path / "cache", voice=voice(), report=reports.append
    )
    assert (placed.spoken, placed.old, placed.missing) == (2, (), ()), reports
    book = PromptBook(folder)
    assert 1.8 < book.seconds("goodbye") < 4.5
    named = book.media("three_way_joined", unit="NEW")
    assert named[0] != book.media("three_way_joined")[0]
    pcm, _ = soundfile.read(folder / "goodbye.wav", dtype="int16")
    assert 0.08 < audio.active_rms(pcm) < 0.14
    again = place(
        catalogue, tmp_path / "other", cache=tmp_path / "cache", voice=None, report=reports.append
    )
    assert (again.spoken, again.old, again.missing) == (0, (), ())


def test_short_phrases_of_one_kind_are_said_together() -> None:
    digits = {
        str(i): Line(Spoken(f"{c}，", "号码，")) for i, c in enumerate("零幺二三四五六七八九")
    }
    other = {
        "unit": Line(Spoken("市水利局", "由，", "办理，")),
        "fast": Line(Spoken("您好。"), 1.4),
    }
    assert list(batches(digits | other)) == [
        list("01234567"),
        list("89"),
        ["unit"],
        ["fast"],
    ]
