"""Who of a member unit is reached at what hour (值班表): contacts, shifts, holidays (R-11-1).

A day of the calendar counts as a weekday or as a holiday; a shift names the days on which it
begins. Pure: no clock, no store.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from store.types import SHANGHAI
from ticketing.city_rows import Digits, Name, StrictRow, UnitCode, unfit

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun", "holiday"]
WEEK: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Start = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
End = Annotated[str, StringConstraints(pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$")]


class Contact(StrictRow):
    """One duty phone."""

    number: Digits = Field(title="号码", description="本系统分机，或经中继拨打的外线号码")
    name: Annotated[Name, Field(title="姓名或岗位")] | None = None


class UnitContacts(StrictRow):
    """值班电话"""

    unit: UnitCode = Field(title="单位")
    contacts: list[Contact] = Field(
        title="值班电话", description="按先后拨打", min_length=1, max_length=20
    )

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        numbers = self.numbers
        if len(set(numbers)) < len(numbers):
            raise unfit("contacts", "同一号码写了两次")
        return self

    @property
    def numbers(self) -> tuple[str, ...]:
        """The numbers in order."""
        return tuple(one.number for one in self.contacts)


class Shift(StrictRow):
    """One shift (班次): on these days, from `start` to `end`; an end that is not later than the
    start is one of the next day."""

    days: list[Day] = Field(title="日期", min_length=1, max_length=8)
    start: Start = Field(title="开始")
    end: End = Field(title="结束", description="不晚于开始时间的，指次日")
    contacts: list[Digits] = Field(
        title="值班电话", description="第一个为主，其余为备", min_length=1, max_length=4
    )


class Roster(StrictRow):
    """值班表"""

    unit: UnitCode = Field(title="单位")
    shifts: list[Shift] = Field(title="班次", min_length=1, max_length=100)


class Holiday(StrictRow):
    """节假日和调休"""

    day: date = Field(title="日期")
    name: Name = Field(title="名称")
    counts_as: Day = Field(
        default="holiday", title="按何班次", description="holiday 节假日班；调休上班填相应的星期"
    )


@dataclass(frozen=True)
class Span:
    """A time in the city's zone."""

    start: datetime
    end: datetime
    contacts: tuple[str, ...] = ()
    """Who would be rung then."""


@dataclass(frozen=True)
class Coverage:
    """What a roster leaves open, and where shifts overlap."""

    gaps: tuple[Span, ...]
    overlaps: tuple[Span, ...]


@dataclass(frozen=True)
class Duty:
    """The contacts and rosters of all units."""

    contacts: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Numbers in order, by unit."""
    rosters: Mapping[str, Roster] = field(default_factory=dict)
    holidays: Mapping[date, Day] = field(default_factory=dict)

    def on_duty(self, unit: str, at: datetime) -> tuple[str, ...]:
        """Whom to ring, in order: the shifts of that minute; where no shift covers it, or the
        unit has no roster, all its contacts: a gap must not mean that nobody is rung."""
        found = [number for span in self._at(unit, at) for number in span.contacts]
        return tuple(dict.fromkeys(found)) or tuple(self.contacts.get(unit, ()))

    def covers(self, unit: str, at: datetime) -> bool:
        """Whether a shift says who is on duty at that minute."""
        return any(True for _ in self._at(unit, at))

    def _at(self, unit: str, at: datetime) -> Iterator[Span]:
        local = at.astimezone(SHANGHAI)
        for span in self._spans(unit, local.date(), local.date()):
            if span.start <= local < span.end:
                yield span

    def coverage(self, unit: str, since: datetime, days: int) -> Coverage:
        """Gaps and overlaps from `since` on; a unit without a roster is reached at all hours."""
        start = since.astimezone(SHANGHAI)
        end = start + timedelta(days=days)
        if unit not in self.rosters:
            nobody = () if self.contacts.get(unit) else (Span(start, end),)
            return Coverage(nobody, ())
        spans = sorted(
            (max(span.start, start), min(span.end, end), span.contacts)
            for span in self._spans(unit, start.date(), end.date())
            if span.end > start and span.start < end
        )
        gaps: list[Span] = []
        overlaps: list[Span] = []
        reached = start
        held: tuple[str, ...] = ()
        for begin, stop, contacts in spans:
            if begin > reached:
                gaps.append(Span(reached, begin))
            elif begin < reached:
                both = tuple(dict.fromkeys((*held, *contacts)))
                overlaps.append(Span(begin, min(stop, reached), both))
            if stop > reached:
                reached, held = stop, contacts
        if reached < end:
            gaps.append(Span(reached, end))
        return Coverage(tuple(gaps), tuple(overlaps))

    def _spans(self, unit: str, first: date, last: date) -> Iterator[Span]:
        """Shifts that touch the days from `first` to `last`: also those begun the day before."""
        roster = self.rosters.get(unit)
        day = first - timedelta(days=1)
        while roster is not None and day <= last:
            kind = self.holidays.get(day) or WEEK[day.weekday()]
            midnight = datetime.combine(day, time(), SHANGHAI)
            for shift in roster.shifts:
                if kind in shift.days:
                    start, end = _minutes(shift.start), _minutes(shift.end)
                    end += 0 if end > start else 24 * 60
                    yield Span(
                        midnight + timedelta(minutes=start),
                        midnight + timedelta(minutes=end),
                        tuple(shift.contacts),
                    )
            day += timedelta(days=1)


def _minutes(clock: str) -> int:
    hours, _, minutes = clock.partition(":")
    return int(hours) * 60 + int(minutes)
