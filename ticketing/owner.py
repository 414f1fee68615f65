"""Who has to act on a ticket now (责任人): a unit's code or a role of the hotline."""

from ticketing.model import State, Ticket
from ticketing.workflow.reply import unsatisfied_answers


def owner(ticket: Ticket) -> str | None:
    """The unit that holds the ticket, or the role whose list it is on; None for a terminal one."""
    match ticket.state:
        case State.PENDING_ACCEPTANCE:
            return "supervisor" if ticket.referred_at else "agent"
        case State.ACCEPTED | State.RETURN_REVIEW | State.REPLY_REVIEW:
            return "dispatcher"
        case State.DISPATCHED | State.IN_PROGRESS | State.SUPPLEMENTING | State.RECTIFYING:
            return ticket.unit
        case State.ANSWERED | State.SMS_CALLBACK:
            return "citizen"
        case State.MANUAL_CALLBACK:
            return "callback_agent" if unsatisfied_answers(ticket) < 2 else "supervisor"
        case State.RECHECK:
            return "supervisor"
        case State.COORDINATING:
            return "center_head"
    return None
