"""What somebody sees of a ticket: the same keys for everybody, stars and nulls where he may not.

The table is in ticketing/sights.py. Everything that leaves the hotline for a person goes through
`view`; only the local operator reads tickets as they are.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from store.types import JsonObject
from ticketing import unit_work
from ticketing.identity import STARS, Identity, masked_number
from ticketing.model import Relation, State, Ticket, TicketCall
from ticketing.sights import GROUPS, TABLE, Case, Group, Row, Sight
from ticketing.workflow.terms import UNIT_ROLES, Role

NEUTRAL_TITLES = {
    "consult": "咨询事项",
    "help": "求助事项",
    "complaint": "投诉事项",
    "report": "举报事项",
    "suggestion": "建议事项",
    "praise": "表扬事项",
}
"""Titles that tell nothing, by request type."""
_NEUTRAL = "其他事项"
_STARRED = frozenset(
    {"requester_name", "contact_phone", "caller_number", "query_code"}
    | {"address_text", "title", "content"}
)
"""Fields in which stars stand for what is hidden; the others are null."""
_NUMBERS = frozenset({"contact_phone", "caller_number"})
_KEPT_MASKED = frozenset({"identity_level", "requester_kind"})
"""What a masked person still shows."""
_TEXTS = frozenset({Group.MATTER, Group.SPEECH, Group.WORK})
"""Groups with words of people in them."""
REGISTERED = frozenset({"create", "complain_again"})
"""Commands that register a matter."""
LINKED = "link_call"
"""The event of a call that was said to concern a ticket."""
MADE_BY_LINE: frozenset[Relation] = frozenset({"callback", "relay"})
"""What calls are that the line makes for a ticket."""


@dataclass(frozen=True)
class Viewer:
    """Somebody who looks at tickets."""

    name: str
    roles: frozenset[Role]
    unit: str | None = None
    """The unit that a unit's person belongs to."""
    agent_no: str | None = None

    @property
    def is_unit(self) -> bool:
        """Whether he belongs to a unit. Then no other role shows him more (art. 4, R-4-1)."""
        return bool(self.roles & UNIT_ROLES)


def view(one: Ticket, viewer: Viewer, *, own_calls: Collection[str] = ()) -> JsonObject | None:
    """The contract's `ticket` as the viewer may see it; None: he may not know that it exists.

    `own_calls`: calls in which he spoke or which he has to inspect.
    """
    row = sights(one, viewer, own_calls)
    return None if row is None else seen(one, viewer, row)


def seen(one: Ticket, viewer: Viewer, row: Row) -> JsonObject:
    """The ticket with as much of each group as `row` says."""
    told = one.to_json()
    if not viewer.is_unit and all(sight is Sight.SHOWN for sight in row.values()):
        return told
    events = told["events"]
    told |= _work(one, told, row, viewer)
    shown = {name: _field(name, value, row, one) for name, value in told.items()}
    data = _events_data(one, events, row, viewer)
    shown["events"] = [event | {"data": part} for event, part in zip(events, data, strict=True)]
    if row[Group.PERSON] is Sight.SHOWN:
        return shown
    return _starred(shown, Identity.of(one))


@dataclass(frozen=True)
class Facts:
    """What decides how much a viewer sees of a ticket that he may know of."""

    is_hidden: bool = False
    is_about_viewer: bool = False
    """A complaint about the viewer's own unit (R-6-3)."""
    is_secret: bool = False
    """Not accepted because of secrets or privacy (N3)."""
    is_erased: bool = False
    was_in_call: bool = False
    """He spoke in a call of the ticket or has to inspect it."""
    registered: bool = False
    """He was the first whom the citizen met (R-8-1)."""
    is_to_be_called_back: bool = False


def sights(one: Ticket, viewer: Viewer, own_calls: Collection[str] = ()) -> Row | None:
    """How much of each group the viewer sees; None: nothing at all."""
    if viewer.is_unit and (viewer.unit is None or viewer.unit not in units_of(one)):
        return None
    return row_of(viewer, _facts(one, viewer, own_calls))


def row_of(viewer: Viewer, facts: Facts) -> Row | None:
    """The same by the facts alone."""
    roles = viewer.roles & UNIT_ROLES if viewer.is_unit else viewer.roles
    rows = [TABLE[role][_case(role, facts)] for role in roles if role in TABLE]
    if not rows:
        return None
    most = {group: max(row[group] for row in rows) for group in Group}
    if facts.is_secret:  # nobody reads them without a reason (art. 7)
        most |= {Group.MATTER: Sight.HIDDEN, Group.SPEECH: Sight.HIDDEN}
    if facts.is_erased and most[Group.PERSON] is not Sight.SHOWN:
        # Nobody knows any more which words of it would have to be starred.
        most |= {Group.MATTER: min(most[Group.MATTER], Sight.MASKED), Group.SPEECH: Sight.HIDDEN}
    return most


def is_known_by_number(one: Ticket, viewer: Viewer, own_calls: Collection[str] = ()) -> bool:
    """Whether who has a citizen's number may learn that the ticket is his.

    Of a hidden ticket only who sees the citizen, or has heard the matter himself: otherwise the
    number beside it would tell who the masked citizen is (R-23-2).
    """
    row = sights(one, viewer, own_calls)
    if row is None or not one.is_hidden:
        return row is not None
    facts = _facts(one, viewer, own_calls)
    return facts.was_in_call or facts.registered or row[Group.PERSON] is Sight.SHOWN


