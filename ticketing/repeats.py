"""Repeat complaints (重复投诉, art. 19; domain.md A-11 to A-13): the rules, exactly.

Whether two tickets are about the same matter is a person's word (`repeat_of`); here is only
whether the law then calls it a repeat.
"""

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from store.types import SHANGHAI
from ticketing.model import State, Ticket
from ticketing.policy import Policy

SIX_DAYS = timedelta(days=6)

_REPLIED = frozenset(
    {State.ANSWERED, State.SMS_CALLBACK, State.MANUAL_CALLBACK, State.RECHECK, State.CLOSED}
)


@dataclass(frozen=True)
class Repeat:
    """A complaint that repeats an earlier one."""

    of: str
    """The root: the first complaint of the chain."""
    rule: Literal["a", "b"]
    """(a) within a month of the closing reply, (b) unresolved after more than six days."""
    seq: int
    """1 for the first repeat."""


def window_end(resolved_at: datetime, policy: Policy) -> datetime:
    """When the month after a closing reply is over: 24:00 of the corresponding day (A-11)."""
    day = resolved_at.astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)
    if policy.repeat_month == "30d":
        return day + timedelta(days=31)
    year, month = divmod(day.year * 12 + day.month, 12)  # the next month, counted from 0
    last = calendar.monthrange(year, month + 1)[1]
    return day.replace(year=year, month=month + 1, day=min(day.day, last)) + timedelta(days=1)


def judge(new: Ticket, chain: Sequence[Ticket], policy: Policy) -> Repeat | None:
    """Whether a new report repeats the matter of `chain`: its root first, then earlier repeats."""
    root = chain[0]
    if root.ticket_no == new.ticket_no:
        return None
    chain = [one for one in chain if one.ticket_no != new.ticket_no]
    if not {new.request_type, root.request_type} <= set(policy.repeat_types):
        return None
    repeats = [one for one in chain if one.repeat_seq and one.state is not State.REJECTED]
    seq = 1 + max((one.repeat_seq or 0 for one in repeats), default=0)
    if new.repeat_seq and new.repeat_of == root.ticket_no:  # told at its making
        seq = new.repeat_seq
    same_citizen = not _are_different(new, root)
    replies = [one.resolved_at for one in chain if one.resolved_at is not None]
    replies = [at for at in replies if at <= new.created_at]
    if (
        replies
        and new.created_at < window_end(max(replies), policy)
        and (policy.repeat_scope_a == "anyone" or same_citizen)
    ):
        return Repeat(root.ticket_no, "a", seq)
    unresolved = any(is_unresolved(one) for one in chain)
    if unresolved and same_citizen and new.created_at - root.created_at > SIX_DAYS:
        return Repeat(root.ticket_no, "b", seq)
    return None


def is_unresolved(ticket: Ticket) -> bool:
    """Whether the citizen still waits for a (new) reply."""
    return ticket.is_open and not (ticket.resolved_at and ticket.state in _REPLIED)


def _are_different(one: Ticket, other: Ticket) -> bool:
    """Whether the phones say that two tickets are of different people; silence does not."""
    first, second = _phones(one), _phones(other)
    return bool(first and second and not first & second)


def _phones(ticket: Ticket) -> set[str]:
    return {number for number in (ticket.contact_phone, ticket.caller_number) if number}
