"""Emergencies in live results: told once, on partials only when they hold."""

from recordings.speech.results import Result
from recordings.speech.spotting import Spotter


def result(text: str, start: float, end: float, *, final: bool = True) -> Result:
    return Result(text, text, start, end, final)


def test_final_is_told_once() -> None:
    spotter = Spotter()
    [told] = spotter.heard(result("我家着火了", 0, 2))
    assert (told.service, told.suppressed_by) == ("119", None)
    assert spotter.heard(result("着火了快来", 3, 5)) == []


def test_doubt_may_become_certain_but_not_the_other_way() -> None:
    spotter = Spotter()
    [first] = spotter.heard(result("昨天小区有人打架", 0, 2))
    assert first.suppressed_by == "昨天"
    [second] = spotter.heard(result("现在又打起来了，拿着刀", 20, 23))
    assert second.suppressed_by is None
    assert spotter.heard(result("昨天就有人打架", 40, 42)) == []


def test_the_sentence_before_belongs_to_it() -> None:
    [told] = (spotter := Spotter()).heard(result("上个月的事情", 0, 1)) or spotter.heard(
        result("我们楼道里着火了", 1.5, 3)
    )
    assert told.suppressed_by == "上个月"
    far = Spotter()
    assert far.heard(result("上个月的事情", 0, 1)) == []
    [now] = far.heard(result("我们楼道里着火了", 30, 32))
    assert now.suppressed_by is None


def test_two_halves_are_one_sentence() -> None:
    spotter = Spotter()
    assert spotter.heard(result("有个小孩刚才", 0, 1)) == []
    [told] = spotter.heard(result("掉到河里去了", 1.4, 3))
    assert told.service == "12395"


def test_partial_counts_when_it_holds() -> None:
    spotter = Spotter()
    assert spotter.heard(result("我家着火", 0, 1.0, final=False)) == []
    assert spotter.heard(result("我家着火了", 0, 1.2, final=False)) == []
    [told] = spotter.heard(result("我家着火了快来", 0, 1.7, final=False))
    assert told.service == "119"
    assert spotter.heard(result("我家着火了快来人", 0, 2.0)) == []


def test_partial_that_changes_its_mind_is_not_told() -> None:
    spotter = Spotter()
    assert spotter.heard(result("有人打架", 0, 1.0, final=False)) == []
    assert spotter.heard(result("有人打架的事昨天", 0, 1.8, final=False)) == []
    assert spotter.heard(result("有人打架的事昨天派出所", 0, 2.5, final=False)) == []
