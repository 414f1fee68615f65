"""Texts of short messages: what they may name, their length, what a hidden ticket's say."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ticketing import city_files, citydata
from ticketing.citydata import CITY_FOLDER, CityDataError
from ticketing.sms.texts import LONGEST, MOST_PARTS, VALUES, parts, render, shortened, text_of

TEXTS = citydata.load().texts
GOOD = {"key": "sms_created", "text": "工单{ticket_no}", "hidden": "工单{ticket_no}"}


def test_every_template_has_its_text() -> None:
    assert TEXTS.keys() == VALUES.keys()
    for one in TEXTS.values():
        for text in (one.text, one.hidden):
            assert text.startswith("【宿迁12345】")
            longest = render(text, dict.fromkeys(VALUES[one.key], "长" * 200))
            assert parts(longest) <= MOST_PARTS


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"text": "{phone}"}, "{phone} is not known here"),
        ({"text": "{ticket_no.state}"}, "{ticket_no.state} is not known here"),
        ({"text": "{ticket_no:>9}"}, "is not known here"),
        ({"text": "{}"}, "{} is not known here"),
        ({"text": "{ticket_no"}, "a brace is written twice"),
        ({"text": "  "}, "must be a text"),
        ({"text": None}, "must be a text"),
        ({"text": "长" * 300}, "can become 5 messages"),
        ({"text": "点击http://t.cn/x"}, "must not hold a link"),
        ({"hidden": "“{topic}”已登记"}, "hidden: {topic} is not known here"),
        ({"hidden": "由{unit}办理"}, "{unit} is not known here"),
        ({"key": "sms_x"}, "there is no message sms_x"),
    ],
)
def test_a_wrong_text_is_found_when_it_is_loaded(change: dict[str, str], told: str) -> None:
    with pytest.raises(ValueError) as found:
        text_of(GOOD | change)
    assert told in str(found.value)
    assert text_of(GOOD).hidden == "工单{ticket_no}"


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        (lambda rows: rows[1:], "has no text for sms_created"),
        (lambda rows: [{**rows[0], "text": "{x}"}, *rows[1:]], "entry 1 (sms_created): text: {x}"),
        (lambda rows: [{"key": "sms_created"}, *rows[1:]], "entry 1 (sms_created) has no text"),
        (lambda rows: [rows[0], *rows], "stands there twice"),
    ],
)
def test_wrong_city_data_name_the_text(tmp_path: Path, edit: object, told: str) -> None:
    for name in ("regions.json", "units.json", "taxonomy.json"):
        (tmp_path / name).write_bytes((CITY_FOLDER / name).read_bytes())
    rows = json.loads((CITY_FOLDER / "sms.json").read_text())
    (tmp_path / "sms.json").write_text(json.dumps(edit(rows)))  # type: ignore[operator]
    with pytest.raises(CityDataError) as found:
        citydata.read(tmp_path)
    assert told in str(found.value)
    assert "sms.json" in str(found.value)


def test_the_texts_are_city_data() -> None:
    assert set(city_files.read(CITY_FOLDER)["sms"]) == VALUES.keys()


@pytest.mark.parametrize(
    ("text", "count"),
    [("字" * 70, 1), ("字" * 71, 2), ("字" * 134, 2), ("字" * 135, 3), ("😀" * 36, 2), ("", 1)],
)
def test_parts_are_counted_as_the_network_counts(text: str, count: int) -> None:
    assert parts(text) == count


@given(st.text(max_size=300), st.sampled_from(sorted(LONGEST)))
def test_a_value_never_breaks_the_line_or_its_length(value: str, name: str) -> None:
    shown = shortened(value, LONGEST[name])
    assert len(shown.encode("utf-16-be", "surrogatepass")) // 2 <= LONGEST[name]
    assert shown.isprintable()
    assert "http://" not in shown.lower()


def test_a_value_loses_links_and_lines() -> None:
    assert shortened("已\n修复 http://evil.example/a 完毕", 60) == "已 修复 完毕"
    assert shortened("一二三四五六", 4) == "一二三…"
    assert shortened("😀😀😀", 4) == "😀…"
