"""From the report to acceptance (受理): T1 to T6b, T30, T31. Articles 6 to 10(1)."""

from store.types import SHANGHAI
from ticketing.codes import check_codes
from ticketing.knowledge.standing import cited, is_reference
from ticketing.model import Ticket
from ticketing.new_ticket import NewTicket
from ticketing.policy import Policy
from ticketing.workflow.terms import Deed, Event, missing, refuse, require

SERVICES = ("110", "119", "120", "122", "12395")

PUBLIC_SAFETY = "10"
"""First-level category 公共安全."""

GUIDANCE = {
    "N1": "请向事项所在地的12345热线反映",
    "N2": "请通过信访、仲裁、行政复议或者诉讼途径解决",
    "N3": "涉及国家秘密、商业秘密或者个人隐私的内容，请勿通过热线反映",
    "N4": "请提供具体、合法的诉求内容后再反映",
    "N5": "紧急情况请立即拨打110、119、120或者12395",
    "N6": "请向有权处理的部门反映",
}
"""What the citizen is told where nobody wrote better guidance (arts. 8, 9)."""

_SUPERIOR_TASKS = frozenset({"6.6", "6.9"})
SUPERIORS = frozenset({"province_12345", "national_platform"})
"""Channels whose tickets are tasks of a superior: K3 with acceptance (R-6-4)."""


RAISING_BASIS = "6.5"
"""突发民生问题和非紧急求助: a matter of daily life that does not wait."""


def urgency_at_acceptance(basis: str | None, urgency: str) -> str:
    """What acceptance on this basis makes of an urgency."""
    return "urgent" if basis == RAISING_BASIS and urgency == "normal" else urgency


# Guards


def has_content(deed: Deed) -> None:
    """T1: content or a recording."""
    if deed.given.content is None and deed.given.transcript is None and deed.given.call_id is None:
        raise missing("content", "10(1)")


def codes_are_known(deed: Deed) -> None:
    """Codes of categories, regions and units are those of the city's data."""
    check_codes(deed.given, deed.around.city, deed.now.astimezone(SHANGHAI).date())


def is_complete(deed: Deed) -> None:
    """T2: request type, region and the basis of acceptance are set (arts. 6, 10(1))."""
    for name in ("request_type", "region_code", "acceptance_basis"):
        if not deed.given.says(name) and getattr(deed.ticket, name) is None:
            raise missing(name, "6" if name == "acceptance_basis" else "10(1)")


def was_referred(deed: Deed) -> None:
    """A supervisor decides what an agent left to him (art. 8)."""
    if deed.actor.role == "supervisor" and deed.ticket.referred_at is None:
        raise refuse(
            "not_allowed", None, "该工单没有上报班长", "请由话务员办理，或先由话务员上报", "8"
        )


def has_reject_reason(deed: Deed) -> None:
    """T3: N-code and explanation; N5 only after a transfer or recorded guidance (art. 7)."""
    require(deed, "reject_code", "explanation", article="7")
    if (
        deed.given.reject_code == "N5"
        and not deed.given.emergency_record
        and not deed.ticket.emergencies
    ):
        raise refuse(
            "emergency_record_required",
            "emergency_record",
            "紧急情况没有转接或引导拨打的记录",
            "请先转接紧急服务，或在 emergency_record 中记录已引导拨打",
            "9",
        )


def names_service(deed: Deed) -> None:
    """T5: which emergency service."""
    require(deed, "service", article="9")
    if deed.given.service not in SERVICES:
        raise refuse(
            "invalid_value",
            "service",
            f"没有紧急服务{deed.given.service}",
            f"请从{'、'.join(SERVICES)}中选择",
            "9",
        )


def is_answered(deed: Deed) -> None:
    """T6: the answer and what it rests on: an entry that may be relied on today, or another
    source where the city allows it."""
    require(deed, "answer", "knowledge_ref", article="10(2)")
    known, source = deed.around.knowledge, deed.given.knowledge_ref or ""
    if known is None:
        return
    if is_reference(source):
        cited(known, source, deed.now.astimezone(SHANGHAI).date())
    elif deed.policy.answer_source == "entry":
        raise refuse(
            "invalid_value",
            "knowledge_ref",
            f"“{source[:40]}”不是知识库条目",
            "请引用知识库中的现行条目，例如 ZS0001；没有相应条目的，转责任单位办理",
            "3",
        )


def was_transferred(deed: Deed) -> None:
    """T5: what became of a transfer to an emergency service, asked once (R-9-3)."""
    if not deed.ticket.wants_follow_up:
        raise refuse("wrong_state", None, "没有需要跟进的紧急转接", "请刷新工单", "9")
    require(deed, "comment", article="9")


def is_recent_answer(deed: Deed) -> None:
    """T6b: for some hours the citizen may say that the answer did not help."""
    answered_at = deed.ticket.answered_at
    if answered_at is not None and deed.now > answered_at + deed.policy.answered_wait:
        raise refuse("deadline_passed", None, "答复已超过可以反馈的时间", "请登记新的工单")


def may_withdraw(deed: Deed) -> None:
    """T30: the citizen was identified; nothing that a superior assigned or that is dangerous."""
    if not deed.given.identity_checked:
        raise refuse(
            "identity_not_checked",
            "identity_checked",
            "尚未核实诉求人身份",
            "请先核实身份，再以 identity_checked=true 提交",
        )
    dangerous = deed.ticket.urgency == "emergency" or deed.ticket.category_l1 == PUBLIC_SAFETY
    if "K3" in deed.ticket.key_categories or dangerous:
        raise refuse(
            "not_withdrawable", None, "上级交办和涉及公共安全的工单不能撤回", "请继续办理", "18"
        )


