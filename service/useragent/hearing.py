"""Telling what is heard (听辨): prompts by correlation, tones, keys in the audio, silence.

Received audio went through A-law, level changes and a network; it may start in the middle of a
prompt, stop in the middle of one, or carry other sound as well. Everything here is 8 kHz mono.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from service.useragent.ear import RATE, Samples

Floats = NDArray[np.float32]

THRESHOLD = 0.5
"""Score from which a stretch is looked at; unlike speech stays below 0.3."""
CERTAIN = 0.8
"""Score from which the beginning of a prompt is believed at once."""
ANCHOR = RATE * 6 // 10
"""Samples that are compared at once to find a prompt."""
_AT_ONCE = 1 << 16
"""Length of the transform up to which all pieces of a prompt are compared at once: of minutes that
would take a gigabyte."""
_SHORTEST = RATE // 4
_BLOCK = RATE // 10
_SUB = RATE // 50
_LAG = RATE // 25
_PRESENT = 0.5
_PATIENCE = 0.5
_LINE = 15.0
_LOST = RATE // 10
_SLIP = RATE // 2


@dataclass(frozen=True)
class Match:
    """A prompt in what was heard; seconds of the audio."""

    start: float
    """Where its first sample lies; before 0 if the audio begins in the middle of it."""
    stop: float
    """The last moment at which it is present."""
    score: float
    """Normalised correlation where it was found, 0 to 1."""
    whole: bool
    """It was heard to its last syllable."""

    @property
    def heard(self) -> float:
        """Seconds from its first sample to the last one heard."""
        return self.stop - self.start

    def later(self, seconds: float) -> Match:
        """The same match on another clock."""
        return replace(self, start=self.start + seconds, stop=self.stop + seconds)


def whiten(samples: Samples) -> Floats:
    """Take the weight from the low voice frequencies that all speakers share."""
    x = samples.astype(np.float32)
    x[1:] -= 0.9 * x[:-1].copy()
    return x


def _line_free(x: Floats) -> Floats:
    """Without steady tones: a party that hums must not hide a prompt."""
    if len(x) < RATE // 2:
        return x
    spectrum = np.fft.rfft(x)
    width = max(1, round(50 * len(x) / RATE))
    bands = len(spectrum) // width
    size = np.abs(spectrum[: bands * width]).reshape(bands, width)
    lines = (size > _LINE * (np.median(size, axis=1, keepdims=True) + 1e-3)).ravel()
    if not lines.any():
        return x
    reach = max(1, round(6 * len(x) / RATE))
    wide = np.convolve(lines, np.ones(2 * reach + 1), "same") > 0
    spectrum[: len(wide)][wide] = 0
    return np.asarray(np.fft.irfft(spectrum, len(x)), np.float32)


def _is_tone(x: Floats) -> bool:
    power = np.abs(np.fft.rfft(x)) ** 2
    peak = int(np.argmax(power))
    reach = max(1, round(30 * len(x) / RATE))
    return float(power[max(0, peak - reach) : peak + reach + 1].sum()) > 0.5 * float(power.sum())


def _prepared(audio: Samples, reference: Samples) -> tuple[Floats, Floats]:
    wanted = whiten(reference)
    return _listened(audio, for_tone=_is_tone(wanted)), wanted


def _listened(audio: Samples, *, for_tone: bool) -> Floats:
    heard = whiten(audio)
    return heard if for_tone else _line_free(heard)


def _voiced(x: Floats, size: int) -> NDArray[np.bool_]:
    """For each block of that size: does it carry a fair share of the energy?"""
    count = len(x) // size
    power = (x[: count * size].reshape(count, size) ** 2).mean(axis=1)
    return np.asarray(power > 0.1 * power.mean()) if count else np.zeros(0, np.bool_)


def anchors(reference: Floats) -> list[int]:
    """First samples of the stretches of a prompt that are worth looking for, in order."""
    if len(reference) <= ANCHOR:
        return [0] if len(reference) >= _SHORTEST else []
    voiced = _voiced(reference, _SUB)
    # The very first frames of a call are often lost on the way.
    if len(reference) > ANCHOR + 2 * _LOST:
        voiced[: _LOST // _SUB] = False
    size = ANCHOR // _SUB
    share = np.convolve(voiced, np.ones(size), "valid") / size
    if len(reference) > ANCHOR + 2 * _LOST:
        share[: _LOST // _SUB] = 0
    out: list[int] = []
    for n, loud in enumerate(share):
        if loud >= 0.6 and (not out or n * _SUB - out[-1] >= ANCHOR):
            out.append(n * _SUB)
    return out or [int(np.argmax(share)) * _SUB]


def correlate(audio: Floats, piece: Floats) -> Floats:
    """Normalised cross-correlation: how well the piece fits at each sample of the audio."""
    count = len(audio) - len(piece) + 1
    if count <= 0:
        return np.zeros(0, np.float32)
    size = 1 << (len(audio) + len(piece) - 1).bit_length()
    product = np.fft.rfft(audio, size) * np.conj(np.fft.rfft(piece, size))
    dot = np.fft.irfft(product, size)[:count]
    return normalised(dot, audio, piece)


def normalised(dot: NDArray[np.floating], audio: Floats, piece: Floats) -> Floats:
    """Scores from plain dot products of the audio with a piece."""
    energy = np.concatenate(([0.0], np.cumsum(audio.astype(np.float64) ** 2)))
    local = energy[len(piece) : len(piece) + len(dot)] - energy[: len(dot)]
    scale = np.sqrt(np.maximum(local, len(piece) * 4.0) * max(float((piece**2).sum()), 1.0))
    return np.asarray(dot / scale, np.float32)


def find(
    audio: Samples, reference: Samples, *, threshold: float = THRESHOLD, from_middle: bool = True
) -> Match | None:
    """The first place at which a prompt is heard, be it cut short or under other sound.

    A synthetic voice says the same words the same way in many prompts, so a stretch of 0.6 s is
    believed at once only if it is the beginning and fits very well; else a second of it must
    be there, and most of what should be there.

    Args:
        from_middle: the audio itself may begin in the middle of the prompt (1.5 s are needed).
    """
    heard, wanted = _prepared(audio, reference)
    for number, anchor in enumerate(anchors(wanted)):
        piece = wanted[anchor : anchor + ANCHOR]
        scores = correlate(heard, piece)
        for place in _places(scores, threshold, len(piece)):
            start, score = place - anchor, float(scores[place])
            if number and (start >= 0 or not from_middle):
                continue
            seen = _presence(heard, wanted, start, fallback=place + len(piece))
            if (number == 0 and score >= CERTAIN) or seen.enough(1.0 if number == 0 else 1.5):
                whole = seen.stop >= start + _last_syllable(wanted) - 2 * _BLOCK
                return Match(start / RATE, seen.stop / RATE, score, whole)
        if not from_middle:
            break
    return None


class Pieces:
    """Stretches of prompts that are compared with the same audio at once."""

    def __init__(self, pieces: Sequence[Floats], size: int) -> None:
        """`size`: length of the transform; audio and piece together fit in."""
        self._pieces = pieces
        self._size = size
        self._spectra: NDArray[np.complex64] = np.stack(
            [np.conj(np.fft.rfft(piece, size)).astype(np.complex64) for piece in pieces]
        )

    def scores(self, audio: Floats) -> Iterator[Floats]:
        """For each piece what `correlate` gives."""
        dots = np.fft.irfft(np.fft.rfft(audio, self._size) * self._spectra, self._size, axis=1)
        for piece, dot in zip(self._pieces, dots, strict=True):
            yield normalised(dot[: max(0, len(audio) - len(piece) + 1)], audio, piece)


class Suspicion:
    """Whether it is worth while to look closer for a prompt: `find` without its care.

    It is asked ten times a second while a phone listens; what the prompt itself takes is computed
    once.
    """

    def __init__(self, reference: Samples) -> None:
        wanted = whiten(reference)
        self._is_tone = _is_tone(wanted)
        self._pieces = [wanted[at : at + ANCHOR] for at in anchors(wanted)]
        self._at_once: dict[tuple[int, int], Pieces] = {}
        """By the length of the transform and how many they are."""

    def of(self, audio: Samples, *, from_middle: bool) -> bool:
        """Of this audio; `from_middle`: it may begin in the middle of the prompt."""
        if not self._pieces:
            return False
        heard = _listened(audio, for_tone=self._is_tone)
        pieces = self._pieces[: None if from_middle else 1]
        size = 1 << (len(heard) + ANCHOR - 1).bit_length()
        if size > _AT_ONCE:
            return any(fits(correlate(heard, piece)) for piece in pieces)
        key = (size, len(pieces))
        if key not in self._at_once:
            self._at_once[key] = Pieces(pieces, size)
        return any(map(fits, self._at_once[key].scores(heard)))


def fits(scores: Floats) -> bool:
    """Whether a piece is heard anywhere, so that a closer look is worth while."""
    return len(scores) > 0 and float(scores.max()) >= THRESHOLD


def _places(scores: Floats, threshold: float, apart: int) -> list[int]:
    """Peaks of the scores, in order, at least so many samples apart."""
    places: list[int] = []
    above = np.flatnonzero(scores >= threshold)
    while len(above):
        near = above[above < above[0] + apart]
        peak = int(near[np.argmax(scores[near])])
        places.append(peak)
        above = above[above > peak + apart]
    return places


@dataclass(frozen=True)
class _Presence:
    stop: int
    """Last sample of the audio in which the prompt is present."""
    present: int
    expected: int
    """Blocks of the prompt that carry voice, from the audio's beginning to `stop`."""

    def enough(self, seconds: float) -> bool:
        return self.present * _BLOCK >= seconds * RATE and self.present >= 0.7 * self.expected


