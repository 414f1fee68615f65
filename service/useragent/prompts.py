"""The prompts a caller may hear (提示音), as a test or a test citizen knows them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import soundfile
import soxr

from service.useragent.ear import RATE, Samples
from service.useragent.hearing import (
    ANCHOR,
    Floats,
    Match,
    anchors,
    correlate,
    find,
    fits,
    whiten,
)


def read_wav(path: Path) -> Samples:
    """A WAV file of any rate as 8 kHz mono samples.

    Raises:
        OSError, soundfile.LibsndfileError: the file is not there or is no audio.
    """
    audio, rate = soundfile.read(path, dtype="float32", always_2d=True)
    mono = audio.mean(axis=1)
    if rate != RATE:
        mono = soxr.resample(mono, rate, RATE)
    return np.asarray(np.clip(mono * 32768, -32768, 32767), np.int16)


@dataclass(frozen=True)
class Heard:
    """A prompt that was recognised."""

    key: str
    match: Match


class PromptSet:
    """All prompts by key; a prompt with values is the list of its fixed parts, in order."""

    def __init__(self, parts: Mapping[str, list[Samples]], texts: Mapping[str, str]) -> None:
        self.texts = dict(texts)
        self._parts = {key: list(value) for key, value in parts.items()}
        self.fingerprints: dict[str, tuple[int, Floats]] = {}
        """For each key where its first clear stretch begins, and that stretch (whitened)."""
        for key, pieces in self._parts.items():
            wanted = whiten(pieces[0])
            if places := anchors(wanted):
                self.fingerprints[key] = (places[0], wanted[places[0] : places[0] + ANCHOR])

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read `prompts.dir` of ready.json: KEY.wav, and KEY.N.wav for prompts with values."""
        found: dict[str, list[tuple[int, Samples]]] = {}
        for path in sorted(folder.glob("*.wav")):
            key, _, number = path.stem.partition(".")
            if number and not number.isdigit():
                continue
            samples = read_wav(path)
            if len(samples):
                found.setdefault(key, []).append((int(number or 0), samples))
        parts = {
            key: [samples for _, samples in sorted(pieces, key=lambda piece: piece[0])]
            for key, pieces in found.items()
        }
        return cls(parts, _texts(folder / "manifest.json"))

    def __getitem__(self, key: str) -> list[Samples]:
        return self._parts[key]

    def __contains__(self, key: object) -> bool:
        return key in self._parts

    @property
    def keys(self) -> list[str]:
        """Keys that can be recognised."""
        return sorted(self._parts)

    def identify(self, audio: Samples) -> list[Heard]:
        """Which prompts begin in the audio, in order.

        Prompts that begin with the same sentence are told apart by how much of each is there.
        """
        heard = whiten(audio)
        found: list[Heard] = []
        for key, (_, piece) in self.fingerprints.items():
            scores = correlate(heard, piece)
            if fits(scores):
                match = find(audio, self._parts[key][0], from_middle=False)
                if match is not None:
                    found.append(Heard(key, match))
        return _without_doubles(found)


def _without_doubles(found: list[Heard]) -> list[Heard]:
    kept: list[Heard] = []
    for one in sorted(found, key=lambda h: (-round(h.match.heard, 1), -h.match.score)):
        if all(abs(one.match.start - other.match.start) > 0.3 for other in kept):
            kept.append(one)
    return sorted(kept, key=lambda h: h.match.start)


def _texts(manifest: Path) -> dict[str, str]:
    try:
        prompts = json.loads(manifest.read_text(encoding="utf-8"))["prompts"]
    except (OSError, ValueError, KeyError):
        return {}
    return {key: str(prompt["text"]) for key, prompt in prompts.items()}
