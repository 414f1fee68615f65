"""Which keys ask for an emergency service (contract §3)."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.emergency_keys import SEQUENCES, EmergencyKeys, Request, Wait

START = datetime(2026, 10, 1, 10, 0, tzinfo=UTC)


def typed(keys: EmergencyKeys, digits: str, *, gap: float = 0.3, held: float = 0.1) -> list[object]:
    """The answers to a row of keys; `gap` is from the end of one to the start of the next."""
    at = START if keys.last_end is None else keys.last_end + timedelta(seconds=gap)
    answers: list[object] = []
    for digit in digits:
        end = at + timedelta(seconds=held)
        answers.append(keys.press(digit, at, end))
        at = end + timedelta(seconds=gap)
    return answers


@pytest.mark.parametrize("service", SEQUENCES)
def test_sequence_means_its_service(service: str) -> None:
    assert typed(EmergencyKeys(), service)[-1] == Request(service)


@pytest.mark.parametrize("service", SEQUENCES)
def test_sequence_counts_after_other_keys(service: str) -> None:
    assert typed(EmergencyKeys(), "3" + service)[-1] == Request(service)


def test_nine_alone_is_the_menu_at_once() -> None:
    assert typed(EmergencyKeys(), "9") == [Request(None)]


def test_nine_that_completes_119_is_119() -> None:
    assert typed(EmergencyKeys(), "119") == [None, None, Request("119")]


def test_nine_after_123_waits_for_its_five() -> None:
    keys = EmergencyKeys()
    assert typed(keys, "1239")[-1] == Wait(2.5)
    assert typed(keys, "5") == [Request("12395")]


def test_nine_after_123_and_another_key_is_the_menu() -> None:
    keys = EmergencyKeys()
    assert typed(keys, "12394")[-1] == Request(None)
    assert keys.expire() is None
    assert typed(keys, "110")[-1] == Request("110")


def test_the_end_of_a_code_begins_no_number() -> None:
    keys = EmergencyKeys()
    keys.begin_entry()
    assert typed(keys, "5511") == [None] * 4
    keys.end_entry()
    assert typed(keys, "0") == [None]


def test_nine_after_123_without_five_is_the_menu() -> None:
    keys = EmergencyKeys()
    typed(keys, "1239")
    assert keys.expire() == Request(None)
    assert keys.expire() is None


@pytest.mark.parametrize(("gap", "found"), [(1.99, True), (2.0, True), (2.01, False)])
def test_gap_is_from_key_end_to_next_key_start(gap: float, found: bool) -> None:
    answers = typed(EmergencyKeys(), "110", gap=gap, held=0.8)
    assert (answers[-1] == Request("110")) is found


def test_digits_are_digits_while_entering() -> None:
    keys = EmergencyKeys(entering=True)
    assert typed(keys, "11011999") == [None] * 8
    assert typed(keys, "*9") == [None, Request(None)]


@pytest.mark.parametrize(
    ("digits", "begun"),
    [("1", True), ("12", True), ("1239", True), ("31", True), ("13", False), ("2", False)],
)
def test_keys_that_may_be_the_beginning_of_a_number(digits: str, begun: bool) -> None:
    keys = EmergencyKeys()
    typed(keys, digits)
    assert keys.begun is begun


@given(st.text("0123456789*#", max_size=60))
def test_any_keys_are_understood(digits: str) -> None:
    keys = EmergencyKeys()
    for digit, answer in zip(digits, typed(keys, digits), strict=True):
        if digit == "9":
            assert answer is not None
        if isinstance(answer, Request) and answer.service is not None:
            assert answer.service.endswith(digit)
