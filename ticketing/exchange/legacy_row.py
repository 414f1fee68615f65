"""An old system's row as a ticket (旧系统工单): one event, `import`, that says everything.

A closed one is history. An open one comes in as not yet accepted, however far the old system had
got, so that somebody accepts it and sends it on under these rules with fresh clocks; what had been
done is kept in its event.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from store.types import SHANGHAI, JsonObject
from ticketing.citydata import CityData
from ticketing.exchange.legacy_map import STATES, WORK
from ticketing.exchange.legacy_mark import COMMAND, MARK
from ticketing.exchange.record import fits
from ticketing.field_errors import field_refusal
from ticketing.model import State, Ticket, TicketCall, TicketEvent
from ticketing.new_ticket import CLOCKS_DIFFER
from ticketing.policy import Policies
from ticketing.replaying import after
from ticketing.validation import new_ticket, values_of
from ticketing.workflow.terms import missing, refuse

_WAY = ("created_at", "accepted_at", "dispatched_at", "resolved_at", "closed_at")
"""In this order they go forward."""


def fields_of(given: Mapping[str, Any], city: CityData, at: datetime) -> JsonObject:
    """The fields of the ticket, checked; raises Refusal that names the field and the fix."""
    told = {key: value for key, value in given.items() if value is not None}
    state = told.pop("state", "closed")
    if state not in STATES:
        fix = f"应为{'、'.join(STATES)}之一"
        raise refuse("invalid_value", "state", f"状态“{str(state)[:40]}”无效", fix)
    way = {name: told.pop(name) for name in _WAY if name in told}
    work = {name: told.pop(name) for name in sorted(WORK) if name in told}
    _goes_forward(way, at)
    if "unit" in work and work["unit"] not in city.units:
        what = f"没有代码为{str(work['unit'])[:40]}的单位"
        fix = "请在映射文件的 values 中写明单位代码"
        raise refuse("unknown_unit", "unit", what, fix)
    new = new_ticket(told, city, way["created_at"])
    found = {
        **values_of(new),
        "gbt39666_code": _gbt(city, new.category_l2),
        "created_at": way["created_at"],
        "state": state,
    }
    if state == State.CLOSED:
        ended = way.get("closed_at") or way.get("resolved_at")
        since = ended or way["created_at"]
        return found | work | way | {"resolved_at": way.get("resolved_at") or ended,
                                     "state_since": since}  # fmt: skip
    done = work | {name: at for name, at in way.items() if name != "created_at"}
    return found | {"state_since": at, "was": done}


def ticket_of(fields: JsonObject, mark: tuple[str, str], at: datetime) -> Ticket:
    """The ticket of an old one, its number still to be given; `mark`: system and number there.

    Raises Refusal for what the store cannot hold.
    """
    system, legacy_no = mark
    known = {name: _plain(value) for name, value in fields.items() if value is not None}
    was = {name: _plain(value) for name, value in known.pop("was", {}).items()}
    data = known | {MARK: {"system": system, "no": legacy_no} | ({"was": was} if was else {})}
    event = TicketEvent(
        seq=1, at=at, actor="import", role="system", command=COMMAND, from_state=None,
        to_state=State(fields["state"]), article=None, data=data, hash="",
    )  # fmt: skip
    try:
        one = after(None, "", event, Policies())
    except ValidationError as error:
        raise field_refusal(error.errors()[0]) from None
    calls = [TicketCall(call_id=one.call_id, relation="origin")] if one.call_id else []
    one = one.changed(events=[event], calls=calls)
    fits(one)
    return one


def _goes_forward(way: Mapping[str, datetime], at: datetime) -> None:
    if "created_at" not in way:
        raise missing("created_at")
    before = None
    for name in _WAY:
        if name not in way:
            continue
        if way[name] > at + CLOCKS_DIFFER:
            raise refuse("invalid_value", name, f"{name}在将来", "请核对时间和时区")
        if before is not None and way[name] < way[before]:
            what = f"{name}早于{before}"
            raise refuse("time_reversed", name, what, "请核对两个时间")
        before = name


def _gbt(city: CityData, category: str | None) -> str | None:
    known = city.categories.get(category or "")
    return known.gbt39666_code if known else None


def _plain(value: Any) -> Any:
    return value.astimezone(SHANGHAI).isoformat() if isinstance(value, datetime) else value
