"""The table of who sees what (domain.md §2.6): roles by groups of fields.

Sources: articles 10(2) and 23 of the Measures (R-10-2, R-23-2), domain.md §1.8b Reporters.
"""

from collections.abc import Mapping
from enum import Enum, IntEnum
from typing import cast

from ticketing.workflow.terms import Role


class Sight(IntEnum):
    """How much of a group is seen; somebody with several roles has the most of them."""

    HIDDEN = 0
    MASKED = 1
    """Of numbers first and last digits, of the matter the text made for units, of the work what
    the unit said itself or was told."""
    SHOWN = 2


class Group(Enum):
    """Fields that are seen or not seen together."""

    PERSON = "person"
    PLACE = "place"
    MATTER = "matter"
    SPEECH = "speech"
    CALLS = "calls"
    EMERGENCIES = "emergencies"
    TRACES = "traces"
    """What leads to the citizen by way of another ticket or of who spoke with him."""
    WORK = "work"
    """What units and hotline did, and the journal of it."""
    PLAIN = "plain"
    """States, codes, times and limits: whoever may know the ticket sees them."""


_FIELDS: Mapping[Group, str] = {
    Group.PERSON: """requester_name salutation contact_phone caller_number query_code
        identity_level requester_kind""",
    Group.PLACE: "address_text town village lng lat",
    Group.MATTER: """title content expected_result occurred_at target_unit target_name answer
        knowledge_ref explanation guidance unit_content""",
    Group.SPEECH: "transcript stt_confidence suggestion",
    Group.CALLS: "call_id recording_ids calls",
    Group.EMERGENCIES: "emergencies followed_up_at emergency_record service",
    Group.TRACES: """person_id first_agent_no repeat_of same_matter_as master_ticket corrects
        event_ids inherited""",
    Group.WORK: """extension_requests return_requests handling_note public_reply contacted
        contacted_at is_true solved unsolved_reason written_opinion audit callback supervision
        sub_dispatches assist_replies leader_name_role leader_action replied_by events""",
    Group.PLAIN: """ticket_no version state close_result created_at channel called_number
        accepted_at confidential want_reply request_type category_l1 category_l2 gbt39666_code
        region_code urgency handling_mode answer_type acceptance_basis reject_code unit lead_unit
        assist_units dispatched_at signed_at resolved_at closed_at answer_due sign_due resolve_due
        original_due supervision_level key_categories repeat_rule repeat_seq policy_id draft_kind
        state_since merged_from merged_since referred_at answered_in_call answered_at
        written_opinion_required first_resolved_at supplement_due rectify_due sms_due manual_due
        clock clock_started_at clock_stopped_at clock_used late""",
}
GROUPS: Mapping[str, Group] = {
    name: group for group, names in _FIELDS.items() for name in names.split()
}
"""The group of every key of a ticket, and of keys that only events have."""

Row = Mapping[Group, Sight]
_COLUMNS = (
    Group.PERSON,
    Group.PLACE,
    Group.MATTER,
    Group.SPEECH,
    Group.CALLS,
    Group.EMERGENCIES,
    Group.TRACES,
    Group.WORK,
)
_SIGHTS = {"S": Sight.SHOWN, "M": Sight.MASKED, "-": Sight.HIDDEN}


class Case(Enum):
    """What a ticket is to somebody.

    Own: an agent's call or registration, a task to call back, an inspected call. Hidden:
    confidential or a report; for a unit also a complaint about itself (R-6-3).
    """

    NORMAL = "normal"
    NORMAL_OWN = "normal, own"
    HIDDEN = "hidden"
    HIDDEN_OWN = "hidden, own"


# Each row: person, place, matter, speech, calls, emergencies, traces, work.
_ROWS = """
                 normal            normal, own       hidden            hidden, own
agent            M S S - - - S S | S S S S S S S S | M M M - - - S S | S S S S S S S S
dispatcher       S S S S S - S S | S S S S S - S S | M S S S S - S S | M S S S S - S S
callback_agent   M S S - - - S S | S S S S S - S S | M S S - - - S S | M S S S S - S S
supervisor       S S S S S S S S | S S S S S S S S | M S S S S S S S | M S S S S S S S
center_head      S S S S S S S S | S S S S S S S S | M S S S S S S S | M S S S S S S S
unit_handler     S S S - - - S S | S S S - - - S S | - - M - - - - M | - - M - - - - M
unit_leader      S S S - - - S S | S S S - - - S S | - - M - - - - M | - - M - - - - M
auditor          M M S - - S S S | M M S - - S S S | M M M - - S S S | M M M - - S S S
inspector        M M S - - - S S | M M S S S - S S | M M M - - - S S | M M S S S - S S
leader           M M S - - S S S | M M S - - S S S | M M M - - S S S | M M M - - S S S
"""


def _row(letters: str) -> Row:
    sights = (_SIGHTS[letter] for letter in letters.split())
    return {**dict(zip(_COLUMNS, sights, strict=True)), Group.PLAIN: Sight.SHOWN}


def _table() -> Mapping[Role, Mapping[Case, Row]]:
    found: dict[Role, Mapping[Case, Row]] = {}
    for line in _ROWS.strip().splitlines()[1:]:
        role, rows = line.split(maxsplit=1)
        found[cast(Role, role)] = dict(zip(Case, map(_row, rows.split("|")), strict=True))
    return found


TABLE = _table()
"""Who sees what. Roles that are not in it (admin, security_admin, kb_editor, …) see no ticket.

S: shown, M: masked, -: hidden. Where the person is masked, his name and numbers are starred in
every text that is shown.
"""
