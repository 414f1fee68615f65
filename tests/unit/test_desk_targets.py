"""Whom an agent may ring from a call, and how he finds them: numbers, names, pinyin, initials."""

from datetime import datetime
from typing import Any

import pytest

from console.desk_targets import Purpose, Target, fitting, targets
from store.types import SHANGHAI
from ticketing.citydata import load
from ticketing.duty import WEEK, Duty, Roster, Shift
from ticketing.line_rows import GroupRow

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=SHANGHAI)
DUTY = Duty(
    {"SLJ": ("8105", "8605"), "GAJ": ("8108",)},
    {
        "GAJ": Roster(
            unit="GAJ",
            shifts=[Shift(days=list(WEEK), start="00:00", end="24:00", contacts=["8108"])],
        )
    },
)
GROUPS = {
    "citizen": GroupRow(name="citizen", number="6001", title="市民服务"),
    "enterprise": GroupRow(name="enterprise", number="6002"),
}


def agent(number: str, name: str, state: str, role: str = "agent") -> dict[str, Any]:
    skills = {} if role == "supervisor" else {"citizen": 1, "enterprise": 1}
    return {"number": number, "name": name, "state": state, "role": role, "skills": skills}


AGENTS = [
    agent("1001", "张晓明", "talking"),
    agent("1002", "李芳", "paused"),
    agent("1003", "王建国", "available"),
    agent("1004", "赵敏", "logged_out"),
    agent("1101", "陈班长", "available", "supervisor"),
]


def found(purpose: Purpose) -> list[Target]:
    units = load().units.values()
    return targets(purpose, "1001", AGENTS, GROUPS, units, DUTY, NOW)


def test_who_is_ready_stands_first_then_groups_supervisors_and_units_on_duty() -> None:
    asked = [one.target for one in found("consult")]
    people = ["1003", "1101", "1002", "citizen", "enterprise", "supervisors"]
    assert asked == [*people, "GAJ", "SLJ"]
    assert [one.target for one in found("transfer")] == people
    known = {one.target: one for one in found("consult")}
    assert (known["1002"].state, known["1003"].free) == ("paused", 1)
    assert (known["citizen"].number, known["citizen"].name, known["citizen"].free) == (
        "6001", "市民服务", 1,
    )  # fmt: skip
    assert known["supervisors"].free == 1
    assert (known["GAJ"].by_roster, known["SLJ"].by_roster, known["SLJ"].free) == (True, False, 2)


def test_units_without_a_duty_phone_are_not_rung() -> None:
    assert {one.target for one in found("three_way")} == {"GAJ", "SLJ"}


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("1003", "1003"),
        ("100", "1003"),
        ("王", "1003"),
        ("wjg", "1003"),
        ("wangjian", "1003"),
        ("lf", "1002"),
        ("6002", "enterprise"),
        ("smfw", "citizen"),
        ("市民", "citizen"),
        ("bz", "supervisors"),
        ("班长", "supervisors"),
        ("8105", "SLJ"),
        ("slj", "SLJ"),
        ("水利", "SLJ"),
        ("gongan", "GAJ"),
    ],
)
def test_everybody_is_found_as_one_types(typed: str, first: str) -> None:
    assert fitting(found("consult"), typed)[0].target == first


def test_nobody_fits_nonsense() -> None:
    assert fitting(found("consult"), "zzqx") == []
