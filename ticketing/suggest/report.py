"""The report on the suggestions (评测): how right and how sure they are, beside keywords alone.

Measured on what was not learnt: folds of the city's own sentences and closed tickets, sentences
kept apart, another city's letters, and all of them as a recogniser would write them.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from store.types import JsonObject
from ticketing import citydata, emergency
from ticketing.citydata import CITY_FOLDER
from ticketing.emergency_model import NONE
from ticketing.emergency_words import WordLists
from ticketing.guess import guess
from ticketing.suggest import places_csv, scoring
from ticketing.suggest.examples import Example, Seed, request_types, seed
from ticketing.suggest.gate import FEWEST_TICKETS
from ticketing.suggest.linear import Model, best
from ticketing.suggest.mishearing import Mishearing
from ticketing.suggest.report_sets import Case, messages, read_rows, utterances
from ticketing.suggest.scoring import Answer
from ticketing.suggest.suggester import SURE, Choice, Suggester, urgency_of
from ticketing.suggest.training import folds, train

CITY = citydata.load()
HEARD_SEED = 20201019
"""Of the recogniser's errors; other ones than those that are learnt."""
TIMES_HEARD = 5
"""Each short text is heard so often: errors of one hearing are chance."""

Say = Callable[[str], None]


def measure(
    suggester: Suggester,
    *,
    closed: Sequence[Example],
    sets: Path | None,
    letters: Path | None,
    say: Say,
) -> JsonObject:
    """All that can be measured; `sets` is the folder of the sets kept apart.

    `letters`: all of another city's letters instead of the sample in `sets`.
    """
    known = seed(CITY)
    say("learning and measuring in turn on the city's own examples")
    found: JsonObject = {"own": _own(known, closed)}
    if sets is None:
        return found
    say("measuring on the sets kept apart")

    def hearing() -> Mishearing:
        """The same errors for every set, whatever was measured before it."""
        return Mishearing((one.text for one in known.sentences), HEARD_SEED)

    for name, cases in (
        ("utterances", utterances(sets / "utterances.json", CITY)),
        ("messages", messages(sets / "messages.csv")),
    ):
        found[name] = _fields(suggester, cases)
        mishear = hearing()
        heard = [
            replace(case, text=mishear(case.text)) for case in cases for _ in range(TIMES_HEARD)
        ]
        found[f"{name}_misheard"] = _fields(suggester, heard)
    found["places"] = _places(suggester, hearing())
    say("learning and measuring in turn on another city's letters")
    labels = json.loads((sets / "letters_labels.json").read_text(encoding="utf-8"))
    found["letters"] = _letters(
        suggester,
        known,
        labels,
        read_rows(letters or sets / "letters.csv"),
        hearing(),
    )
    found["emergencies"] = _emergencies(sets.parent / "emergency" / "heldout.csv", hearing())
    return found


def _own(known: Seed, closed: Sequence[Example]) -> JsonObject:
    """Each sentence and closed ticket is judged by a model that has not seen it."""
    tickets = list(closed) if len(closed) >= FEWEST_TICKETS else []
    judged = [*known.sentences, *tickets]
    rest = [*known.words, *known.emergencies]
    said: dict[str, list[Answer]] = {"category": [], "request_type": []}
    urgent: list[tuple[bool, bool]] = []
    keywords: list[Answer] = []
    for apart in folds(len(judged)):
        hidden = set(apart.tolist())
        model = train([one for at, one in enumerate(judged) if at not in hidden] + rest)
        for at in sorted(hidden):
            example = judged[at]
            told = model.probabilities(example.text)
            for field, answers in said.items():
                truth = getattr(example, field)
                if truth:
                    answers.append(_answer(told[field], frozenset({truth})))
            if example.urgency:
                told_urgent = urgency_of(told["urgency"]["urgent"]) == "urgent"
                urgent.append((example.urgency == "urgent", told_urgent))
            if example.category:
                keywords.append(_keywords(example.text, frozenset({example.category})))
    return {
        "sentences": len(known.sentences),
        "closed_tickets": len(tickets),
        **{field: scoring.summary(answers, SURE) for field, answers in said.items()},
        "urgent": scoring.found([one for one, _ in urgent], [told for _, told in urgent]),
        "keywords": {"category": scoring.summary(keywords, SURE)},
        "calibration": scoring.calibration(said["category"]),
        "confusion": {
            "request_type": scoring.confusion(said["request_type"]),
            "category_l1": scoring.confusion(
                [_first_level(one) for one in said["category"] if one.said]
            ),
        },
    }


def _fields(suggester: Suggester, cases: Sequence[Case]) -> JsonObject:
    categories, firsts, types, urgencies, keywords, cues = [], [], [], [], [], []
    for case in cases:
        told = suggester.suggest(case.text)
        if case.category:
            answer = _chosen(told.category_l2, case.category)
            categories.append(answer)
            first = frozenset(code[:2] for code in case.category)
            firsts.append(_chosen(told.category_l1, first))
            keywords.append(_keywords(case.text, case.category))
        if case.request_type:
            types.append(_chosen(told.request_type, case.request_type))
            cues.append(_cue_words(case.text, case.request_type))
        if case.urgency:
            urgencies.append(_chosen(told.urgency, frozenset({case.urgency})))
    found: JsonObject = {}
    for name, answers in (
        ("category_l2", categories),
        ("category_l1", firsts),
        ("request_type", types),
        ("urgency", urgencies),
    ):
        if answers:
            found[name] = scoring.summary(answers, SURE)
    found["keywords"] = {
        "category_l2": scoring.summary(keywords, SURE),
        "request_type": scoring.summary(cues, SURE),
    }
    return found


