"""A unit's reply and its audit (答复、审核认定): T17 to T20. Articles 10(4), 10(5), 19."""

import re

from ticketing import deadlines
from ticketing.model import State, Ticket
from ticketing.new_ticket import CLOCKS_DIFFER
from ticketing.policy import Policy
from ticketing.records import AuditResult
from ticketing.workflow.assignment import lapse
from ticketing.workflow.terms import Deed, Event, When, refuse, require

REPLY_FIELDS = (
    "public_reply",
    "contacted",
    "contacted_at",
    "is_true",
    "solved",
    "unsolved_reason",
    "written_opinion",
    "leader_name_role",
    "leader_action",
)
"""What a reply says beside what was done (办理情况), under the same names in the ticket (T17)."""
MOBILE = re.compile(r"1[3-9][0-9]{9}")
"""A mobile number of the mainland (手机号)."""
_LEADERS = {"county": "分管领导", "zone": "分管领导"}
"""Who follows a repeat complaint personally; elsewhere 主要负责人 (art. 19)."""


def is_direct(deed: Deed) -> None:
    """T17: only a direct answer may come unsigned; it counts as signing (A-21)."""
    if deed.ticket.answer_type != "direct":
        raise refuse("wrong_state", None, "工单尚未签收", "请先签收再答复", "10(3)")


def may_reply(deed: Deed) -> None:
    """T17: what was done, for the hotline and for the citizen; opinion and leader where due."""
    ticket, told = deed.ticket, deed.given
    if deed.actor.role == "unit_leader" and ticket.repeat_rule is None:
        raise refuse("not_allowed", None, "非重复投诉由经办人答复", "请由承办单位经办人提交", "19")
    if told.reply is None:
        # 办理情况 has two keys: the reply itself and the internal note of domain.md §3.4.
        require(deed, "handling_note" if told.handling_note is not None else "reply")
    require(deed, "public_reply", "contacted", "solved", article="10(4)")
    if told.contacted_at is not None and told.contacted_at > deed.now + CLOCKS_DIFFER:
        raise refuse(
            "invalid_value", "contacted_at", "联系时间在将来", "请填写联系诉求人的时间", "10(4)"
        )
    if ticket.written_opinion_required and not (told.written_opinion or ticket.written_opinion):
        raise refuse(
            "written_opinion_required",
            "written_opinion",
            "该工单需要承办单位的书面意见",
            "请附书面意见后再答复",
            "10(5)",
        )
    if ticket.repeat_rule is not None:
        _leader_followed(deed)


def _leader_followed(deed: Deed) -> None:
    unit = deed.around.city.units.get(deed.ticket.unit or "")
    leader = _LEADERS.get(unit.level if unit else "", "主要负责人")
    named = deed.given.leader_name_role or deed.ticket.leader_name_role or ""
    done = deed.given.leader_action or deed.ticket.leader_action
    if leader in named and done:
        return
    raise refuse(
        "leader_action_required",
        "leader_action" if leader in named else "leader_name_role",
        f"重复投诉须由{leader}亲自跟进",
        f"请在 leader_name_role 填写{leader}的姓名职务，在 leader_action 填写跟进情况",
        "19",
    )


def audits_other(deed: Deed) -> None:
    """T18 to T20: who submits does not audit."""
    if deed.ticket.replied_by == deed.actor.name:
        raise refuse("same_person", None, "提交人不能审核自己的答复", "请由其他人员审核", "10(4)")


def names_defects(deed: Deed) -> None:
    """T18: what is wrong with the reply, and how to better it."""
    require(deed, "defects", "comment", article="10(4)")


no_survey = When(
    "不需回复，或匿名且无联系方式",
    lambda deed: not deed.ticket.want_reply or is_unreachable(deed.ticket),
)
by_phone = When(
    "无手机号、已整改或重点督办",
    lambda deed: (
        mobile(deed.ticket) is None
        or bool(deed.ticket.key_categories)
        or unsatisfied_answers(deed.ticket) > 0
    ),
)
by_sms = When("有手机号", lambda deed: True)


def mobile(ticket: Ticket) -> str | None:
    """The number that a survey can be sent to."""
    for number in (ticket.contact_phone, ticket.caller_number):
        if number is not None and MOBILE.fullmatch(number):
            return number
    return None


def is_unreachable(ticket: Ticket) -> bool:
    """Whether the citizen wished to stay unknown and left no number (A-20)."""
    contact = ticket.contact_phone or ticket.caller_number
    return ticket.identity_level == "anonymous" and contact is None


def unsatisfied_answers(ticket: Ticket) -> int:
    """How often the citizen said in a manual callback that the matter is not settled."""
    return sum(one.channel == "manual" and one.result == "unsatisfied" for one in ticket.callback)


def replied(ticket: Ticket, event: Event, _policy: Policy) -> Ticket:
    """T17: the unit clock stops; a pending extension lapses; an answer counts as signing."""
    told = event.given
    return deadlines.stop(lapse(ticket, event), event.at).changed(
        handling_note=told.handling_note or told.reply,
        replied_by=event.actor.name,
        signed_at=ticket.signed_at or event.at,
        **{name: getattr(told, name) for name in REPLY_FIELDS if told.says(name)},
    )


def audit_failed(ticket: Ticket, event: Event, policy: Policy) -> Ticket:
    """T18: the unit completes within what was left (A-9)."""
    return deadlines.supplement(_audited(ticket, event, passed=False), event.at, policy)


def audit_passed(ticket: Ticket, event: Event, policy: Policy) -> Ticket:
    """T19, T20: the closing reply (办结回复); the survey begins."""
    ticket = deadlines.end(_audited(ticket, event, passed=True)).changed(
        resolved_at=event.at,
        first_resolved_at=ticket.first_resolved_at or event.at,
        supplement_due=None,
        rectify_due=None,
    )
    match event.to_state:
        case State.SMS_CALLBACK:
            return ticket.changed(sms_due=event.at + policy.sms_wait)
        case State.MANUAL_CALLBACK:
            return ticket.changed(manual_due=event.at + policy.manual_wait)
    return ticket.changed(close_result="not_rated", closed_at=event.at)


def _audited(ticket: Ticket, event: Event, *, passed: bool) -> Ticket:
    result = AuditResult(
        at=event.at,
        auditor=event.actor.name,
        unit=ticket.unit or "",
        replied_by=ticket.replied_by,
        passed=passed,
        defects=event.given.defects,
        comment=event.given.comment,
    )
    return ticket.changed(audit=[*ticket.audit, result])
