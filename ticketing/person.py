"""A person (诉求人档案): who somebody is across his tickets, and what is noted about him.

Design: a number only suggests a person, a person of the hotline confirms; the ticket keeps what
was said in it (R-10-1, domain.md §3.3).
"""

import re
from collections.abc import Collection
from datetime import datetime
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from store.types import JsonObject
from ticketing.field_errors import field_refusal
from ticketing.identity import Identity
from ticketing.new_ticket import Phone, Short
from ticketing.records import Instant
from ticketing.refusal import Refusal
from ticketing.validation import national
from ticketing.workflow.terms import HOTLINE_ROLES

Flag = Literal["elderly", "abuse"]
"""老年人等需要照顾的来电人 (domain.md §4.1); 恶意骚扰 (§3.2: noted for some time by a supervisor,
never in the way of an emergency)."""
FlagSource = Literal["opt_in", "civil_affairs", "supervisor"]
"""本人申请, 民政部门名单, 班长认定."""
SOURCES: dict[Flag, tuple[FlagSource, ...]] = {
    "elderly": ("opt_in", "civil_affairs"),
    "abuse": ("supervisor",),
}
"""Where a flag may come from: age is never guessed from a voice."""

M = TypeVar("M", bound=BaseModel)

_ID = re.compile(r"P[0-9a-f]{10}")

OPERATOR = "operator"
"""Role of whoever works at the shell of the machine itself."""
_EVERYBODY: frozenset[str] = HOTLINE_ROLES | {OPERATOR}
MAY: dict[str, frozenset[str]] = {
    "add": _EVERYBODY,
    "link": _EVERYBODY,
    "unlink": _EVERYBODY,
    "elderly": _EVERYBODY,
    "abuse": frozenset({"supervisor", "center_head"}),
    "erase": frozenset({"center_head", OPERATOR}),
}
"""Roles that may do it; of flags: set or end them."""


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True)


class PersonFlag(_Model):
    """A flag that is in force."""

    flag: Flag
    source: FlagSource
    since: Instant
    expires_at: Instant | None
    set_by: str


class Person(_Model):
    """Somebody whom people of the hotline recognised; name None and no phones once erased."""

    person_id: str
    name: str | None
    phones: tuple[str, ...]
    """National digits; those of his tickets and those that somebody entered."""
    flags: tuple[PersonFlag, ...]
    tickets: tuple[str, ...]
    """Numbers of the tickets that somebody confirmed to be his, newest first."""
    created_at: Instant
    erased_at: Instant | None

    def to_json(self) -> JsonObject:
        """Times as the contract writes them."""
        return self.model_dump(mode="json")


class Suggestion(_Model):
    """A person whom a number may belong to; somebody has to confirm it."""

    person: Person
    matched: Literal["number", "tail4"]
    evidence: tuple[str, ...]
    """The tickets that the number came with; empty where somebody entered it."""

    def to_json(self) -> JsonObject:
        """The person with `matched` and `evidence`."""
        return {**self.person.to_json(), **self.model_dump(include={"matched", "evidence"})}


class NewPerson(_Model):
    """What is entered of a person who has no ticket yet, e.g. from a list of the elderly."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Short | None = None
    phones: tuple[Annotated[Phone, BeforeValidator(national)], ...] = Field((), max_length=20)


class Reason(_Model):
    """Why something was done; it is kept for good."""

    reason: Short


def flags_in_force(flags: Collection[PersonFlag], at: datetime) -> tuple[PersonFlag, ...]:
    """Those that have not expired."""
    return tuple(one for one in flags if one.expires_at is None or one.expires_at > at)


def is_person_id(text: str) -> bool:
    """Whether it is written like a person's id; no ticket number is."""
    return _ID.fullmatch(text) is not None


def allowed(what: str, role: str) -> None:
    """Raises Refusal where the role may not do it."""
    if role not in MAY[what]:
        roles = "、".join(sorted(MAY[what]))
        raise Refusal("not_allowed", "as", f"角色{role}不能做这件事", f"可由以下角色办理：{roles}")


def identity_of(one: Person) -> Identity:
    """By what texts name a person."""
    return Identity(frozenset([one.name] if one.name else []), frozenset(one.phones))


def names_nobody(reason: str, *whose: Identity) -> None:
    """A reason outlives the erasure of a person: raises Refusal where it names him."""
    if any(one.spans(reason) for one in whose):
        raise Refusal(
            "invalid_value",
            "reason",
            "原因中有本人的姓名或号码，而原因会长期保存",
            "请不要在原因中写姓名和号码",
        )


def checked(model: type[M], **given: Any) -> M:
    """The values; raises Refusal that names the one at fault."""
    try:
        return model.model_validate(given)
    except ValidationError as error:
        raise field_refusal(error.errors()[0]) from None
