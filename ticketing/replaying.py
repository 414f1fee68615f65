"""The journal read back (重放): what a ticket was after each of its stored events.

Events of the workflow go through the engine. The line and the recognisers write events of their
own: a draft, what was said, a call that belongs to the ticket, a timer that only told somebody.
"""

from collections.abc import Iterator, Sequence
from functools import reduce

from store.types import JsonObject
from ticketing.conflict import Change, Conflict
from ticketing.model import Ticket, TicketEvent
from ticketing.policy import Policies
from ticketing.workflow.engine import blank, event_of, evolve
from ticketing.workflow.terms import LABELS, refuse

_FILLS = frozenset({"create", "transcribe", "import"})
"""Events outside the workflow whose data are fields of the ticket."""
_NOT_IN_EVENTS = {"query_code", "recording_ids", "calls", "events"}
_BOOKKEEPING = _NOT_IN_EVENTS | {
    "version",
    "state_since",
    "late",
    "suggestion",
    "stt_confidence",
    "policy_id",
    "merged_from",
    "merged_since",
    "original_due",
    "first_resolved_at",
    "clock",
    "clock_started_at",
    "clock_stopped_at",
    "clock_used",
}
"""What no person changes by itself: it follows from the state."""
_NAMES = LABELS | {
    "state": "状态",
    "accepted_at": "受理时间",
    "dispatched_at": "派单时间",
    "signed_at": "签收时间",
    "resolved_at": "办结时间",
    "closed_at": "归档时间",
    "answer_due": "答复时限",
    "sign_due": "签收时限",
    "resolve_due": "办结时限",
    "supplement_due": "补充时限",
    "rectify_due": "整改时限",
    "sms_due": "短信回访时限",
    "manual_due": "人工回访时限",
    "category_l1": "一级分类",
    "category_l2": "二级分类",
    "address_text": "地址",
    "contact_phone": "联系电话",
    "urgency": "紧急程度",
    "handling_mode": "办理方式",
    "assist_units": "协办单位",
    "sub_dispatches": "加派",
    "handling_note": "办理情况",
    "transcript": "通话转写",
    "extension_requests": "延期申请",
    "return_requests": "退单申请",
    "audit": "答复审核",
    "callback": "回访记录",
    "close_result": "办结结果",
    "supervision": "督办记录",
    "supervision_level": "督办级别",
    "followed_up_at": "紧急跟进",
}
NEVER_CONFLICT = frozenset({"add_note", "add_statement", "attach"})
"""Commands that one may give whatever others did meanwhile."""


def after(before: Ticket | None, ticket_no: str, event: TicketEvent, policies: Policies) -> Ticket:
    """The ticket after a stored event; `before` is None for its first one."""
    if "_transition" in event.data:
        row = event.model_dump() | {"ticket_no": ticket_no}
        return evolve(before, event_of(row), policies)
    one = before or blank(ticket_no, event.at).changed(state_since=event.at)
    told: JsonObject = {}
    if event.command in _FILLS:
        told = {key: value for key, value in event.data.items() if key in Ticket.model_fields}
    return Ticket.model_validate({**one.model_dump(), **told, "version": one.version + 1})


def differences(stored: Ticket, policies: Policies) -> Iterator[str]:
    """Where the stored ticket is not what its events make of it."""
    if not stored.events:
        yield "there are no events"
        return
    try:
        made = _replayed(stored, stored.events, policies)
    except (KeyError, ValueError) as error:  # an event of a rule that this program does not have
        yield f"the events cannot be replayed: {error}"
        return
    unsaid = {"suggestion"} if _suggestion_is_unsaid(stored.events) else set()
    told, said = stored.to_json(), made.to_json()
    for name in told.keys() - _NOT_IN_EVENTS - unsaid:
        if told[name] != said[name]:
            yield f"{name} is {told[name]!r}, the events say {said[name]!r}"


def not_stale(ticket: Ticket, command: str, expected: int | None, policies: Policies) -> None:
    """Refuses with `stale_version` where somebody changed the ticket that the actor saw.

    `expected` is the version that he saw. Notes, statements and attachments never conflict.
    """
    if expected is None or expected == ticket.version or command in NEVER_CONFLICT:
        return
    if not 0 < expected < ticket.version:
        raise refuse(
            "invalid_value", "version", f"工单没有版本{expected}", f"当前版本是{ticket.version}"
        )
    seen, later = ticket.events[:expected], ticket.events[expected:]
    changes = list(_changes(_replayed(ticket, seen, policies), later, ticket.ticket_no, policies))
    if changes:
        raise Conflict(changes)


def _replayed(ticket: Ticket, events: Sequence[TicketEvent], policies: Policies) -> Ticket:
    first, *others = events
    return reduce(
        lambda one, event: after(one, ticket.ticket_no, event, policies),
        others,
        after(None, ticket.ticket_no, first, policies),
    )


def _changes(
    before: Ticket, events: Sequence[TicketEvent], ticket_no: str, policies: Policies
) -> Iterator[Change]:
    """Who changed which fields when."""
    for event in events:
        one = after(before, ticket_no, event, policies)
        if event.command not in NEVER_CONFLICT:
            old, new = before.to_json(), one.to_json()
            fields = [name for name in new if new[name] != old[name] and name not in _BOOKKEEPING]
            if fields:
                names = "、".join(_named(name) for name in fields)
                yield Change(event.actor, event.at, names)
        before = one


def _named(field: str) -> str:
    return f"{_NAMES[field]}（{field}）" if field in _NAMES else field


def _suggestion_is_unsaid(events: Sequence[TicketEvent]) -> bool:
    """Whether a transcript came in the time when its event did not yet keep the suggestion."""
    return any(event.command == "transcribe" and "suggestion" not in event.data for event in events)
