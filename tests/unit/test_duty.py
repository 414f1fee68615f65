"""The duty roster (值班表, R-11-1): who is rung at what hour, gaps and overlaps."""

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from store.types import SHANGHAI
from ticketing.duty import WEEK, Duty, Roster, Shift, UnitContacts

MONDAY = date(2026, 10, 12)
WORKDAYS = list(WEEK[:5])


def at(day: int, clock: str) -> datetime:
    """Day 0 is a Monday."""
    return datetime.combine(MONDAY + timedelta(days=day), time.fromisoformat(clock), SHANGHAI)


def shift(days: list[str], start: str, end: str, *contacts: str) -> dict[str, Any]:
    return {"days": days, "start": start, "end": end, "contacts": list(contacts)}


def duty(*shifts: dict[str, Any], **more: Any) -> Duty:
    roster = Roster.model_validate({"unit": "SLJ", "shifts": shifts})
    return Duty({"SLJ": ("8105", "8605", "8705")}, {"SLJ": roster}, **more)


def test_without_a_roster_the_contacts_are_rung_in_their_order_at_all_hours() -> None:
    plain = Duty({"SLJ": ("8105", "8605")})
    assert plain.on_duty("SLJ", at(0, "03:00")) == ("8105", "8605")
    assert plain.coverage("SLJ", at(0, "00:00"), 7).gaps == ()
    assert plain.on_duty("CGJ", at(0, "03:00")) == ()
    assert len(plain.coverage("CGJ", at(0, "00:00"), 7).gaps) == 1


def test_shifts_say_who_is_first_and_second() -> None:
    weekly = duty(
        shift(WORKDAYS, "08:30", "17:30", "8605", "8105"),
        shift([*WEEK, "holiday"], "17:30", "08:30", "8705"),
        shift(["sat", "sun", "holiday"], "08:30", "17:30", "8105"),
    )
    assert weekly.on_duty("SLJ", at(0, "08:29")) == ("8705",), "Sunday's night shift"
    assert weekly.on_duty("SLJ", at(0, "08:30")) == ("8605", "8105")
    assert weekly.on_duty("SLJ", at(0, "17:29")) == ("8605", "8105")
    assert weekly.on_duty("SLJ", at(0, "17:30")) == ("8705",)
    assert weekly.on_duty("SLJ", at(5, "12:00")) == ("8105",)
    assert weekly.coverage("SLJ", at(0, "00:00"), 28) == duty(
        shift([*WEEK, "holiday"], "00:00", "24:00", "8105")
    ).coverage("SLJ", at(0, "00:00"), 28)


def test_R_11_1_the_hole_from_two_to_six_is_found_and_somebody_is_rung_all_the_same() -> None:
    holed = duty(shift(list(WEEK), "06:00", "02:00", "8105"))
    gaps = holed.coverage("SLJ", at(0, "00:00"), 2).gaps
    assert [(one.start, one.end) for one in gaps] == [
        (at(0, "02:00"), at(0, "06:00")),
        (at(1, "02:00"), at(1, "06:00")),
    ]
    assert holed.on_duty("SLJ", at(0, "03:00")) == ("8105", "8605", "8705")


def test_where_shifts_overlap_is_told_with_whom_it_rings() -> None:
    double = duty(
        shift(list(WEEK), "00:00", "12:30", "8105"), shift(list(WEEK), "12:00", "24:00", "8605")
    )
    (one,) = double.coverage("SLJ", at(0, "00:00"), 1).overlaps
    assert (one.start, one.end) == (at(0, "12:00"), at(0, "12:30"))
    assert one.contacts == ("8105", "8605")
    assert double.on_duty("SLJ", at(0, "12:15")) == ("8105", "8605")


def test_a_holiday_has_its_own_shifts_and_a_working_sunday_those_of_its_weekday() -> None:
    holidays = {MONDAY: "holiday", MONDAY + timedelta(days=6): "mon"}
    weekly = duty(shift(WORKDAYS, "00:00", "24:00", "8605"), holidays=holidays)
    assert [(g.start, g.end) for g in weekly.coverage("SLJ", at(0, "00:00"), 7).gaps] == [
        (at(0, "00:00"), at(1, "00:00")),
        (at(5, "00:00"), at(6, "00:00")),
    ]
    assert weekly.on_duty("SLJ", at(6, "10:00")) == ("8605",)


@pytest.mark.parametrize(
    "wrong",
    [
        shift(["monday"], "08:00", "17:00", "8105"),
        shift([], "08:00", "17:00", "8105"),
        shift(["mon"], "24:00", "08:00", "8105"),
        shift(["mon"], "8:00", "17:00", "8105"),
        shift(["mon"], "08:00", "17:00"),
        shift(["mon"], "08:00", "17:00", "8105", "1", "2", "3", "4"),
    ],
)
def test_a_shift_that_is_none_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Shift.model_validate(wrong)


def test_a_number_stands_once_among_the_contacts() -> None:
    with pytest.raises(ValidationError, match="写了两次"):
        UnitContacts.model_validate(
            {"unit": "SLJ", "contacts": [{"number": "8105"}, {"number": "8105"}]}
        )


CLOCK = st.integers(0, 23 * 4 + 3).map(lambda n: f"{n // 4:02d}:{n % 4 * 15:02d}")
SHIFTS = st.lists(
    st.builds(
        shift,
        st.lists(st.sampled_from([*WEEK, "holiday"]), min_size=1, max_size=8, unique=True),
        CLOCK,
        CLOCK,
        st.sampled_from(["8105", "8605"]),
    ),
    min_size=1,
    max_size=8,
)


@given(shifts=SHIFTS, quarter=st.integers(0, 7 * 96 - 1))
def test_gaps_are_exactly_the_minutes_without_a_shift(
    shifts: list[dict[str, Any]], quarter: int
) -> None:
    """What `coverage` says of an instant agrees with who is on duty then."""
    one = duty(*shifts, holidays={MONDAY + timedelta(days=2): "holiday"})
    moment = at(0, "00:00") + timedelta(minutes=15 * quarter)
    found = one.coverage("SLJ", at(0, "00:00"), 7)
    is_open = any(gap.start <= moment < gap.end for gap in found.gaps)
    nobody = Duty({"SLJ": ()}, one.rosters, one.holidays).on_duty("SLJ", moment) == ()
    assert is_open == nobody
