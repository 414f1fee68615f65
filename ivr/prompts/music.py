"""Sounds that are no speech: tone (嘀声), ring-back (回铃音), music on hold (等待音乐)."""

from pathlib import Path

import numpy as np

from ivr.prompts.audio import FRAME, RATE, Samples, encode_alaw, to_pcm, wav_bytes

SOUNDS = ("tone", "ringback", "music")

TONE_HZ, TONE_SECONDS = 1000, 0.3
RINGBACK_HZ, RINGBACK_ON, RINGBACK_OFF = 450, 1.0, 2.0
"""Ring-back of the Chinese telephone network (GB/T 3380), with 2 s of silence in place of 4: who
waits for help must not hear nothing for longer than 3 s (contract §3)."""

TEMPO = 66.0
"""Beats a minute."""
BEAT = 60 / TEMPO
CHORDS = (
    ("D3", "F#4", "A4", "D5"),
    ("B2", "F#4", "B4", "D5"),
    ("G2", "G4", "B4", "D5"),
    ("A2", "E4", "A4", "C#5"),
    ("D3", "F#4", "A4", "D5"),
    ("F#2", "F#4", "A4", "C#5"),
    ("G2", "G4", "B4", "D5"),
    ("A2", "E4", "G4", "C#5"),
)
PATTERN = (0, 1, 2, 3, 2, 1, 2, 1)
"""Which note of the chord each half beat plucks."""
MELODY = (
    # (half beat within 8 bars of 4 beats, note); sparse and pentatonic.
    (0, "A5"), (3, "F#5"), (6, "E5"), (8, "D5"), (12, "E5"), (16, "F#5"), (19, "A5"), (22, "B5"),
    (24, "A5"), (32, "D6"), (35, "B5"), (38, "A5"), (40, "F#5"), (44, "A5"), (48, "B5"), (51, "A5"),
    (54, "F#5"), (56, "E5"), (60, "A5"),
)  # fmt: skip
ROUNDS = 3
MUSIC_LEVEL = 0.035
"""RMS, about 10 dB below speech."""

_NAMES = {"C": -9, "D": -7, "E": -5, "F": -4, "G": -2, "A": 0, "B": 2}


def tone() -> Samples:
    """The 嘀 after which a caller speaks."""
    return _shaped(TONE_HZ, TONE_SECONDS, 0.3)


def ringback() -> Samples:
    """One period of ring-back, for loops."""
    silent = np.zeros(int(RINGBACK_OFF * RATE), dtype=np.float32)
    return np.concatenate([_shaped(RINGBACK_HZ, RINGBACK_ON, 0.2), silent])


def music() -> Samples:
    """A quiet plucked piece in D that loops without a seam (its tails wrap around)."""
    half = BEAT / 2
    length = round(ROUNDS * len(CHORDS) * 8 * half * RATE / FRAME) * FRAME
    track = np.zeros(length, dtype=np.float32)
    for round_ in range(ROUNDS):
        for bar, chord in enumerate(CHORDS):
            start = (round_ * len(CHORDS) + bar) * 8
            for step, note in enumerate(PATTERN):
                strength = 0.9 if step == 0 else 0.45
                _pluck(track, start + step, chord[note], strength, half)
        if round_:
            for step, melody_note in MELODY:
                _pluck(track, round_ * len(CHORDS) * 8 + step, melody_note, 0.55, half)
    track = _low_pass(track)
    level = float(np.sqrt(np.mean(track**2)))
    result: Samples = (np.tanh(track * (MUSIC_LEVEL / level) / 0.3) * 0.3).astype(np.float32)
    return result


def write(folder: Path) -> None:
    """Writes each sound as an A-law WAV unless it is there."""
    for name in SOUNDS:
        path = folder / f"{name}.wav"
        if not path.exists():
            samples = {"tone": tone, "ringback": ringback, "music": music}[name]()
            path.write_bytes(wav_bytes(encode_alaw(to_pcm(samples)), alaw=True))


def _shaped(hertz: float, seconds: float, size: float) -> Samples:
    time = np.arange(int(seconds * RATE)) / RATE
    ramp = np.minimum(1, np.minimum(time, time[::-1]) / 0.008)
    result: Samples = (size * ramp * np.sin(2 * np.pi * hertz * time)).astype(np.float32)
    return result


def _hertz(note: str) -> float:
    sharp = 1 if "#" in note else 0
    semitones = _NAMES[note[0]] + sharp + 12 * (int(note[-1]) - 4)
    return float(440 * 2 ** (semitones / 12))


def _pluck(track: Samples, step: int, note: str, strength: float, half: float) -> None:
    """A soft string: few harmonics, the higher ones dying sooner; its tail wraps to the start."""
    hertz = _hertz(note)
    seconds = 2.6
    time = np.arange(int(seconds * RATE)) / RATE
    sound = np.zeros_like(time)
    for harmonic, part in ((1, 1.0), (2, 0.35), (3, 0.12), (4, 0.05)):
        if hertz * harmonic < RATE / 2 - 400:
            decay = np.exp(-time * (1.3 + 0.9 * harmonic))
            sound += part * decay * np.sin(2 * np.pi * hertz * harmonic * time)
    sound *= strength * np.minimum(1, time / 0.012)
    start = int(step * half * RATE)
    places = np.arange(start, start + len(sound)) % len(track)
    track[places] += sound.astype(np.float32)


def _low_pass(track: Samples) -> Samples:
    """Rolls off above 2 kHz, circularly, so that the loop stays seamless."""
    spectrum = np.fft.rfft(track)
    frequency = np.fft.rfftfreq(len(track), 1 / RATE)
    spectrum *= 1 / np.sqrt(1 + (frequency / 2000) ** 4)
    result: Samples = np.fft.irfft(spectrum, len(track)).astype(np.float32)
    return result
