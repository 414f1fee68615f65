"""The data of a command: keys of domain.md §3.4 and of the transitions, checked once."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, Field, ValidationError

from store.types import JsonObject
from ticketing.field_errors import field_refusal
from ticketing.model import CloseResult, RejectCode
from ticketing.new_ticket import NewTicket, Short, Text, Time
from ticketing.records import Defect, Ground, KeyCategory
from ticketing.validation import PHONES, national


def _list(value: object) -> object:
    return [value] if isinstance(value, str) else value


Defects = Annotated[list[Defect], BeforeValidator(_list)]
Grounds = Annotated[list[Ground], BeforeValidator(_list)]
Keys = Annotated[list[KeyCategory], BeforeValidator(_list)]
Codes = Annotated[list[Short], BeforeValidator(_list)]


class Given(NewTicket):
    """What a command may say. `model_fields_set` tells what it did say."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    query_code: str | None = None
    corrects: Short | None = None
    unit_content: Text | None = None
    written_opinion_required: bool | None = None
    key_categories: Keys = []
    answer: Text | None = None
    knowledge_ref: Short | None = None
    reject_code: RejectCode | None = None
    explanation: Text | None = None
    guidance: Text | None = None
    emergency_record: Short | bool | dict[str, Any] | None = None
    service: Short | None = None
    unit: Short | None = None
    lead_unit: Short | None = None
    assist_units: Codes = []
    ground: Text | None = None
    suggestion: Text | None = None
    suggested_unit: Short | None = None
    new_due: Time | None = None
    reason: Text | None = None
    disputed: bool | None = None
    child_due: Time | None = None
    reply: Text | None = None
    handling_note: Text | None = None
    public_reply: Text | None = None
    contacted: bool | None = None
    contacted_at: Time | None = None
    is_true: bool | None = None
    solved: bool | None = None
    unsolved_reason: Text | None = None
    written_opinion: Text | None = None
    leader_name_role: Short | None = None
    leader_action: Text | None = None
    defects: Defects = []
    comment: Text | None = None
    shared: bool | None = None
    """Of a note of the hotline: whether units see it (T34)."""
    attachment: Annotated[str, Field(pattern=r"^[0-9a-f-]{1,40}$")] | None = None
    """Of `attach` and `release_attachment`: the id of the file (T34)."""
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None
    """Of its content."""
    score: int | None = Field(default=None, ge=1, le=5, strict=True)
    """5-level scale: 1 非常满意 … 5 非常不满意."""
    close_result: CloseResult | None = None
    master_ticket: Short | None = None
    repeat_of: Short | None = None
    identity_checked: bool | None = None
    deadline: Time | None = None
    grounds: Grounds = []
    second_approver: Short | None = None
    clock: Short | None = None
    hours: float | None = Field(default=None, gt=0, le=24 * 366)

    def says(self, field: str) -> bool:
        """Whether the command gave a value for the field."""
        return field in self.model_fields_set

    def to_json(self) -> JsonObject:
        """What was given, for the ticket's event."""
        return self.model_dump(mode="json", exclude_unset=True)

    @property
    def limit(self) -> timedelta:
        """`hours` as a length; zero where none were given."""
        return timedelta(hours=self.hours or 0)


KEYS = frozenset(Given.model_fields)


def given(data: Mapping[str, Any]) -> Given:
    """Checks the data of a command; blank values count as not given. Raises `invalid_value`."""
    told = {key: _tidy(key, value) for key, value in data.items() if not _is_blank(value)}
    try:
        return Given.model_validate(told)
    except ValidationError as error:
        raise field_refusal(error.errors()[0]) from error


def _tidy(key: str, value: object) -> object:
    return national(value) if key in PHONES else value


def _is_blank(value: object) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())
