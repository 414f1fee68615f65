"""Which unit handles a ticket: dispatch, signing, return, coordination (T7 to T13).

Articles 8, 10(3), 10(4), 20; conflict of interest R-6-3.
"""

from store.types import SHANGHAI
from ticketing import deadlines
from ticketing.model import AnswerType, Ticket
from ticketing.policy import Policy
from ticketing.records import ReturnRequest, SupervisionRecord
from ticketing.workflow.terms import Deed, Event, Facts, When, missing, refuse, require

ROUTING_CONFIDENCE = 0.6
"""Below it a dispatcher decides (domain.md §5.1)."""


# Guards


def takes_tickets(deed: Deed, name: str, unit: str) -> None:
    """A unit that is named in `name` exists and is active."""
    found = deed.around.city.units.get(unit)
    if found is None:
        raise refuse("unknown_unit", name, f"没有代码为{unit}的单位", "请填写成员单位代码")
    if not found.is_active(deed.now.astimezone(SHANGHAI).date()):
        raise refuse("unit_inactive", name, f"{found.name}已停用", "请改派给承接其职责的单位")


def may_handle(deed: Deed, name: str, unit: str) -> None:
    """The handling unit is active and not the one complained of (art. 6(3), R-6-3)."""
    takes_tickets(deed, name, unit)
    if deed.ticket.acceptance_basis == "6.3" and unit == deed.ticket.target_unit:
        raise refuse(
            "conflict_of_interest",
            name,
            "不能把对该单位的投诉派给该单位自身",
            "请派给其上级主管或监督单位",
            "6(3)",
        )


def names_unit(deed: Deed) -> None:
    """T7: an active unit, not the one complained of, not the one that just gave it back."""
    require(deed, "unit", article="8")
    unit = str(deed.given.unit)
    may_handle(deed, "unit", unit)
    returns = [one for one in deed.ticket.return_requests if one.status == "approved"]
    if returns and returns[-1].unit == unit:
        raise refuse("invalid_value", "unit", "该单位刚刚退回此工单", "请改派给其他单位", "10(4)")


def has_answer_type(deed: Deed) -> None:
    """T7: direct or investigate."""
    if deed.given.answer_type is None and deed.ticket.answer_type is None:
        raise missing("answer_type", "10(3)")


def assistants_take_tickets(deed: Deed) -> None:
    """Assisting units exist, are active and are not the handling unit."""
    for unit in deed.given.assist_units:
        takes_tickets(deed, "assist_units", unit)
        if unit in (deed.given.unit, deed.given.lead_unit):
            raise refuse("invalid_value", "assist_units", "协办单位不能是主办单位", "请去掉该单位")


def is_routed_surely(deed: Deed) -> None:
    """T7: an agent dispatches only where the routing was sure."""
    if deed.actor.role != "agent":
        return
    proposed = (deed.ticket.suggestion or {}).get("unit") or {}
    if proposed.get("code") != deed.given.unit or (
        proposed.get("confidence", 0) < ROUTING_CONFIDENCE
    ):
        raise refuse("not_allowed", None, "派单建议的把握不足", "请交派单员派单", "8")


def knows_suggested_unit(deed: Deed) -> None:
    """T9, T34: a unit that somebody would send it to is one of the city's."""
    unit = deed.given.suggested_unit
    if unit is not None and unit not in deed.around.city.units:
        raise refuse(
            "unknown_unit",
            "suggested_unit",
            f"没有代码为{unit}的单位",
            "请填写成员单位代码",
            "10(4)" if deed.command == "request_return" else None,
        )


def may_return(deed: Deed) -> None:
    """T9: in time, with ground and suggestion, once (again on a new ground), no lead unit."""
    ticket, told = deed.ticket, deed.given
    if ticket.lead_unit is not None and ticket.lead_unit == ticket.unit:
        raise refuse(
            "lead_designated", None, "已被指定为主办单位，不能退单", "请牵头办理并答复", "20"
        )
    require(deed, "ground", "suggestion", article="10(4)")
    knows_suggested_unit(deed)
    start = ticket.dispatched_at
    if start is not None and deed.now > start + deed.policy.return_window:
        raise refuse(
            "return_window_closed", None, "已超过退单申请期限", "请继续办理并按时答复", "10(4)"
        )
    before = [one for one in ticket.return_requests if one.unit == ticket.unit]
    spare = deed.policy.returns_per_unit - len(before)
    new_ground = told.ground not in {one.ground for one in before}
    if spare < 0 or (spare == 0 and not new_ground):
        fix = "请继续办理" if spare < 0 else "有新的依据时方可再次申请"
        raise refuse("already_returned", "ground", "该单位已申请过退单", fix, "10(4)")


def may_decide_return(deed: Deed) -> None:
    """The person who asked does not decide."""
    pending = _pending(deed.ticket)
    if pending is not None and pending.requested_by == deed.actor.name:
        raise refuse("same_person", None, "申请人不能审核自己的申请", "请由其他人员审核")


def names_other_unit(deed: Deed) -> None:
    """T10: another unit than the one that gives it back."""
    if deed.given.unit is None:
        return
    may_handle(deed, "unit", deed.given.unit)
    if deed.given.unit == deed.ticket.unit:
        raise refuse("invalid_value", "unit", "不能再派给申请退单的单位", "请填写其他单位", "10(4)")


def has_reason(deed: Deed) -> None:
    """The decision is explained."""
    require(deed, "reason")


def is_disputed(deed: Deed) -> None:
    """T12: two returns or more, or the responsibility is disputed (art. 20)."""
    if len(deed.ticket.return_requests) < 2 and not deed.given.disputed:
        raise refuse(
            "coordination_without_cause",
            "disputed",
            "退单不足两次，职责也没有争议",
            "请直接派单；确有争议时填写 disputed=true",
            "20",
        )


