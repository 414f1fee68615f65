"""The city's rules in numbers (政策版本, R-1-1): every limit, with its article, in versions.

A ticket keeps the version that it was accepted under. Keys are those of domain.md §1.8.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from ticketing.refusal import Refusal

_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}


def _duration(value: object, unit: str) -> object:
    if isinstance(value, str):
        found = re.fullmatch(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([mhd]?)\s*", value)
        if found:
            return _times(float(found[1]), found[2] or unit)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _times(value, unit)
    return value


def _times(number: float, unit: str) -> timedelta:
    try:
        return number * _UNITS[unit]
    except OverflowError as error:
        raise ValueError("too long") from error


def _words(value: object) -> object:
    return re.split(r"[,、\s]+", value.strip()) if isinstance(value, str) else value


_POSITIVE = Field(gt=timedelta(0))

Hours = Annotated[timedelta, BeforeValidator(lambda value: _duration(value, "h")), _POSITIVE]
"""A number of hours, or text with a unit: `48`, `"48h"`, `"30m"`, `"2d"`."""
Minutes = Annotated[timedelta, BeforeValidator(lambda value: _duration(value, "m")), _POSITIVE]
Days = Annotated[
    timedelta, BeforeValidator(lambda value: _duration(value, "d")), Field(ge=timedelta(0))
]

HOUR = timedelta(hours=1)
LIMITED = ("answer", "sign", "resolve", "rectify")
"""Clocks of which a unit may have a stricter limit of its own (art. 25)."""


class Policy(BaseModel):
    """One version of the rules. Where no article is named the Measures leave it open (§1.8)."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    policy_id: str = "suqian-2020"
    effective_from: AwareDatetime = datetime(2020, 10, 18, 16, tzinfo=UTC)
    """2020-10-19 in Suqian, the day of issue (art. 26)."""
    source: str = "《宿迁市12345热线平台运行管理办法》"

    calendar: Literal["natural"] = Field("natural", alias="sla.calendar")
    """Natural hours, holidays included (art. 11)."""
    answer_hours: Hours = Field(4 * HOUR, alias="sla.answer_hours")
    """Direct answers (art. 10(3))."""
    sign_hours: Hours = Field(HOUR, alias="sla.sign_hours")
    resolve_hours: Hours = Field(12 * HOUR, alias="sla.resolve_hours")
    resolve_anchor: Literal["dispatched"] = Field("dispatched", alias="sla.resolve_anchor")
    direct_anchor: Literal["dispatched", "accepted"] = Field(
        "dispatched", alias="sla.direct_anchor"
    )
    """Where a unit's time for a direct answer begins (A-3)."""
    review_pause: Literal["unit_only", "strict"] = Field("unit_only", alias="sla.review_pause")
    """Whether the unit clock stops while the hotline reviews (A-8)."""
    max_extension: Days = Field(timedelta(days=6), alias="ext.max_days")
    """All extensions of a ticket together (art. 10(3), A-5)."""
    extension_anchor: Literal["original_due", "first_complaint"] = Field(
        "original_due", alias="ext.anchor"
    )
    extension_review: Hours = Field(HOUR, alias="ext.review_sla")
    dispatcher_may_extend: Days = Field(timedelta(days=3), alias="ext.dispatcher_days")
    """A longer request is the supervisor's (T15)."""
    return_window: Hours = Field(12 * HOUR, alias="return.window_hours")
    """Art. 10(4)."""
    returns_per_unit: int = Field(1, alias="return.max_per_unit", ge=0)
    """One more is accepted on a new ground (A-10)."""
    return_review: Hours = Field(HOUR, alias="return.review_sla")
    audit_review: Hours = Field(4 * HOUR, alias="audit.review_sla")
    supplement_floor: Hours = Field(HOUR, alias="audit.supplement_floor")
    rectify_hours: Hours = Field(12 * HOUR, alias="rectify.hours")
    rectify_budget: Literal["separate", "shared"] = Field("separate", alias="rectify.ext_budget")
    repeat_month: Literal["civil", "30d"] = Field("civil", alias="repeat.month")
    repeat_scope_a: Literal["anyone", "same_citizen"] = Field("anyone", alias="repeat.scope_a")
    repeat_types: Annotated[tuple[str, ...], BeforeValidator(_words)] = Field(
        ("complaint", "report", "help"), alias="repeat.types"
    )
    sms_wait: Hours = Field(48 * HOUR, alias="sms.wait")
    manual_wait: Hours = Field(24 * HOUR, alias="callback.wait")
    callback_attempts: int = Field(3, alias="callback.attempts", ge=1)
    accept_target: Minutes = Field(HOUR / 2, alias="accept.target")
    refer_target: Minutes = Field(HOUR / 4, alias="refer.target")
    dispatch_target: Minutes = Field(HOUR / 2, alias="dispatch.target")
    followup_wait: Minutes = Field(HOUR / 2, alias="followup.wait")
    answer_source: Literal["any", "entry"] = Field("any", alias="answer.source")
    """Whether a direct answer may name another source than an entry of the knowledge base. One
    that names an entry has to name a current one (art. 3) either way."""
    answered_wait: Hours = Field(4 * HOUR, alias="answered.wait")
    """How long a citizen may say that an answer did not help (T6b)."""
    coordinate_wait: Hours = Field(24 * HOUR, alias="coordinate.wait")
    recheck_wait: Hours = Field(24 * HOUR, alias="recheck.wait")
    unmerge_wait: Hours = Field(24 * HOUR, alias="unmerge.wait")

    def hours_of(self, clock: str) -> timedelta:
        """The limit of `answer`, `sign`, `resolve` or `rectify`; raises KeyError for others."""
        return {
            "answer": self.answer_hours,
            "sign": self.sign_hours,
            "resolve": self.resolve_hours,
            "rectify": self.rectify_hours,
        }[clock]


SWITCHES = {str(field.alias): name for name, field in Policy.model_fields.items() if field.alias}
"""The keys of a policy, as the city writes them."""


def revised(base: Policy, switches: Mapping[str, Any], **named: Any) -> Policy:
    """A version that differs from `base` in `switches`; raises Refusal `invalid_value`.

    `named`: policy_id and effective_from of the new version. Keys must be in SWITCHES.
    """
    values = base.model_dump(by_alias=True) | dict(switches) | named
    try:
        return Policy.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        key = str(first["loc"][0])
        expected = first.get("ctx", {}).get("expected")
        raise Refusal(
            "invalid_value",
            key,
            f"规则参数{key}的值“{first['input']}”无效",
            f"请填写{expected}之一" if expected else '请填写大于零的数值，如 12 或 "48h"',
        ) from error


@dataclass(frozen=True)
class Policies:
    """All versions, the oldest first."""

    versions: Sequence[Policy] = (Policy(),)

    def at(self, instant: datetime) -> Policy:
        """The version in force; before the first one, the first."""
        in_force = [one for one in self.versions if one.effective_from <= instant]
        return in_force[-1] if in_force else self.versions[0]

    def of(self, policy_id: str | None, instant: datetime) -> Policy:
        """The version of that id; for None, of a ticket not yet accepted, the one in force."""
        for one in self.versions:
            if one.policy_id == policy_id:
                return one
        return self.at(instant)

    def with_version(self, new: Policy) -> "Policies":
        """The versions with one more."""
        return Policies((*self.versions, new))
