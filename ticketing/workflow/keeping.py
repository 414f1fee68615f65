"""What any open ticket may get: amendments, statements, notes, merging (T29, T32 to T34)."""

from ticketing import deadlines
from ticketing.model import Ticket
from ticketing.policy import Policy
from ticketing.workflow.terms import Deed, Event, missing, refuse, require

AMENDABLE = (
    "category_l1",
    "category_l2",
    "region_code",
    "address_text",
    "contact_phone",
    "request_type",
    "answer_type",
    "title",
)
"""Fields that the hotline may correct (T32)."""

_BESIDE = {"reason", "comment"}


# Guards


def amends_something(deed: Deed) -> None:
    """T32: correctable fields only, with a reason once a unit has the ticket."""
    named = [name for name in deed.given.model_fields_set if name not in _BESIDE]
    for name in sorted(named):
        if name not in AMENDABLE:
            raise refuse(
                "invalid_value", name, f"{name}不能修改", f"可以修改的有：{'、'.join(AMENDABLE)}"
            )
    if not named:
        raise missing("title")
    if deed.ticket.dispatched_at is not None:
        require(deed, "reason")


def has_words(deed: Deed) -> None:
    """T33, T34: what was said."""
    if deed.given.content is None and deed.given.comment is None:
        raise missing("comment" if deed.command == "add_note" else "content")


def names_attachment(deed: Deed) -> None:
    """T34: which one units may see, although the ticket is hidden from them (R-23-2)."""
    require(deed, "attachment")


def may_merge(deed: Deed) -> None:
    """T29: another open ticket that no other unit handles."""
    require(deed, "master_ticket")
    number = str(deed.given.master_ticket)
    master = deed.around.tickets.get(number)
    if master is None:
        raise refuse("unknown_ticket", "master_ticket", f"没有工单{number}", "请核对主工单的编号")
    if master.ticket_no == deed.ticket.ticket_no:
        raise refuse("cannot_merge", "master_ticket", "工单不能并入自身", "请填写另一工单的编号")
    if not master.is_open or master.accepted_at is None:
        raise refuse("cannot_merge", "master_ticket", "主工单不在办理中", "请并入一张办理中的工单")
    if master.unit is not None and deed.ticket.unit not in (None, master.unit):
        raise refuse(
            "cannot_merge", "master_ticket", "两张工单由不同单位办理", "请分别办理，或先退单改派"
        )


def is_recent_merge(deed: Deed) -> None:
    """T29: a merge can be taken back for a day."""
    merged_at = deed.ticket.state_since
    if merged_at is not None and deed.now > merged_at + deed.policy.unmerge_wait:
        raise refuse("deadline_passed", None, "并单已超过可以撤销的时间", "请登记新的工单")


# Effects


def amended(ticket: Ticket, event: Event, policy: Policy) -> Ticket:
    """T32: no clock moves; a changed answer type counts from the old start (A-3)."""
    told = event.given
    values = {name: getattr(told, name) for name in AMENDABLE if told.says(name)}
    if told.category_l2 is not None and told.category_l1 is None:
        values["category_l1"] = told.category_l2[:2]
    if told.request_type == "report":
        values["confidential"] = True
    ticket = ticket.changed(**values)
    if told.answer_type is not None:
        ticket = deadlines.change_answer_type(ticket, told.answer_type, policy)
    return ticket


def merged(ticket: Ticket, event: Event, _policy: Policy) -> Ticket:
    """T29: the master goes on for both; state and clocks are kept for `unmerge`."""
    return ticket.changed(
        master_ticket=event.given.master_ticket,
        merged_from=event.from_state,
        merged_since=ticket.state_since,
    )


def unmerged(ticket: Ticket, _event: Event, _policy: Policy) -> Ticket:
    """T29: as it was before the merge."""
    return ticket.changed(master_ticket=None, merged_from=None, merged_since=None)