def names_lead(deed: Deed) -> None:
    """T13: an active lead unit that is not complained of."""
    require(deed, "lead_unit", article="20")
    may_handle(deed, "lead_unit", str(deed.given.lead_unit))


# Facts


def unit_facts(deed: Deed) -> Facts:
    """The inner limits of the unit that gets the ticket (art. 25)."""
    unit = deed.given.unit or deed.given.lead_unit or deed.ticket.unit
    limits = deed.around.limits.get(unit or "", {})
    hours = {clock: limit.total_seconds() / 3600 for clock, limit in limits.items()}
    return Facts(unit=deed.actor.unit, limits=hours)


# Conditions

with_unit = When("指定新单位", lambda deed: deed.given.unit is not None)


# Effects


def dispatched(ticket: Ticket, event: Event, policy: Policy) -> Ticket:
    """T7: the unit's clocks start."""
    told = event.given
    return _to_unit(
        ticket, event, policy, told.unit, told.answer_type or ticket.answer_type or "investigate"
    )


def signed(ticket: Ticket, event: Event, _policy: Policy) -> Ticket:
    """T8."""
    return ticket.changed(signed_at=event.at)


def return_asked(ticket: Ticket, event: Event, _policy: Policy) -> Ticket:
    """T9: counts as signing; the unit clock stops, a pending extension lapses."""
    told = event.given
    request = ReturnRequest(
        requested_at=event.at,
        requested_by=event.actor.name,
        unit=ticket.unit or "",
        ground=told.ground or "",
        suggestion=told.suggestion or "",
        suggested_unit=told.suggested_unit,
    )
    return deadlines.stop(lapse(ticket, event), event.at).changed(
        signed_at=ticket.signed_at or event.at,
        return_requests=[*ticket.return_requests, request],
    )


def returned(ticket: Ticket, event: Event, policy: Policy) -> Ticket:
    """T10: a valid return; the next unit gets fresh clocks."""
    ticket = deadlines.take_back(_decide(ticket, event, "approved"))
    unit = event.given.unit
    if unit is None:
        return ticket.changed(unit=None)
    kind = event.given.answer_type or ticket.answer_type or "investigate"
    return _to_unit(ticket, event, policy, unit, kind)


def return_refused(ticket: Ticket, event: Event, policy: Policy) -> Ticket:
    """T11: an invalid return; the unit clock goes on."""
    return deadlines.resume(_decide(ticket, event, "refused"), event.at, policy)


def coordinated(ticket: Ticket, event: Event, _policy: Policy) -> Ticket:
    """T12: across units (K4); no unit's time runs until a lead is named."""
    if _pending(ticket) is not None:
        ticket = _decide(ticket, event, "lapsed")
    return deadlines.take_back(lapse(ticket, event)).changed(
        key_categories=sorted({*ticket.key_categories, "K4"})
    )


def lead_named(ticket: Ticket, event: Event, policy: Policy) -> Ticket:
    """T13: binding for the lead; fresh 1 h and 12 h; supervision level 3."""
    if _pending(ticket) is not None:
        ticket = _decide(ticket, event, "lapsed")
    lead = event.given.lead_unit
    ticket = _to_unit(lapse(ticket, event), event, policy, lead, "investigate")
    measure = SupervisionRecord(
        at=event.at,
        measure="special_coordination",
        by=event.actor.name,
        unit=lead,
        reason=event.given.reason,
    )
    return ticket.changed(
        lead_unit=lead,
        supervision_level=max(ticket.supervision_level, 3),
        supervision=[*ticket.supervision, measure],
        key_categories=sorted({*ticket.key_categories, "K4"}),
    )


def lapse(ticket: Ticket, event: Event) -> Ticket:
    """A pending extension ends without a decision (§1.8b)."""
    requests = [
        one.model_copy(update={"status": "lapsed", "decided_at": event.at})
        if one.status == "pending"
        else one
        for one in ticket.extension_requests
    ]
    return ticket.changed(extension_requests=requests)


def _to_unit(
    ticket: Ticket, event: Event, policy: Policy, unit: str | None, answer_type: AnswerType
) -> Ticket:
    told = event.given
    if unit != ticket.unit:  # what a leader did is the duty of each unit anew
        ticket = ticket.changed(leader_name_role=None, leader_action=None, sub_dispatches=[])
    if told.assist_units:
        ticket = ticket.changed(assist_units=[one for one in told.assist_units if one != unit])
    ticket = ticket.changed(
        unit=unit,
        answer_type=answer_type,
        unit_content=told.unit_content or ticket.unit_content,
        written_opinion_required=bool(
            told.written_opinion_required or ticket.written_opinion_required
        ),
        key_categories=sorted({*ticket.key_categories, *told.key_categories}),
        handling_mode="ticket_flow",
    )
    return deadlines.hand_over(ticket, event.at, answer_type, policy, event.facts.inner_limits)


def _pending(ticket: Ticket) -> ReturnRequest | None:
    if ticket.return_requests and ticket.return_requests[-1].status == "pending":
        return ticket.return_requests[-1]
    return None


def _decide(ticket: Ticket, event: Event, status: str) -> Ticket:
    decided = ticket.return_requests[-1].model_copy(
        update={
            "status": status,
            "decided_at": event.at,
            "decided_by": event.actor.name,
            "comment": event.given.reason or event.given.comment,
        }
    )
    return ticket.changed(return_requests=[*ticket.return_requests[:-1], decided])
