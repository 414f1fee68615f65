"""Telephone numbers in the forms in which people and carriers write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.numbers import (
    called_forms,
    called_table,
    is_emergency,
    is_extension,
    normalise,
    tail4,
    to_carrier,
)

AREA = "0527"

mobiles = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)
own_landlines = st.from_regex(r"0527[2-8][0-9]{7}", fullmatch=True)
landlines = st.from_regex(r"0(10|2[0-9]|[3-9][0-9]{2})[2-8][0-9]{6,7}", fullmatch=True)
nationals = mobiles | landlines


@pytest.mark.parametrize(
    ("raw", "national"),
    [
        ("13800000001", "13800000001"),
        ("+8613800000001", "13800000001"),
        ("8613800000001", "13800000001"),
        ("008613800000001", "13800000001"),
        ("013800000001", "13800000001"),
        ("+86 527-8433 5555", "052784335555"),
        ("8652784335555", "052784335555"),
        ("052784335555", "052784335555"),
        ("84335555", "052784335555"),
        ("86123456", "052786123456"),
        ("86527119", "052786527119"),
        ("+861012345678", "01012345678"),
        ("12345", "12345"),
        ("8652712345", "052712345"),
        ("+8652712345", "052712345"),
        ("95588", "95588"),
        ("4008123456", "4008123456"),
        ("+12025550123", "0012025550123"),
        ("0012025550123", "0012025550123"),
        ("1001", "1001"),
        ("8105", "8105"),
        ("anonymous", None),
        ("Restricted", None),
        ("", None),
        (None, None),
        ("+", None),
        ("+86", None),
        ("1" * 1000, None),
        ("13800000001;ext=5", None),
        ("١٢٣", None),
    ],
)
def test_normalise(raw: str | None, national: str | None) -> None:
    assert normalise(raw, AREA) == national


@given(st.text() | st.from_regex(r"\+?[0-9 \-]{0,25}", fullmatch=True))
def test_normalise_gives_digits_or_nothing_and_is_stable(raw: str) -> None:
    once = normalise(raw, AREA)
    if once is not None:
        assert once.isascii()
        assert once.isdigit()
        assert len(once) <= 25
        assert normalise(once, AREA) == once


@given(nationals, st.sampled_from(["national", "e164", "plus_e164"]))
def test_what_a_carrier_is_given_comes_back_as_the_same_number(number: str, form: str) -> None:
    assert normalise(to_carrier(number, form, AREA), AREA) == number  # type: ignore[arg-type]


@given(nationals | st.sampled_from(["12345", "052712345", "95588"]))
def test_every_called_form_means_the_number(number: str) -> None:
    table = called_table([number], AREA)
    assert set(table.values()) == {number}
    assert number in table
    carried = to_carrier(number, "plus_e164", AREA)
    assert carried in table


def test_the_hotline_is_found_however_it_is_called() -> None:
    forms = called_forms("12345", AREA)
    for called in ("12345", "052712345", "+8652712345", "8652712345", "008652712345"):
        assert called in forms
    assert "110" not in forms


def test_a_did_is_found_by_its_local_number() -> None:
    table = called_table(["12345", "052784335555"], AREA)
    assert table["84335555"] == "052784335555"
    assert table["+8652784335555"] == "052784335555"
    assert table["052712345"] == "12345"


def test_a_shared_form_belongs_to_the_number_written_so() -> None:
    table = called_table(["12345", "052712345"], AREA)
    assert table["12345"] == "12345"
    assert table["052712345"] == "052712345"


@pytest.mark.parametrize(
    "number", ["110", "0527110", "+86110", "+86527119", "12395", "0120", "010110", "02112395"]
)
def test_emergency_numbers_are_known_in_disguise(number: str) -> None:
    assert is_emergency(number, AREA)
    assert is_emergency(number)


@pytest.mark.parametrize(
    "number", ["12345", "1100", "052711012", "8110", "13800000110", "84330110", "20120", "800110"]
)
def test_other_numbers_are_no_emergency(number: str) -> None:
    assert not is_emergency(number, AREA)


def test_extensions_are_the_lines_own() -> None:
    assert all(map(is_extension, ["1001", "8105", "6001", "800123"]))
    assert not any(
        map(is_extension, ["110", "0101", "12345", "95588", "10086", "84335555", "13800000001"])
    )


def test_small_questions() -> None:
    assert tail4("13800001234") == "1234"
