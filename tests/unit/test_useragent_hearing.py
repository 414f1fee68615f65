"""Prompts, tones, keys and silence are told apart in what a phone receives."""

import numpy as np
import pytest

from service.useragent import (
    RATE,
    Ear,
    PromptSet,
    Recogniser,
    Samples,
    Suspicion,
    find,
    inband_keys,
    longest_hole,
    longest_tone,
    loudness,
    tone,
)


def speech(seed: int, seconds: float) -> Samples:
    """Something like speech: noise through moving formants, in syllables."""
    noise = np.random.default_rng(seed)
    size = int(seconds * RATE)
    spectrum = np.fft.rfft(noise.normal(0, 1, size))
    frequency = np.fft.rfftfreq(size, 1 / RATE)
    formants = np.exp(-(((frequency - 500) / 300) ** 2)) + 0.5 * np.exp(
        -(((frequency - 1500) / 500) ** 2)
    )
    voice = np.fft.irfft(spectrum * formants, size)
    syllables = 0.15 + np.abs(np.sin(np.pi * 4 * np.arange(size) / RATE + seed))
    voice = voice * syllables
    return np.asarray(voice / np.abs(voice).max() * 16000, np.int16)


def alaw(samples: Samples) -> Samples:
    """Through A-law and back."""
    x = samples.astype(np.float64) / 32768
    a = 87.6
    size = np.abs(x)
    small = size < 1 / a
    packed = np.where(small, a * size, 1 + np.log(np.maximum(a * size, 1))) / (1 + np.log(a))
    packed = np.round(packed * 127) / 127 * (1 + np.log(a))
    back = np.where(packed < 1, packed / a, np.exp(packed - 1) / a)
    return np.asarray(np.sign(x) * back * 32767, np.int16)


def silence(seconds: float) -> Samples:
    return np.zeros(int(seconds * RATE), np.int16)


MENU, OTHER = speech(1, 4.0), speech(2, 3.0)


@pytest.mark.parametrize("gain", [0.05, 0.3, 1.0])
def test_a_prompt_is_found_where_it_is_at_any_level(gain: float) -> None:
    played = alaw((MENU * gain).astype(np.int16))
    match = find(np.concatenate([silence(1.3), played, silence(2)]), MENU)
    assert match is not None
    assert match.start == pytest.approx(1.3, abs=0.01)
    assert match.stop == pytest.approx(5.3, abs=0.15)
    assert match.whole


def test_another_prompt_is_not_taken_for_it() -> None:
    assert find(np.concatenate([OTHER, silence(1), OTHER]), MENU) is None


def test_a_closer_look_is_taken_where_a_prompt_may_be() -> None:
    menu, beep = Suspicion(MENU), Suspicion(tone(880, 0.4))
    begins = np.concatenate([silence(0.3), alaw(MENU[: int(0.9 * RATE)])])
    assert menu.of(begins, from_middle=False)
    middle = alaw(MENU[int(2 * RATE) : int(3.2 * RATE)])
    assert menu.of(middle, from_middle=True)
    assert not menu.of(middle, from_middle=False)
    for nothing in (silence(1.2), OTHER, MENU[:100]):
        assert not menu.of(nothing, from_middle=True)
    assert beep.of(alaw(np.concatenate([silence(0.3), tone(880, 0.4)])), from_middle=False)
    assert not beep.of(OTHER, from_middle=False)
    long = np.concatenate([OTHER] * 4)
    assert not menu.of(long, from_middle=True)
    assert menu.of(np.concatenate([long, alaw(MENU)]), from_middle=False)
    assert not Suspicion(MENU[:500]).of(MENU, from_middle=True), "too short to be told"


@pytest.mark.parametrize("cut", [0.8, 1.5, 2.7])
def test_the_moment_a_prompt_was_stopped(cut: float) -> None:
    played = np.concatenate([silence(0.5), alaw(MENU[: int(cut * RATE)]), OTHER])
    match = find(played, MENU)
    assert match is not None
    assert match.stop == pytest.approx(0.5 + cut, abs=0.1)
    assert not match.whole


def test_audio_that_begins_in_the_middle_of_a_prompt() -> None:
    match = find(alaw(MENU[int(1.7 * RATE) :]), MENU)
    assert match is not None
    assert match.start == pytest.approx(-1.7, abs=0.02)


@pytest.mark.parametrize("loud", [0.02, 0.1, 0.25])
def test_a_prompt_over_somebodys_tone(loud: float) -> None:
    hum = np.resize(tone(1050, 1.0, level=loud), len(MENU) + RATE)
    mixed = hum.astype(np.int32)
    mixed[RATE:] += MENU // 2
    match = find(np.concatenate([silence(0.4), alaw(mixed.astype(np.int16))]), MENU)
    assert match is not None
    assert match.start == pytest.approx(1.4, abs=0.02)
    assert match.whole
    assert find(np.concatenate([silence(0.4), alaw(mixed.astype(np.int16))]), OTHER) is None


def test_a_prompt_whose_packets_came_late() -> None:
    played = np.concatenate([MENU[:13000], silence(0.2), MENU[13000:], silence(1)])
    match = find(alaw(played), MENU)
    assert match is not None
    assert match.whole
    assert match.stop == pytest.approx(4.2, abs=0.15)


