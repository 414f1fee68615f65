"""Says which prompt is being heard while a call goes on (实时听辨提示音), at little cost."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from service.useragent.ear import RATE, Ear
from service.useragent.hearing import ANCHOR, Pieces, find, fits, whiten
from service.useragent.prompts import Heard, PromptSet

_SIZE = 16384
"""Length of the transform: the window below and one fingerprint fit in."""
_WINDOW = (_SIZE - ANCHOR) / RATE
_SAME = 0.5
_DOUBT = 2.0
"""Prompts that begin alike are waited for so long, in seconds."""


@dataclass
class _Doubt:
    start: float
    keys: list[str]


class Recogniser:
    """Follows one call; `look` every half second or so, at least once a second."""

    def __init__(self, prompts: PromptSet, ear: Ear) -> None:
        self._prompts = prompts
        self._ear = ear
        self._marks = [(key, *mark) for key, mark in prompts.fingerprints.items()]
        self._pieces = Pieces([piece for _, _, piece in self._marks], _SIZE)
        self._looked = 0.0
        self._last: dict[str, float] = {}
        self._doubts: list[_Doubt] = []

    def look(self) -> list[Heard]:
        """Prompts that were recognised since the last time, in order; seconds of the call."""
        now = self._ear.seconds
        overlap = ANCHOR / RATE + 0.1
        found: list[tuple[float, str]] = []
        while self._looked + overlap < now:
            since = max(0.0, self._looked - overlap)
            until = min(now, since + _WINDOW)
            found += self._scan(since, until)
            self._looked = until if until == now else until - overlap
            if until == now:
                break
        for start, key in sorted(found):
            self._suspect(start, key)
        return self._settle(now)

    def _scan(self, since: float, until: float) -> list[tuple[float, str]]:
        audio = whiten(self._ear.audio(since, until))
        if len(audio) < ANCHOR or not np.any(audio):
            return []
        found = []
        for (key, offset, _), scores in zip(self._marks, self._pieces.scores(audio), strict=True):
            if fits(scores):
                found.append((since + (int(np.argmax(scores)) - offset) / RATE, key))
        return found

    def _suspect(self, start: float, key: str) -> None:
        if abs(start - self._last.get(key, -10.0)) < _SAME:
            return
        self._last[key] = start
        for doubt in self._doubts:
            if abs(doubt.start - start) < _SAME:
                doubt.keys.append(key)
                return
        self._doubts.append(_Doubt(start, [key]))

    def _settle(self, now: float) -> list[Heard]:
        sure: list[Heard] = []
        for doubt in list(self._doubts):
            since = max(0.0, doubt.start - 0.2)
            audio = self._ear.audio(since)
            over = now - doubt.start > _DOUBT
            if len(doubt.keys) > 1 and not over:
                continue
            best: Heard | None = None
            for key in doubt.keys:
                match = find(audio, self._prompts[key][0], from_middle=since == 0)
                if match is not None and (best is None or match.heard > best.match.heard + 0.15):
                    best = Heard(key, match.later(since))
            if best is not None:
                sure.append(best)
            if best is not None or over:
                self._doubts.remove(doubt)
        return sure
