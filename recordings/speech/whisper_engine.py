"""Whisper (faster-whisper, int8): one utterance at a time, as voice activity cuts them.

Whisper was made for windows of 30 s and pays for 30 s however short the utterance is. Here the
encoder gets only the utterance and two seconds of silence: on 40 telephone utterances the same
error rates for a third of the time.
"""

import math
import time
import zlib
from pathlib import Path
from typing import Any

import ctranslate2
import numpy as np
import numpy.typing as npt
import soxr
from faster_whisper import WhisperModel
from faster_whisper.tokenizer import Tokenizer
from faster_whisper.transcribe import get_suppressed_tokens

from recordings.speech.digits import with_figures
from recordings.speech.results import BYTES_PER_SECOND, RATE, Result, Word
from recordings.speech.script import simplified
from recordings.speech.vad import Piece, Segmenter

WIDE_RATE = 16000
PAD_SECONDS = 2.0
BEAMS = 5
SHORTEST_SECONDS = 0.25
GLIMPSE_SECONDS = 1.0
"""After so much new sound an utterance that is not over is written down as far as it goes."""
GLIMPSE_REST = 3.0
"""Between two such looks lies so many times as long as the last one took: an engine that is slow,
or shared by many, spends no more than a quarter of its time on what will be written anew."""
LATE_BYTES = BYTES_PER_SECOND
"""Who is given more at once is behind, or reads a file: only what is said to its end counts."""
FAINTEST = 0.002
"""Root mean square of the quietest sound (-54 dBFS) that is still given to the model."""
NO_SPEECH = 0.6
UNSURE = -1.0
"""Mean log probability below which a result that may be no speech is dropped."""
REPETITIVE = 2.4
"""Compression ratio of text that goes round in circles."""
FASTEST = 12.0
"""Characters a second nobody speaks; hallucinated texts are long."""
HALLUCINATIONS = (
    "字幕",
    "amara",
    "谢谢观看",
    "感谢观看",
    "谢谢收看",
    "感谢收看",
    "多谢您的观看",
    "请不吝点赞",
    "订阅",
    "转发打赏",
    "明镜与点点",
    "优优独播剧场",
    "中文字幕志愿者",
    "词曲",
    "作词",
)
"""What Whisper writes for noise and music: credits of the films it was trained on."""

Samples = npt.NDArray[np.float32]


