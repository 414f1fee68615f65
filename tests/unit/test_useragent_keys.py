"""The notation of `hotline call --press`."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.useragent import Press, Wait, parse_keys


def test_keys_and_waits() -> None:
    assert parse_keys("1,w2,0") == [Press("1"), Wait(2.0), Press("0")]
    assert parse_keys("119") == [Press("1"), Press("1"), Press("9")]
    assert parse_keys(" w0.5 , *9# ") == [Wait(0.5), Press("*"), Press("9"), Press("#")]
    assert parse_keys("") == []


@pytest.mark.parametrize("wrong", ["x", "1,hello", "w", "w-1", "1,,w2x"])
def test_what_is_neither_is_named(wrong: str) -> None:
    with pytest.raises(ValueError, match="neither"):
        parse_keys(wrong)


@given(st.lists(st.sampled_from("0123456789*#"), max_size=30))
def test_any_digits_are_keys(digits: list[str]) -> None:
    assert parse_keys(",".join(digits)) == [Press(digit) for digit in digits]
