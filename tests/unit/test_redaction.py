"""Texts for units: the proposal, measured; what is refused because it tells who reported."""

from pathlib import Path
from typing import Any

import pytest

from tests.redacting import measure
from tests.unit.ticket_story import Story
from ticketing.identity import Identity
from ticketing.plates import plates
from ticketing.redaction import redact


def test_of_sentences_held_apart_most_is_found_and_little_else() -> None:
    told = measure("held_apart.txt")
    assert told.marked.total() >= 60
    assert told.recall >= 0.9, told.wrong
    assert told.precision >= 0.85, told.wrong
    for kind in ("plate", "id_number", "email", "account"):
        assert told.found[kind] == told.marked[kind], told.wrong


def test_the_sentences_that_the_rules_were_made_with() -> None:
    told = measure("tuning.txt")
    assert (told.recall, told.precision) == (1, 1), told.wrong


def test_a_proposal_reads_like_a_text_and_says_what_went() -> None:
    found = redact("我叫王小明，电话13800000001，黄河路积水。")
    assert found.text == "我叫【姓名】，电话【电话】，黄河路积水。"
    assert [one["text"] for one in found.to_json()["removed"]] == ["王小明", "13800000001"]


def test_what_is_known_of_the_citizen_goes_and_whom_he_complains_of_stays() -> None:
    who = Identity(frozenset({"阿依古丽"}), frozenset({"95588"}))
    found = redact("阿依古丽反映：王大力收了钱，找九五五八八", who, keep="王大力")
    assert found.text == "【姓名】反映：王大力收了钱，找【电话】"


@pytest.mark.parametrize("much", ["a", "1", "1室", "一", " ", "·", "a.", "a@", "路1-"])
def test_the_longest_texts_are_gone_through_once(much: str) -> None:
    text = much * (20_000 // len(much))
    found = redact(text, Identity(frozenset({"·.·"}), frozenset({"0" * 11})))
    assert found.original == text


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("苏N·12345", {"苏N12345"}),
        ("苏n 8k66z和皖C12345", {"苏N8K66Z", "皖C12345"}),
        ("苏N-D12345", {"苏ND12345"}),
        ("车牌尾号：T1829", {"T1829"}),
        ("苏州N个地方", set()),
    ],
)
def test_plates_have_one_spelling(text: str, found: set[str]) -> None:
    assert plates(text) == found


REPORT: dict[str, Any] = {
    "request_type": "report",
    "requester_name": "欧阳明轩",
    "contact_phone": "13912345678",
    "content": "苏N·D3487每晚倒垃圾",
}


def sent(unit_content: str) -> dict[str, Any]:
    refused = (
        Story().accepted(0, **REPORT).send(0, unit_content=unit_content).run()[-1]["refused"] or {}
    )
    return {key: refused.get(key) for key in ("code", "field", "message")}


@pytest.mark.parametrize(
    ("text", "what", "words"),
    [
        ("欧阳明轩反映有人倒垃圾", "诉求人姓名", "欧阳明轩"),
        ("欧阳女士反映有人倒垃圾", "对诉求人的称呼", "欧阳女士"),
        ("请联系139-1234-5678", "诉求人电话", "139-1234-5678"),
        ("请联系幺三九幺二三四五六七八", "诉求人电话", "幺三九幺二三四五六七八"),
        ("苏ND3487倒垃圾", "诉求内容中的车牌", "苏ND3487"),
        ("手机尾号5678反映排污", "诉求人电话的尾号", "尾号5678"),
        ("后四位是五六七八", "诉求人电话的尾号", "后四位是五六七八"),
    ],
)
def test_r_23_2_a_text_that_tells_who_reported_is_refused(text: str, what: str, words: str) -> None:
    assert sent(text) == {
        "code": "invalid_value",
        "field": "unit_content",
        "message": f"给承办单位的文字中有{what}“{words}”；请删去“{words}”后再提交",
    }


def test_r_23_2_a_clean_text_goes_to_the_unit() -> None:
    assert sent("有车辆夜间倾倒垃圾")["code"] is None
    assert sent("王先生路过看见")["code"] is None
    assert sent("车牌尾号1234")["code"] is None


def test_r_23_2_words_to_the_unit_are_looked_at_later_too() -> None:
    story = Story().accepted(0, **REPORT).send(0, unit_content="有车辆夜间倾倒垃圾")
    story.do(0, "unit_handler", "sign").replied(1)
    failed = {"defects": "incomplete", "comment": "请给欧阳明轩回电"}
    entry = story.do(2, "dispatcher", "audit_fail", **failed).last()
    assert (entry["refused"]["code"], entry["refused"]["field"]) == ("invalid_value", "comment")


def test_r_23_2_no_other_unit_gets_it_without_its_text() -> None:
    story = Story().at_unit(0).do(0, "unit_handler", "sign")
    story.do(0, "unit_handler", "request_return", ground="不属我局职责", suggestion="建议派住建局")
    story.do(0, "agent", "amend", request_type="report", reason="诉求人要求保密")
    entry = story.do(0, "dispatcher", "approve_return", unit="ZJJ").last()
    assert (entry["refused"]["code"], entry["refused"]["field"]) == (
        "missing_field",
        "unit_content",
    )


def test_the_documented_figures_are_the_measured_ones() -> None:
    told = measure("held_apart.txt")
    text = (Path(__file__).parents[2] / "docs" / "redaction.md").read_text("utf-8")
    assert f"{told.recall:.3f}" in text and f"{told.precision:.3f}" in text
    assert str(told.marked.total()) in text
