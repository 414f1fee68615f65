"""What a unit sees of the work on a hidden ticket: its own words, and what it was told.

Domain.md §1.8b Reporters, R-23-2: nothing that the citizen said reaches it but `unit_content`.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from store.types import JsonObject
from ticketing.model import Ticket, TicketEvent
from ticketing.workflow.reply import REPLY_FIELDS
from ticketing.workflow.terms import UNIT_ROLES

TOLD = frozenset(
    {
        "dispatch",
        "approve_return",
        "refuse_return",
        "designate_lead",
        "special_coordination",
        "approve_extension",
        "refuse_extension",
        "audit_fail",
        "audit_pass",
        "urge",
        "supervise",
        "recheck_false",
        "interview",
        "notice",
        "sub_dispatch",
    }
)
"""Commands whose words are meant for the unit."""
_TOLD_KEYS = frozenset(
    {
        "unit",
        "lead_unit",
        "assist_units",
        "answer_type",
        "unit_content",
        "child_due",
        "new_due",
        "deadline",
        "defects",
        "comment",
        "reason",
        "grounds",
        "key_categories",
        "written_opinion_required",
    }
)
_OWN_KEYS = _TOLD_KEYS | {
    *("ground", "suggestion", "suggested_unit", "reply", "handling_note"),
    *REPLY_FIELDS,
    *("shared", "content"),
}
_REPLY = ("handling_note", *REPLY_FIELDS, "replied_by")
HANDS_OVER = {
    "dispatch": "unit",
    "approve_return": "unit",
    "designate_lead": "lead_unit",
    "special_coordination": "lead_unit",
}
"""Commands that name the unit that holds the ticket from then on, and the key that does."""


def seen_data(one: Ticket, unit: str | None) -> list[JsonObject]:
    """Of each event in turn what the unit may read of its data; {} where nothing.

    Without a unit: what any of them may read.
    """
    return [
        {key: value for key, value in event.data.items() if key in keys}
        for event, keys in _readable(one.events, unit)
    ]


def seen_records(one: Ticket, told: Mapping[str, Any], unit: str) -> JsonObject:
    """The fields of the work, of the ticket as JSON, as far as they are the unit's."""
    holds = one.unit == unit
    answered = any(
        event.command == "submit_reply" and keys for event, keys in _readable(one.events, unit)
    )
    own: JsonObject = {name: told[name] if answered else None for name in _REPLY}
    for name in ("extension_requests", "return_requests", "audit", "supervision"):
        own[name] = [entry for entry in told[name] if entry["unit"] == unit]
    for name in ("sub_dispatches", "assist_replies"):
        own[name] = [entry for entry in told[name] if holds or entry["unit"] == unit]
    own["callback"] = [{**entry, "reason": None} for entry in told["callback"] if holds]
    return own


def _readable(
    events: Sequence[TicketEvent], unit: str | None
) -> Iterator[tuple[TicketEvent, frozenset[str]]]:
    holder: str | None = None
    for event in events:
        before, data = holder, event.data
        key = HANDS_OVER.get(event.command)
        if key is not None and (event.command == "approve_return" or data.get(key)):
            holder = data.get(key)
        if event.role in UNIT_ROLES and unit in (None, _acting_unit(event, before)):
            yield event, _OWN_KEYS
        elif event.command in TOLD and _is_told(event, unit, (None, before, holder)):
            yield event, _TOLD_KEYS
        else:
            yield event, frozenset()


def _acting_unit(event: TicketEvent, holder: str | None) -> str | None:
    """The unit that a unit role acted for; the holder where it named none."""
    return (event.data.get("_facts") or {}).get("unit") or holder


def _is_told(event: TicketEvent, unit: str | None, holders: Collection[str | None]) -> bool:
    if event.command == "sub_dispatch":
        return unit in (None, event.data.get("unit"))
    return unit in holders or unit in event.data.get("assist_units", ())
