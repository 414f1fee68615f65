"""When the suggestions learn again, that a worse model is not used, and the city's own files."""

from datetime import timedelta
from pathlib import Path

import pytest

from service.provision.debian import cache_dir
from store.engine import Store
from tests.unit.test_suggest_learning import SMALL
from tests.unit.ticket_story import instant
from ticketing import citydata
from ticketing.city_editing import CityEditing
from ticketing.city_folder import folder_of
from ticketing.citydata import CITY_FOLDER
from ticketing.model import Ticket
from ticketing.relearning import Relearning, next_night
from ticketing.suggest import ready
from ticketing.suggest.examples import Example
from ticketing.suggest.gate import judge
from ticketing.suggest.live import LiveSuggestions
from ticketing.suggest.training import folds, train
from ticketing.tickets import Tickets

EVENING = instant("10-01 20:00")
SIGNED = {"by": "王主任", "reason": "内控", "at": EVENING}


def test_the_night_is_the_city_s() -> None:
    assert next_night(EVENING) == instant("10-02 03:00")
    assert next_night(instant("10-02 02:59")) == instant("10-02 03:00")
    assert next_night(instant("10-02 03:00")) == instant("10-03 03:00")


async def test_it_learns_at_night_and_after_a_change(store: Store) -> None:
    times, now = [], [EVENING]

    async def learn() -> None:
        times.append(now[0])

    relearning = Relearning(store, learn, lambda: now[0])
    assert not await relearning.poll()
    await CityEditing(store).limit("SLJ", "resolve", 8, **SIGNED)
    assert await relearning.poll()
    assert not await relearning.poll()
    now[0] = instant("10-02 03:00")
    assert await relearning.poll()
    now[0] += timedelta(hours=20)
    assert not await relearning.poll()
    assert times == [EVENING, instant("10-02 03:00")]


async def test_what_fails_is_tried_the_next_night(store: Store) -> None:
    async def learn() -> None:
        raise TimeoutError

    now = [instant("10-02 02:00")]
    relearning = Relearning(store, learn, lambda: now[0])
    now[0] = instant("10-02 03:00")
    with pytest.raises(TimeoutError):
        await relearning.poll()
    assert not await relearning.poll()


def closed(swapped: bool) -> list[Example]:
    """Sixty closed tickets; `swapped`: filed under the wrong category."""
    codes = {"0401": "0305", "0305": "0401"} if swapped else {}
    told = [one for one in SMALL if one.category in ("0401", "0305")]
    return [
        Example(f"{one.text}{'。' * number}", codes.get(one.category, one.category), None)
        for number in range(2)
        for one in told
    ]


def test_few_tickets_are_not_measured() -> None:
    assert judge(SMALL, closed(False)[:49], lambda: train(SMALL)) is None


def test_what_was_learnt_is_measured_on_tickets_kept_apart() -> None:
    verdict = judge(SMALL, closed(False), lambda: train(SMALL))
    assert verdict is not None
    assert (verdict.tickets, verdict.is_good) == (len(closed(False)) // 5 + 1, True)


def test_a_model_that_would_be_worse_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All but the tickets kept apart are filed wrongly."""
    right, wrong = closed(False) * 2, closed(True) * 2
    apart = set(next(folds(len(right))).tolist())
    filed = [right[at] if at in apart else wrong[at] for at in range(len(right))]
    knowing = train([*SMALL, *closed(False)])
    monkeypatch.setattr(ready, "seed_model", lambda *_, **__: knowing)
    said: list[str] = []
    own = tmp_path / "own.npz"
    ready.suggester(own, tmp_path, closed=lambda: filed, relearn=True, say=said.append)
    assert not own.exists()
    assert any("would be worse" in line for line in said)
    ready.suggester(own, tmp_path, closed=lambda: right, relearn=True, say=said.append)
    assert own.exists()


async def test_the_city_s_data_are_a_folder(store: Store, tmp_path: Path) -> None:
    root = tmp_path / "city"
    assert await folder_of(store, root) == CITY_FOLDER
    editing = CityEditing(store)
    await editing.limit("SLJ", "resolve", 8, **SIGNED)
    folder = await folder_of(store, root)
    assert folder.name == "2"
    assert citydata.read(folder).units["SLJ"].limits == {"resolve": timedelta(hours=8)}
    assert (folder / "suggest_sentences.csv").exists()
    await editing.limit("SLJ", "resolve", None, **SIGNED)
    assert (await folder_of(store, root)).name == "3"
    assert [one.name for one in root.iterdir()] == ["3"]


async def test_drafts_take_what_was_learnt_and_a_change_of_the_city(
    store: Store, tmp_path: Path
) -> None:
    suggestions = LiveSuggestions(store, tmp_path / "own.npz", cache_dir(), tmp_path / "city")
    tickets = Tickets(store, suggestions=suggestions)
    said = "市民：请问能不能给我们那条黑咕隆咚的街装几盏灯"

    async def draft(call: str) -> Ticket:
        caller = {"caller_number": "13800000001", "called_number": "12345"}
        return await tickets.draft_from_call(
            call, "message", **caller, at=EVENING, transcript=said, confidence=0.9
        )

    assert (await draft("before")).category_l2 is None  # no keyword is in it
    first = await suggestions.current()
    assert await suggestions.current() is first
    one = await draft("after")
    assert one.suggestion is not None
    assert one.suggestion["category_l2"]["candidates"][0]["code"] == "0305"
    assert one.category_l2 == one.suggestion["category_l2"]["code"]
    assert await tickets.verify(one.ticket_no) == []
    await CityEditing(store).limit("SLJ", "resolve", 8, **SIGNED)
    assert await suggestions.current() is not first
