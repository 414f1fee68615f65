"""The supervision ladder (督办阶梯, domain.md §2.5): T26 and the measures of articles 18 to 24.

The system urges; everything above is decided by a named person, with its ground on record.
"""

from ticketing import deadlines
from ticketing.model import State, Ticket
from ticketing.policy import Policy
from ticketing.records import Measure, SupervisionRecord
from ticketing.workflow.assignment import is_disputed, may_handle
from ticketing.workflow.reply import unsatisfied_answers
from ticketing.workflow.terms import Deed, Effect, Event, When, missing, refuse, require

LEVELS: dict[Measure, int] = {
    "tracking": 0,
    "urge": 1,
    "supervise": 2,
    "special_coordination": 3,
    "interview": 4,
    "notice": 4,
    "special_report": 4,
    "discipline_referral": 5,
}
"""督办级别; accountability and exemption are outside the ladder."""


# Guards


def has_cause(deed: Deed) -> None:
    """Level 2: a K-category (art. 18), or able but not doing (art. 20) as a reason."""
    if not (deed.given.key_categories or deed.ticket.key_categories or deed.given.reason):
        raise missing("key_categories", "18")
    order_is_ahead(deed)


def is_poorly_handled(deed: Deed) -> None:
    """T26: K2 or K5, after two unsatisfied callbacks."""
    keys = {*deed.given.key_categories, *deed.ticket.key_categories}
    if not keys and deed.given.reason is None:
        raise missing("key_categories", "18")
    if deed.given.key_categories and not keys & {"K2", "K5"}:
        raise refuse(
            "invalid_value",
            "key_categories",
            "回访仍不满意的督办须属于K2或K5",
            "请填写K2（办理质量差）或K5（应解决而未解决）",
            "18",
        )
    order_is_ahead(deed)


def order_is_ahead(deed: Deed) -> None:
    """The deadline of an order (督办单) lies ahead."""
    due = deed.given.new_due or deed.given.deadline
    if due is not None and due <= deed.now:
        name = "new_due" if deed.given.new_due is not None else "deadline"
        raise refuse("invalid_value", name, "督办期限已经过去", "请填写现在之后的时间", "20")


def is_instruction(deed: Deed) -> None:
    """A leader's 批示: what is to be done, and by when (art. 18 (三) 指定办理)."""
    require(deed, "reason", article="18")
    if deed.given.new_due is None and deed.given.deadline is None:
        raise missing("new_due", "18")
    order_is_ahead(deed)


def coordination_has_cause(deed: Deed) -> None:
    """Level 3: unclear or overlapping responsibility (art. 20)."""
    if deed.ticket.state is not State.COORDINATING:
        is_disputed(deed)
    if deed.given.lead_unit is not None:
        may_handle(deed, "lead_unit", deed.given.lead_unit)


def has_grounds(deed: Deed) -> None:
    """Levels 4a to 4c: G1 to G3, after supervision or coordination (art. 21)."""
    require(deed, "grounds", article="21")
    if deed.ticket.supervision_level < 2:
        raise refuse(
            "prior_supervision_required",
            None,
            "此前没有督办或协调的记录",
            "请先进行工单督办或专题协调",
            "21",
        )


def is_approved_twice(deed: Deed) -> None:
    """Level 5: after a measure of level 4, by two people (art. 21, A-18)."""
    if deed.ticket.supervision_level < 4:
        raise refuse(
            "prior_supervision_required",
            None,
            "此前没有约谈、通报或信息专报的记录",
            "请先约谈、通报或专报",
            "21",
        )
    second = deed.given.second_approver
    if second is None or second == deed.actor.name:
        raise refuse(
            "second_approver_required",
            "second_approver",
            "移送作风监督或纪检监察须经两人同意",
            "请填写另一位审批人",
            "21",
        )


def has_any_ground(deed: Deed) -> None:
    """Accountability and exemption: on which ground (arts. 22 to 24)."""
    told = deed.given
    if not (told.ground or told.reason or told.grounds):
        raise missing("ground", "24" if deed.command == "exemption" else "22")


# Conditions

twice_unsatisfied = When(
    "两次人工回访不满意",
    lambda deed: (
        deed.ticket.state is State.MANUAL_CALLBACK and unsatisfied_answers(deed.ticket) >= 2
    ),
)
with_lead = When("指定主办单位", lambda deed: deed.given.lead_unit is not None)


# Effects


def measure(name: Measure) -> Effect:
    """The effect of a measure: on record, and the level no lower than it says."""

    def recorded(ticket: Ticket, event: Event, _policy: Policy) -> Ticket:
        told = event.given
        record = SupervisionRecord(
            at=event.at,
            measure=name,
            by=event.actor.name,
            unit=ticket.unit,
            grounds=told.grounds,
            reason=told.reason or told.ground or told.comment,
            second_approver=told.second_approver,
            due=told.new_due or told.deadline,
        )
        return ticket.changed(
            supervision_level=max(ticket.supervision_level, LEVELS.get(name, 0)),
            supervision=[*ticket.supervision, record],
            key_categories=sorted({*ticket.key_categories, *told.key_categories}),
        )

    return recorded


def instructed(ticket: Ticket, event: Event, policy: Policy) -> Ticket:
    """A leader's instruction is on record and makes the ticket one of K3; no clock moves."""
    ticket = measure("leader_instruction")(ticket, event, policy)
    return ticket.changed(key_categories=sorted({*ticket.key_categories, "K3"}))


def coordinated_specially(ticket: Ticket, event: Event, policy: Policy) -> Ticket:
    """Level 3; the matter crosses units (K4)."""
    ticket = measure("special_coordination")(ticket, event, policy)
    return ticket.changed(key_categories=sorted({*ticket.key_categories, "K4"}))


def ordered(ticket: Ticket, event: Event, policy: Policy) -> Ticket:
    """T26: back to the unit under an order with its own deadline."""
    ticket = measure("supervise")(ticket, event, policy)
    if not {"K2", "K5"} & set(ticket.key_categories):
        # 能办而不办 (art. 20) is poor handling.
        ticket = ticket.changed(key_categories=sorted({*ticket.key_categories, "K2"}))
    due = event.given.new_due or event.given.deadline
    due = due or event.at + deadlines.length("resolve", policy, event.facts.inner_limits)
    return deadlines.begin(ticket.changed(manual_due=None), "resolve", event.at, due)
