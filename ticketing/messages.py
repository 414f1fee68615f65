"""Who has to be told what (消息): the outbox of each event and each timer.

Texts are the city's (SMS texts by template); of a confidential ticket they are rendered without
topic. Here is only which template goes to which role.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ticketing.model import State, Ticket
from ticketing.timers import COMMANDS, Timer
from ticketing.workflow.reply import is_unreachable
from ticketing.workflow.terms import Event, Role


@dataclass(frozen=True)
class Message:
    """Something to be sent."""

    template: str
    to_role: Role
    ticket_no: str
    """The ticket whose citizen or matter it concerns."""


def messages(event: Event, after: Ticket, merged: Sequence[str] = ()) -> list[Message]:
    """What an event sends; `merged`: the tickets that were merged into this one, whose citizens
    get its result too (art. 10(5))."""
    told = [*_to_citizen(event, after), *_to_others(event, after)]
    sent = [Message(template, role, after.ticket_no) for template, role in told]
    if event.command == "audit_pass":
        sent += [Message("sms_survey", "citizen", number) for number in merged]
    return sent


def _to_citizen(event: Event, after: Ticket) -> Iterator[tuple[str, Role]]:
    if is_unreachable(after):
        return
    match event.command:
        case "accept":
            yield "sms_created", "citizen"
        case "reject":
            yield "sms_guidance", "citizen"
        case "approve_extension":
            yield "sms_extended", "citizen"
    if _reaches_unit(event):
        yield "sms_dispatched", "citizen"
    if event.command == "audit_pass" and event.to_state is State.SMS_CALLBACK:
        yield "sms_survey", "citizen"
    if event.to_state is State.RECTIFYING and event.command == "callback_unsatisfied":
        yield "sms_rectify", "citizen"


def _reaches_unit(event: Event) -> bool:
    return (
        event.to_state is State.DISPATCHED
        and event.from_state is not State.DISPATCHED
        and event.command != "unmerge"
    )


_TOLD: dict[str, tuple[tuple[str, Role], ...]] = {
    "refer_up": (("referred_up", "supervisor"),),
    "emergency_transfer": (("emergency_followup", "supervisor"),),
    "request_return": (("return_requested", "dispatcher"),),
    "refuse_return": (("return_refused", "unit_handler"),),
    "request_extension": (("extension_requested", "dispatcher"),),
    "approve_extension": (("extension_approved", "unit_handler"),),
    "refuse_extension": (("extension_refused", "unit_handler"),),
    "submit_reply": (("reply_submitted", "dispatcher"),),
    "audit_fail": (("reply_incomplete", "unit_handler"),),
    "callback_unsatisfied": (("callback_unsatisfied", "supervisor"),),
    "recheck_false": (("recheck_failed", "unit_handler"),),
    "supervise": (("supervision_order", "unit_handler"),),
    "special_coordination": (("coordination", "unit_handler"),),
    "leader_instruction": (("leader_instruction", "dispatcher"),),
}


def _to_others(event: Event, after: Ticket) -> Iterator[tuple[str, Role]]:
    yield from _TOLD.get(event.command, ())
    if _reaches_unit(event):
        yield "sms_unit_sign", "unit_handler"
    match event.command:
        case "urge" if after.unit is None:
            yield "urge", "dispatcher"
        case "urge":
            yield "sms_unit_overdue", "unit_handler"
        case "callback_unsatisfied" if event.to_state is State.RECTIFYING:
            yield "rectify", "unit_handler"
        case "add_statement":
            yield "statement_added", "dispatcher"
            if after.unit is not None:
                yield "statement_added", "unit_handler"
        case "sms_score" if event.from_state is State.MERGED:
            if after.callback[-1].result != "satisfied":  # of a result that is another ticket's
                yield "callback_unsatisfied", "supervisor"
        case "sms_score" if event.to_state is State.MANUAL_CALLBACK:
            yield "callback_task", "callback_agent"
        case "audit_pass" if event.to_state is State.MANUAL_CALLBACK:
            yield "callback_task", "callback_agent"
        case "sms_failed":
            yield "callback_task", "callback_agent"


_NOTICES: dict[str, tuple[tuple[str, Role], ...]] = {
    "tm_accept": (("alarm_accept", "supervisor"),),
    "tm_refer_up": (("alarm_refer_up", "supervisor"),),
    "tm_dispatch": (("alarm_dispatch", "supervisor"),),
    "tm_answer.yellow": (("sms_unit_due", "unit_handler"),),
    "tm_sign.15min": (("sms_unit_sign", "unit_handler"),),
    "tm_resolve.half": (("sms_unit_due", "unit_handler"),),
    "tm_resolve.yellow": (("sms_unit_due", "unit_handler"),),
    "tm_resolve.24h": (("suggest_supervise", "supervisor"),),
    "tm_rectify.half": (("sms_unit_due", "unit_handler"),),
    "tm_rectify.yellow": (("sms_unit_due", "unit_handler"),),
    "tm_rectify.24h": (("suggest_supervise", "supervisor"),),
    "tm_return_window": (),
    "tm_ext_review": (("alarm_ext_review", "supervisor"),),
    "tm_return_review": (("alarm_return_review", "supervisor"),),
    "tm_audit": (("alarm_audit", "supervisor"),),
    "tm_supplement": (("sms_unit_overdue", "unit_handler"),),
    "tm_manual": (("alarm_manual", "supervisor"),),
    "tm_repeat_month": (),
    "tm_repeat_6d.5d": (("repeat_warning", "dispatcher"),),
    "tm_repeat_6d": (),
    "tm_coordinate": (("alarm_coordinate", "center_head"),),
    "tm_recheck": (("alarm_recheck", "supervisor"),),
    "tm_child.1h": (("sms_unit_due", "unit_handler"),),
    "tm_child": (("child_overdue", "unit_handler"),),
    "tm_followup": (("alarm_followup", "supervisor"),),
}


def notices(timer: Timer, ticket: Ticket) -> list[Message]:
    """What a timer sends by itself; where it stands for a command, that command's event sends."""
    if timer.id in COMMANDS:
        return []
    told = _NOTICES[timer.id]
    if ticket.unit is None:  # the hotline's own answer is due
        told = tuple((name, "agent" if role == "unit_handler" else role) for name, role in told)
    return [Message(template, role, ticket.ticket_no) for template, role in told]
