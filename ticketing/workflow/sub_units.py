"""Units that help the one in charge (加派、协办): T16, T35, T36."""

from typing import Any

from store.types import local_iso
from ticketing import deadlines
from ticketing.model import Ticket
from ticketing.policy import Policy
from ticketing.records import AssistReply, SubDispatch
from ticketing.workflow.terms import Deed, Event, Facts, refuse, require


def may_sub_dispatch(deed: Deed) -> None:
    """T16: county or city bodies; the child's limit ends no later than the parent's."""
    unit = deed.around.city.units.get(deed.ticket.unit or "")
    if unit is None or unit.level not in ("city", "county", "zone"):
        raise refuse("not_allowed", None, "该单位不能加派", "请自行办理", "10(3)")
    require(deed, "unit")
    if deed.given.unit in {deed.ticket.unit, *(one.unit for one in open_children(deed.ticket))}:
        raise refuse("invalid_value", "unit", "该单位已在办理此工单", "请填写其他下级单位")
    due, asked = deadlines.unit_due(deed.ticket), deed.given.child_due
    if asked is not None and (asked <= deed.now or (due is not None and asked > due)):
        raise refuse(
            "invalid_value",
            "child_due",
            "加派的期限不在办理时限之内",
            f"请填写现在之后、不晚于{local_iso(due) or '办理时限'}的时间",
            "10(3)",
        )


def open_children(ticket: Ticket) -> list[SubDispatch]:
    """Child tasks that are neither replied nor returned."""
    return [one for one in ticket.sub_dispatches if one.result is None]


def is_child(deed: Deed) -> None:
    """T35: the acting sub-unit has an open child task."""
    if not open_children(deed.ticket):
        raise refuse("wrong_state", None, "没有进行中的加派任务", "请由承办单位先加派")
    if _child_index(deed.ticket, deed.actor.unit or deed.given.unit) is None:
        raise refuse("not_allowed", "unit", "不是该加派任务的单位", "请由受派的下级单位办理")


def child_replies(deed: Deed) -> None:
    """T35: what was done."""
    is_child(deed)
    require(deed, "reply")


def may_assist(deed: Deed) -> None:
    """T36: an assisting unit speaks."""
    if not deed.ticket.assist_units:
        raise refuse("wrong_state", None, "该工单没有协办单位", "请由主办单位答复", "20")
    if assisting_unit(deed) is None:
        raise refuse("not_allowed", "unit", "不是该工单的协办单位", "请由协办单位提交", "20")
    require(deed, "reply", article="20")


def assisting_unit(deed: Deed) -> str | None:
    """The assisting unit that acts; the only one where none is named."""
    named = deed.actor.unit or deed.given.unit
    units = deed.ticket.assist_units
    if named is None:
        return units[0] if len(units) == 1 else None
    return named if named in units else None


def assist_facts(deed: Deed) -> Facts:
    """Which assisting unit acts."""
    return Facts(unit=assisting_unit(deed))


def child_facts(deed: Deed) -> Facts:
    """Which sub-unit acts."""
    return Facts(unit=deed.actor.unit or deed.given.unit)


def sub_dispatched(ticket: Ticket, event: Event, _policy: Policy) -> Ticket:
    """T16: the parent stays responsible."""
    due = event.given.child_due or deadlines.unit_due(ticket)
    assert due is not None
    child = SubDispatch(
        unit=event.given.unit or "", sent_at=event.at, sent_by=event.actor.name, due=due
    )
    return ticket.changed(sub_dispatches=[*ticket.sub_dispatches, child])


def child_signed(ticket: Ticket, event: Event, _policy: Policy) -> Ticket:
    """T35."""
    return _change_child(ticket, event, signed_at=event.at)


def child_replied(ticket: Ticket, event: Event, _policy: Policy) -> Ticket:
    """T35: for the parent's own reply."""
    return _change_child(ticket, event, ended_at=event.at, result="replied")


def child_returned(ticket: Ticket, event: Event, _policy: Policy) -> Ticket:
    """T35: the parent does it or sends it elsewhere."""
    return _change_child(ticket, event, ended_at=event.at, result="returned")


def assisted(ticket: Ticket, event: Event, _policy: Policy) -> Ticket:
    """T36: attached to the lead's reply; no clock moves."""
    reply = AssistReply(
        at=event.at,
        unit=event.facts.unit or "",
        by=event.actor.name,
        reply=event.given.reply or "",
    )
    return ticket.changed(assist_replies=[*ticket.assist_replies, reply])


def _child_index(ticket: Ticket, unit: str | None) -> int | None:
    found = [
        number
        for number, one in enumerate(ticket.sub_dispatches)
        if one.result is None and unit in (None, one.unit)
    ]
    return found[0] if len(found) == 1 else None


def _change_child(ticket: Ticket, event: Event, **values: Any) -> Ticket:
    index = _child_index(ticket, event.facts.unit)
    assert index is not None
    children = list(ticket.sub_dispatches)
    reply = event.given.reply or event.given.reason or children[index].reply
    children[index] = children[index].model_copy(update={**values, "reply": reply})
    return ticket.changed(sub_dispatches=children)
