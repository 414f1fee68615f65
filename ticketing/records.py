"""What happens to a ticket more than once: requests, audits, callbacks, measures.

Each entry is kept with the ticket (domain.md §3.4) and is JSON in the store.
"""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, PlainSerializer

from store.types import local_iso

Instant = Annotated[datetime, PlainSerializer(local_iso, return_type=str, when_used="json")]

Phase = Literal["main", "rectify"]
"""Which handling an extension belongs to: the first one or the rectification (整改)."""
RequestStatus = Literal["pending", "approved", "refused", "lapsed"]
Defect = Literal["irregular", "unspecific", "incomplete"]
"""不规范、不具体、不完整 (art. 10(4))."""
KeyCategory = Literal["K1", "K2", "K3", "K4", "K5"]
"""Kinds of key supervision (重点督办类别, art. 18)."""
Ground = Literal["G1", "G2", "G3"]
"""Grounds of interview, notice and special report (art. 21)."""
Measure = Literal[
    "tracking",
    "urge",
    "supervise",
    "special_coordination",
    "interview",
    "notice",
    "special_report",
    "discipline_referral",
    "accountability",
    "exemption",
    "leader_instruction",
    "false_reply",
]
"""Steps of the supervision ladder (domain.md §2.5), what a leader orders beside it (批示), and
`false_reply`, a re-check's finding."""


class Record(BaseModel):
    """Base of the entries: a new one replaces an old one, none is changed in place."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class ExtensionRequest(Record):
    """A request for more time (延期申请, art. 10(3))."""

    requested_at: Instant
    requested_by: str
    unit: str
    phase: Phase
    due: Instant
    """The due time at the request; what it asks for is `new_due - due`."""
    new_due: Instant
    reason: str
    status: RequestStatus = "pending"
    decided_at: Instant | None = None
    decided_by: str | None = None
    comment: str | None = None
    beyond_repeat_limit: bool = False
    """Whether a re-report before `new_due` may count as a repeat (domain.md A-5)."""


class ReturnRequest(Record):
    """A unit's request to give the ticket back (退单申请, art. 10(4))."""

    requested_at: Instant
    requested_by: str
    unit: str
    ground: str
    suggestion: str
    suggested_unit: str | None = None
    status: RequestStatus = "pending"
    decided_at: Instant | None = None
    decided_by: str | None = None
    comment: str | None = None


class AuditResult(Record):
    """The hotline's audit of a reply (答复认定, art. 10(4))."""

    at: Instant
    auditor: str
    unit: str
    replied_by: str | None
    passed: bool
    defects: list[Defect] = []
    comment: str | None = None


class CallbackAttempt(Record):
    """One answer to a survey or one attempt to call back (回访, art. 10(5))."""

    at: Instant
    channel: Literal["sms", "manual"]
    by: str
    result: Literal["satisfied", "unsatisfied", "unclear", "unreachable"]
    counted: bool = True
    """False for an attempt outside the hours in which people may be called."""
    score: int | None = None
    contacted: bool | None = None
    solved: bool | None = None
    reason: str | None = None


class SubDispatch(Record):
    """A child task at a sub-unit (加派)."""

    unit: str
    sent_at: Instant
    sent_by: str
    due: Instant
    signed_at: Instant | None = None
    ended_at: Instant | None = None
    result: Literal["replied", "returned"] | None = None
    reply: str | None = None


class AssistReply(Record):
    """What an assisting unit (协办单位) adds to the lead's reply."""

    at: Instant
    unit: str
    by: str
    reply: str


class SupervisionRecord(Record):
    """A measure of the supervision ladder (督办阶梯)."""

    at: Instant
    measure: Measure
    by: str
    unit: str | None
    grounds: list[Ground] = []
    reason: str | None = None
    second_approver: str | None = None
    due: Instant | None = None
