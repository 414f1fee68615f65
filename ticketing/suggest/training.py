"""Trains the suggestions (训练) from examples, in seconds, and calibrates what they are sure of."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ticketing.suggest.examples import Example
from ticketing.suggest.features import BUCKETS, columns
from ticketing.suggest.linear import Floats, Head, Model, softmax
from ticketing.suggest.mishearing import Mishearing

HEADS: Mapping[str, Callable[[Example], str | None]] = {
    "category": lambda one: one.category,
    "request_type": lambda one: one.request_type,
    "urgency": lambda one: one.urgency,
}
FOLDS = 5
SHORTEST_SENTENCE = 8
"""Characters from which a text is told as a sentence; shorter ones are words."""

Labels = npt.NDArray[np.str_]


def train(examples: Sequence[Example], origin: Mapping[str, str] | None = None) -> Model:
    """A model of the examples; each sentence is also learnt as a recogniser would write it.

    A question to which the examples give fewer than two answers gets no head.
    """
    from sklearn.feature_extraction.text import TfidfTransformer

    said = [one.text for one in examples]
    mishear = Mishearing(said)
    heard = [mishear(text) if len(text) >= SHORTEST_SENTENCE else None for text in said]
    copies = [at for at, text in enumerate(heard) if text]
    texts = [*said, *(heard[at] or "" for at in copies)]
    source = np.array([*range(len(said)), *copies])
    counted = _matrix(texts)
    used = np.unique(counted.indices)
    counted = counted[:, used]
    weighing = TfidfTransformer().fit(counted)
    matrix = weighing.transform(counted)
    answered = {name: [answer(one) for one in examples] for name, answer in HEADS.items()}
    heads = {
        name: _head(matrix, source, len(said), answers)
        for name, answers in answered.items()
        if len(set(answers) - {None}) > 1
    }
    unseen = float(np.log(1 + len(texts))) + 1
    return Model(used, weighing.idf_.astype(np.float32), unseen, heads, origin or {})


def folds(count: int) -> Iterator[npt.NDArray[np.int64]]:
    """Indices kept apart, in turn; always the same."""
    order = np.random.default_rng(0).permutation(count)
    yield from (np.sort(order[start::FOLDS]) for start in range(FOLDS))


def _head(
    matrix: Any, source: npt.NDArray[np.int64], count: int, answers: Sequence[str | None]
) -> Head:
    """The head of one question; rows of the same source stay together in every fold."""
    told = np.array([answer is not None for answer in answers])
    truth: Labels = np.array([answer or "" for answer in answers])
    known = told[source]
    labels = np.unique(truth[told])
    scores = np.zeros((len(source), len(labels)), dtype=np.float32)
    sentence = np.zeros(len(source), dtype=bool)
    for apart in folds(count):
        tested = known & np.isin(source, apart)
        learnt = known & ~tested
        weights, bias = _fit(matrix[learnt], truth[source[learnt]], labels)
        scores[tested] = matrix[tested] @ weights + bias
    # Words alone say little of how sure one may be of a sentence.
    long = np.asarray(matrix.getnnz(axis=1)) >= SHORTEST_SENTENCE * 3
    sentence = known & long
    temperature = _temperature(scores[sentence], np.searchsorted(labels, truth[source[sentence]]))
    weights, bias = _fit(matrix[known], truth[source[known]], labels)
    return Head(tuple(map(str, labels)), weights, bias, temperature)


def _fit(matrix: Any, truth: Labels, labels: Labels) -> tuple[Floats, Floats]:
    from sklearn.svm import LinearSVC

    machine = LinearSVC(C=1.0, class_weight="balanced", random_state=0).fit(matrix, truth)
    weights = np.zeros((matrix.shape[1], len(labels)), dtype=np.float32)
    bias = np.full(len(labels), -1.0, dtype=np.float32)
    if len(machine.classes_) == 2:  # one row tells both apart
        coefficients = np.vstack([-machine.coef_, machine.coef_])
        intercepts = np.concatenate([-machine.intercept_, machine.intercept_])
    else:
        coefficients, intercepts = machine.coef_, machine.intercept_
    places = np.searchsorted(labels, machine.classes_)
    weights[:, places] = coefficients.T
    bias[places] = intercepts
    return weights, bias


def _temperature(scores: Floats, truth: npt.NDArray[np.int64]) -> float:
    """The factor under which what was kept apart is least surprising."""
    from scipy.optimize import minimize_scalar

    def surprise(exponent: float) -> float:
        shares = softmax(scores * np.float32(2.0**exponent))
        return float(-np.log(shares[np.arange(len(truth)), truth] + 1e-9).mean())

    return float(2.0 ** minimize_scalar(surprise, bounds=(-2, 5), method="bounded").x)


def _matrix(texts: Sequence[str]) -> Any:
    from scipy.sparse import csr_matrix

    found = [columns(text) for text in texts]
    starts = np.cumsum([0, *map(len, found)])
    ones = np.ones(starts[-1], dtype=np.float32)
    return csr_matrix((ones, np.concatenate(found), starts), shape=(len(texts), BUCKETS))
