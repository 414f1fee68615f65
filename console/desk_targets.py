"""Whom an agent may pass a caller on to, ask or bring in (转接、咨询、三方的对象), as one types.

Pure: the line's agents, skill groups and units in, the list out.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel

from ticketing.citydata import Unit
from ticketing.duty import Duty
from ticketing.line_rows import GroupRow
from ticketing.suggest.places import best_name

Purpose = Literal["transfer", "consult", "three_way"]
SUPERVISORS = "supervisors"


class Target(BaseModel):
    """Somebody who may be rung."""

    target: str
    """As for `transfer`, `consult` and `three_way`."""
    kind: Literal["supervisors", "group", "agent", "unit"]
    name: str | None
    number: str | None
    """Extension; null of the supervisors."""
    state: str | None
    """Of an agent; null of the others."""
    free: int
    """How many are available there; of a unit: how many duty phones are rung now."""
    by_roster: bool = False
    """Of a unit: a shift covers this hour."""


def targets(
    purpose: Purpose,
    own: str,
    agents: Collection[Mapping[str, Any]],
    groups: Mapping[str, GroupRow],
    units: Iterable[Unit],
    duty: Duty,
    now: datetime,
) -> list[Target]:
    """Agents on duty, who is ready first; skill groups; supervisors; units that can be rung."""
    if purpose == "three_way":
        return _units(units, duty, now)
    others = [one for one in agents if one["number"] != own and one["state"] != "logged_out"]
    free = [one for one in others if one["state"] == "available"]
    people = [
        *(
            Target(
                target=one["number"],
                kind="agent",
                name=one["name"],
                number=one["number"],
                state=one["state"],
                free=int(one["state"] == "available"),
            )
            for one in sorted(others, key=lambda one: (one["state"] != "available", one["number"]))
        ),
        *(
            Target(
                target=group,
                kind="group",
                name=known.title if known else None,
                number=known.number if known else None,
                state=None,
                free=sum(group in one["skills"] for one in free),
            )
            for group in sorted({skill for one in agents for skill in one["skills"]})
            for known in (groups.get(group),)
        ),
        Target(
            target=SUPERVISORS,
            kind="supervisors",
            name=None,
            number=None,
            state=None,
            free=sum(one["role"] == "supervisor" for one in free),
        ),
    ]
    return people if purpose == "transfer" else [*people, *_units(units, duty, now)]


def _units(units: Iterable[Unit], duty: Duty, now: datetime) -> list[Target]:
    """Those with a duty phone; who is on duty by his roster first."""
    found = [
        Target(
            target=one.code,
            kind="unit",
            name=one.name,
            number=one.extension,
            state=None,
            free=len(numbers),
            by_roster=duty.covers(one.code, now),
        )
        for one in units
        if (numbers := duty.on_duty(one.code, now))
    ]
    return sorted(found, key=lambda one: not one.by_roster)


def fitting(found: Iterable[Target], typed: str) -> list[Target]:
    """Those whose number begins with what was typed, or whose name fits it by characters, pinyin
    or initials; the best first, else as they stood."""
    typed = typed.strip()
    scored = [(_fit(one, typed), one) for one in found]
    chosen = [(score, one) for score, one in scored if score is not None]
    return [one for _, one in sorted(chosen, key=lambda entry: -entry[0])]


def _fit(one: Target, typed: str) -> float | None:
    if one.number is not None and one.number.startswith(typed):
        return 2.0
    found = best_name(_names(one), typed)
    return None if found is None else found[1]


def _names(one: Target) -> tuple[str, ...]:
    match one.kind:
        case "supervisors":
            return ("班长", SUPERVISORS)
        case "group":
            return (f"{one.name or one.target}组", one.target)
        case "agent":
            return (one.name or one.target,)
        case "unit":
            return (one.name or one.target, one.target)