def units_of(one: Ticket) -> frozenset[str]:
    """The units that work on the ticket: in charge, assisting, sub-units."""
    children = (child.unit for child in one.sub_dispatches)
    units = (one.unit, one.lead_unit, *one.assist_units, *children)
    return frozenset(unit for unit in units if unit is not None)


def _facts(one: Ticket, viewer: Viewer, own_calls: Collection[str]) -> Facts:
    calls = {link.call_id for link in one.calls if gives_sight(one, link)}
    return Facts(
        is_hidden=one.is_hidden,
        is_about_viewer=one.acceptance_basis == "6.3" and one.target_unit == viewer.unit,
        is_secret=one.reject_code == "N3",
        is_erased=one.is_erased,
        was_in_call=not calls.isdisjoint(own_calls),
        registered=_registered(one, viewer),
        is_to_be_called_back=one.state is State.MANUAL_CALLBACK,
    )


def gives_sight(one: Ticket, link: TicketCall) -> bool:
    """Whether who spoke in this call of the ticket sees more of it than others.

    In the call in which it was made he heard the matter; in one that the line made for it he
    spoke with its citizen. Nobody widens his own sight by saying that a call of his concerns the
    ticket, nor that of a hidden one by having its citizen called: who must know who that is
    gives a reason (R-23-2).
    """
    if link.relation == "origin":
        return True
    return link.relation in MADE_BY_LINE and any(
        event.role == "system" or (event.data.get("ordered") and not one.is_hidden)
        for event in one.events
        if event.command == LINKED and event.data.get("call_id") == link.call_id
    )


def _case(role: Role, facts: Facts) -> Case:
    is_hidden = facts.is_hidden or (role in UNIT_ROLES and facts.is_about_viewer)
    match role:
        case "agent":
            is_own = facts.was_in_call or facts.registered
        case "callback_agent":
            is_own = facts.is_to_be_called_back
        case _:
            is_own = facts.was_in_call
    if is_hidden:
        return Case.HIDDEN_OWN if is_own else Case.HIDDEN
    return Case.NORMAL_OWN if is_own else Case.NORMAL


def _registered(one: Ticket, viewer: Viewer) -> bool:
    """Whether the viewer was the first whom the citizen met (R-8-1)."""
    if viewer.agent_no is not None and one.first_agent_no == viewer.agent_no:
        return True
    first = one.events[0] if one.events else None
    return first is not None and (
        first.command in REGISTERED and first.role == "agent" and first.actor == viewer.name
    )


def _field(name: str, value: Any, row: Row, one: Ticket) -> Any:
    """One value of the ticket, or what stands for it."""
    group = GROUPS[name]
    sight = row[group]
    if sight is Sight.SHOWN or group is Group.WORK:
        return value
    if sight is Sight.MASKED:
        if value is None or (group is Group.PERSON and name in _KEPT_MASKED):
            return value
        if name in _NUMBERS:
            return masked_number(value)
        if name == "title":
            return NEUTRAL_TITLES.get(one.request_type or "", _NEUTRAL)
        if name in ("content", "unit_content"):
            return one.unit_content or STARS
    if name in _STARRED:
        return STARS
    return [] if isinstance(value, list) else None


def _work(one: Ticket, told: JsonObject, row: Row, viewer: Viewer) -> JsonObject:
    """The records of the work as far as they are seen."""
    if row[Group.WORK] is not Sight.SHOWN:
        assert viewer.unit is not None
        return unit_work.seen_records(one, told, viewer.unit)
    if row[Group.MATTER] is Sight.SHOWN:
        return {}
    return {"callback": [{**entry, "reason": None} for entry in told["callback"]]}


def _events_data(
    one: Ticket, events: list[JsonObject], row: Row, viewer: Viewer
) -> list[JsonObject]:
    """The data of each event in turn as far as they are seen."""
    match row[Group.MATTER]:
        case Sight.SHOWN:
            return [
                {} if viewer.is_unit and _is_internal(event) else _part(event["data"], row, one)
                for event in events
            ]
        case Sight.MASKED:
            return unit_work.seen_data(one, viewer.unit if viewer.is_unit else None)
    return [{} for _ in events]


def _part(data: JsonObject, row: Row, one: Ticket) -> JsonObject:
    """Keys of the ticket are seen as in the ticket; others as they are."""
    shown: JsonObject = {}
    for name, value in data.items():
        if isinstance(value, dict) and GROUPS.get(name, Group.TRACES) is Group.TRACES:
            shown[name] = _part(value, row, one)
        else:
            shown[name] = _field(name, value, row, one) if name in GROUPS else value
    return shown


def _is_internal(event: JsonObject) -> bool:
    """Whether it is a note of the hotline that it does not share with units (T34)."""
    return (
        event["command"] == "add_note"
        and event["role"] not in UNIT_ROLES
        and not event["data"].get("shared")
    )


def _starred(shown: JsonObject, identity: Identity) -> JsonObject:
    """Stars in all texts where they name the citizen or have a number of his."""
    free = {name for name, group in GROUPS.items() if group in _TEXTS}
    events = [event | {"data": _scrubbed(event["data"], identity)} for event in shown["events"]]
    texts = {name: _scrubbed(shown[name], identity) for name in free & shown.keys() - {"events"}}
    return shown | texts | {"events": events}


def _scrubbed(value: Any, identity: Identity) -> Any:
    if isinstance(value, str):
        return identity.scrubbed(value)
    if isinstance(value, dict):
        return {key: _scrubbed(part, identity) for key, part in value.items()}
    if isinstance(value, list):
        return [_scrubbed(part, identity) for part in value]
    return value
