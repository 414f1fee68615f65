"""Whether what the city's closed tickets teach is put to use (把关): only where it does no harm."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ticketing.suggest.examples import Example
from ticketing.suggest.linear import Model, best
from ticketing.suggest.training import folds, train

FEWEST_TICKETS = 50
"""Closed tickets below which measuring on some of them says nothing."""


@dataclass(frozen=True)
class Verdict:
    """Accuracy of the category on closed tickets that neither model learnt from."""

    seed: float
    relearnt: float
    tickets: int

    @property
    def is_good(self) -> bool:
        return self.relearnt >= self.seed


def judge(
    examples: Sequence[Example], closed: Sequence[Example], seed_model: Callable[[], Model]
) -> Verdict | None:
    """Learns from four fifths of the closed tickets and measures on the last; None for too few."""
    if len(closed) < FEWEST_TICKETS:
        return None
    apart = set(next(folds(len(closed))).tolist())
    tested = [one for at, one in enumerate(closed) if at in apart]
    learnt = [one for at, one in enumerate(closed) if at not in apart]
    seed = _accuracy(seed_model(), tested)
    return Verdict(seed, _accuracy(train([*examples, *learnt]), tested), len(tested))


def _accuracy(model: Model, tested: Sequence[Example]) -> float:
    answers = [best(model.probabilities(one.text)["category"], 1)[0][0] for one in tested]
    right = sum(said == one.category for said, one in zip(answers, tested, strict=True))
    return right / len(tested)
