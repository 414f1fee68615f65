"""Reports of a matter that was reported before (重复投诉): T31 and the facts of article 19."""

from ticketing.model import State, Ticket
from ticketing.repeats import judge
from ticketing.workflow.terms import Deed, Facts, refuse, require

PERSON_FIELDS = (
    "requester_name",
    "salutation",
    "contact_phone",
    "caller_number",
    "requester_kind",
    "identity_level",
)
"""Who the citizen is."""
PLACE_FIELDS = ("address_text", "region_code", "town", "village", "lng", "lat")
"""Where it happened."""
_HANDED_ON = (
    *PERSON_FIELDS,
    *("request_type", "category_l1", "category_l2", "title", "content"),
    *PLACE_FIELDS,
    *("target_unit", "target_name", "acceptance_basis", "confidential"),
)
"""What a complaint about a closed ticket takes over from it: person, place, matter."""


def names_known_root(deed: Deed) -> None:
    """A ticket that is named as the earlier report exists and is another one."""
    for name in ("repeat_of", "corrects"):
        other = getattr(deed.given, name)
        if other is None:
            continue
        if other == deed.ticket.ticket_no:
            raise refuse("invalid_value", name, "工单不能指向自身", "请填写原工单的编号")
        if other not in deed.around.tickets:
            raise refuse("unknown_ticket", name, f"没有工单{other}", "请核对原工单的编号")


def complains_of_closed(deed: Deed) -> None:
    """T31: a closed ticket is never opened again; the new one names it."""
    require(deed, "repeat_of", article="19")
    names_known_root(deed)
    old = deed.around.tickets[str(deed.given.repeat_of)]
    if old.state is not State.CLOSED:
        raise refuse(
            "wrong_state", "repeat_of", "原工单尚未归档", "请在原工单补充情况，或登记新工单", "19"
        )


def repeat_facts(deed: Deed) -> Facts:
    """Whether the ticket repeats the one that a person named, now or at the report (art. 19)."""
    named = deed.given.repeat_of or deed.ticket.same_matter_as
    chain = deed.around.chain(named) if named is not None else ()
    found = judge(_described(deed.ticket, deed), chain, deed.policy) if chain else None
    if found is None:
        return Facts()
    return Facts(repeat_of=found.of, repeat_rule=found.rule, repeat_seq=found.seq)


def acceptance_facts(deed: Deed) -> Facts:
    """The policy under which a ticket is accepted, what it is about, whether it is a repeat.

    What was a repeat at the report stays one, unless its type turns out to be no complaint.
    """
    policy_id = deed.around.policies.at(deed.now).policy_id
    kind = deed.given.request_type or deed.ticket.request_type
    found = repeat_facts(deed)
    if (
        found.repeat_rule is None
        and deed.given.repeat_of is None
        and kind in deed.policy.repeat_types
    ):
        old = deed.ticket
        found = Facts(
            repeat_of=old.repeat_of, repeat_rule=old.repeat_rule, repeat_seq=old.repeat_seq
        )
    told = deed.around.suggestion
    return found.model_copy(update={"policy_id": policy_id, "suggestion": told})


def complaint_facts(deed: Deed) -> Facts:
    """What a complaint about a closed ticket takes over, and whether it is a repeat."""
    old = deed.around.tickets[str(deed.given.repeat_of)]
    inherited = {
        name: value
        for name in _HANDED_ON
        if not deed.given.says(name) and (value := getattr(old, name)) is not None
    }
    if deed.given.says("category_l2"):
        inherited.pop("category_l1", None)
    ticket = deed.ticket.changed(created_at=deed.now, **inherited)
    chain = deed.around.chain(old.ticket_no)
    found = judge(_described(ticket, deed), chain, deed.policy)
    if found is None:
        return Facts(inherited=inherited)
    return Facts(
        inherited=inherited,
        repeat_of=found.of,
        repeat_rule=found.rule,
        repeat_seq=found.seq,
    )


def _described(ticket: Ticket, deed: Deed) -> Ticket:
    """The ticket with what the command says of person and type."""
    names = ("request_type", "contact_phone", "caller_number")
    told = {name: getattr(deed.given, name) for name in names if deed.given.says(name)}
    return ticket.changed(**told)
