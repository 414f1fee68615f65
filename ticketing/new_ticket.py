"""What a new ticket may contain (domain.md §3.4)."""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
)
from pydantic_core import PydanticCustomError

from ticketing.model import (
    AcceptanceBasis,
    AnswerType,
    Channel,
    HandlingMode,
    IdentityLevel,
    RequesterKind,
    RequestType,
    Urgency,
)

CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
"""All but tab and line ends; halves of surrogate pairs are no characters at all."""
CLOCKS_DIFFER = timedelta(minutes=10)
"""Between two machines: what is later than that is in the future."""
_FIRST, _LAST = datetime(1990, 1, 1, tzinfo=UTC), datetime(2190, 1, 1, tzinfo=UTC)


def is_plausible(at: datetime) -> bool:
    """Whether an instant can be meant, and reckoned with."""
    return _FIRST <= at < _LAST


def _plausible(at: datetime) -> datetime:
    if not is_plausible(at):
        raise ValueError("no plausible year")
    return at


def _printable(text: str) -> str:
    """No database, page or printer needs control characters."""
    if CONTROL.search(text):
        raise PydanticCustomError("control_characters", "control characters")
    return text


Time = Annotated[AwareDatetime, AfterValidator(_plausible)]
Text = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000),
    AfterValidator(_printable),
]
Short = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200),
    AfterValidator(_printable),
]
Phone = Annotated[str, StringConstraints(pattern=r"^[0-9]{3,20}$")]


class NewTicket(BaseModel):
    """What may be known when a ticket is made; everything else comes from its workflow."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    channel: Channel = "phone"
    caller_number: Phone | None = None
    called_number: Phone | None = None
    call_id: Short | None = None
    first_agent_no: Short | None = None
    requester_name: Short | None = None
    salutation: Short | None = None
    contact_phone: Phone | None = None
    requester_kind: RequesterKind | None = None
    identity_level: IdentityLevel | None = None
    confidential: bool | None = None
    """None: as the request type asks (举报 is confidential)."""
    want_reply: bool = True
    request_type: RequestType | None = None
    category_l1: str | None = None
    category_l2: str | None = None
    title: Short | None = None
    content: Text | None = None
    expected_result: Text | None = None
    transcript: Text | None = None
    stt_confidence: float | None = Field(default=None, ge=0, le=1)
    occurred_at: Time | None = None
    address_text: Short | None = None
    region_code: str | None = None
    town: Short | None = None
    village: Short | None = None
    lng: float | None = Field(default=None, ge=-180, le=180)
    lat: float | None = Field(default=None, ge=-90, le=90)
    target_unit: str | None = None
    target_name: Short | None = None
    urgency: Urgency = "normal"
    handling_mode: HandlingMode | None = None
    answer_type: AnswerType | None = None
    acceptance_basis: AcceptanceBasis | None = None
