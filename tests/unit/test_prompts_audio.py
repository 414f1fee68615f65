"""Telephone audio: A-law, trimming, and every committed file."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from ivr.prompts import audio, music
from ivr.prompts.build import AUDIO_DIR, file_of, read_index
from ivr.prompts.catalogue import Catalogue
from ivr.prompts.rendering import PUNCTUATION

CATALOGUE = Catalogue.load()
LINES = CATALOGUE.lines()


def test_every_line_of_the_city_is_committed() -> None:
    index = read_index(AUDIO_DIR)
    assert {n: line.digest() for n, line in LINES.items()} == index
    assert all(file_of(AUDIO_DIR, name, CATALOGUE).exists() for name in LINES)


def test_no_file_is_left_over() -> None:
    wanted = {file_of(AUDIO_DIR, name, CATALOGUE) for name in LINES}
    wanted |= {AUDIO_DIR / f"{name}.wav" for name in music.SOUNDS}
    assert set(AUDIO_DIR.rglob("*.wav")) == wanted


@pytest.mark.parametrize("name", sorted(LINES))
def test_committed_speech(name: str) -> None:
    path = file_of(AUDIO_DIR, name, CATALOGUE)
    info = soundfile.info(path)
    assert (info.samplerate, info.channels, info.subtype) == (8000, 1, "ALAW")
    assert info.frames % audio.FRAME == 0
    pcm = audio.decode_alaw(audio.alaw_of_wav(path.read_bytes()))
    assert 0.04 < audio.active_rms(pcm) < 0.2
    assert np.abs(pcm.astype(int)).max() <= 0.62 * 32768
    line = LINES[name]
    text = line.spoken.text
    loud = np.flatnonzero(np.abs(pcm.astype(int)) > 300) / audio.RATE
    mark = audio.PAUSES.get(text[0], 0)
    assert loud[0] <= mark + 0.15
    assert info.duration - loud[-1] <= audio.PAUSES.get(text[-1], 0) + 0.15
    syllables = sum(character not in PUNCTUATION for character in text)
    speech = (loud[-1] - loud[0]) * line.rate
    assert 0.07 * syllables <= speech <= 0.75 * syllables + 0.3


@pytest.mark.parametrize(("key", "limit"), [("welcome_short", 6.0), ("emergency_menu", 7.0)])
def test_prompts_that_may_not_last_longer(key: str, limit: float) -> None:
    assert soundfile.info(AUDIO_DIR / f"{key}.wav").duration <= limit


def test_music_is_long_quiet_and_loops_without_a_seam() -> None:
    pcm = audio.decode_alaw(audio.alaw_of_wav((AUDIO_DIR / "music.wav").read_bytes()))
    assert len(pcm) >= 60 * audio.RATE
    assert 0.01 < audio.active_rms(pcm) < 0.06
    windows = np.abs(pcm[: len(pcm) // 24000 * 24000].astype(int)).reshape(-1, 24000).max(axis=1)
    assert windows.min() > 100, "a hole of 3 s"
    steps = np.abs(np.diff(pcm.astype(int)))
    assert abs(int(pcm[0]) - int(pcm[-1])) <= steps.max()


@pytest.mark.parametrize(("name", "hertz", "seconds"), [("tone", 1000, 0.3), ("ringback", 450, 3)])
def test_tones(name: str, hertz: float, seconds: float) -> None:
    pcm = audio.decode_alaw(audio.alaw_of_wav((AUDIO_DIR / f"{name}.wav").read_bytes()))
    assert len(pcm) == seconds * audio.RATE
    part = pcm[: audio.RATE // 4]
    spectrum = np.abs(np.fft.rfft(part * np.hanning(len(part))))
    assert np.fft.rfftfreq(len(part), 1 / audio.RATE)[spectrum.argmax()] == pytest.approx(
        hertz, 0.02
    )


@given(st.binary(min_size=1, max_size=400))
def test_alaw_survives_decoding_and_encoding(data: bytes) -> None:
    assert audio.encode_alaw(audio.decode_alaw(data)) == data


def test_alaw_is_that_of_the_standard(tmp_path: Path) -> None:
    octets = bytes(range(256))
    path = tmp_path / "all.wav"
    path.write_bytes(audio.wav_bytes(octets, alaw=True))
    pcm, rate = soundfile.read(path, dtype="int16")
    assert rate == 8000
    assert np.array_equal(pcm, audio.decode_alaw(octets))


def test_trim_keeps_weak_consonants() -> None:
    rng = np.random.default_rng(0)
    quiet = np.zeros(4000, np.float32)
    consonant = (rng.normal(0, 0.006, 800)).astype(np.float32)
    vowel = (0.3 * np.sin(np.arange(2400) * 0.2)).astype(np.float32)
    trimmed = audio.trim(np.concatenate([quiet, consonant, vowel, quiet]))
    assert len(consonant) + len(vowel) <= len(trimmed) <= len(consonant) + len(vowel) + 400


def test_loud_sounds_are_bent_and_not_clipped() -> None:
    bent = audio.limit(np.linspace(-1.5, 1.5, 1001).astype(np.float32))
    assert np.abs(bent).max() <= audio.PEAK
    assert np.all(np.diff(bent) >= 0)


@pytest.mark.parametrize(
    ("samples", "rate", "reason"),
    [
        (np.zeros((8000, 2)), 8000, "2 channels"),
        (np.zeros(8000), 8000, "silent"),
        (np.ones(100) * 0.1, 8000, "s long"),
        (np.ones(4000) * 0.1, 4000, "4000 Hz"),
    ],
)
def test_studio_recordings_are_checked(
    samples: np.ndarray, rate: int, reason: str, tmp_path: Path
) -> None:
    path = tmp_path / "welcome.wav"
    soundfile.write(path, samples, rate)
    with pytest.raises(audio.AudioError, match=reason):
        audio.read_studio(path)


def test_a_text_file_is_no_studio_recording(tmp_path: Path) -> None:
    path = tmp_path / "welcome.wav"
    path.write_text("hello")
    with pytest.raises(audio.AudioError, match="not a readable sound file"):
        audio.read_studio(path)
