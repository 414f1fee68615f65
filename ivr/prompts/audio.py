"""Telephone audio (8 kHz mono): WAV files in A-law and PCM, trimming, loudness, resampling."""

import struct
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

RATE = 8000
FRAME = 160
"""Samples of 20 ms, the unit in which Asterisk plays."""
LEVEL = 0.11
"""Loudness of speech: RMS where it is active (−19 dBFS)."""
BALANCE = 1.2
"""A word in a sentence may be so much louder or softer than the whole."""
PEAK = 0.6
PAUSES = {"，": 0.13, "、": 0.1, "：": 0.15, "。": 0.28, "；": 0.25, "！": 0.28, "？": 0.28}
"""Seconds of rest for marks at the beginning or end of a piece."""
BETWEEN_SENTENCES = 0.3

Samples = npt.NDArray[np.float32]
Pcm = npt.NDArray[np.int16]


class AudioError(ValueError):
    """A sound file that cannot be played on the phone; the text says why."""


@cache
def _alaw_table() -> Pcm:
    """PCM of every A-law octet (ITU-T G.711)."""
    code = np.arange(256) ^ 0x55
    exponent, mantissa = (code & 0x70) >> 4, code & 0x0F
    size = np.where(
        exponent == 0, (mantissa << 4) + 8, ((mantissa << 4) + 0x108) << np.maximum(exponent - 1, 0)
    )
    return np.where(code & 0x80, size, -size).astype(np.int16)


@cache
def _alaw_encoding() -> npt.NDArray[np.uint8]:
    """The nearest A-law octet of every 16-bit value."""
    table = _alaw_table().astype(np.int32)
    order = np.argsort(table)
    borders = (table[order][1:] + table[order][:-1] + 1) // 2
    values = np.arange(-32768, 32768)
    return order[np.searchsorted(borders, values, side="right")].astype(np.uint8)


def decode_alaw(data: bytes) -> Pcm:
    return _alaw_table()[np.frombuffer(data, dtype=np.uint8)]


def encode_alaw(pcm: Pcm) -> bytes:
    return bytes(_alaw_encoding()[pcm.astype(np.int32) + 32768].tobytes())


def to_pcm(samples: Samples) -> Pcm:
    """−1…1 to 16 bits."""
    return np.clip(np.round(samples * 32767), -32768, 32767).astype(np.int16)


def wav_bytes(data: bytes, *, alaw: bool) -> bytes:
    """A WAV file around A-law octets or 16-bit little-endian samples."""
    width = 1 if alaw else 2
    form = struct.pack("<HHIIHH", 6 if alaw else 1, 1, RATE, RATE * width, width, 8 * width)
    body = b"WAVE" + b"fmt " + struct.pack("<I", len(form)) + form
    body += b"data" + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def is_alaw(content: bytes) -> bool:
    """Whether a WAV file holds A-law at the rate of telephones."""
    return content[20:22] == b"\x06\x00" and content[24:28] == RATE.to_bytes(4, "little")


def alaw_of_wav(content: bytes) -> bytes:
    """The A-law octets of an A-law WAV file of ours."""
    start = content.index(b"data") + 8
    (size,) = struct.unpack_from("<I", content, start - 4)
    return content[start : start + size]


def read_studio(path: Path) -> Pcm:
    """A studio recording (录音棚录音), at any rate, as 8 kHz samples.

    Raises AudioError unless it is mono, 8 kHz or more, 0.2…120 s long, not silent.
    """
    import soundfile

    try:
        samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    except (soundfile.LibsndfileError, OSError) as error:
        raise AudioError(f"{path}: not a readable sound file ({error})") from error
    if samples.shape[1] != 1:
        raise AudioError(f"{path}: {samples.shape[1]} channels; must be mono")
    if rate < RATE:
        raise AudioError(f"{path}: {rate} Hz; must be at least {RATE} Hz")
    seconds = len(samples) / rate
    if not 0.2 <= seconds <= 120:
        raise AudioError(f"{path}: {seconds:.1f} s long; must be between 0.2 and 120 s")
    mono = resample(samples[:, 0], rate)
    if np.abs(mono).max() < 0.01:
        raise AudioError(f"{path}: silent")
    return to_pcm(pad(mono))


def resample(samples: Samples, rate: int) -> Samples:
    """To 8 kHz."""
    if rate == RATE:
        return samples
    import soxr

    result: Samples = soxr.resample(samples, rate, RATE, quality="VHQ")
    return result


def trim(samples: Samples, *, keep: float = 0.02) -> Samples:
    """Without silence at both ends; `keep` seconds of it stay so that no sound is clipped.

    Silence is 43 dB below the loudest: the s and h of a telephone are 30 dB below the vowels.
    """
    window = RATE // 200
    count = len(samples) // window
    if not count:
        return samples
    power = (samples[: count * window].reshape(count, window) ** 2).mean(axis=1)
    loud = np.flatnonzero(power > power.max() * 5e-5)
    if not len(loud):
        return samples
    rest = int(keep * RATE)
    return samples[max(0, loud[0] * window - rest) : (loud[-1] + 1) * window + rest]


def limit(samples: Samples) -> Samples:
    """Peaks bent softly below PEAK."""
    knee = PEAK * 0.75
    size = np.abs(samples)
    bent = knee + (PEAK - knee) * np.tanh((size - knee) / (PEAK - knee))
    result: Samples = (np.sign(samples) * np.where(size > knee, bent, size)).astype(np.float32)
    return result


def fade(samples: Samples, seconds: float = 0.012) -> Samples:
    """No clicks at the joints."""
    count = min(int(seconds * RATE), len(samples) // 2)
    ramp = np.linspace(0, 1, count, dtype=np.float32)
    result = samples.copy()
    result[:count] *= ramp
    result[len(result) - count :] *= ramp[::-1]
    return result


def pad(samples: Samples) -> Samples:
    """Silence up to a whole frame of 20 ms."""
    return np.pad(samples, (0, -len(samples) % FRAME))


def silence(seconds: float) -> Samples:
    return np.zeros(int(seconds * RATE), dtype=np.float32)


def finish(sentences: Sequence[Samples], rate: int, level: float, text: str) -> Pcm:
    """Synthesised sentences of one text as telephone audio.

    `level` is the RMS of the utterance they were cut from: it keeps the natural balance of loud and
    soft words, of which a single piece is allowed no more than BALANCE. Marks at the ends of the
    text become rests, a full stop at its end does not.
    """
    gain = LEVEL / max(level, 1e-3)
    parts: list[Samples] = []
    for number, sentence in enumerate(sentences):
        if number:
            parts.append(silence(BETWEEN_SENTENCES))
        sound = trim(resample(sentence, rate) * gain)
        own = active_rms(to_pcm(sound))
        if own > 0:
            sound *= min(max(own, LEVEL / BALANCE), LEVEL * BALANCE) / own
        parts.append(fade(limit(sound)))
    start = silence(PAUSES.get(text[0], 0))
    end = silence(PAUSES.get(text[-1], 0) if text[-1] in "，、：" else 0)
    return to_pcm(pad(np.concatenate([start, *parts, end])))


def active_rms(pcm: Pcm) -> float:
    """Loudness (0…1) of the 30-ms frames that are not silent."""
    window = 240
    frames = (pcm[: len(pcm) // window * window].astype(np.float64) / 32768).reshape(-1, window)
    if not len(frames):
        return 0.0
    power = (frames**2).mean(axis=1)
    return float(np.sqrt(power[power > power.max() * 1e-3].mean())) if power.max() else 0.0
