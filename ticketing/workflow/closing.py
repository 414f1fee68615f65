"""After the closing reply: surveys, callbacks, rectification, re-check (T21 to T28).

Articles 10(5) and 20; domain.md A-14 to A-17.
"""

from collections.abc import Sequence
from datetime import datetime, time
from typing import Any, Literal

from store.types import SHANGHAI
from ticketing import deadlines
from ticketing.model import State, Ticket
from ticketing.policy import Policy
from ticketing.records import CallbackAttempt, SupervisionRecord
from ticketing.survey_answers import understood
from ticketing.workflow.reply import unsatisfied_answers
from ticketing.workflow.terms import Deed, Event, When, missing, refuse, require

Hours = Sequence[tuple[time, time]]
"""From when to when in a day, Asia/Shanghai; both ends count."""
CALLING_HOURS: Hours = ((time(9), time(12)), (time(14), time(20)))
"""When people may be called back (A-15); both ends count."""

_DAYS_OF_ATTEMPTS = 2


# Guards


def has_score(deed: Deed) -> None:
    """T21, T22: a score of 1 to 5, or words."""
    told = deed.given
    if told.score is None and told.answer is None and told.solved is None:
        raise missing("score", "10(5)")


def was_asked_for_master(deed: Deed) -> None:
    """T29: the citizen of a merged ticket answers the survey of the master's result, once."""
    has_score(deed)
    master = deed.around.master(deed.ticket)
    if master.resolved_at is None:
        raise refuse("wrong_state", None, "主工单尚未办结", "请在主工单办结、收到短信后再评价")
    if any(one.channel == "sms" for one in deed.ticket.callback):
        raise refuse("wrong_state", None, "已经评价过", "如有新情况，请登记新的工单")
    if deed.now > master.resolved_at + deed.policy.sms_wait:
        raise refuse("deadline_passed", None, "已超过短信评价的时间", "如有新情况，请登记新的工单")


def is_good_score(deed: Deed) -> None:
    """T23: whoever is content gave no bad score."""
    if deed.given.score is not None and deed.given.score > 3:
        raise refuse(
            "invalid_value", "score", "评价为不满意", "请以 callback_unsatisfied 提交", "10(5)"
        )


def has_reason(deed: Deed) -> None:
    """T22, T24, T25: why."""
    require(deed, "reason", article="10(5)")


def was_twice_unsatisfied(deed: Deed) -> None:
    """T25: only after the second manual callback (A-16)."""
    if unsatisfied_answers(deed.ticket) < 2:
        raise refuse(
            "wrong_state",
            None,
            "第二次人工回访仍不满意后，方可说明情况归档",
            "请先整改并再次回访",
            "10(5)",
        )


def had_unit(deed: Deed) -> None:
    """T27: what no unit handled is no unit's fault."""
    if deed.ticket.unit is None:
        raise refuse("wrong_state", None, "该工单没有经承办单位办理", "请由话务员登记新工单", "20")


# Conditions

satisfied_by_sms = When("1—3 分", lambda deed: _said(deed.given.score, deed) == "satisfied")
otherwise = When("4—5 分、未解决或看不懂", lambda deed: True)
first_time = When("第一次", lambda deed: unsatisfied_answers(deed.ticket) == 0)
again = When("再次", lambda deed: True)


def _said(score: int | None, deed: Deed) -> Literal["satisfied", "unsatisfied", "unclear"]:
    return _meaning(score, deed.given.solved, deed.given.answer)


def _meaning(
    score: int | None, solved: bool | None, answer: str | None
) -> Literal["satisfied", "unsatisfied", "unclear"]:
    """What a reply says; a matter that is not solved is not settled, whatever the score."""
    said = understood(answer).settled if answer else None
    if solved is False or said is False:
        return "unsatisfied"
    if score is not None:
        return "satisfied" if score <= 3 else "unsatisfied"
    return "satisfied" if solved or said else "unclear"


def is_last_attempt(deed: Deed) -> bool:
    """Whether with this attempt the citizen counts as unreachable (A-15)."""
    if not in_calling_hours(deed.now):
        return False
    tries = [*attempts_in_vain(deed.ticket), deed.now]
    return len(tries) >= deed.policy.callback_attempts and on_enough_days(tries)


last_attempt = When("第三次，且不在同一天", is_last_attempt)
more_attempts = When("尚未满三次", lambda deed: True)


def attempts_in_vain(ticket: Ticket) -> list[datetime]:
    """When the citizen was called and not reached in the present callback; what counts of it."""
    began = ticket.state_since or ticket.created_at
    return [one.at for one in ticket.callback if _counts(one) and one.at >= began]


def on_enough_days(tries: Sequence[datetime]) -> bool:
    """Whether attempts lie on as many days as it takes to give up (A-15)."""
    return len({at.astimezone(SHANGHAI).date() for at in tries}) >= _DAYS_OF_ATTEMPTS


def in_calling_hours(at: datetime) -> bool:
    """Whether people may be called at that time."""
    return within(CALLING_HOURS, at)


def within(hours: Hours, at: datetime) -> bool:
    """Whether a time of day lies within the hours."""
    clock = at.astimezone(SHANGHAI).time()
    return any(start <= clock <= end for start, end in hours)


