"""Rehearsal of a policy (政策演练): commands at given times on tickets in memory.

The engine and the timers are those of the line; `Rehearsal.run` takes the steps of contract §5
and tells state, deadlines, fired timers and messages after each.
"""

import heapq
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast, get_args

from store.types import JsonObject, local_iso
from ticketing.citydata import CityData
from ticketing.deadlines import CLOCKS, due_of, overdue
from ticketing.given import KEYS, given
from ticketing.messages import Message, messages, notices
from ticketing.model import State, Ticket
from ticketing.new_ticket import is_plausible
from ticketing.policy import LIMITED, SWITCHES, Policies, Policy, revised
from ticketing.refusal import Refusal
from ticketing.timers import COMMANDS as TIMER_COMMANDS
from ticketing.timers import Timer, timers
from ticketing.workflow.engine import apply, evolve
from ticketing.workflow.terms import (
    SYSTEM,
    Actor,
    Event,
    Role,
    Surroundings,
    missing,
    refuse,
)

_STEP_KEYS = {"at", "as", "command", "ticket", "data"}
_BEFORE_ALL = datetime.fromisoformat("0001-01-02T00:00:00+00:00")


@dataclass
class Rehearsal:
    """A private store in memory with its own clock. `warnings` grows while it runs."""

    city: CityData
    policies: Policies = field(default_factory=Policies)
    warnings: list[str] = field(default_factory=list)
    tickets: dict[str, Ticket] = field(default_factory=dict)
    journal: list[Event] = field(default_factory=list)
    now: datetime = _BEFORE_ALL
    _limits: dict[str, dict[str, timedelta]] = field(default_factory=dict)
    _agenda: list[tuple[datetime, int, str]] = field(default_factory=list)
    """When the next timer of a ticket is due; entries may be out of date."""
    _places: dict[str, int] = field(default_factory=dict)
    _fired: set[tuple[str, Timer]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._limits = {unit.code: dict(unit.limits) for unit in self.city.units.values()}

    @classmethod
    def of(cls, switches: Mapping[str, Any], city: CityData) -> "Rehearsal":
        """A rehearsal under a policy that differs in `switches`; raises `invalid_value`."""
        rehearsal = cls(city)
        known = rehearsal._known_switches(switches)
        rehearsal.policies = Policies((revised(Policy(), known),))
        return rehearsal

    def run(self, steps: Iterable[object]) -> Iterator[JsonObject]:
        """One entry for each step, as the contract says."""
        for number, step in enumerate(steps, 1):
            yield self._step(number, step)

    # A step

    def _step(self, number: int, step: object) -> JsonObject:
        fired: list[tuple[str, Timer]] = []
        sent: list[Message] = []
        refusal: Refusal | None = None
        told = step if isinstance(step, Mapping) else {}
        name = told.get("ticket")
        alias = str(name) if name is not None else None
        command = told.get("command")
        at: datetime | None = None
        try:
            at = self._time(told)
            self._let_pass(at, fired, sent)
            self._warn(number, told)
            sent += self._do(str(command), alias, at, told)
        except Refusal as found:
            refusal = found
        ticketless = command in ("tick", "policy", "unit_limit")
        subject = None if ticketless else self.tickets.get(alias or "")
        return {
            "step": number,
            "at": local_iso(at),
            "command": command,
            "ticket": None if ticketless else alias,
            "ok": refusal is None,
            "refused": None if refusal is None else _refused(refusal),
            **self._situation(subject),
            "timers_fired": [
                {"id": timer.id, "ticket": ticket, "due_at": local_iso(timer.due_at)}
                for ticket, timer in fired
            ],
            "outbox": [{"template": one.template, "to_role": one.to_role} for one in sent],
        }

    def _do(
        self, command: str, alias: str | None, at: datetime, step: Mapping[str, Any]
    ) -> list[Message]:
        data = step.get("data") or {}
        if not isinstance(data, Mapping):
            raise refuse("invalid_value", "data", "data 不是对象", "请填写键值对")
        if command == "tick":
            return []
        if command == "policy":
            self._new_policy(at, data)
            return []
        if command == "unit_limit":
            self._new_limit(data)
            return []
        if alias is None:
            raise missing("ticket")
        return self._command(alias, command, _actor(step.get("as")), at, data)

    def _command(
        self, number: str, command: str, actor: Actor, at: datetime, data: Mapping[str, Any]
    ) -> list[Message]:
        around = Surroundings(self.city, self.policies, self._limits, self.tickets)
        events = apply(self.tickets.get(number), command, actor, at, data, around, ticket_no=number)
        sent: list[Message] = []
        for event in events:
            ticket = evolve(self.tickets.get(number), event, self.policies)
            self.tickets[number] = ticket
            self.journal.append(event)
            sent += messages(event, ticket, self._merged_into(number, event))
        self._plan(number)
        return sent

    def _merged_into(self, number: str, event: Event) -> list[str]:
        """The tickets that share the result of this one."""
        if event.command != "audit_pass":
            return []
        around = Surroundings(self.city, self.policies, self._limits, self.tickets)
        return [
            one.ticket_no
            for one in self.tickets.values()
            if one.state is State.MERGED and around.master(one).ticket_no == number
        ]

    def _new_policy(self, at: datetime, data: Mapping[str, Any]) -> None:
        known = self._known_switches(data)
        number = len(self.policies.versions) + 1
        base = self.policies.at(at)
        new = revised(base, known, policy_id=f"rehearsal-{number}", effective_from=at)
        self.policies = self.policies.with_version(new)
        for ticket in self.tickets.values():
            if ticket.policy_id is None:
                self._plan(ticket.ticket_no)

    def _new_limit(self, data: Mapping[str, Any]) -> None:
        told = given(data)
        for name in ("unit", "clock", "hours"):
            if not told.says(name):
                raise missing(name, "25")
        unit, clock = str(told.unit), str(told.clock)
        if unit not in self.city.units:
            raise refuse("unknown_unit", "unit", f"没有代码为{unit}的单位", "请填写成员单位代码")
        if clock not in LIMITED:
            raise refuse(
                "invalid_value", "clock", f"没有时限{clock}", f"请从{'、'.join(LIMITED)}中选择"
            )
        longest = self.policies.at(self.now).hours_of(clock)
        if told.limit > longest:
            raise refuse(
                "looser_than_policy",
                "hours",
                "单位内部时限不能比规定宽松",
                f"请填写不超过{longest / timedelta(hours=1):g}的小时数",
                "25",
            )
        self._limits.setdefault(unit, {})[clock] = told.limit

    # Time

    def _time(self, step: Mapping[str, Any]) -> datetime:
        try:
            at = datetime.fromisoformat(str(step.get("at")))
        except ValueError:
            at = _BEFORE_ALL.replace(tzinfo=None)
        if at.tzinfo is None or not is_plausible(at):
            raise refuse(
                "invalid_value",
                "at",
                "时间无效、没有时区或不合情理",
                "请按 ISO 8601 填写，例如 2026-10-01T10:00:00+08:00",
            )
        if at < self.now:
            raise refuse("time_reversed", "at", "时间早于上一步", "请按时间先后排列各步骤")
        return at

    def _let_pass(self, at: datetime, fired: list[tuple[str, Timer]], sent: list[Message]) -> None:
        """Fires what is due strictly before `at`, in order."""
        while self._agenda and self._agenda[0][0] < at:
            planned_at, _, number = heapq.heappop(self._agenda)
            timer = self._next_timer(number)
            if timer is None:
                continue
            if timer.due_at != planned_at:
                self._plan(number)
                continue
            self.now = max(self.now, timer.due_at)
            self._fired.add((number, timer))
            fired.append((number, timer))
            command = TIMER_COMMANDS.get(timer.id)
            if command is None:
                sent += notices(timer, self.tickets[number])
                self._plan(number)
            else:
                sent += self._command(number, command, SYSTEM, self.now, {})
        self.now = at

    def _next_timer(self, number: str) -> Timer | None:
        ticket = self.tickets[number]
        policy = self.policies.of(ticket.policy_id, self.now)
        waiting = (one for one in timers(ticket, policy) if (number, one) not in self._fired)
        return next(waiting, None)

    def _plan(self, number: str) -> None:
        timer = self._next_timer(number)
        if timer is not None:
            place = self._places.setdefault(number, len(self._places))
            heapq.heappush(self._agenda, (timer.due_at, place, number))

    # What is told

    def _situation(self, ticket: Ticket | None) -> JsonObject:
        if ticket is None:
            keys = ("state", "due", "overdue", "citizen_clock_started_at", "supervision_level")
            return dict.fromkeys((*keys, "repeat", "close_result"))
        repeat = None
        if ticket.repeat_rule is not None:
            repeat = {
                "of": ticket.repeat_of,
                "rule": ticket.repeat_rule,
                "seq": ticket.repeat_seq,
            }
        due = {name: local_iso(due_of(ticket, name)) for name in CLOCKS}
        return {
            "state": ticket.state.value,
            "due": {**due, "original": local_iso(ticket.original_due)},
            "overdue": overdue(ticket, self.now),
            "citizen_clock_started_at": local_iso(ticket.accepted_at),
            "supervision_level": ticket.supervision_level,
            "repeat": repeat,
            "close_result": ticket.close_result,
            "unit": ticket.unit,
            "policy_id": ticket.policy_id,
        }

    def _known_switches(self, switches: Mapping[str, Any]) -> dict[str, Any]:
        for key in switches:
            if key not in SWITCHES:
                self.warnings.append(f"policy: {key} is no switch of the policy; ignored")
        return {key: value for key, value in switches.items() if key in SWITCHES}

    def _warn(self, number: int, step: Mapping[str, Any]) -> None:
        unknown = [str(key) for key in step if key not in _STEP_KEYS]
        data = step.get("data")
        if isinstance(data, Mapping) and step.get("command") != "policy":
            unknown += [f"data.{key}" for key in data if key not in KEYS]
        self.warnings += [f"step {number}: unknown key {key}; ignored" for key in unknown]


def _actor(told: object) -> Actor:
    """Who acts; nobody named is the system."""
    if told is None:
        return SYSTEM
    if not isinstance(told, Mapping) or told.get("role") not in get_args(Role):
        raise refuse(
            "not_allowed",
            "as",
            "没有写明角色，或没有这种角色",
            f"角色有：{'、'.join(get_args(Role))}",
        )
    unit = told.get("unit")
    role = cast(Role, told["role"])
    return Actor(role, str(told.get("name") or role), str(unit) if unit else None)


def _refused(refusal: Refusal) -> JsonObject:
    return {
        "code": refusal.code,
        "field": refusal.field,
        "message": f"{refusal.message}；{refusal.fix}",
        "article": refusal.article,
    }
