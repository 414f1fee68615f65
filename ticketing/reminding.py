"""When a unit's duty phone is rung for a dispatch that nobody has signed (签收提醒). Pure.

domain.md §2.4, `tm_sign`: 15 minutes before the limit, and once more when it is over. Each time
the first contact on duty is rung, then the second.
"""

from datetime import datetime, timedelta

from ticketing.model import State, Ticket
from ticketing.timers import SIGN_WARNING, came_at

HOW = "值班电话"
AT_A_TIME = 2
"""Rings of one reminder: the first contact on duty, then the second."""
STALE = timedelta(days=1)
"""Of what was due so long ago nobody is reminded by telephone: the line had stopped."""


def first_reminder(one: Ticket) -> datetime | None:
    """When the duty phone is rung for the first time; None: not for this ticket as it is."""
    if not is_unsigned(one):
        return None
    assert one.sign_due is not None
    since = came_at(one) or one.dispatched_at
    due = (one.sign_due - SIGN_WARNING, one.sign_due)
    return next((at for at in due if since is None or at > since), None)


def next_reminder(
    tries: int, sign_due: datetime, at: datetime, pause: timedelta
) -> datetime | None:
    """When it is rung again after so many rings, the last at `at`; None: no more."""
    if tries % AT_A_TIME:
        return at + pause
    return sign_due if at < sign_due else None


def is_unsigned(one: Ticket) -> bool:
    """Whether a unit has it and has not signed (待签收)."""
    return one.state is State.DISPATCHED and None not in (one.unit, one.sign_due)
