"""More time for a unit (延期): T14, T15. Article 10(3), domain.md A-5 to A-8."""

from datetime import datetime, timedelta

from store.types import local_iso
from ticketing import deadlines
from ticketing.model import Ticket
from ticketing.policy import Policy
from ticketing.records import ExtensionRequest
from ticketing.repeats import SIX_DAYS
from ticketing.workflow.terms import Deed, Event, Facts, refuse, require


def may_ask_extension(deed: Deed) -> None:
    """T14: before the due time, one at a time, all together at most 6 days (art. 10(3))."""
    ticket, told = deed.ticket, deed.given
    if pending_extension(ticket) is not None:
        raise refuse("extension_pending", None, "已有延期申请在审核", "请等待审核结果", "10(3)")
    due = deadlines.unit_due(ticket)
    if ticket.clock == "answer" or due is None:
        raise refuse(
            "wrong_state",
            "answer_type",
            "直接答复的工单不能延期",
            "需要调查的，请先改为调查办理",
            "10(3)",
        )
    if deed.now >= due:
        raise refuse(
            "deadline_passed", None, "办理时限已到，不能再申请延期", "请尽快办结并答复", "10(3)"
        )
    require(deed, "reason", "new_due", article="10(3)")
    assert told.new_due is not None
    if told.new_due <= due:
        raise refuse(
            "invalid_value", "new_due", "新的期限不晚于现有期限", "请填写更晚的时间", "10(3)"
        )
    if told.new_due > latest_due(deed):
        days = deed.policy.max_extension / timedelta(days=1)
        raise refuse(
            "exceeds_6_days",
            "new_due",
            f"累计延期超过{days:g}天",
            f"新的期限最晚为{local_iso(latest_due(deed))}",
            "10(3)",
        )


def latest_due(deed: Deed) -> datetime:
    """The latest due time that an extension may ask for."""
    ticket, policy = deed.ticket, deed.policy
    due = deadlines.unit_due(ticket)
    assert due is not None
    phase = "rectify" if ticket.clock == "rectify" else "main"
    if policy.extension_anchor == "first_complaint" and phase == "main":
        return first_complaint(deed) + policy.max_extension
    return due + (policy.max_extension - extended_by(ticket, policy))


def extended_by(ticket: Ticket, policy: Policy) -> timedelta:
    """All approved extensions together, over all units of the ticket (§1.8b, A-17)."""
    phase = "rectify" if ticket.clock == "rectify" else "main"
    shared = policy.rectify_budget == "shared"
    lengths = (
        one.new_due - one.due
        for one in ticket.extension_requests
        if one.status == "approved" and (shared or one.phase == phase)
    )
    return sum(lengths, timedelta(0))


def first_complaint(deed: Deed) -> datetime:
    """When the citizen first complained of the matter (art. 19)."""
    root = deed.around.tickets.get(deed.ticket.repeat_of or "")
    return (root or deed.ticket).created_at


def extension_facts(deed: Deed) -> Facts:
    """Whether a re-report before the new due time may be a repeat (A-5)."""
    new_due = deed.given.new_due
    late = new_due is not None and new_due > first_complaint(deed) + SIX_DAYS
    return Facts(unit=deed.actor.unit, beyond_repeat_limit=late)


def may_decide_extension(deed: Deed) -> None:
    """T15: there is a request, and somebody else decides."""
    pending = pending_extension(deed.ticket)
    if pending is None:
        raise refuse(
            "no_extension_pending", None, "没有待审核的延期申请", "请由承办单位先申请", "10(3)"
        )
    if pending.requested_by == deed.actor.name:
        raise refuse("same_person", None, "申请人不能审核自己的申请", "请由其他人员审核")


def may_approve_extension(deed: Deed) -> None:
    """T15: more than three days are the supervisor's."""
    may_decide_extension(deed)
    pending = pending_extension(deed.ticket)
    assert pending is not None
    asked = pending.new_due - pending.due
    if asked > deed.policy.dispatcher_may_extend and deed.actor.role != "supervisor":
        days = deed.policy.dispatcher_may_extend / timedelta(days=1)
        raise refuse("needs_supervisor", "new_due", f"延期超过{days:g}天", "请由班长审核", "10(3)")


def pending_extension(ticket: Ticket) -> ExtensionRequest | None:
    """The extension request that waits for a decision."""
    if ticket.extension_requests and ticket.extension_requests[-1].status == "pending":
        return ticket.extension_requests[-1]
    return None


def extension_asked(ticket: Ticket, event: Event, _policy: Policy) -> Ticket:
    """T14: the unit clock stops until the decision (A-7, A-8)."""
    due, new_due = deadlines.unit_due(ticket), event.given.new_due
    assert due is not None and new_due is not None
    request = ExtensionRequest(
        requested_at=event.at,
        requested_by=event.actor.name,
        unit=ticket.unit or "",
        phase="rectify" if ticket.clock == "rectify" else "main",
        due=due,
        new_due=new_due,
        reason=event.given.reason or "",
        beyond_repeat_limit=event.facts.beyond_repeat_limit,
    )
    return deadlines.stop(ticket, event.at).changed(
        extension_requests=[*ticket.extension_requests, request]
    )


def extension_approved(ticket: Ticket, event: Event, policy: Policy) -> Ticket:
    """T15: due at the time asked for."""
    new_due = ticket.extension_requests[-1].new_due
    return deadlines.extend(_decide_extension(ticket, event, "approved"), event.at, new_due, policy)


def extension_refused(ticket: Ticket, event: Event, policy: Policy) -> Ticket:
    """T15: the old due time, moved by the review unless the policy is strict (A-7)."""
    return deadlines.resume(_decide_extension(ticket, event, "refused"), event.at, policy)


def _decide_extension(ticket: Ticket, event: Event, status: str) -> Ticket:
    decided = ticket.extension_requests[-1].model_copy(
        update={
            "status": status,
            "decided_at": event.at,
            "decided_by": event.actor.name,
            "comment": event.given.reason or event.given.comment,
        }
    )
    return ticket.changed(extension_requests=[*ticket.extension_requests[:-1], decided])
