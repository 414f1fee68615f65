"""What a message of the outbox says, to which number, and whether it still has to be said.

Texts and numbers are taken when a message is sent: a matter that has moved on since is not told
as it was, and the outbox holds no personal data.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from store.types import SHANGHAI
from ticketing.citydata import CityData
from ticketing.duty import Duty
from ticketing.model import TERMINAL, State, Ticket
from ticketing.outbox import Entry
from ticketing.sms.texts import render
from ticketing.workflow.reply import MOBILE, mobile

LONGEST_WAIT = timedelta(hours=48)
"""A message that could not be sent for so long is of no use to anybody."""

_WITH_UNIT = frozenset(
    {
        State.DISPATCHED,
        State.IN_PROGRESS,
        State.RETURN_REVIEW,
        State.REPLY_REVIEW,
        State.SUPPLEMENTING,
        State.RECTIFYING,
        State.COORDINATING,
    }
)


@dataclass(frozen=True)
class Letter:
    """A message as it is sent."""

    number: str
    text: str


@dataclass(frozen=True)
class Nothing:
    """Why nothing is sent."""

    why: str
    is_fault: bool
    """Somebody should have got it; otherwise it was no longer so."""


def letter(
    entry: Entry, holder: Ticket, about: Ticket, city: CityData, duty: Duty, now: datetime
) -> Letter | Nothing:
    """What is sent of an entry now.

    `holder`: the ticket whose event sends it. `about`: the one whose citizen it is for; another
    where that was merged into the first.
    """
    if now - entry.created_at > LONGEST_WAIT:
        return Nothing("过时未发", is_fault=False)
    if not _still_so(entry, holder):
        return Nothing("工单已有变化，内容不再适用", is_fault=False)
    if entry.to_role == "citizen":
        number = mobile(about)
        missing = "诉求人没有手机号"
    else:
        unit = entry.unit or ""
        phones = (*duty.on_duty(unit, now), *duty.contacts.get(unit, ()))
        number = next((one for one in phones if MOBILE.fullmatch(one)), None)
        missing = "承办单位没有可收短信的值班手机"
    if number is None:
        return Nothing(missing, is_fault=True)
    template = city.texts[entry.template]
    text = template.hidden if about.is_hidden or holder.is_hidden else template.text
    return Letter(number, render(text, values(entry, holder, about, city, now)))


def _still_so(entry: Entry, one: Ticket) -> bool:
    with_unit = one.state in _WITH_UNIT and (entry.unit is None or one.unit == entry.unit)
    match entry.template:
        case "sms_survey":
            return one.state is State.SMS_CALLBACK
        case "sms_rectify":
            return one.state is State.RECTIFYING
        case "sms_dispatched" | "sms_extended":
            return with_unit
        case "sms_unit_sign":
            return with_unit and one.state is State.DISPATCHED and one.signed_at is None
        case "sms_unit_due" | "sms_unit_overdue":
            return with_unit and _unit_due(one) is not None
        case "sms_created":
            return one.state not in TERMINAL - {State.CLOSED, State.MERGED}
        case _:
            return True


def values(
    entry: Entry, holder: Ticket, about: Ticket, city: CityData, now: datetime
) -> dict[str, str]:
    """Everything that a text may name; "" where a ticket does not know it."""
    unit = city.units.get(entry.unit or holder.unit or "")
    due = _unit_due(holder)
    left = due - now if due is not None else timedelta()
    granted = [one for one in holder.extension_requests if one.status == "approved"]
    return {
        "topic": about.title or "诉求事项",
        "ticket_no": about.ticket_no,
        "query_code": about.query_code,
        "unit": unit.name if unit is not None else "承办单位",
        "due": _clock(_promised(holder)),
        "sign_due": _clock(holder.sign_due),
        "left": _span(left),
        "over": _span(-left),
        "reason": granted[-1].reason if granted else "情况复杂",
        "reply_short": holder.public_reply or "已办理完毕",
        "explanation": about.explanation or "请拨打12345了解",
        "guidance": about.guidance or "",
    }


def _promised(one: Ticket) -> datetime | None:
    return one.answer_due if one.answer_type == "direct" else one.resolve_due


def _unit_due(one: Ticket) -> datetime | None:
    """What the unit works against now."""
    match one.state:
        case State.RECTIFYING:
            return one.rectify_due
        case State.SUPPLEMENTING:
            return one.supplement_due
        case State.DISPATCHED if one.answer_type != "direct" and one.sign_due is not None:
            return one.sign_due if "sign" in one.late else _promised(one)
        case state if state in _WITH_UNIT:
            return _promised(one)
        case _:
            return None


def _clock(at: datetime | None) -> str:
    """10月1日 22:00"""
    if at is None:
        return "另行通知"
    local = at.astimezone(SHANGHAI)
    return f"{local.month}月{local.day}日{local:%H:%M}"


def _span(time: timedelta) -> str:
    """2天3小时, 3小时20分钟, 40分钟; at least a minute."""
    minutes = max(1, round(time.total_seconds() / 60))
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        return f"{days}天{hours}小时" if hours else f"{days}天"
    if hours:
        return f"{hours}小时{minutes}分钟" if minutes else f"{hours}小时"
    return f"{minutes}分钟"
