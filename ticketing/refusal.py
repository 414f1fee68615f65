"""Refusals (contract §6): why a command on a ticket was not done, and what to do instead."""

from dataclasses import dataclass
from typing import Literal

RefusalCode = Literal[
    "not_allowed",
    "wrong_state",
    "missing_field",
    "invalid_value",
    "unknown_ticket",
    "unknown_unit",
    "unit_inactive",
    "conflict_of_interest",
    "deadline_passed",
    "exceeds_6_days",
    "extension_pending",
    "no_extension_pending",
    "needs_supervisor",
    "return_window_closed",
    "already_returned",
    "lead_designated",
    "coordination_without_cause",
    "same_person",
    "written_opinion_required",
    "leader_action_required",
    "emergency_record_required",
    "prior_supervision_required",
    "second_approver_required",
    "identity_not_checked",
    "not_withdrawable",
    "cannot_merge",
    "looser_than_policy",
    "time_reversed",
    "stale_version",
    "duplicate_key",
    "unknown_attachment",
    "unknown_account",
    "damaged_attachment",
    "unknown_knowledge",
]


@dataclass
class Refusal(Exception):
    """A command that was refused; nothing was changed."""

    code: RefusalCode
    field: str | None
    """The data key at fault, None where it is none of them."""
    message: str
    fix: str
    """What to do, as an instruction."""
    article: str | None = None
    """The article of the city's Measures that asks for it."""

    def __str__(self) -> str:
        where = f"{self.field}: " if self.field else ""
        return f"{where}{self.message}; {self.fix}"

    def to_json(self) -> dict[str, str | None]:
        """The contract's `error` object."""
        return {
            "code": self.code,
            "field": self.field,
            "message": self.message,
            "fix": self.fix,
        }