def _places(suggester: Suggester, mishear: Mishearing) -> JsonObject:
    """The region of each place of the gazetteer, from its name in a sentence."""
    gazetteer = places_csv.load(CITY.regions)
    regions: dict[str, set[str]] = defaultdict(set)
    for place in gazetteer.places.values():
        regions[place.name].add(place.region)
    told: dict[str, list[Answer]] = {"written": [], "misheard": []}
    for name, truth in regions.items():
        if len(truth) > 1:  # such a name alone tells nobody where it is
            continue
        said = f"你好，我要反映{name}这里的路灯不亮"
        for kind, text in (("written", said), ("misheard", mishear(said))):
            told[kind].append(_chosen(suggester.suggest(text).region, frozenset(truth)))
    return {kind: scoring.summary(answers, SURE) for kind, answers in told.items()}


def _letters(
    suggester: Suggester,
    known: Seed,
    labels: Mapping[str, str | None],
    rows: Sequence[Mapping[str, str]],
    mishear: Mishearing,
) -> JsonObject:
    """Another city's scheme: by our categories alone, and after learning from its letters."""
    letters = [Example(f"{row['subject']}。{row['body']}", row["level1"]) for row in rows]
    mapped = [
        Example(one.text, label)
        for one in (*known.sentences, *known.words)
        if (label := labels.get(one.category or ""))
    ]
    unlearnt = [_mapped(suggester.model, labels, one) for one in letters]
    heard = [
        _mapped(suggester.model, labels, replace(one, text=mishear(one.text))) for one in letters
    ]
    learnt: list[Answer] = []
    for apart in folds(len(letters)):
        hidden = set(apart.tolist())
        model = train([*mapped, *(one for at, one in enumerate(letters) if at not in hidden)])
        learnt += [
            _answer(model.probabilities(letters[at].text)["category"], _truth(letters[at]))
            for at in sorted(hidden)
        ]
    words = [_mapped_keywords(labels, one) for one in letters]
    return {
        "seed_only": scoring.summary(unlearnt, SURE),
        "seed_only_misheard": scoring.summary(heard, SURE),
        "with_their_letters": scoring.summary(learnt, SURE),
        "keywords": scoring.summary(words, SURE),
        "calibration": scoring.calibration(unlearnt),
        "confusion": scoring.confusion(unlearnt),
    }


def _emergencies(path: Path, mishear: Mishearing) -> JsonObject:
    cases = [(row["service"] != NONE, row["text"]) for row in read_rows(path)]
    heard = [(danger, mishear(text)) for danger, text in cases for _ in range(TIMES_HEARD)]
    lists = WordLists.read(CITY_FOLDER / "emergency.json")
    found: JsonObject = {}
    for name, judged in (("spoken", cases), ("misheard", heard)):
        wanted = [danger for danger, _ in judged]
        texts = [text for _, text in judged]
        spots = [emergency.spot(text) for text in texts]
        listed = [any(not hit.by_sound for hit in lists.hits(text)) for text in texts]
        clear = [lists.doubt(text) is None for text in texts]
        found[name] = {
            "noticed": scoring.found(wanted, [one is not None for one in spots]),
            "transferred": scoring.found(
                wanted, [one is not None and one.suppressed_by is None for one in spots]
            ),
            "keywords_noticed": scoring.found(wanted, listed),
            "keywords_transferred": scoring.found(
                wanted, [a and b for a, b in zip(listed, clear, strict=True)]
            ),
        }
    return found


def _answer(shares: Mapping[str, float], truth: frozenset[str]) -> Answer:
    code, share = best(shares, 1)[0]
    return Answer(truth, code or None, share)


def _chosen(choice: Choice, truth: frozenset[str]) -> Answer:
    code = choice.candidates[0].code if choice.candidates else None
    return Answer(truth, code, choice.confidence)


def _first_level(answer: Answer) -> Answer:
    truth = frozenset(code[:2] for code in answer.truth)
    return Answer(truth, answer.said and answer.said[:2], answer.confidence)


def _keywords(text: str, truth: frozenset[str]) -> Answer:
    guessed = guess(text, CITY).category
    return Answer(truth, guessed.code if guessed else None, guessed.confidence if guessed else 0.0)


def _cue_words(text: str, truth: frozenset[str]) -> Answer:
    """The type with the most characters of cues; a complaint where there are none."""
    counts = {
        code: sum(len(cue) for cue in one.cues if cue in text)
        for code, one in request_types().items()
    }
    code, count = best(counts, 1)[0]
    return Answer(truth, code if count else "complaint", 1.0)


def _truth(letter: Example) -> frozenset[str]:
    return frozenset({letter.category or ""})


def _mapped(model: Model, labels: Mapping[str, str | None], letter: Example) -> Answer:
    shares = model.probabilities(letter.text)["category"]
    return _answer(scoring.merged(shares, labels), _truth(letter))


def _mapped_keywords(labels: Mapping[str, str | None], letter: Example) -> Answer:
    guessed = guess(letter.text, CITY).category
    label = labels.get(guessed.code) if guessed else None
    return Answer(_truth(letter), label, guessed.confidence if guessed and label else 0.0)


def as_text(found: JsonObject) -> str:
    """The report for people: one line a figure, tables as they are."""
    return "\n".join(_lines(found, ""))


def _lines(value: object, path: str) -> Iterable[str]:
    if isinstance(value, dict) and any(isinstance(one, dict | list) for one in value.values()):
        for key, one in value.items():
            yield from _lines(one, f"{path} {key}".strip())
    elif isinstance(value, list):
        for one in value:
            yield from _lines(one, path)
    elif isinstance(value, dict):
        told = "  ".join(f"{key} {'-' if one is None else one}" for key, one in value.items())
        yield f"{path}: {told}"
    else:
        yield f"{path}: {value}"
