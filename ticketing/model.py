"""The ticket (工单): its words and its fields (domain.md §3.4)."""

from enum import StrEnum
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from store.types import JsonObject
from ticketing.records import (
    AssistReply,
    AuditResult,
    CallbackAttempt,
    ExtensionRequest,
    Instant,
    KeyCategory,
    ReturnRequest,
    SubDispatch,
    SupervisionRecord,
)


class State(StrEnum):
    """States of a ticket (工单状态, domain.md §2.1)."""

    PENDING_ACCEPTANCE = "pending_acceptance"  # 待受理
    REJECTED = "rejected"  # 不予受理
    EMERGENCY_TRANSFERRED = "emergency_transferred"  # 已转紧急
    ACCEPTED = "accepted"  # 待派单
    ANSWERED = "answered"  # 直接解答
    DISPATCHED = "dispatched"  # 待签收
    IN_PROGRESS = "in_progress"  # 办理中
    RETURN_REVIEW = "return_review"  # 退单审核
    REPLY_REVIEW = "reply_review"  # 答复待审
    SUPPLEMENTING = "supplementing"  # 待补充
    SMS_CALLBACK = "sms_callback"  # 待短信回访
    MANUAL_CALLBACK = "manual_callback"  # 待人工回访
    RECTIFYING = "rectifying"  # 整改中
    RECHECK = "recheck"  # 回访复核
    COORDINATING = "coordinating"  # 专题协调
    CLOSED = "closed"  # 已归档
    MERGED = "merged"  # 已并单
    WITHDRAWN = "withdrawn"  # 已撤回


ERASED = "erase_personal"
"""The command of the event that says so: personal data were erased."""

TERMINAL = frozenset(
    {
        State.REJECTED,
        State.EMERGENCY_TRANSFERRED,
        State.CLOSED,
        State.MERGED,
        State.WITHDRAWN,
    }
)
"""States that nothing follows; a ticket in any other one is open."""

DraftKind = Literal["agent", "message", "callback", "emergency"]
"""What in a call brought the draft (草稿)."""
Relation = Literal["origin", "statement", "urge", "callback", "relay"]
"""What a call is to a ticket: first report, more facts, urging (催办), call back, relay."""

Channel = Literal[
    "phone",
    "web",
    "wechat",
    "app",
    "sms",
    "email",
    "province_12345",
    "national_platform",
    "zf_hotline",
    "good_bad_review",
    "call_110",
    "walk_in",
    "other",
]
RequestType = Literal["consult", "help", "complaint", "report", "suggestion", "praise", "other"]
RequesterKind = Literal["person", "enterprise", "organisation"]
IdentityLevel = Literal["anonymous", "self_declared", "verified"]
Urgency = Literal["emergency", "urgent", "normal"]
HandlingMode = Literal[
    "direct_answer", "three_way_call", "ticket_flow", "expert_seat", "special_channel"
]
AnswerType = Literal["direct", "investigate"]
AcceptanceBasis = Literal["6.1", "6.2", "6.3", "6.4", "6.5", "6.6", "6.7", "6.8", "6.9"]
RejectCode = Literal["N1", "N2", "N3", "N4", "N5", "N6"]
CloseResult = Literal[
    "satisfied",
    "unsatisfied",
    "unsatisfied_explained",
    "not_rated",
    "unreachable",
    "answered_in_call",
]

UnitClock = Literal["answer", "resolve", "rectify"]
"""The due time that a unit works against."""
ClockName = Literal["answer", "sign", "resolve", "supplement", "rectify", "sms", "manual"]


class TicketCall(BaseModel):
    """A call that concerns the ticket."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    call_id: str
    relation: Relation


class TicketEvent(BaseModel):
    """An entry of the ticket's append-only, hash-chained journal (事件流水)."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)

    seq: int
    at: Instant
    actor: str
    role: str
    command: str
    from_state: State | None = Field(serialization_alias="from")
    to_state: State = Field(serialization_alias="to")
    article: str | None
    data: dict[str, Any]
    hash: str


