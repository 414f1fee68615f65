"""To whom an agent passes a caller on, or whom he asks (转接、咨询的对象). Pure: text in."""

from dataclasses import dataclass

from ivr.directory import Directory, Unit

SUPERVISORS = "supervisors"
"""任何空闲的班长"""


@dataclass(frozen=True, slots=True)
class ToAgent:
    """One agent, or one supervisor."""

    number: str


@dataclass(frozen=True, slots=True)
class ToGroup:
    """Whoever of a skill group (技能组) is free."""

    group: str


@dataclass(frozen=True, slots=True)
class ToSupervisors:
    """Whichever supervisor (班长) is free."""


@dataclass(frozen=True, slots=True)
class ToUnit:
    """The duty contact of a member unit (成员单位)."""

    unit: Unit


Helper = ToAgent | ToGroup | ToSupervisors
Target = Helper | ToUnit


def helper(directory: Directory, told: str) -> Helper | None:
    """Who is meant by an agent's number, a skill group's extension or name, or `supervisors`."""
    if told == SUPERVISORS:
        return ToSupervisors()
    if told in directory.agents:
        return ToAgent(told)
    group = directory.groups.get(told, told)
    return ToGroup(group) if group in directory.groups.values() else None


def unit(directory: Directory, told: str) -> Unit | None:
    """The unit of an extension or a code."""
    known = directory.units.get(told)
    return known or next((one for one in directory.units.values() if one.code == told), None)


def target(directory: Directory, told: str) -> Target | None:
    """Like `helper`; a unit's extension or code too."""
    asked = unit(directory, told)
    return helper(directory, told) or (ToUnit(asked) if asked is not None else None)


def shown(target: Target) -> str:
    """How it stands in the record of the call."""
    match target:
        case ToAgent(number=number):
            return number
        case ToGroup(group=group):
            return group
        case ToSupervisors():
            return SUPERVISORS
        case ToUnit(unit=asked):
            return asked.code
