"""Learning: features, mishearing, the model's file, closed tickets, what is measured of answers."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from service import suggesting
from store.engine import Store
from store.tables import ticket
from ticketing import citydata
from ticketing.citydata import CITY_FOLDER, CityDataError
from ticketing.suggest import ready, scoring
from ticketing.suggest.examples import (
    NO_CATEGORY,
    Example,
    closed_tickets,
    fingerprint,
    request_types,
    seed,
)
from ticketing.suggest.features import columns
from ticketing.suggest.linear import Model, best
from ticketing.suggest.mishearing import Mishearing
from ticketing.suggest.scoring import Answer
from ticketing.suggest.suggester import Suggester
from ticketing.suggest.training import folds, train
from ticketing.tickets import Tickets

CITY = citydata.load()
AT = datetime(2026, 10, 1, 2, tzinfo=UTC)
SMALL = [
    Example(f"{start}{text}{end}", category, request_type)
    for start in ("你好，", "喂，", "")
    for end in ("，谢谢", "", "，麻烦了")
    for text, category, request_type in (
        ("小区停水了没有水用", "0401", "help"),
        ("自来水管爆了", "0401", "help"),
        ("路灯不亮晚上很黑", "0305", "help"),
        ("请问路灯归谁管", "0305", "consult"),
        ("你好在吗", NO_CATEGORY, None),
    )
]


def category(model: Model, text: str) -> str:
    return best(model.probabilities(text)["category"], 1)[0][0]


def test_a_homophone_keeps_the_sounds_of_a_text() -> None:
    written, heard, other = (set(columns(text)) for text in ("公积金", "公机金", "路灯坏"))
    assert len(written & heard) > len(written & other) == 0


@given(st.text(max_size=100))
def test_spaces_and_commas_change_nothing(text: str) -> None:
    assert list(columns(text)) == list(columns(f" {text}，"))


def test_training_learns_what_it_was_given_and_is_always_the_same() -> None:
    model = train(SMALL)
    assert set(model.heads) == {"category", "request_type"}
    assert category(model, "我家停水了") == "0401"
    assert category(model, "路登不亮") == "0305"
    again = train(SMALL)
    assert model.probabilities("路灯") == again.probabilities("路灯")
    shares = model.probabilities("路灯不亮")["category"]
    assert sum(shares.values()) == pytest.approx(1)


def test_a_model_is_read_as_it_was_written(tmp_path: Path) -> None:
    model = train(SMALL, {"seed": "x"})
    model.write(tmp_path / "m.npz")
    read = Model.read(tmp_path / "m.npz")
    assert read.origin == {"seed": "x"}
    for text in ("小区停水", "路灯", ""):
        for head, shares in model.probabilities(text).items():
            assert read.probabilities(text)[head] == pytest.approx(shares, abs=0.01)


def test_words_speak_for_their_category() -> None:
    model = train(SMALL)
    assert model.weight("路灯", "category", "0305") > 0 > model.weight("停水", "category", "0305")


def test_folds_hold_each_index_once() -> None:
    assert sorted(at for apart in folds(23) for at in apart) == list(range(23))


def test_mishearing_keeps_most_sounds_and_repeats_itself() -> None:
    texts = ["小区停水了", "晓曲听税乐", "路灯不亮"]
    first, second = Mishearing(texts, 1), Mishearing(texts, 1)
    said = "小区停水了，路灯不亮" * 20
    heard = first(said)
    assert heard == second(said)
    assert heard != said
    assert "，" not in heard
    assert 0.9 < len(heard) / (9 * 20) <= 1


def test_the_seed_covers_every_category_and_question() -> None:
    known = seed(CITY)
    per_category = dict.fromkeys((*CITY.categories, NO_CATEGORY), 0)
    for one in known.sentences:
        per_category[one.category or NO_CATEGORY] += 1
    assert min(per_category.values()) >= 15
    types = {one.request_type for one in known.sentences if one.request_type}
    assert types == set(request_types())
    assert {one.urgency for one in known.sentences} == {"urgent", "normal", None}


@pytest.mark.parametrize("name", ["suggest_sentences.csv", "suggest_words.json"])
def test_a_wrong_seed_names_the_file(tmp_path: Path, name: str) -> None:
    for file in ("suggest_sentences.csv", "suggest_words.json", "emergency_sentences.csv"):
        (tmp_path / file).write_bytes((CITY_FOLDER / file).read_bytes())
    text = (tmp_path / name).read_text(encoding="utf-8")
    (tmp_path / name).write_text(text.replace("0101", "9999"), encoding="utf-8")
    with pytest.raises(CityDataError, match=f"{name}.*9999"):
        seed(CITY, tmp_path)
    (tmp_path / name).write_text("{", encoding="utf-8")
    with pytest.raises(CityDataError, match=name):
        seed(CITY, tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(CityDataError, match=name):
        seed(CITY, tmp_path)


async def close(store: Store, content: str, category: str, agent: str | None = "1001") -> None:
    data = {"content": content, "contact_phone": "13800000001", "request_type": "help"}
    made = await Tickets(store).create(data, actor="1001", role="agent", at=AT)
    async with store.write() as db:
        await db.execute(
            sa.update(ticket)
            .where(ticket.c.ticket_no == made.ticket_no)
            .values(state="closed", category_l2=category, first_agent_no=agent)
        )


async def test_closed_tickets_of_people_are_learnt(store: Store) -> None:
    await Tickets(store).create(
        {"content": "还没办完", "contact_phone": "13800000001"}, actor="1001", role="agent", at=AT
    )
    await close(store, "河边的木栈道断了", "0306")
    await close(store, "没有人看过的", "0306", agent=None)
    await close(store, "别的城市的分类", "9999")
    assert await closed_tickets(store, CITY) == [
        Example("河边的木栈道断了", "0306", "help", "normal")
    ]


def test_the_model_is_kept_and_made_anew_only_when_it_must(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The real keeping of files around a training that is small."""
    own, cache = tmp_path / "var" / "own.npz", tmp_path / "cache"
    trained: list[int] = []
    urgencies = [
        Example(f"{number}号楼{text}", None, None, urgency)
        for number in range(10)
        for text, urgency in (("快要倒了，危险", "urgent"), ("的楼道灯不亮", "normal"))
    ]

    def small(examples: list[Example], origin: dict[str, str]) -> Model:
        trained.append(len(examples))
        return train([*SMALL, *urgencies], origin)

    monkeypatch.setattr(ready, "train", small)
    closed = [Example("木栈道断了", "0306")]

    def made(*, relearn: bool = False, tickets: tuple[Example, ...] = ()) -> Suggester:
        return ready.suggester(own, cache, closed=lambda: tickets, relearn=relearn)

    made()
    made()
    assert len(trained) == 1  # the second time it is read
    made(relearn=True)
    assert len(trained) == 1 and not own.exists()  # no tickets: the seed's model
    made(relearn=True, tickets=tuple(closed))
    assert len(trained) == 2 and own.exists()
    assert trained[1] == trained[0] + 1
    made(relearn=True, tickets=tuple(closed))
    assert "closed" in made().model.origin
    assert len(trained) == 2
    own.write_bytes(b"no model")
    assert "closed" in ready.suggester(own, cache, closed=lambda: closed).model.origin
    assert len(trained) == 3  # damaged: learnt again
    (kept,) = cache.iterdir()
    kept.write_bytes(b"")
    own.unlink()
    made()
    assert len(trained) == 4
    assert [one.name for one in cache.iterdir()] == [kept.name]


