"""What citizens write back to a survey, and what it means."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ticketing.survey_answers import UNCLEAR, Answer, understood


@pytest.mark.parametrize(
    ("text", "score"),
    [
        ("1", 1),
        (" 1 ", 1),
        ("１", 1),
        ("①", 1),
        ("一", 1),
        ("壹", 1),
        ("1分", 1),
        ("1。", 1),
        ("“4”", 4),
        ("评价1", 1),
        ("回复：2", 2),
        ("我选3，谢谢", 3),
        ("5\r\n", 5),
        ("五", 5),
        ("非常满意", 1),
        ("非常 满意！", 1),
        ("满意", 2),
        ("满意，谢谢你们", 2),
        ("2满意", 2),
        ("满意2", 2),
        ("1满意", 1),
        ("基本满意", 3),
        ("不满意", 4),
        ("不太满意", 4),
        ("4 不满意", 4),
        ("非常不满意!!!", 5),
        ("1👍", 1),
        ("❤️满意", 2),
    ],
)
def test_a_score(text: str, score: int) -> None:
    assert understood(text) == Answer(score, score <= 3)


@pytest.mark.parametrize(
    ("text", "settled"),
    [
        ("👍", True),
        ("👍👍👍", True),
        ("😊 🌹", True),
        ("解决了", True),
        ("已解决，谢谢", True),
        ("👎", False),
        ("😡😡", False),
        ("没解决", False),
        ("没 解 决", False),
        ("还没有解决！", False),
        ("问题未得到解决", False),
        ("1，但是没解决", False),
        ("满意个啥，根本没人管", False),
        ("处理不了", False),
    ],
)
def test_words_without_a_score(text: str, settled: bool) -> None:
    assert understood(text) == Answer(None, settled)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  ",
        "0",
        "6",
        "12",
        "1 2",
        "10分",
        "100",
        "5星",
        "满分",
        "一般",
        "一般般",
        "谢谢",
        "收到",
        "满意吗",
        "谈不上满意",
        "1不满意",
        "5非常满意",
        "1👎",
        "满意😡",
        "👍👎",
        "你们是谁",
        "退订",
        "TD",
        "满意，就是慢了点",
        "🤷",
    ],
)
def test_what_is_not_plain_is_left_to_a_person(text: str) -> None:
    assert understood(text) == UNCLEAR


@given(st.text(max_size=700))
def test_no_text_can_break_it(text: str) -> None:
    told = understood(text)
    assert told.score in (None, 1, 2, 3, 4, 5)
    if told.score is not None:
        assert told.settled is (told.score <= 3)


@given(
    st.text(max_size=40), st.sampled_from(["没解决", "未解决", "没有处理"]), st.text(max_size=40)
)
def test_a_matter_that_is_not_solved_never_counts_as_settled(
    before: str, words: str, after: str
) -> None:
    assert understood(f"{before} {words} {after}").settled is not True


@given(
    st.sampled_from("12345"),
    st.lists(st.sampled_from(" \t\n　。，！.!,~～…*#“”"), max_size=6),
    st.sampled_from(["NFKC", "full"]),
)
def test_forms_of_one_digit_are_one_answer(digit: str, marks: list[str], form: str) -> None:
    typed = chr(ord(digit) + 0xFEE0) if form == "full" else unicodedata.normalize("NFKC", digit)
    half = len(marks) // 2
    text = "".join(marks[:half]) + typed + "".join(marks[half:])
    assert understood(text) == Answer(int(digit), int(digit) <= 3)
