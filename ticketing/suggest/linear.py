"""A linear classifier with several heads (分类器): category, request type, urgency.

Trained with scikit-learn, used with numpy alone and kept without pickle, so that a model is data
and not a program.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ticketing.suggest.features import BUCKETS, columns

SHORT = 60
"""Features up to which a text is as short as the sentences that are calibrated on."""
LENGTH = 0.15
"""How much surer a longer text makes: its scores are lower because much of it tells nothing."""

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Head:
    """One question that a model answers."""

    labels: tuple[str, ...]
    weights: Floats
    """Rows of the model x labels."""
    bias: Floats
    temperature: float
    """What the scores are multiplied by before they become probabilities (校准)."""


class Model:
    """Heads over the same features. Feature weights (TF-IDF) are part of the model."""

    def __init__(
        self,
        used: npt.NDArray[np.int64],
        idf: Floats,
        unseen: float,
        heads: Mapping[str, Head],
        origin: Mapping[str, str],
    ) -> None:
        """`used`: the columns of the rows after the first, which stands for all others."""
        self._used = used
        self._idf = idf
        self._unseen = unseen
        self.heads = dict(heads)
        self.origin = dict(origin)
        """Fingerprints of what it was trained on."""
        self._row = np.zeros(BUCKETS, dtype=np.int32)
        self._row[used] = np.arange(1, len(used) + 1)
        self._factor = np.concatenate([np.array([unseen], dtype=np.float32), idf])
        self._weights = {
            name: np.concatenate([np.zeros((1, len(head.labels)), dtype=np.float32), head.weights])
            for name, head in self.heads.items()
        }

    def probabilities(self, text: str) -> dict[str, dict[str, float]]:
        """Of each head, the calibrated probability of each label."""
        rows = self._row[columns(text)]
        factor = self._factor[rows]
        length = float(np.sqrt(np.square(factor).sum())) or 1.0
        longer = max(1.0, len(rows) / SHORT) ** LENGTH
        answers = {}
        for name, head in self.heads.items():
            told = (factor / length) @ self._weights[name][rows] + head.bias
            shares = softmax(told * head.temperature * longer)
            answers[name] = dict(zip(head.labels, shares.tolist(), strict=True))
        return answers

    def weight(self, word: str, head: str, label: str) -> float:
        """How much the features of a word speak for a label, above the other labels."""
        told = self._told(word, head)
        return float(told[self.heads[head].labels.index(label)] - told.mean())

    @lru_cache(1 << 13)  # noqa: B019 - a process has one model, or few
    def _told(self, text: str, head: str) -> Floats:
        rows = self._row[columns(text)]
        weights = self._weights[head][rows] * self._factor[rows][:, None]
        told: Floats = weights.sum(axis=0)
        return told

    def write(self, path: Path) -> None:
        """Weights are kept in half precision: the model that is read is nearly the same."""
        data: dict[str, Any] = {
            "used": self._used,
            "idf": self._idf,
            "unseen": np.float32(self._unseen),
            "heads": np.array(list(self.heads)),
            "origin": np.array(list(self.origin.items())),
        }
        for name, head in self.heads.items():
            data[f"{name}.labels"] = np.array(head.labels)
            data[f"{name}.weights"] = head.weights.astype(np.float16)
            data[f"{name}.bias"] = head.bias
            data[f"{name}.temperature"] = np.float64(head.temperature)
        with path.open("wb") as file:
            np.savez_compressed(file, **data)

    @classmethod
    def read(cls, path: Path) -> "Model":
        """Raises one of ready.DAMAGED where the file is no model."""
        with np.load(path, allow_pickle=False) as data:
            heads = {
                str(name): Head(
                    tuple(map(str, data[f"{name}.labels"])),
                    data[f"{name}.weights"].astype(np.float32),
                    data[f"{name}.bias"].astype(np.float32),
                    float(data[f"{name}.temperature"]),
                )
                for name in data["heads"]
            }
            origin = {str(key): str(value) for key, value in data["origin"]}
            used, idf = data["used"], data["idf"].astype(np.float32)
            return cls(used, idf, float(data["unseen"]), heads, origin)


def softmax(scores: Floats) -> Floats:
    """Probabilities from scores, along the last axis."""
    raised = np.exp(scores - scores.max(axis=-1, keepdims=True))
    shares: Floats = raised / raised.sum(axis=-1, keepdims=True)
    return shares


def best(shares: Mapping[str, float], limit: int) -> Sequence[tuple[str, float]]:
    """The labels with the highest probabilities."""
    return sorted(shares.items(), key=lambda one: (-one[1], one[0]))[:limit]
