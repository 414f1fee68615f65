"""How good answers are (度量): accuracy, confusion, calibration, and what a threshold leaves."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from store.types import JsonObject

BINS = 5


@dataclass(frozen=True)
class Answer:
    """What was said of one text, and what is true."""

    truth: frozenset[str]
    """Every code that is right; a text may fairly be either."""
    said: str | None
    """The likeliest code, whether or not it was sure enough to be proposed."""
    confidence: float

    @property
    def is_right(self) -> bool:
        return self.said in self.truth

    @property
    def label(self) -> str:
        """The true code for a table: what was said where that is right, else the first."""
        return self.said if self.said is not None and self.is_right else min(self.truth)


def accuracy(answers: Sequence[Answer]) -> float:
    """Share of right answers (0 to 1); no answer is a wrong one."""
    return sum(one.is_right for one in answers) / len(answers)


def summary(answers: Sequence[Answer], sure: float) -> JsonObject:
    """Accuracy of all, and of those that are proposed from the confidence `sure` on."""
    proposed = [one for one in answers if one.said is not None and one.confidence >= sure]
    return {
        "texts": len(answers),
        "accuracy": round(accuracy(answers), 3),
        "proposed": round(len(proposed) / len(answers), 3),
        "accuracy_of_proposed": round(accuracy(proposed), 3) if proposed else None,
        "calibration_error": round(calibration_error(answers), 3),
    }


def calibration(answers: Sequence[Answer]) -> list[JsonObject]:
    """In BINS equal ranges of confidence, how sure the answers were and how often right."""
    rows = []
    for number in range(BINS):
        within = [one for one in answers if min(int(one.confidence * BINS), BINS - 1) == number]
        if within:
            rows.append(
                {
                    "from": number / BINS,
                    "to": (number + 1) / BINS,
                    "texts": len(within),
                    "confidence": round(sum(one.confidence for one in within) / len(within), 3),
                    "accuracy": round(accuracy(within), 3),
                }
            )
    return rows


def calibration_error(answers: Sequence[Answer]) -> float:
    """Expected calibration error: mean distance of confidence and accuracy over the ranges."""
    apart = sum(
        float(row["texts"] * abs(row["confidence"] - row["accuracy"]))
        for row in calibration(answers)
    )
    return apart / len(answers)


def confusion(answers: Sequence[Answer]) -> dict[str, dict[str, int]]:
    """How often each true code was answered as which; `-` is no answer."""
    table: dict[str, Counter[str]] = {}
    for one in answers:
        table.setdefault(one.label, Counter())[one.said or "-"] += 1
    return {code: dict(row.most_common()) for code, row in sorted(table.items())}


def found(wanted: Sequence[bool], told: Sequence[bool]) -> JsonObject:
    """Recall and precision of a yes (0 to 1); None where there is nothing to divide."""
    hits = sum(w and t for w, t in zip(wanted, told, strict=True))
    return {
        "wanted": sum(wanted),
        "harmless": len(wanted) - sum(wanted),
        "recall": round(hits / sum(wanted), 3) if any(wanted) else None,
        "precision": round(hits / sum(told), 3) if any(told) else None,
    }


def merged(shares: Mapping[str, float], labels: Mapping[str, str | None]) -> dict[str, float]:
    """Probabilities in another scheme: sums over the codes of each of its labels, again 1 in all.

    What has no label there is left out.
    """
    sums: dict[str, float] = {}
    for code, share in shares.items():
        label = labels.get(code)
        if label is not None:
            sums[label] = sums.get(label, 0.0) + share
    total = sum(sums.values()) or 1.0
    return {label: share / total for label, share in sums.items()}
