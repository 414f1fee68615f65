"""A prompt is heard before its text is published (试听): what callers would get, or why not."""

import io
import wave
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pytest

from ivr.prompts import audio
from ivr.prompts.build import AUDIO_DIR
from ivr.prompts.catalogue import Catalogue, Line
from ivr.prompts.listening import NotSpoken, listen
from ivr.prompts.voice import Report, Voice, VoiceError
from service.bootstrap import LOCKS


class Hum(Voice):
    """Says everything as half a second of a hum; `words`: what it was asked for."""

    def __init__(self, cache: Path) -> None:
        super().__init__(cache, locks=LOCKS, install=None)
        self.words: list[str] = []

    def speak(
        self, lines: Mapping[str, Line], report: Report, *, threads: int = 2
    ) -> Iterator[tuple[str, audio.Pcm]]:
        for name, line in lines.items():
            self.words.append(line.spoken.text)
            yield name, np.full(4000, 1000, dtype=np.int16)


def seconds(sound: bytes) -> float:
    with wave.open(io.BytesIO(sound)) as wav:
        assert (wav.getnchannels(), wav.getsampwidth(), wav.getframerate()) == (1, 2, 8000)
        return wav.getnframes() / 8000


def heard(catalogue: Catalogue, key: str, voice: Voice, cache: Path) -> bytes:
    return listen(catalogue, key, cache=cache, voice=voice, report=lambda _: None)


def test_the_shipped_recording_is_heard_without_the_voice(tmp_path: Path) -> None:
    voice = Hum(tmp_path)
    sound = heard(Catalogue.load(), "goodbye", voice, tmp_path)
    with (AUDIO_DIR / "goodbye.wav").open("rb") as file:
        alaw = audio.alaw_of_wav(file.read())
    assert sound == audio.wav_bytes(audio.decode_alaw(alaw).astype("<i2").tobytes(), alaw=False)
    assert seconds(heard(Catalogue.load(), "hot_notice", voice, tmp_path)) > 6, "with sample values"
    assert voice.words == []


def test_only_what_is_new_is_spoken_and_once(tmp_path: Path) -> None:
    voice = Hum(tmp_path)
    catalogue = Catalogue.load(texts={"three_way_joined": "{unit}来了，请讲。"})
    sound = heard(catalogue, "three_way_joined", voice, tmp_path)
    assert voice.words == ["来了，请讲。"]
    assert seconds(sound) > 0.5
    assert heard(catalogue, "three_way_joined", voice, tmp_path) == sound
    assert len(voice.words) == 1


def test_without_the_voice_a_new_text_is_not_heard_as_something_else(tmp_path: Path) -> None:
    voice = Voice(tmp_path, locks=LOCKS, install=None)
    with pytest.raises(VoiceError):
        voice.files(lambda _: None)
    with pytest.raises(NotSpoken, match="请讲"):
        heard(Catalogue.load(texts={"goodbye": "请讲。"}), "goodbye", voice, tmp_path)
