"""Commands become events, events change tickets.

`apply` decides, `evolve` does; both are pure. An event holds all that `evolve` needs beside the
policy, so that replaying the events gives the ticket again.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import reduce
from typing import Any

from store.types import JsonObject
from ticketing import deadlines
from ticketing.given import Given, given
from ticketing.model import State, Ticket
from ticketing.policy import Policies
from ticketing.refusal import Refusal
from ticketing.workflow import reporters
from ticketing.workflow.table import COMMANDS
from ticketing.workflow.terms import (
    UNIT_ROLES,
    Actor,
    Deed,
    Event,
    Facts,
    Surroundings,
    Transition,
    refuse,
)

_OTHER_UNITS = frozenset({"child_sign", "child_reply", "child_return", "assist_reply"})
"""Commands of units that do not hold the ticket."""


def apply(
    ticket: Ticket | None,
    command: str,
    actor: Actor,
    now: datetime,
    data: Mapping[str, Any],
    around: Surroundings,
    *,
    ticket_no: str,
) -> tuple[Event, ...]:
    """The events of a command, or Refusal: then nothing is changed.

    `ticket`: None for a command that makes one, under `ticket_no`.
    """
    rows: Sequence[Transition] = COMMANDS.get(command, ())
    if not rows:
        raise refuse("invalid_value", "command", f"没有操作{command}", "请核对操作名称")
    _has_role(rows, actor)
    makes = rows[0].sources is None
    if ticket is None and not makes:
        raise refuse("unknown_ticket", "ticket", f"没有工单{ticket_no}", "请核对工单编号")
    if ticket is not None and makes:
        raise refuse("duplicate_key", "ticket", f"工单{ticket_no}已存在", "请使用新的编号")
    rows = _rows_for(rows, ticket)
    _acts_for_own_unit(command, ticket, actor)
    told = given(data)
    subject = ticket or blank(ticket_no, now)
    policy = around.policies.of(subject.policy_id, now)
    deed = Deed(command, subject, told, actor, now, policy, around)
    row = next((one for one in rows if one.when is None or one.when.holds(deed)), rows[-1])
    for guard in row.guards:
        guard(deed)
    reporters.hides_reporter(deed)
    facts = row.facts(deed) if row.facts else Facts(unit=actor.unit)
    if row.goes_back and subject.merged_from is not None:
        target = subject.merged_from
    else:
        target = row.target or subject.state
    event = Event(
        ticket_no=ticket_no,
        at=now,
        actor=actor,
        command=command,
        transition=row.id,
        from_state=None if makes else subject.state,
        to_state=target,
        article=row.article,
        given=told,
        facts=facts,
    )
    return (event,)


def offered(ticket: Ticket, actor: Actor) -> dict[str, Transition]:
    """Commands that fit role, unit and state and that the ticket has use for, with one of their
    rows; guards may still refuse."""
    found: dict[str, Transition] = {}
    for command, rows in COMMANDS.items():
        if rows[0].sources is None:
            continue
        try:
            _has_role(rows, actor)
            fitting = [
                row
                for row in _rows_for(rows, ticket)
                if actor.role in row.roles and row.wanted(ticket)
            ]
            _acts_for_own_unit(command, ticket, actor)
        except Refusal:
            continue
        if fitting:
            found[command] = fitting[0]
    return found


def evolve(ticket: Ticket | None, event: Event, policies: Policies) -> Ticket:
    """The ticket after an event; `ticket` is None for its first one."""
    before = ticket or blank(event.ticket_no, event.at)
    policy = policies.of(event.facts.policy_id or before.policy_id, event.at)
    row = _row_of(event)
    # A clock that ran out before this event stays overdue, whatever follows.
    late = before.changed(late=deadlines.overdue(before, event.at))
    after = row.effect(late, event, policy)
    since = before.state_since
    if row.goes_back:
        since = before.merged_since
    elif ticket is None or event.to_state is not before.state:
        since = event.at
    return after.changed(state=event.to_state, state_since=since, version=before.version + 1)


def replay(events: Sequence[Event], policies: Policies) -> Ticket:
    """The ticket that its events make."""
    first, *others = events
    return reduce(
        lambda one, event: evolve(one, event, policies), others, evolve(None, first, policies)
    )


def event_of(row: Mapping[str, Any]) -> Event:
    """The event of a stored row: columns of the journal, with `Event.data` as its data."""
    data: JsonObject = dict(row["data"])
    transition, facts = data.pop("_transition"), data.pop("_facts")
    from_state = row["from_state"]
    told = Facts.model_validate(facts)
    return Event(
        ticket_no=row["ticket_no"],
        at=row["at"],
        actor=Actor(row["role"], row["actor"], told.unit),
        command=row["command"],
        transition=transition,
        from_state=None if from_state is None else State(from_state),
        to_state=State(row["to_state"]),
        article=row["article"],
        given=Given.model_validate(data),
        facts=told,
    )


def blank(ticket_no: str, at: datetime) -> Ticket:
    """A ticket of which nothing is known yet."""
    lists = {"recording_ids", "assist_units", "extension_requests", "return_requests", "audit"}
    lists |= {"callback", "key_categories", "event_ids", "calls", "events"}
    nothing: JsonObject = {
        name: [] if name in lists else None
        for name, field in Ticket.model_fields.items()
        if field.is_required()
    }
    return Ticket.model_validate(
        {
            **nothing,
            "ticket_no": ticket_no,
            "query_code": "00000000",
            "version": 0,
            "state": State.PENDING_ACCEPTANCE,
            "created_at": at,
            "channel": "phone",
            "confidential": False,
            "want_reply": True,
            "urgency": "normal",
            "supervision_level": 0,
        }
    )


def _has_role(rows: Sequence[Transition], actor: Actor) -> None:
    if not any(actor.role in row.roles for row in rows):
        roles = sorted({role for row in rows for role in row.roles})
        raise refuse(
            "not_allowed",
            None,
            f"角色{actor.role}不能执行{rows[0].command}",
            f"请由以下角色办理：{'、'.join(roles)}",
            rows[0].article,
        )


def _rows_for(rows: Sequence[Transition], ticket: Ticket | None) -> Sequence[Transition]:
    """The rows for the ticket's state."""
    if ticket is None:
        return rows
    fitting = [row for row in rows if row.sources is not None and ticket.state in row.sources]
    if not fitting:
        states = sorted({state.value for row in rows for state in row.sources or ()})
        raise refuse(
            "wrong_state",
            None,
            f"工单处于{ticket.state.value}状态，不能执行{rows[0].command}",
            f"只有以下状态可以：{'、'.join(states)}",
            rows[0].article,
        )
    return fitting


def _acts_for_own_unit(command: str, ticket: Ticket | None, actor: Actor) -> None:
    if ticket is None or actor.unit is None or actor.role not in UNIT_ROLES:
        return
    if command in _OTHER_UNITS:
        return
    own = {ticket.unit} if command not in ("add_note", "attach") else _all_units(ticket)
    if actor.unit not in own:
        raise refuse("not_allowed", "unit", "该工单不由此单位办理", "请由承办单位办理", "4")


def _all_units(ticket: Ticket) -> set[str | None]:
    return {ticket.unit, *ticket.assist_units, *(one.unit for one in ticket.sub_dispatches)}


def _row_of(event: Event) -> Transition:
    """The row that an event came from; ids are shared only by rows with one effect."""
    for row in COMMANDS[event.command]:
        states = row.sources is None or event.from_state in row.sources
        target = row.goes_back or (row.target or event.from_state) is event.to_state
        if row.id == event.transition and states and target:
            return row
    raise KeyError(event.transition)