def test_fingerprints_differ_with_what_is_learnt() -> None:
    one = Example("路灯", "0305")
    assert fingerprint([one]) == fingerprint([Example("路灯", "0305")])
    for other in (Example("路灯", "0301"), Example("路灯", "0305", "help"), Example("路", "0305")):
        assert fingerprint([other]) != fingerprint([one])


def test_measures_of_answers() -> None:
    answers = [
        Answer(frozenset({"a"}), "a", 0.9),
        Answer(frozenset({"a", "b"}), "b", 0.7),
        Answer(frozenset({"b"}), "a", 0.3),
        Answer(frozenset({"c"}), None, 0.0),
    ]
    assert scoring.accuracy(answers) == 0.5
    told = scoring.summary(answers, 0.5)
    assert (told["proposed"], told["accuracy_of_proposed"]) == (0.5, 1.0)
    assert scoring.confusion(answers) == {
        "a": {"a": 1},
        "b": {"b": 1, "a": 1},
        "c": {"-": 1},
    }
    # |.9-1| + |.7-1| + |.3-0| + |0-0|, each a quarter
    assert scoring.calibration_error(answers) == pytest.approx(0.175)
    assert sum(row["texts"] for row in scoring.calibration(answers)) == 4


def test_recall_and_precision() -> None:
    told = scoring.found([True, True, True, False, False], [True, True, False, True, False])
    assert told == {"wanted": 3, "harmless": 2, "recall": 0.667, "precision": 0.667}
    assert scoring.found([False], [False])["precision"] is None


def test_probabilities_in_another_scheme() -> None:
    shares = {"01": 0.2, "02": 0.2, "03": 0.1, "04": 0.5}
    merged = scoring.merged(shares, {"01": "x", "02": "x", "03": "y", "04": None})
    assert merged == pytest.approx({"x": 0.8, "y": 0.2})


def test_what_cannot_be_kept_is_learnt_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(ready, "train", lambda _examples, origin: train(SMALL, origin))
    (tmp_path / "file").write_text("no folder")
    model = ready.seed_model(tmp_path / "file" / "cache")
    assert category(model, "我家停水了") == "0401"
    assert "not kept" in caplog.text


def test_a_wrong_seed_is_told_and_stops_no_set_up(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(_cache: Path, **_options: object) -> Model:
        raise CityDataError("suggest_words.json: there is no category 9999")

    monkeypatch.setattr(ready, "seed_model", wrong)
    said: list[str] = []
    suggesting.learn(said.append)
    assert said == ["suggestions: suggest_words.json: there is no category 9999"]
