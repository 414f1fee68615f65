"""The mark of an old system's ticket in the journal: which system, and its number there."""

from ticketing.model import Ticket

COMMAND = "import"
"""The event that such a ticket begins with; its data are the ticket's fields."""
MARK = "_legacy"


def legacy_of(one: Ticket) -> tuple[str, str] | None:
    """System and number of a ticket that came from an old system."""
    if not one.events or one.events[0].command != COMMAND:
        return None
    mark = one.events[0].data.get(MARK)
    if not isinstance(mark, dict):
        return None
    return str(mark.get("system"))[:40], str(mark.get("no"))[:200]
