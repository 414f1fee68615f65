"""Rendering of numbers, codes, dates and names as people say them."""

import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.prompts import chinese
from ivr.prompts.rendering import (
    GENERIC,
    Recording,
    Spoken,
    Value,
    fixed_parts,
    name,
    render,
    say,
    split,
    variables,
)


def heard(variable: str, value: Value) -> str:
    """What is spoken, pieces divided by blanks."""
    return " ".join(
        p.text if isinstance(p, Spoken) else f"<{p.path}>" for p in say(variable, value)
    )


@pytest.mark.parametrize(
    ("variable", "value", "text"),
    [
        ("n", 1, "一"),
        ("n", 2, "两"),
        ("n", 3, "三"),
        ("n", 10, "十"),
        ("n", 12, "十二"),
        ("n", 20, "二十"),
        ("n", 22, "二十二"),
        ("n", 100, "一百"),
        ("n", 102, "一百 零二"),
        ("n", 110, "一百 一十"),
        ("n", 112, "一百 一十二"),
        ("n", 250, "二百 五十"),
        ("n", 999, "九百 九十九"),
        ("n", 5000, "九百 九十九"),
        ("n", -4, "零"),
        ("m", 2, "两"),
        ("m", "15", "十五"),
        ("n", "many", "几"),
        ("tail4", "0001", "零零 零幺"),
        ("tail4", "5112", "五幺 幺二"),
        ("agent_no", "1001", "幺零 零幺"),
        ("agent_no", 8000, "八零 零零"),
        ("agent_no", "10012", "幺 零零 幺二"),
        ("query_code", "48210937", "四八 二幺， 零九 三七，"),
        ("service", "110", "幺幺零"),
        ("service", "119", "幺幺九"),
        ("service", "120", "幺二零"),
        ("service", "122", "幺二二"),
        ("service", "12395", "一二三九五"),
        ("number", "12345", "一二三四五"),
        ("service", "急救中心", "急救中心"),
        ("caller_number", "13800000001", "幺 三八， 零零 零零， 零零 零幺，"),
        ("caller_number", "+8613800000001", "幺 三八， 零零 零零， 零零 零幺，"),
        ("caller_number", "008613800000001", "幺 三八， 零零 零零， 零零 零幺，"),
        ("caller_number", "052784350000", "零五 二七， 八四 三五， 零零 零零，"),
        ("caller_number", "01012345678", "零 幺零， 幺二 三四， 五六 七八，"),
        ("caller_number", "8435000", "八 四三， 五零 零零，"),
        ("caller_number", "110", "幺幺零"),
        ("caller_number", "", "未知"),
        ("caller_number", "anonymous", "未知"),
        ("caller_number", "1" * 1000, "未知"),
        ("due", "2026-10-01T10:00:00+08:00", "十月 一号 上午十点"),
        ("due", "2026-10-01 10:30", "十月 一号 上午十点半"),
        ("due", "2026-10-01 10:05", "十月 一号 上午十点 零五分"),
        ("due", "2026-02-28 00:10", "二月 二十八号 凌晨零点 十分"),
        ("due", "2026-12-31 12:00", "十二月 三十一号 中午十二点"),
        ("due", "2026-01-02 14:45", "一月 二号 下午两点 四十五分"),
        ("due", "2026-01-20 18:00", "一月 二十号 晚上六点"),
        ("due", "2026-10-01T02:00:00+00:00", "十月 一号 上午十点"),
        ("due", datetime(2026, 9, 30, 16, 0, tzinfo=UTC), "十月 一号 凌晨零点"),
        ("due", date(2026, 10, 1), "十月 一号"),
        ("date", datetime(2026, 10, 1, 10, 0), "十月 一号"),
        ("due", "soon", "规定时间"),
        ("due", 7, "规定时间"),
        ("time", None, "稍后"),
        ("unit", "市水利局(市水务)", "市水利局"),
        ("unit", "12345热线中心", "一二三四五热线中心"),
        ("unit", "()", "相关单位"),
        ("topic", "消防隐患(非火警)", "消防隐患"),
        ("area", "湖滨新区*", "湖滨新区"),
        ("summary", "路灯坏了", "您刚才说的内容"),
    ],
)
def test_spoken_form(variable: str, value: Value, text: str) -> None:
    assert heard(variable, value) == text


