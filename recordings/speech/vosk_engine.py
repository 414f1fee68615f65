"""Vosk: streaming recognition, words with times while the speaker is still talking."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import soxr
import vosk

from recordings.speech.digits import with_figures
from recordings.speech.results import RATE, Result, Word
from recordings.speech.vad import Piece, Segmenter

WIDE_RATE = 16000
LEAD_SECONDS = 1.0
"""Of what came before an utterance; Kaldi's normalisation wants to have heard the room."""
NOISE = 0.002
"""Standard deviation of the noise a wide-band model gets with telephone sound: above 4 kHz there
is nothing at all in it, which such a model has never met."""


class VoskEngine:
    """A Vosk model, shared by all recognisers of the process."""

    name = "vosk"

    def __init__(self, model: Path, *, language: str, wide_band: bool) -> None:
        """Loads the folder `model`; `wide_band` adds the front end for models of 16-kHz sound.

        Raises OSError where the folder holds no model.
        """
        if not (model / "am" / "final.mdl").is_file():
            raise FileNotFoundError(f"no Vosk model in {model}")
        vosk.SetLogLevel(-1)
        self._model = vosk.Model(str(model))
        self._language = language
        self._wide_band = wide_band
        self._idle: list[_Kaldi] = []

    def recognizer(self) -> "VoskRecognizer":
        """A recogniser for a new stream."""
        kaldi = self._idle.pop() if self._idle else self._new()
        return VoskRecognizer(
            kaldi, self._language, wide_band=self._wide_band, give_back=self._idle.append
        )

    def _new(self) -> "_Kaldi":
        rate = WIDE_RATE if self._wide_band else RATE
        kaldi = vosk.KaldiRecognizer(self._model, rate)
        kaldi.SetWords(True)
        return _Kaldi(kaldi)


class _Kaldi:
    """A Kaldi recogniser between two streams.

    The part of the language graph it has walked stays with it: a new one pays about two seconds
    of work for its first sentence, one that is used again does not. Nothing of what was said is
    kept.
    """

    def __init__(self, recognizer: Any) -> None:
        self.recognizer = recognizer
        self.fed = 0
        """Samples it was ever given; its times count from the first one."""


class VoskRecognizer:
    """One speaker's stream through a Vosk model."""

    def __init__(
        self,
        kaldi: _Kaldi,
        language: str,
        *,
        wide_band: bool,
        give_back: Callable[[_Kaldi], None],
    ) -> None:
        self._lent = kaldi
        self._kaldi = kaldi.recognizer
        self._give_back = give_back
        self._spaced = language not in ("zh", "ja")
        self._wide = _WideBand() if wide_band else None
        self._rate = WIDE_RATE if wide_band else RATE
        self._segmenter = Segmenter(lead=LEAD_SECONDS)
        self._ahead = 0.0
        """Seconds the stream is ahead of what the engine was fed: the silence left out."""
        self._start = 0.0
        self._partial = ""

    def accept(self, pcm: bytes) -> list[Result]:
        """Takes the next samples; partial results and finals of ended utterances."""
        return [result for piece in self._segmenter.accept(pcm) for result in self._piece(piece)]

    def finish(self) -> list[Result]:
        """The stream is over: the finals still outstanding. Must be the last call."""
        results = [r for piece in self._segmenter.finish() for r in self._piece(piece)]
        self._give_back(self._lent)
        return results

    def _piece(self, piece: Piece) -> list[Result]:
        if piece.opens:
            self._start = piece.start / RATE
            self._ahead = self._start - self._lent.fed / self._rate
        results: list[Result] = []
        ended = self._feed(piece.pcm, last=piece.closes)
        if piece.closes:
            results += self._final(self._kaldi.FinalResult())
        elif ended:
            results += self._final(self._kaldi.Result())
        else:
            results += self._partial_result(piece)
        return results

    def _feed(self, pcm: bytes, *, last: bool) -> bool:
        data = pcm if self._wide is None else self._wide.convert(pcm, last=last)
        self._lent.fed += len(data) // 2
        return bool(data) and self._kaldi.AcceptWaveform(data) == 1

    def _partial_result(self, piece: Piece) -> list[Result]:
        raw = json.loads(self._kaldi.PartialResult())["partial"]
        if not raw or raw == self._partial:
            return []
        self._partial = raw
        end = piece.start / RATE + len(piece.pcm) / 2 / RATE
        return [Result(self._text(raw), raw, self._start, end, final=False)]

    def _final(self, answer: str) -> list[Result]:
        self._partial = ""
        found = json.loads(answer)
        raw: str = found.get("text", "")
        words = tuple(
            Word(w["word"], max(0.0, w["start"] + self._ahead), w["end"] + self._ahead, w["conf"])
            for w in found.get("result", ())
        )
        if not raw or not words:
            return []
        confidence = sum(word.confidence or 0.0 for word in words) / len(words)
        text = self._text(raw)
        return [Result(text, raw, words[0].start, words[-1].end, True, confidence, words)]

    def _text(self, raw: str) -> str:
        return raw if self._spaced else with_figures(raw.replace(" ", ""))


class _WideBand:
    """8 → 16 kHz with a little noise of fixed seed, so that the same sound gives the same text."""

    def __init__(self) -> None:
        self._random = np.random.default_rng(0)
        self._resampler = self._new()

    @staticmethod
    def _new() -> Any:
        return soxr.ResampleStream(RATE, WIDE_RATE, 1, dtype="float32")

    def convert(self, pcm: bytes, *, last: bool) -> bytes:
        samples = np.frombuffer(pcm, dtype="<i2").astype(np.float32) / 32768.0
        wide = self._resampler.resample_chunk(samples, last=last)
        if last:
            self._resampler = self._new()
        wide = wide + self._random.normal(0.0, NOISE, len(wide))
        samples = (np.clip(wide, -1.0, 1.0) * 32767.0).astype("<i2")
        return bytes(samples.tobytes())
