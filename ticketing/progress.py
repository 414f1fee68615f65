"""What a caller may be told about a ticket (进度查询, domain.md §4.6)."""

from dataclasses import dataclass
from datetime import datetime

from store.types import SHANGHAI
from ticketing.model import State, Ticket

_AT_UNIT = frozenset(
    {
        State.IN_PROGRESS,
        State.RETURN_REVIEW,
        State.REPLY_REVIEW,
        State.SUPPLEMENTING,
        State.RECTIFYING,
        State.COORDINATING,
    }
)
_DONE = frozenset({State.ANSWERED, State.SMS_CALLBACK, State.MANUAL_CALLBACK, State.CLOSED})


@dataclass(frozen=True)
class Progress:
    """Unit, status and dates; never content, name or address. Of a report (举报) no unit."""

    ticket_no: str
    state: State
    unit: str | None
    """Code of the unit that holds it."""
    due: datetime | None
    extended: bool
    """Whether an extension was approved (延期)."""
    done_at: datetime | None

    def prompt(self) -> tuple[str, dict[str, str | int | datetime]]:
        """Key and values of the prompt that tells it."""
        if self.state in _DONE and self.done_at:
            return "query_closed", {"date": self.done_at}
        if self.state is State.DISPATCHED and self.unit:
            return "query_dispatched", {"unit": self.unit}
        if self.state in _AT_UNIT and self.unit and self.due:
            if self.extended:
                return "query_extended", {"due": self.due}
            return "query_in_progress", {"unit": self.unit, "due": self.due}
        return "query_open", {}


def progress(ticket: Ticket) -> Progress:
    """The facts of a ticket; times in Asia/Shanghai."""
    due = ticket.answer_due if ticket.answer_type == "direct" else ticket.resolve_due
    return Progress(
        ticket_no=ticket.ticket_no,
        state=ticket.state,
        unit=None if ticket.request_type == "report" else ticket.lead_unit or ticket.unit,
        due=_local(due),
        extended=any(one.status == "approved" for one in ticket.extension_requests),
        done_at=_local(ticket.resolved_at or ticket.closed_at),
    )


def _local(at: datetime | None) -> datetime | None:
    return None if at is None else at.astimezone(SHANGHAI)