def test_a_prompt_whose_first_frames_are_lost() -> None:
    known = PromptSet({"menu": [MENU], "other": [OTHER]}, {})
    assert [one.key for one in known.identify(alaw(MENU[320:]))] == ["menu"]


def test_a_prompt_that_is_a_tone() -> None:
    beep = tone(880, 0.4)
    match = find(np.concatenate([MENU, silence(0.3), alaw(beep), silence(1)]), beep)
    assert match is not None
    assert match.start == pytest.approx(4.3, abs=0.02)


def test_words_shared_by_two_prompts_are_not_enough() -> None:
    words = speech(21, 1.3)
    one, other = np.concatenate([MENU, words]), np.concatenate([OTHER, words])
    assert find(np.concatenate([silence(1), alaw(one)]), other) is None


def test_which_prompts_are_heard_in_order() -> None:
    known = PromptSet({"menu": [MENU], "other": [OTHER], "third": [speech(3, 2.0)]}, {})
    heard = known.identify(np.concatenate([OTHER, silence(0.5), alaw(MENU)]))
    assert [one.key for one in heard] == ["other", "menu"]


def test_prompts_with_the_same_beginning_are_told_apart() -> None:
    hello = speech(7, 1.2)
    short, long = np.concatenate([hello, OTHER]), np.concatenate([hello, MENU])
    known = PromptSet({"short": [short], "long": [long]}, {})
    assert [one.key for one in known.identify(alaw(long))] == ["long"]
    assert [one.key for one in known.identify(alaw(short))] == ["short"]


def test_tones_of_two_parties_in_one_mix() -> None:
    mixed = tone(440, 2.0) + tone(1900, 2.0, level=0.1)
    audio = np.concatenate([silence(0.5), alaw(mixed), silence(0.5)])
    for frequency in (440, 1900):
        start, length = longest_tone(audio, frequency)
        assert start == pytest.approx(0.5, abs=0.06)
        assert length == pytest.approx(2.0, abs=0.11)
    assert longest_tone(audio, 1050)[1] == 0


def test_speech_is_no_tone() -> None:
    assert longest_tone(MENU, 1050)[1] < 0.2


def test_the_longest_silence() -> None:
    audio = np.concatenate([MENU[:RATE], silence(1.5), MENU[:RATE], silence(0.4)])
    start, length = longest_hole(audio)
    assert start == pytest.approx(1.0, abs=0.06)
    assert length == pytest.approx(1.5, abs=0.11)


def test_the_loudness_of_each_second() -> None:
    audio = np.concatenate([tone(440, 1.0, level=0.5), np.zeros(RATE + RATE // 2, np.int16)])
    assert [round(float(x)) for x in loudness(audio)] == [-9, -99, -99]
    assert len(loudness(audio[:0])) == 0


def test_keys_in_the_audio() -> None:
    nine = tone(852, 0.1, level=0.2) + tone(1477, 0.1, level=0.2)
    one = tone(697, 0.1, level=0.2) + tone(1209, 0.1, level=0.2)
    audio = np.concatenate([MENU[:RATE], silence(0.2), alaw(nine), silence(0.2), alaw(one)])
    assert inband_keys(audio) == ["9", "1"]
    assert inband_keys(alaw(np.concatenate([MENU, OTHER]))) == []


def test_the_ear_fills_what_the_network_left_out() -> None:
    ear = Ear()
    ear.start(100.0)
    frame = np.full(160, 1000, np.int16)
    for n in range(5):
        ear.put(frame.tobytes(), 100.0 + (n + 1) * 0.02)
    ear.put(frame.tobytes(), 101.0)
    ear.stop(101.5)
    audio = ear.audio()
    assert ear.seconds == pytest.approx(1.5)
    assert np.flatnonzero(audio)[[0, -1]].tolist() == [0, RATE - 1]
    assert np.count_nonzero(audio) == 6 * 160


def test_a_late_burst_is_not_taken_for_silence() -> None:
    ear = Ear()
    ear.start(0.0)
    frame = np.full(160, 1000, np.int16)
    ear.put(frame.tobytes(), 0.02)
    ear.put(np.tile(frame, 20).tobytes(), 0.42)
    ear.stop(0.42)
    assert np.count_nonzero(ear.audio()) == 21 * 160
    assert ear.seconds == pytest.approx(0.42)


def test_the_recogniser_follows_a_call() -> None:
    hello = speech(7, 1.2)
    texts = {"short": [np.concatenate([hello, OTHER])], "long": [np.concatenate([hello, MENU])]}
    known = PromptSet({**texts, "menu": [speech(11, 3.0)]}, {})
    audio = np.concatenate(
        [silence(0.7), known["long"][0], silence(1.0), known["menu"][0], known["menu"][0]]
    )
    now = 0.0
    ear = Ear(lambda: now)
    ear.start(0.0)
    recogniser = Recogniser(known, ear)
    heard = []
    for end in range(4000, len(audio) + 4000, 4000):
        now = end / RATE
        ear.put(audio[end - 4000 : end].tobytes(), now)
        heard += recogniser.look()
    assert [one.key for one in heard] == ["long", "menu", "menu"]
    starts = [0.7, 0.7 + 5.2 + 1.0, 0.7 + 5.2 + 1.0 + 3.0]
    assert [one.match.start for one in heard] == pytest.approx(starts, abs=0.05)