# Effects


def created(ticket: Ticket, event: Event, _policy: Policy) -> Ticket:
    """T1, T31: what is known of person, place and matter. The citizen clock does not start yet."""
    told = _fields(event)
    return ticket.changed(
        **{
            "created_at": event.at,
            "first_agent_no": _agent(event),
            "query_code": event.given.query_code or ticket.query_code,
            "corrects": event.given.corrects,
            **event.facts.inherited,
            **told,
            **_repeat(event),
            "same_matter_as": event.given.repeat_of,
        }
    )


def accepted(ticket: Ticket, event: Event, policy: Policy) -> Ticket:
    """T2: the citizen clock starts; superior tasks become K3, daily-life emergencies urgent."""
    ticket = ticket.changed(
        **_fields(event, ticket),
        **_repeat(event),
        same_matter_as=event.given.repeat_of or ticket.same_matter_as,
    )
    keys = set(ticket.key_categories)
    if ticket.acceptance_basis in _SUPERIOR_TASKS or ticket.channel in SUPERIORS:
        keys.add("K3")
    direct = ticket.answer_type == "direct"
    return ticket.changed(
        accepted_at=event.at,
        first_agent_no=ticket.first_agent_no or _agent(event),
        policy_id=event.facts.policy_id,
        suggestion=event.facts.suggestion or ticket.suggestion,
        referred_at=None,
        key_categories=sorted(keys),
        urgency=urgency_at_acceptance(ticket.acceptance_basis, ticket.urgency),
        answer_due=event.at + policy.answer_hours if direct else None,
    )


def rejected(ticket: Ticket, event: Event, _policy: Policy) -> Ticket:
    """T3: why, and where the citizen can turn."""
    code = event.given.reject_code
    return ticket.changed(
        reject_code=code,
        explanation=event.given.explanation,
        guidance=event.given.guidance or GUIDANCE[code or "N6"],
        referred_at=None,
    )


def referred(ticket: Ticket, event: Event, _policy: Policy) -> Ticket:
    """T4: the decision is the supervisor's."""
    return ticket.changed(referred_at=ticket.referred_at or event.at)


def handed_to_emergency(ticket: Ticket, event: Event, _policy: Policy) -> Ticket:
    """T5: the transfer is on record; a follow-up task begins (R-9-3)."""
    return ticket.changed(emergencies=[*ticket.emergencies, event.at])


def followed_up(ticket: Ticket, event: Event, _policy: Policy) -> Ticket:
    """T5: the hotline knows what became of it (R-9-3)."""
    return ticket.changed(followed_up_at=event.at)


def answered(ticket: Ticket, event: Event, policy: Policy) -> Ticket:
    """T6: the hotline answered; the answer is the closing reply."""
    start = ticket.accepted_at or event.at
    in_call = event.given.call_id is not None
    return ticket.changed(
        answer=event.given.answer,
        knowledge_ref=event.given.knowledge_ref,
        answer_type="direct",
        handling_mode=event.given.handling_mode or "direct_answer",
        answer_due=start + policy.answer_hours,
        answered_at=event.at,
        answered_in_call=in_call,
        late=["answer"] if event.at > start + policy.answer_hours else [],
        resolved_at=event.at,
        first_resolved_at=ticket.first_resolved_at or event.at,
    )


def answer_closed(ticket: Ticket, event: Event, _policy: Policy) -> Ticket:
    """T6a: the answer stood."""
    return ticket.changed(close_result="answered_in_call", closed_at=event.at)


def answer_failed(ticket: Ticket, _event: Event, _policy: Policy) -> Ticket:
    """T6b: the matter goes to a unit; the citizen clock keeps its start."""
    return ticket.changed(
        answer_type=None,
        answer_due=None,
        answered_at=None,
        answered_in_call=False,
        handling_mode="ticket_flow",
        resolved_at=None,
        first_resolved_at=None,
    )


def withdrawn(ticket: Ticket, event: Event, _policy: Policy) -> Ticket:
    """T30."""
    return ticket.changed(closed_at=event.at)


def _agent(event: Event) -> str | None:
    """The first whom the citizen met is responsible to the end (首接负责, R-8-1)."""
    return event.actor.name if event.actor.role == "agent" else None


def _fields(event: Event, ticket: Ticket | None = None) -> dict[str, object]:
    """Values of a ticket's fields that the command gave."""
    told = event.given
    names = (*NewTicket.model_fields, "unit_content", "key_categories")
    values: dict[str, object] = {name: getattr(told, name) for name in names if told.says(name)}
    if told.written_opinion_required is not None:
        values["written_opinion_required"] = told.written_opinion_required
    if told.category_l2 is not None and told.category_l1 is None:
        values["category_l1"] = told.category_l2[:2]
    if ticket is None or told.says("request_type"):
        known = event.facts.inherited
        kind = told.request_type or known.get("request_type")
        hidden = told.confidential
        if hidden is None:
            hidden = kind == "report" or bool(known.get("confidential"))
        values["confidential"] = hidden or (ticket is not None and ticket.confidential)
    if ticket is None and told.contact_phone is None and told.caller_number is not None:
        values["contact_phone"] = told.caller_number
    if ticket is not None and told.says("key_categories"):
        values["key_categories"] = sorted({*ticket.key_categories, *told.key_categories})
    return values


def _repeat(event: Event) -> dict[str, object]:
    facts = event.facts
    return {
        "repeat_of": facts.repeat_of,
        "repeat_rule": facts.repeat_rule,
        "repeat_seq": facts.repeat_seq,
    }
