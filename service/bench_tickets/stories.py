"""Lives of tickets (工单), played by the product itself in a store of their own."""

import random
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property, reduce
from typing import Any

from store.engine import Store
from ticketing.acting import fired_timers
from ticketing.citydata import CityData
from ticketing.model import Ticket
from ticketing.policy import Policies
from ticketing.replaying import after
from ticketing.suggest.routing import Routing
from ticketing.tickets import Tickets
from ticketing.timers import next_timer

START = datetime.fromisoformat("2026-03-02T09:00:00+08:00")
LATER = timedelta(days=45)
"""After this nothing happens to a ticket any more, not even a timer."""
CITIZEN = {"requester_name": "张三", "contact_phone": "13800000001", "address_text": "幸福家园"}
_ELSE, _OTHER = "ZJJ", "CGJ"
_REPLY = {
    "reply": "已派人到现场核实处理，并电话告知市民。",
    "public_reply": "您好，您反映的问题已核实处理，感谢您的监督。",
    "contacted": True,
    "solved": True,
}
_ANSWER = {"answer": "请带身份证到政务服务中心窗口办理", "knowledge_ref": "办事指南"}
_RETURN = {"ground": "三定方案：不属我局职责", "suggestion": "建议派市住建局"}
_LONGER = {"reason": "需要招标采购材料", "new_due": timedelta(hours=60)}

Step = tuple[float, str, str, Mapping[str, Any]]
"""Hours after the call, role, command, data; a timedelta there is a time after the call."""
_ACCEPT: Step = (0.05, "agent", "accept", {})
_DISPATCH: Step = (0.2, "dispatcher", "dispatch", {"answer_type": "investigate"})
_SIGN: Step = (0.7, "unit_handler", "sign", {})
_PASS: Step = (10.5, "dispatcher", "audit_pass", {})
_SOLVED: tuple[Step, ...] = (_ACCEPT, _DISPATCH, _SIGN, (8, "unit_handler", "submit_reply", _REPLY))

LIVES: Mapping[str, tuple[int, tuple[Step, ...]]] = {
    "answered": (55, (_ACCEPT, (0.06, "agent", "answer_direct", _ANSWER))),
    "satisfied": (14, (*_SOLVED, _PASS, (12, "citizen", "sms_score", {"score": 1}))),
    "silent": (13, (*_SOLVED, _PASS)),
    "extended": (
        3,
        (
            _ACCEPT,
            _DISPATCH,
            _SIGN,
            (9, "unit_handler", "request_extension", _LONGER),
            (10, "dispatcher", "approve_extension", {}),
            (50, "unit_handler", "submit_reply", _REPLY),
            (51, "dispatcher", "audit_pass", {}),
            (52, "citizen", "sms_score", {"score": 1}),
        ),
    ),
    "late": (
        5,
        (
            _ACCEPT,
            _DISPATCH,
            (3, "unit_handler", "sign", {}),
            (20, "unit_handler", "submit_reply", _REPLY),
            (21, "dispatcher", "audit_pass", {}),
            (22, "citizen", "sms_score", {"score": 5}),
            (30, "callback_agent", "callback_ok", {"score": 2}),
        ),
    ),
    "returned": (
        3,
        (
            _ACCEPT,
            _DISPATCH,
            (1, "unit_handler", "request_return", _RETURN),
            (2, "dispatcher", "approve_return", {"unit": "ZJJ"}),
            (2.5, "unit_handler", "sign", {}),
            (11, "unit_handler", "submit_reply", _REPLY),
            (12, "dispatcher", "audit_pass", {}),
        ),
    ),
    "improved": (
        3,
        (
            *_SOLVED,
            (9, "dispatcher", "audit_fail", {"defects": ["unspecific"], "comment": "请写明时间"}),
            (10, "unit_handler", "submit_reply", _REPLY),
            _PASS,
            (13, "citizen", "sms_score", {"score": 2}),
        ),
    ),
    "rejected": (
        4,
        (
            (
                0.05,
                "agent",
                "reject",
                {"reject_code": "N2", "explanation": "已进入诉讼程序", "guidance": "请联系法院"},
            ),
        ),
    ),
}
"""Share in per cent and steps of each kind of life. About as many are answered in the call as in
the province's public figures (two thirds of all matters)."""


@dataclass(frozen=True)
class Story:
    """One life; `whole` is the ticket at its end, with its journal."""

    life: str
    whole: Ticket
    policies: Policies

    @cached_property
    def stages(self) -> Sequence[Ticket]:
        """The ticket as it was after each of its events."""
        found: list[Ticket] = []

        def add(before: Ticket | None, count: int) -> Ticket:
            event = self.whole.events[count - 1]
            one = after(before, self.whole.ticket_no, event, self.policies)
            whole = {"events": self.whole.events[:count], "query_code": self.whole.query_code}
            found.append(one.changed(**whole, recording_ids=[], calls=[]))
            return one

        reduce(add, range(1, len(self.whole.events) + 1), None)
        return found


async def told(
    store: Store, city: CityData, routing: Routing, texts: Iterable[Mapping[str, str]]
) -> AsyncIterator[Story]:
    """A story of each life in each category, in `store`, which should be empty."""
    tickets, chance = Tickets(store, city=city), random.Random(1)
    by_category: dict[str, list[Mapping[str, str]]] = defaultdict(list)
    for text in texts:
        if text["category"]:  # others are for the suggester: small talk
            by_category[text["category"]].append(text)
    policies = await tickets.policies()
    for category, known in sorted(by_category.items()):
        for life in LIVES:
            said = chance.choice(known)
            region = chance.choice(sorted(city.regions))
            unit = routing.route(category, region).unit or _ELSE
            given = {
                **CITIZEN,
                "content": said["text"],
                "request_type": said["request_type"] or "help",
                "urgency": said["urgency"] or "normal",
                "category_l2": category,
                "region_code": region,
                "acceptance_basis": "6.2",
            }
            lived = await _lived(tickets, policies, given, unit, LIVES[life][1])
            yield Story(life, lived, policies)


async def _lived(
    tickets: Tickets,
    policies: Policies,
    given: Mapping[str, Any],
    unit: str,
    steps: Sequence[Step],
) -> Ticket:
    made = await tickets.create(given, actor="1001", role="agent", at=START)
    for hours, role, command, data in steps:
        at = START + timedelta(hours=hours)
        await _let_pass(tickets, policies, at)
        told = {
            key: START + value if isinstance(value, timedelta) else value
            for key, value in data.items()
        }
        if command == "dispatch":
            told["unit"] = unit
            if made.is_hidden:
                told["unit_content"] = "市民反映的问题请贵单位依法核查处理。"
        if command == "approve_return":
            told["unit"] = _ELSE if unit != _ELSE else _OTHER
        await tickets.do(made.ticket_no, command, told, actor=f"{role}1", role=role, at=at)
    await _let_pass(tickets, policies, START + LATER)
    return await tickets.read(made.ticket_no)


async def _let_pass(tickets: Tickets, policies: Policies, until: datetime) -> None:
    """Fires each timer a second after it was due, as a poller does that is in time."""
    while (number := await tickets.first_due(until)) is not None:
        one = await tickets.read(number)
        timer = next_timer(one, policies.of(one.policy_id, until), fired_timers(one))
        assert timer is not None
        await tickets.fire(number, min(until, timer.due_at + timedelta(seconds=1)))