def _counts(attempt: CallbackAttempt) -> bool:
    return attempt.result == "unreachable" and attempt.counted


# Effects


def sms_answered(ticket: Ticket, event: Event, policy: Policy) -> Ticket:
    """T21, T22: settled, or a task for a person."""
    told = event.given
    result = _meaning(told.score, told.solved, told.answer)
    ticket = _with_attempt(ticket, event, "sms", result).changed(sms_due=None)
    if event.to_state is State.CLOSED:
        return ticket.changed(close_result="satisfied", closed_at=event.at)
    return ticket.changed(manual_due=event.at + policy.manual_wait)


def master_rated(ticket: Ticket, event: Event, _policy: Policy) -> Ticket:
    """T29: what the citizen of a merged ticket thinks of the master's result."""
    told = event.given
    return _with_attempt(ticket, event, "sms", _meaning(told.score, told.solved, told.answer))


def sms_silent(ticket: Ticket, event: Event, _policy: Policy) -> Ticket:
    """T21: no answer in time counts neither way (A-14)."""
    return ticket.changed(close_result="not_rated", closed_at=event.at, sms_due=None)


def sms_not_sent(ticket: Ticket, event: Event, policy: Policy) -> Ticket:
    """T22: a survey that did not go out is a task for a person (A-14)."""
    return ticket.changed(sms_due=None, manual_due=event.at + policy.manual_wait)


def content(ticket: Ticket, event: Event, _policy: Policy) -> Ticket:
    """T23: the citizen is content."""
    return _with_attempt(ticket, event, "manual", "satisfied").changed(
        close_result="satisfied", closed_at=event.at, manual_due=None
    )


def not_reached(ticket: Ticket, event: Event, _policy: Policy) -> Ticket:
    """T23: one more attempt; the last one closes the ticket (A-15)."""
    counted = in_calling_hours(event.at)
    ticket = _with_attempt(ticket, event, "manual", "unreachable", counted=counted)
    if event.to_state is not State.CLOSED:
        return ticket
    return ticket.changed(close_result="unreachable", closed_at=event.at, manual_due=None)


def rectifying(ticket: Ticket, event: Event, policy: Policy) -> Ticket:
    """T24: the same unit verifies and rectifies (核实整改)."""
    ticket = _with_attempt(ticket, event, "manual", "unsatisfied").changed(manual_due=None)
    due = event.at + deadlines.length("rectify", policy, event.facts.inner_limits)
    return deadlines.begin(ticket, "rectify", event.at, due)


def still_unsatisfied(ticket: Ticket, event: Event, _policy: Policy) -> Ticket:
    """The second time the supervisor decides (A-16)."""
    return _with_attempt(ticket, event, "manual", "unsatisfied")


def explained(ticket: Ticket, event: Event, _policy: Policy) -> Ticket:
    """T25: beyond law, policy or means; or done by the evidence (`solved`), yet not content."""
    done = event.given.close_result == "unsatisfied" or event.given.solved is True
    return ticket.changed(
        close_result="unsatisfied" if done else "unsatisfied_explained",
        closed_at=event.at,
        manual_due=None,
    )


def rechecking(ticket: Ticket, _event: Event, _policy: Policy) -> Ticket:
    """T27: callback and evidence (回访复核)."""
    return ticket.changed(sms_due=None, manual_due=None)


def recheck_stands(ticket: Ticket, event: Event, _policy: Policy) -> Ticket:
    """T28: the handling was true; a result that was there before stays."""
    score = event.given.score
    result: Any = ticket.close_result
    if score is not None:
        result = "satisfied" if score <= 3 else "unsatisfied"
    elif result is None:
        result = "unsatisfied" if unsatisfied_answers(ticket) else "not_rated"
    return ticket.changed(close_result=result, closed_at=event.at)


def recheck_failed(ticket: Ticket, event: Event, policy: Policy) -> Ticket:
    """T28: poor or false handling: done again, K2, on the unit's record."""
    record = SupervisionRecord(
        at=event.at,
        measure="false_reply",
        by=event.actor.name,
        unit=ticket.unit,
        reason=event.given.reason or event.given.comment,
    )
    ticket = ticket.changed(
        key_categories=sorted({*ticket.key_categories, "K2"}),
        supervision=[*ticket.supervision, record],
        close_result=None,
        closed_at=None,
    )
    due = event.at + deadlines.length("resolve", policy, event.facts.inner_limits)
    return deadlines.begin(ticket, "resolve", event.at, due)


def _with_attempt(
    ticket: Ticket,
    event: Event,
    channel: Literal["sms", "manual"],
    result: Literal["satisfied", "unsatisfied", "unclear", "unreachable"],
    *,
    counted: bool = True,
) -> Ticket:
    told = event.given
    attempt = CallbackAttempt(
        at=event.at,
        channel=channel,
        by=event.actor.name,
        result=result,
        counted=counted,
        score=told.score,
        contacted=told.contacted,
        solved=told.solved,
        reason=told.reason or told.answer,
    )
    return ticket.changed(callback=[*ticket.callback, attempt])
