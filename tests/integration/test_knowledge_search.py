"""Spoken questions find their entry, better than a plain look for words does."""

import pytest

from tests import knowledge_kit as kit

PARTS = [("tune", 60), ("held", 120)]


@pytest.mark.parametrize(("part", "least"), PARTS)
@pytest.mark.parametrize("is_misheard", [False, True], ids=["written", "misheard"])
def test_the_right_entry_is_among_three(part: str, least: int, is_misheard: bool) -> None:
    asked = kit.queries(part)
    assert len(asked) >= least
    asked = kit.misheard(asked) if is_misheard else asked
    own = kit.measured(kit.by_suggestion, asked)
    words = kit.measured(kit.by_keywords, asked)
    index = kit.measured(kit.by_full_text, asked)
    assert own.recall >= 0.8
    assert own.recall >= 1.3 * words.recall
    assert own.mrr >= 1.15 * index.mrr
    assert own.recall > index.recall


def test_an_entry_is_first_for_each_of_its_own_questions() -> None:
    asked = [
        kit.Query(text, code)
        for code, one in kit.program().entries.items()
        for text in (one.content.title, *one.content.questions)
    ]
    assert kit.measured(kit.by_suggestion, asked).first == 1.0


def test_no_question_is_copied_from_an_entry_and_every_entry_is_asked_for() -> None:
    entries = kit.program().entries
    known = {text for one in entries.values() for text in one.content.questions}
    asked = [one for part, _ in PARTS for one in kit.queries(part)]
    assert not {one.text for one in asked} & known
    assert {one.code for one in asked} == entries.keys()
    assert len({one.text for one in asked}) == len(asked)