class Ticket(BaseModel):
    """A ticket with every field of domain.md §3.4; None and [] where nothing is known."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    ticket_no: str
    query_code: str
    version: int
    state: State
    close_result: CloseResult | None
    created_at: Instant
    channel: Channel
    caller_number: str | None
    called_number: str | None
    call_id: str | None
    recording_ids: list[str]
    accepted_at: Instant | None
    first_agent_no: str | None
    requester_name: str | None
    salutation: str | None
    contact_phone: str | None
    requester_kind: RequesterKind | None
    identity_level: IdentityLevel | None
    confidential: bool
    want_reply: bool
    request_type: RequestType | None
    category_l1: str | None
    category_l2: str | None
    gbt39666_code: str | None
    title: str | None
    content: str | None
    expected_result: str | None
    transcript: str | None
    stt_confidence: float | None
    occurred_at: Instant | None
    address_text: str | None
    region_code: str | None
    town: str | None
    village: str | None
    lng: float | None
    lat: float | None
    target_unit: str | None
    target_name: str | None
    urgency: Urgency
    handling_mode: HandlingMode | None
    answer_type: AnswerType | None
    acceptance_basis: AcceptanceBasis | None
    reject_code: RejectCode | None
    unit: str | None
    lead_unit: str | None
    assist_units: list[str]
    dispatched_at: Instant | None
    signed_at: Instant | None
    resolved_at: Instant | None
    closed_at: Instant | None
    answer_due: Instant | None
    sign_due: Instant | None
    resolve_due: Instant | None
    original_due: Instant | None
    extension_requests: list[ExtensionRequest]
    return_requests: list[ReturnRequest]
    handling_note: str | None
    public_reply: str | None
    contacted: bool | None
    contacted_at: Instant | None
    is_true: bool | None
    solved: bool | None
    unsolved_reason: str | None
    written_opinion: str | None
    audit: list[AuditResult]
    callback: list[CallbackAttempt]
    supervision_level: int
    key_categories: list[KeyCategory]
    repeat_of: str | None
    repeat_rule: str | None
    repeat_seq: int | None
    master_ticket: str | None
    event_ids: list[str]
    policy_id: str | None
    suggestion: dict[str, Any] | None
    draft_kind: DraftKind | None
    calls: list[TicketCall]
    events: list[TicketEvent]

    # What the workflow keeps beside domain.md §3.4.
    state_since: Instant | None = None
    merged_from: State | None = None
    """The state to which `unmerge` goes back, with `merged_since`."""
    merged_since: Instant | None = None
    referred_at: Instant | None = None
    """An agent left the decision to the supervisor (上报班长, art. 8)."""
    same_matter_as: str | None = None
    """The earlier ticket that a person named, whether or not the law then sees a repeat."""
    corrects: str | None = None
    """The wrongly rejected ticket that this one corrects."""
    answer: str | None = None
    knowledge_ref: str | None = None
    answered_in_call: bool = False
    answered_at: Instant | None = None
    explanation: str | None = None
    guidance: str | None = None
    emergencies: list[Instant] = []
    """When the caller was handed to an emergency service."""
    followed_up_at: Instant | None = None
    """When the hotline last asked what had become of it (R-9-3)."""
    unit_content: str | None = None
    """The only text that a unit sees of a confidential ticket (R-23-2)."""
    written_opinion_required: bool = False
    leader_name_role: str | None = None
    leader_action: str | None = None
    replied_by: str | None = None
    """The person who submitted the last reply."""
    sub_dispatches: list[SubDispatch] = []
    assist_replies: list[AssistReply] = []
    supervision: list[SupervisionRecord] = []
    first_resolved_at: Instant | None = None
    supplement_due: Instant | None = None
    rectify_due: Instant | None = None
    sms_due: Instant | None = None
    manual_due: Instant | None = None
    clock: UnitClock | None = None
    """The unit clock: None while no unit holds the ticket."""
    clock_started_at: Instant | None = None
    """Start of the clock's present run, after the last pause."""
    clock_stopped_at: Instant | None = None
    """Since when the hotline reviews something; None while the clock runs."""
    clock_used: float = 0.0
    """Seconds that the clock ran before its present run."""
    late: list[ClockName] = []
    """Clocks of the unit that now holds the ticket that ran out before their work was done."""

    @property
    def is_open(self) -> bool:
        """Whether something is still to be done."""
        return self.state not in TERMINAL

    @property
    def wants_follow_up(self) -> bool:
        """Whether nobody has asked yet what became of the last transfer to an emergency service."""
        last, asked = max(self.emergencies, default=None), self.followed_up_at
        return last is not None and (asked is None or asked < last)

    @property
    def is_erased(self) -> bool:
        """Whether the citizen's name and numbers were erased (已删除): they are None for good."""
        return any(event.command == ERASED for event in self.events)

    @property
    def is_hidden(self) -> bool:
        """Whether units must not know who the citizen is (R-23-2)."""
        return self.confidential or self.request_type == "report"

    def changed(self, **fields: Any) -> "Ticket":
        """The ticket with other values; raises KeyError for a field that it does not have."""
        unknown = fields.keys() - type(self).model_fields.keys()
        if unknown:
            raise KeyError(*sorted(unknown))
        return self.model_copy(update=fields)

    def to_json(self) -> JsonObject:
        """The contract's `ticket` object."""
        return self.model_dump(mode="json", by_alias=True)
