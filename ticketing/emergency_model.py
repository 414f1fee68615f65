"""A small classifier (分类器) of what is said: which emergency, or none.

Linear over hashed n-grams of characters and of toneless syllables; trained from the city's
sentences by `python -m ticketing.emergency_train`, used with numpy alone.
"""

import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ticketing.emergency_sound import plain, syllables

NONE = "none"
BUCKETS = 1 << 14
LONGEST = 3
EVIDENCE_CHARACTERS = 4
LAST_CHARACTERS = 120
"""Of a long text only the end is judged: what was said last."""


def features(text: str) -> Iterator[str]:
    """Names of a text's n-grams of characters and of syllables."""
    bare = plain(text)[-LAST_CHARACTERS:]
    spoken = syllables(bare)
    for length in range(1, LONGEST + 1):
        for at in range(len(bare) - length + 1):
            yield "c" + bare[at : at + length]
        for at in range(len(spoken) - length + 1):
            yield "p" + " ".join(spoken[at : at + length])


def bucket(feature: str) -> int:
    """The column of a feature; the same in every process."""
    return zlib.crc32(feature.encode()) % BUCKETS


def columns(text: str) -> npt.NDArray[np.int64]:
    """The columns a text has, each once."""
    return np.unique(np.fromiter(map(bucket, features(text)), dtype=np.int64))


class EmergencyModel:
    """Weights of a trained classifier."""

    def __init__(self, labels: tuple[str, ...], weights: npt.NDArray[Any], bias: Any) -> None:
        """`weights` (labels x BUCKETS) and `bias` (labels)."""
        self.labels = labels
        self._weights = weights.astype(np.float32)
        self._bias = bias.astype(np.float32)

    @classmethod
    def read(cls, path: Path) -> "EmergencyModel":
        """Raises OSError, KeyError or ValueError."""
        with np.load(path, allow_pickle=False) as data:
            return cls(tuple(map(str, data["labels"])), data["weights"], data["bias"])

    def write(self, path: Path) -> None:
        """Weights are kept in half precision; reading gives nearly the same model."""
        np.savez_compressed(
            path,
            labels=np.array(self.labels),
            weights=self._weights.astype(np.float16),
            bias=self._bias.astype(np.float16),
        )

    def probabilities(self, text: str) -> dict[str, float]:
        """Probability of each label; `none` alone where nothing is said."""
        found = columns(text)
        if not len(found):
            return {label: float(label == NONE) for label in self.labels}
        scores = self._weights[:, found].sum(axis=1) / np.sqrt(len(found)) + self._bias
        scores = np.exp(scores - scores.max())
        return dict(zip(self.labels, (scores / scores.sum()).tolist(), strict=True))

    def evidence(self, text: str, service: str) -> str:
        """The few characters that speak most for `service`."""
        towards = self._weights[self.labels.index(service)] - self._weights[self.labels.index(NONE)]
        bare = plain(text)[-LAST_CHARACTERS:]
        weights = dict.fromkeys(range(len(bare)), 0.0)
        for length in range(1, LONGEST + 1):
            for at in range(len(bare) - length + 1):
                share = float(towards[bucket("c" + bare[at : at + length])]) / length
                for covered in range(at, at + length):
                    weights[covered] += share
        best = max(
            range(max(1, len(bare) - EVIDENCE_CHARACTERS + 1)),
            key=lambda at: sum(weights.get(at + i, 0.0) for i in range(EVIDENCE_CHARACTERS)),
        )
        return bare[best : best + EVIDENCE_CHARACTERS]