def test_a_recording_is_played_and_not_read() -> None:
    recording = Recording(Path("/var/demand.wav"))
    assert say("summary", recording) == (recording,)


@pytest.mark.parametrize("variable", sorted(GENERIC))
def test_nothing_is_replaced_by_a_generic_word(variable: str) -> None:
    assert say(variable, None) == (GENERIC[variable],)


_NUMERALS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"幺": 1, "两": 2}


def number_of(text: str) -> int:
    """Reads a cardinal back."""
    total = digit = 0
    for character in text:
        if character == "百":
            total, digit = total + digit * 100, 0
        elif character == "十":
            total, digit = total + (digit or 1) * 10, 0
        else:
            digit = _NUMERALS[character]
    return total + digit


def digits_of(text: str) -> str:
    return "".join(str(_NUMERALS[c]) for c in text if c in _NUMERALS)


@given(st.integers(0, 999), st.sampled_from(["n", "m"]))
def test_amounts_read_back(number: int, variable: str) -> None:
    text = heard(variable, number)
    assert number_of(text.replace(" ", "")) == number
    assert not re.search(r"[0-9]", text)


@given(st.from_regex(r"[0-9]{4,8}", fullmatch=True), st.sampled_from(["tail4", "query_code"]))
def test_codes_read_back(code: str, variable: str) -> None:
    text = heard(variable, code)
    assert digits_of(text) == code
    assert "一" not in text


@given(st.from_regex(r"[02-9][0-9]{2,17}", fullmatch=True))
def test_phone_numbers_read_back(number: str) -> None:
    groups = chinese.groups(number)
    assert "".join(groups) == number
    assert all(1 < len(group) <= 4 for group in groups)
    assert digits_of(heard("caller_number", number)) == number


@given(st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31)))
def test_times_read_back(at: datetime) -> None:
    text = heard("due", at.isoformat()).replace(" ", "")
    found = re.fullmatch(
        r"(\w+)月(\w+)号(凌晨|上午|中午|下午|晚上)(\w+?)点(半|(零?)(\w+)分)?", text
    )
    assert found, text
    hour = number_of(found[4])
    if found[3] in ("下午", "晚上"):
        hour += 12
    minute = 30 if found[5] == "半" else number_of(found[7]) if found[5] else 0
    read = (number_of(found[1]), number_of(found[2]), hour, minute)
    assert read == (at.month, at.day, at.hour, at.minute)


@given(st.text(max_size=40))
def test_any_text_for_any_variable_is_spoken_without_figures(text: str) -> None:
    for variable in (*GENERIC, "tail4", "agent_no", "query_code"):
        for piece in say(variable, text):
            assert isinstance(piece, Spoken)
            if variable not in ("unit", "topic", "area", "reason", "event", "service"):
                assert not re.search(r"[0-9]", piece.text)


@given(st.from_regex(r"[一-龥]{1,6}[0-9]{1,8}[一-龥]{0,4}", fullmatch=True))
def test_figures_in_names_are_spelled_out(text: str) -> None:
    assert not re.search(r"[0-9]", name("unit", text).text)


def test_parts_and_values_in_order() -> None:
    text = "您前面还有{n}位，大约等待{m}分钟，请不要挂机。"
    pieces = render(text, {"n": 3, "m": 12})
    assert [p.text for p in pieces if isinstance(p, Spoken)] == [
        "您前面还有",
        "三",
        "位，大约等待",
        "十二",
        "分钟，请不要挂机。",
    ]
    assert variables(text) == {"n", "m"}


def test_marks_alone_are_no_part() -> None:
    assert [p for p in split("时限到{due}。") if isinstance(p, str)] == ["时限到"]
    assert len(fixed_parts("{service}已接通，请讲。")) == 1


def test_a_fixed_part_knows_its_own_sentence_only() -> None:
    (first, second) = fixed_parts("您好。由{unit}办结，再见。谢谢。")
    assert first == Spoken("您好。由", "", "市水利局办结，再见。")
    assert second == Spoken("办结，再见。谢谢。", "由市水利局", "")
