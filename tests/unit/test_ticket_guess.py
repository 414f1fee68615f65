"""City data and the first guess of category and region."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ticketing import citydata
from ticketing.citydata import CityDataError
from ticketing.guess import guess
from ticketing.transcript import citizen_words, title_of, transcript_text

CITY = citydata.load()


@pytest.mark.parametrize(
    ("text", "category", "region"),
    [
        ("我们小区从早上到现在一直停水，一点水都没有", "0401", None),
        ("泗阳这边 一个村 全 停电 了", "0402", "321323"),
        ("工地凌晨两点还在打桩，吵得睡不着觉，打了好几次电话没人管", "0501", None),
        ("宿迁市沭阳县的路灯坏了", "0305", "321322"),
        ("天然气收费太高了，一个月四百多块，是不是表坏了", "0403", None),
        ("你好", None, None),
        ("", None, None),
    ],
)
def test_categories_and_regions(text: str, category: str | None, region: str | None) -> None:
    found = guess(text, CITY)
    assert (found.category.code if found.category else None) == category
    assert (found.region.code if found.region else None) == region


@pytest.mark.parametrize("code", sorted(CITY.regions))
def test_every_region_is_known_by_each_of_its_names(code: str) -> None:
    for name in CITY.regions[code].aliases:
        found = guess(f"我在{name}这边", CITY).region
        assert found is not None
        assert found.code == code


@pytest.mark.parametrize("code", sorted(CITY.categories))
def test_every_category_is_found_by_its_own_words(code: str) -> None:
    found = guess("，".join(CITY.categories[code].keywords), CITY).category
    assert found is not None
    assert found.code == code


def test_confidence_falls_with_what_speaks_for_others() -> None:
    clear = guess("路灯坏了", CITY).category
    mixed = guess("路灯坏了，还有停水", CITY).category
    assert clear is not None
    assert mixed is not None
    assert mixed.confidence < clear.confidence


@given(st.text(max_size=200))
def test_any_text_is_guessed_within_bounds(text: str) -> None:
    found = guess(text, CITY)
    for one in (found.category, found.region):
        assert one is None or (0 < one.confidence < 1 and one.evidence)
    assert set(found.suggestion(CITY)) >= {"category_l1", "category_l2", "region", "evidence"}


def test_wrong_city_data_names_file_and_fault(tmp_path: Path) -> None:
    with pytest.raises(CityDataError, match="regions"):
        citydata.load(tmp_path)
    for empty in ("units.json", "taxonomy.json"):
        (tmp_path / empty).write_text("[]")
    (tmp_path / "regions.json").write_text('[{"code": "1"}]')
    with pytest.raises(CityDataError, match=r"entry 1 \(1\) has no name"):
        citydata.load(tmp_path)
    (tmp_path / "regions.json").write_text("{")
    with pytest.raises(CityDataError, match="not JSON"):
        citydata.load(tmp_path)


def test_a_transcript_becomes_labelled_text() -> None:
    text, confidence = transcript_text(
        [
            {"speaker": "caller", "text": "路灯坏了", "confidence": 0.5},
            {"speaker": "agent", "text": "好的", "confidence": 1.0},
            {"speaker": "unit", "text": "收到", "confidence": None},
        ]
    )
    assert text == "市民：路灯坏了\n话务员：好的\n单位：收到"
    assert confidence == pytest.approx(0.667)
    assert citizen_words(text) == "路灯坏了"
    assert citizen_words("话务员：喂") == ""
    assert citizen_words(" 没有标签 ") == "没有标签"
    assert transcript_text([]) == ("", None)


def test_a_title_is_short_and_says_what_it_is_about() -> None:
    assert title_of("你好，我想说一下，路灯坏了。", ["路灯"]) == "路灯坏了"
    assert title_of("你好，在吗", []) == "你好"
    assert title_of("，。", []) is None
    assert title_of("长" * 99, []) == "长" * 30
