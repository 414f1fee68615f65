"""What a recogniser (识别引擎) hands out: words with times, partial and final results."""

from dataclasses import dataclass, replace
from typing import Any, Protocol

RATE = 8000
"""Samples a second of everything that reaches a recogniser: 16-bit mono, little-endian."""

BYTES_PER_SECOND = RATE * 2


@dataclass(frozen=True, slots=True)
class Word:
    """One word (词); Whisper gives single Chinese characters. Times in seconds."""

    word: str
    start: float
    end: float
    confidence: float | None = None

    def as_json(self) -> dict[str, Any]:
        """The contract's `words[]` entry."""
        return {
            "word": self.word,
            "start": round(self.start, 2),
            "end": round(self.end, 2),
            "confidence": None if self.confidence is None else round(self.confidence, 3),
        }


@dataclass(frozen=True, slots=True)
class Result:
    """A stretch of speech that was recognised; times in seconds from the stream's first sample.

    `raw` is what the engine said, `text` the same after post-processing (后处理). A partial
    result (`final` False) is replaced by the next one and carries no words.
    """

    text: str
    raw: str
    start: float
    end: float
    final: bool
    confidence: float | None = None
    words: tuple[Word, ...] = ()

    def shifted(self, seconds: float) -> "Result":
        """The same result on a time line that began `seconds` earlier."""
        words = tuple(
            replace(word, start=word.start + seconds, end=word.end + seconds) for word in self.words
        )
        return replace(self, start=self.start + seconds, end=self.end + seconds, words=words)


class Recognizer(Protocol):
    """One speaker's stream through an engine; used by one thread at a time, may block it."""

    def accept(self, pcm: bytes) -> list[Result]:
        """Takes the next samples (8 kHz, 16 bit, mono) and returns what became known."""

    def finish(self) -> list[Result]:
        """The stream is over: the finals still outstanding."""


class Engine(Protocol):
    """A loaded model (模型); shared by the threads of a worker."""

    name: str

    def recognizer(self) -> Recognizer:
        """A recogniser for a new stream."""