def _last_syllable(reference: Floats) -> int:
    voiced = np.flatnonzero(_voiced(reference, _BLOCK))
    return (int(voiced[-1]) + 1) * _BLOCK if len(voiced) else len(reference)


def _presence(audio: Floats, reference: Floats, start: int, *, fallback: int) -> _Presence:
    """How much of the prompt that begins at `start` is there, and until when."""
    voiced = _voiced(reference, _BLOCK)
    last, lag, missed = fallback, 0, 0
    present = expected = compared = 0
    for n in range(max(0, -(start // _BLOCK)), len(voiced)):
        if not voiced[n]:
            continue
        piece = reference[n * _BLOCK : (n + 1) * _BLOCK]
        begin = start + n * _BLOCK + lag
        low = max(0, begin - _LAG)
        scores = correlate(audio[low : max(0, begin + _BLOCK + _LAG)], piece)
        compared += 1
        if len(scores) and float(scores.max()) >= _PRESENT:
            lag += low + int(np.argmax(scores)) - begin
            last, missed = max(last, start + lag + (n + 1) * _BLOCK), 0
            present, expected = present + 1, compared
            continue
        slip = _slipped(audio, reference[n * _BLOCK :], begin)
        if slip is not None:
            lag += slip
            last, missed = max(last, start + lag + (n + 1) * _BLOCK), 0
            present, expected = present + 1, compared
            continue
        missed += 1
        if missed == 1:
            last = max(last, _end_within(audio, piece, begin))
        if missed * _BLOCK / RATE >= _PATIENCE and begin > fallback:
            break
    return _Presence(min(last, len(audio)), present, expected)


def _slipped(audio: Floats, rest: Floats, begin: int) -> int | None:
    """How far the rest of the prompt has moved when packets came late or were lost."""
    low = max(0, begin - _SLIP)
    scores = correlate(audio[low : max(0, begin + ANCHOR + _SLIP)], rest[:ANCHOR])
    if len(rest) < ANCHOR or not len(scores) or float(scores.max()) < CERTAIN:
        return None
    return low + int(np.argmax(scores)) - begin


def _end_within(audio: Floats, piece: Floats, begin: int) -> int:
    """End of the part of a block that is still there."""
    end = begin
    for at in range(0, len(piece) - _SUB + 1, _SUB):
        heard = audio[max(0, begin + at) : max(0, begin + at + _SUB)]
        part = piece[at : at + _SUB]
        if len(heard) < _SUB:
            break
        score = float(heard @ part) / (float(np.linalg.norm(heard) * np.linalg.norm(part)) + 1e3)
        if score < _PRESENT:
            break
        end = begin + at + _SUB
    return end


def tone(frequency: float, seconds: float, *, level: float = 0.25) -> Samples:
    """A sine; one second of a whole number of Hz can be repeated without a click."""
    time = np.arange(int(seconds * RATE)) / RATE
    return (level * 32767 * np.sin(2 * np.pi * frequency * time)).astype(np.int16)


def level(audio: Samples, frequency: float, *, block: float = 0.05) -> Floats:
    """Amplitude of one frequency in each block, 1.0 being full scale."""
    size = int(block * RATE)
    count = len(audio) // size
    window = np.hanning(size)
    wave = np.exp(-2j * np.pi * frequency * np.arange(size) / RATE) * window
    blocks = audio[: count * size].reshape(count, size).astype(np.float64)
    return np.asarray(np.abs(blocks @ wave) * 2 / window.sum() / 32768, np.float32)


def longest_tone(
    audio: Samples, frequency: float, *, least: float = 0.02, block: float = 0.05
) -> tuple[float, float]:
    """Start and length in seconds of the longest stretch of a pure tone; length 0 if none.

    Speech that passes by the frequency is no tone: 100 Hz beside it must be much weaker.
    """
    here = level(audio, frequency, block=block)
    beside = np.maximum(
        level(audio, frequency - 100, block=block), level(audio, frequency + 100, block=block)
    )
    start, length = _longest((here >= least) & (here >= 3 * beside))
    return start * block, length * block


def _longest(flags: NDArray[np.bool_]) -> tuple[int, int]:
    edges = np.flatnonzero(np.diff(np.concatenate(([False], flags, [False]))))
    if not len(edges):
        return 0, 0
    starts, lengths = edges[::2], edges[1::2] - edges[::2]
    best = int(np.argmax(lengths))
    return int(starts[best]), int(lengths[best])


def loudness(audio: Samples, *, block: float = 1.0) -> Floats:
    """Level of each block in dBFS, the last and shorter one included; -99 for digital silence."""
    size = int(block * RATE)
    blocks = [audio[at : at + size].astype(np.float64) for at in range(0, len(audio), size)]
    rms = np.array([np.sqrt((b**2).mean()) for b in blocks]) / 32768
    return np.asarray(20 * np.log10(np.maximum(rms, 10**-4.95)), np.float32)


def longest_hole(
    audio: Samples, *, floor: float = -55.0, block: float = 0.05
) -> tuple[float, float]:
    """Start and length in seconds of the longest silence (最长静音); `floor` in dBFS."""
    size = int(block * RATE)
    count = len(audio) // size
    blocks = audio[: count * size].reshape(count, size).astype(np.float64)
    rms = np.sqrt((blocks**2).mean(axis=1)) if count else np.zeros(0)
    start, length = _longest(rms < 32768 * 10 ** (floor / 20))
    return start * block, length * block


_ROWS = (697.0, 770.0, 852.0, 941.0)
_COLUMNS = (1209.0, 1336.0, 1477.0, 1633.0)
_PAD = ("123A", "456B", "789C", "*0#D")


def inband_keys(audio: Samples, *, least: float = 0.01, block: float = 0.04) -> list[str]:
    """Keys heard as tone pairs (带内双音多频), in order: what must not leak to the other side."""
    if len(audio) < int(block * RATE):
        return []
    rows = np.stack([level(audio, f, block=block) for f in _ROWS])
    columns = np.stack([level(audio, f, block=block) for f in _COLUMNS])
    size = int(block * RATE)
    count = rows.shape[1]
    blocks = audio[: count * size].reshape(count, size).astype(np.float64)
    power = (blocks**2).mean(axis=1) / 32768**2
    keys: list[str] = []
    previous: str | None = None
    for n in range(count):
        row, column = int(np.argmax(rows[:, n])), int(np.argmax(columns[:, n]))
        a, b = float(rows[row, n]), float(columns[column, n])
        pure = (a * a + b * b) / 2 >= 0.7 * power[n]
        key = _PAD[row][column] if min(a, b) >= least and pure else None
        if key is not None and key != previous:
            keys.append(key)
        previous = key
    return keys