class WhisperEngine:
    """A faster-whisper model, shared by all recognisers of the process."""

    name = "whisper"

    def __init__(self, model: Path, *, language: str, prompt: str | None, threads: int = 1) -> None:
        """Loads the folder `model`; `prompt` is text that names what callers talk of."""
        self._whisper = WhisperModel(
            str(model), device="cpu", compute_type="int8", cpu_threads=threads, num_workers=1
        )
        self._tokenizer = Tokenizer(
            self._whisper.hf_tokenizer, True, task="transcribe", language=language
        )
        self._suppressed = get_suppressed_tokens(self._tokenizer, [-1])
        self._prompt = prompt or ""
        self._prompt_tokens = self._tokenizer.encode(" " + prompt) if prompt else []
        self._chinese = language == "zh"

    def recognizer(self) -> "WhisperRecognizer":
        """A recogniser for a new stream."""
        return WhisperRecognizer(self)

    def transcribe(self, pcm: bytes) -> Result | None:
        """One utterance; None where nothing was said. Times count from its first sample."""
        wide = _widened(pcm)
        if wide is None:
            return None
        spoken = len(wide) / WIDE_RATE
        encoded = self._encode(wide)
        found = self._decode(encoded, self._prompt_tokens, BEAMS)
        if _ratio(found.text) > REPETITIVE or self._echoes_prompt(found.text):
            found = self._decode(encoded, [], 1)
        if self._is_hallucinated(found, spoken):
            return None
        found = self._once(found)
        words = self._words(encoded, found.tokens, spoken)
        if sum(word.end > word.start for word in words) < len(words) / 2:
            return None  # words without any length are not in the sound
        raw, text = found.text, self._written(found.text)
        start = words[0].start if words else 0.0
        end = words[-1].end if words else spoken
        return Result(text, raw, start, end, True, math.exp(found.log_probability), words)

    def glimpse(self, pcm: bytes) -> Result | None:
        """What an utterance that is not over seems to say: quicker than `transcribe`, less sure."""
        wide = _widened(pcm)
        if wide is None:
            return None
        spoken = len(wide) / WIDE_RATE
        found = self._decode(self._encode(wide), self._prompt_tokens, 1)
        if self._echoes_prompt(found.text) or self._is_hallucinated(found, spoken):
            return None
        raw = self._once(found).text
        return Result(self._written(raw), raw, 0.0, spoken, final=False)

    def _written(self, raw: str) -> str:
        return with_figures(simplified(raw)) if self._chinese else raw

    def _encode(self, wide: Samples) -> Any:
        padded = np.concatenate([wide, np.zeros(int(PAD_SECONDS * WIDE_RATE), np.float32)])
        features = self._whisper.feature_extractor(padded)
        even = min(features.shape[1] // 2 * 2, 3000)
        window = np.ascontiguousarray(features[None, :, :even])
        return self._whisper.model.encode(ctranslate2.StorageView.from_array(window))

    def _decode(self, encoded: Any, prompt_tokens: list[int], beams: int) -> "_Decoded":
        prompt = self._whisper.get_prompt(self._tokenizer, prompt_tokens, without_timestamps=True)
        answer = self._whisper.model.generate(
            encoded,
            [prompt],
            beam_size=beams,
            max_length=min(len(prompt) + 120, 448),
            suppress_blank=True,
            suppress_tokens=self._suppressed,
            return_scores=True,
            return_no_speech_prob=True,
        )[0]
        tokens = [token for token in answer.sequences_ids[0] if token < self._tokenizer.eot]
        text = self._tokenizer.decode(tokens).strip()
        return _Decoded(text, tokens, answer.scores[0], answer.no_speech_prob)

    def _words(self, encoded: Any, tokens: list[int], spoken: float) -> tuple[Word, ...]:
        frames = max(2, int(spoken * 100) // 2 * 2)
        aligned = self._whisper.find_alignment(self._tokenizer, [tokens], encoded, frames)[0]
        return tuple(
            Word(
                simplified(entry["word"].strip()) if self._chinese else entry["word"].strip(),
                float(min(entry["start"], spoken)),
                float(min(entry["end"], spoken)),
                float(entry["probability"]),
            )
            for entry in aligned
            if any(sign.isalnum() for sign in entry["word"])
        )

    def _once(self, found: "_Decoded") -> "_Decoded":
        """A sentence that was written twice, once: what Whisper does with silence at the end."""
        for length in range(4, len(found.tokens) // 2 + 1):
            first, again = found.tokens[:length], found.tokens[length : 2 * length]
            if _bare(self._tokenizer.decode(first)) == _bare(self._tokenizer.decode(again)) and (
                2 * length >= len(found.tokens) - 1
            ):
                text = self._tokenizer.decode(first).strip()
                return _Decoded(text, first, found.log_probability, found.no_speech)
        return found

    def _echoes_prompt(self, text: str) -> bool:
        bare = _bare(text)
        return len(bare) >= 3 and bare in _bare(self._prompt)

    def _is_hallucinated(self, found: "_Decoded", spoken: float) -> bool:
        bare = _bare(simplified(found.text) if self._chinese else found.text)
        if not bare or _ratio(found.text) > REPETITIVE:
            return True
        if found.no_speech > NO_SPEECH and found.log_probability < UNSURE:
            return True
        return len(bare) > FASTEST * spoken or any(phrase in bare for phrase in HALLUCINATIONS)


class _Decoded:
    def __init__(
        self, text: str, tokens: list[int], log_probability: float, no_speech: float
    ) -> None:
        self.text = text
        self.tokens = tokens
        self.log_probability = log_probability
        self.no_speech = no_speech


class WhisperRecognizer:
    """One speaker's stream: each utterance is recognised at its end, and looked at before."""

    def __init__(self, engine: WhisperEngine) -> None:
        self._engine = engine
        self._segmenter = Segmenter()
        self._start = 0
        self._utterance = bytearray()
        self._looked_at = 0
        """Bytes of the utterance at the last look."""
        self._patience = GLIMPSE_SECONDS
        self._seemed = ""

    def accept(self, pcm: bytes) -> list[Result]:
        """Takes the next samples; finals of the utterances that ended in them, and what the one
        that goes on says so far."""
        results = self._recognized(self._segmenter.accept(pcm))
        return results if len(pcm) > LATE_BYTES else results + self._glimpsed()

    def finish(self) -> list[Result]:
        """The stream is over: the final still outstanding."""
        return self._recognized(self._segmenter.finish())

    def _recognized(self, pieces: list[Piece]) -> list[Result]:
        results = []
        for piece in pieces:
            if piece.opens:
                self._begin(piece.start)
            self._utterance += piece.pcm
            if piece.closes:
                found = self._engine.transcribe(bytes(self._utterance))
                self._begin(self._start)
                if found is not None:
                    results.append(found.shifted(self._start / RATE))
        return results

    def _begin(self, start: int) -> None:
        self._start = start
        self._utterance.clear()
        self._looked_at, self._seemed = 0, ""

    def _glimpsed(self) -> list[Result]:
        if len(self._utterance) - self._looked_at < self._patience * BYTES_PER_SECOND:
            return []
        began = time.monotonic()
        found = self._engine.glimpse(bytes(self._utterance))
        self._looked_at = len(self._utterance)
        self._patience = max(GLIMPSE_SECONDS, GLIMPSE_REST * (time.monotonic() - began))
        if found is None or found.text == self._seemed:
            return []
        self._seemed = found.text
        return [found.shifted(self._start / RATE)]


def _widened(pcm: bytes) -> Samples | None:
    """The sound as the model wants it; None where there is none worth hearing."""
    samples = np.frombuffer(pcm, dtype="<i2").astype(np.float32) / 32768.0
    if len(samples) < SHORTEST_SECONDS * RATE or _loudness(samples) < FAINTEST:
        return None
    wide: Samples = soxr.resample(samples, RATE, WIDE_RATE)
    return wide


def _loudness(samples: Samples) -> float:
    return float(np.sqrt(np.mean(np.square(samples))))


def _bare(text: str) -> str:
    return "".join(sign for sign in text.lower() if sign.isalnum())


def _ratio(text: str) -> float:
    data = text.encode()
    return len(data) / len(zlib.compress(data)) if data else 0.0
