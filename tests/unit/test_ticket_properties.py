"""Random command sequences: what holds of every ticket, whatever people try (Hypothesis)."""

import itertools
import json
from collections.abc import Mapping
from datetime import timedelta
from random import Random
from typing import Any, get_args

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from store.types import canonical_json
from tests.unit.ticket_story import MATTER, REPLY, RETURN, instant
from ticketing import citydata
from ticketing.deadlines import UNIT_STATES, unit_due
from ticketing.model import State, Ticket
from ticketing.owner import owner
from ticketing.refusal import RefusalCode
from ticketing.rehearsal import Rehearsal
from ticketing.timers import next_deadline
from ticketing.workflow.engine import event_of, replay
from ticketing.workflow.table import OPEN, TRANSITIONS
from ticketing.workflow.terms import Event

CITY = citydata.load()
START = instant("10-01 08:00")
POLICIES: tuple[dict[str, Any], ...] = (
    {},
    {"sla.review_pause": "strict"},
    {"ext.anchor": "first_complaint", "rectify.ext_budget": "shared", "return.max_per_unit": 2},
)

DATA: dict[str, dict[str, Any]] = {
    "create": {**MATTER, "acceptance_basis": "6.3", "target_unit": "SYX"},
    "reject": {"reject_code": "N5", "explanation": "紧急", "emergency_record": "已引导"},
    "emergency_transfer": {"service": "119"},
    "answer_direct": {"answer": "请到窗口办理", "knowledge_ref": "K-1"},
    "request_return": RETURN,
    "submit_reply": {**REPLY, "leader_name_role": "主要负责人、分管领导", "leader_action": "跟进"},
    "audit_fail": {"defects": ["incomplete"], "comment": "不完整"},
    "withdraw": {"identity_checked": True},
    "coordinate": {"disputed": True},
    "special_coordination": {"disputed": True},
    "supervise": {"key_categories": ["K2"]},
    "interview": {"grounds": ["G1"]},
    "discipline_referral": {"second_approver": "另一人"},
    "exemption": {"ground": "先行先试"},
    "leader_instruction": {"reason": "请速办", "new_due": "2026-11-30T00:00:00+08:00"},
    "assist_reply": {"reply": "协办意见"},
    "child_reply": {"reply": "已办"},
    "complain_again": {"repeat_of": "t1"},
    "add_statement": {"content": "又停水了"},
    "add_note": {"comment": "已联系"},
}
"""Data with which a command can succeed; `told` then disturbs them."""


SIDEWAYS = {"withdraw", "merge", "add_note", "add_statement", "attach", "tracking", "urge"}
SIDEWAYS |= {
    "leader_instruction",
    "exemption",
    "accountability",
    "interview",
    "notice",
    "special_report",
    "refer_up",
}
SIDEWAYS |= {"emergency_transfer", "special_coordination", "reject", "coordinate", "supervise"}
"""Commands that lead nowhere new: tried, but seldom."""


def draft(chance: Random) -> dict[str, Any]:
    """What somebody may try; which command it is depends on the ticket's state (`told`)."""
    return {
        "pick": chance.randrange(10_000),
        "wild": chance.random() < 0.1,
        "ticket": chance.choice(["t1", "t1", "t1", "t2", "t2", "t2", "t3"]),
        "name": chance.choice(["甲", "乙", "丙"]),
        "wait": timedelta(minutes=chance.choice([0, 0, 1, 5, 5, 30, 60, 300, 720, 1440, 9000])),
        "extend": timedelta(hours=chance.randint(-2, 150)),
        "with_unit": chance.random() < 0.5,
        "unit": chance.choice(["SLJ", "ZJJ", "SYX", "GDGS", "SLJ", "none", ""]),
        "answer_type": chance.choice(["direct", "investigate", "investigate"]),
        "other": chance.choice(["t1", "t2", "t3", ""]),
        "score": chance.choice([1, 3, 5, None]),
        "contact_phone": chance.choice(["13800000001", "052712345678", ""]),
        "reason": chance.choice(["说明", "另一份说明", "说明", ""]),
    }


def script_of(seed: int) -> list[dict[str, Any]]:
    """Forty tries: a seed shrinks badly, but goes as deep as a ticket can."""
    chance = Random(seed)
    return [draft(chance) for _ in range(40)]


scripts = st.integers(min_value=0, max_value=2**32).map(script_of)


def told(tried: Mapping[str, Any], rehearsal: Rehearsal) -> dict[str, Any]:
    """The step at its time: mostly a command and a role that fit the ticket's state."""
    at = max(rehearsal.now, START) + tried["wait"]
    ticket = rehearsal.tickets.get(tried["ticket"])
    fitting = [
        row
        for row in TRANSITIONS
        if tried["wild"]
        or (row.sources is None and ticket is None)
        or (row.sources is not None and ticket is not None and ticket.state in row.sources)
    ]
    onwards = [row for row in fitting if row.command not in SIDEWAYS and row.sources != OPEN]
    rows = [*fitting, *onwards * 3]
    row = rows[tried["pick"] % len(rows)] if rows else TRANSITIONS[0]
    roles = sorted(row.roles)
    data = {**DATA.get(row.command, {}), "reason": tried["reason"], "score": tried["score"]}
    if row.command == "create":
        data["contact_phone"] = tried["contact_phone"]
    if row.command == "amend":
        data = {"title": "新的标题", "answer_type": tried["answer_type"], "reason": tried["reason"]}
    elif tried["with_unit"] or row.command in ("dispatch", "sub_dispatch"):
        data |= {"unit": tried["unit"], "answer_type": tried["answer_type"]}
    if row.command in ("designate_lead", "special_coordination"):
        data["lead_unit"] = tried["unit"]
    if row.command in ("dispatch", "designate_lead"):
        data["assist_units"] = ["GAJ"] if tried["with_unit"] else []
    if row.command in ("merge", "accept", "complain_again"):
        data |= {"master_ticket": tried["other"], "repeat_of": tried["other"]}
    if row.command in ("request_extension", "supervise"):
        base = (ticket and unit_due(ticket)) or at
        data["new_due"] = (base + tried["extend"]).isoformat()
    return {
        "at": at.isoformat(),
        "as": {"role": roles[tried["pick"] % len(roles)], "name": tried["name"]},
        "command": row.command,
        "ticket": tried["ticket"],
        "data": data,
    }


BEGINNING: list[dict[str, Any]] = [
    {
        "at": START.isoformat(),
        "as": {"role": role, "name": role},
        "command": command,
        "ticket": number,
        "data": data,
    }
    for number in ("t1", "t2")
    for role, command, data in (
        ("agent", "create", {**MATTER, "acceptance_basis": "6.3"}),
        ("agent", "accept", {}),
        ("dispatcher", "dispatch", {"unit": "SLJ", "answer_type": "investigate"}),
        ("unit_handler", "sign", {}),
        ("unit_handler", "submit_reply", REPLY),
        ("dispatcher", "audit_pass", {}),
        ("citizen", "sms_score", {"score": 5}),
    )[: 4 if number == "t1" else 7]
]
"""One ticket in the hands of its unit, one in those of the callback desk."""

plays = given(scripts, st.sampled_from(POLICIES), st.booleans())
often = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def play(policy: Mapping[str, Any], begun: bool) -> Rehearsal:
    rehearsal = Rehearsal.of(policy, CITY)
    if begun:
        assert all(entry["ok"] for entry in rehearsal.run(BEGINNING))
    return rehearsal


def row_of(event: Event) -> dict[str, Any]:
    """The event as the store keeps it: columns, and data as JSON text."""
    return {
        "ticket_no": event.ticket_no,
        "at": event.at,
        "actor": event.actor.name,
        "role": event.actor.role,
        "command": event.command,
        "from_state": event.from_state and event.from_state.value,
        "to_state": event.to_state.value,
        "article": event.article,
        "data": json.loads(canonical_json(event.data())),
    }


@plays
@often
def test_every_open_ticket_has_an_owner_and_a_next_deadline(
    script: list[dict[str, Any]], policy: dict[str, Any], begun: bool
) -> None:
    rehearsal = play(policy, begun)
    for step in script:
        list(rehearsal.run([told(step, rehearsal)]))
        for ticket in rehearsal.tickets.values():
            expected = next_deadline(ticket, rehearsal.policies.of(ticket.policy_id, rehearsal.now))
            if ticket.is_open:
                assert owner(ticket), ticket.state
                assert expected is not None, ticket.state
                assert ticket.state not in UNIT_STATES or owner(ticket) == ticket.unit
            else:
                assert expected is None
                assert terminal_reason(ticket), ticket.state


def terminal_reason(ticket: Ticket) -> object:
    match ticket.state:
        case State.CLOSED:
            return ticket.close_result
        case State.REJECTED:
            return ticket.reject_code and ticket.explanation and ticket.guidance
        case State.MERGED:
            return ticket.master_ticket
        case State.EMERGENCY_TRANSFERRED:
            return ticket.emergencies
        case _:
            return ticket.closed_at


@plays
@often
def test_events_replayed_give_the_tickets(
    script: list[dict[str, Any]], policy: dict[str, Any], begun: bool
) -> None:
    rehearsal = play(policy, begun)
    for step in script:
        list(rehearsal.run([told(step, rehearsal)]))
    for number, ticket in rehearsal.tickets.items():
        events = [one for one in rehearsal.journal if one.ticket_no == number]
        assert replay(events, rehearsal.policies) == ticket
        stored = [event_of(row_of(one)) for one in events]
        assert replay(stored, rehearsal.policies) == ticket
        assert [one.from_state for one in events[1:]] == [one.to_state for one in events[:-1]]
        assert [one.at for one in events] == sorted(one.at for one in events)


@plays
@often
def test_a_refused_command_changes_nothing(
    script: list[dict[str, Any]], policy: dict[str, Any], begun: bool
) -> None:
    rehearsal = play(policy, begun)
    for step in script:
        given_step = told(step, rehearsal)
        list(rehearsal.run([{"at": given_step["at"], "command": "tick"}]))
        before, events = dict(rehearsal.tickets), len(rehearsal.journal)
        (entry,) = rehearsal.run([given_step])
        if not entry["ok"]:
            assert rehearsal.tickets == before
            assert len(rehearsal.journal) == events
            assert entry["refused"]["message"] and entry["outbox"] == []


MOVES_BACK = {
    # A unit clock may end earlier only where a new one begins or a limit is chosen anew.
    "dispatch",
    "approve_return",
    "designate_lead",
    "special_coordination",
    "supervise",
    "recheck_false",
    "callback_unsatisfied",
    "amend",
    "coordinate",
}


@plays
@often
def test_deadlines_never_move_backwards_except_by_rule(
    script: list[dict[str, Any]], policy: dict[str, Any], begun: bool
) -> None:
    rehearsal = play(policy, begun)
    for step in script:
        seen = len(rehearsal.journal)
        before = dict(rehearsal.tickets)
        list(rehearsal.run([told(step, rehearsal)]))
        moved = {one.ticket_no: one.command for one in rehearsal.journal[seen:]}
        for number, command in moved.items():
            old, new = before.get(number), rehearsal.tickets[number]
            if old is None or command in MOVES_BACK:
                continue
            first, last = unit_due(old), unit_due(new)
            if first is not None and last is not None and old.clock == new.clock:
                assert last >= first, command
            assert new.accepted_at == (old.accepted_at or new.accepted_at)  # the citizen clock


@plays
@often
def test_timers_fire_once_each_and_in_order(
    script: list[dict[str, Any]], policy: dict[str, Any], begun: bool
) -> None:
    rehearsal = play(policy, begun)
    fired: list[tuple[str, str, str]] = []
    for step in script:
        (entry,) = rehearsal.run([told(step, rehearsal)])
        fired += [(one["ticket"], one["id"], one["due_at"]) for one in entry["timers_fired"]]
        assert all(one["due_at"] < entry["at"] for one in entry["timers_fired"])
    assert len(fired) == len(set(fired))


@given(scripts, st.sampled_from(POLICIES))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_downtime_loses_no_timer(script: list[dict[str, Any]], policy: dict[str, Any]) -> None:
    """A hundred ticks and one after days fire the same."""
    often_asked, once_asked = (play(policy, begun=True) for _ in range(2))
    for rehearsal in (often_asked, once_asked):
        for step in script:
            list(rehearsal.run([told(step, rehearsal)]))
    end = often_asked.now + timedelta(days=10)
    ticks = [often_asked.now + timedelta(hours=2.4 * number) for number in range(1, 101)]
    several = list(often_asked.run({"at": at.isoformat(), "command": "tick"} for at in ticks))
    (single,) = once_asked.run([{"at": end.isoformat(), "command": "tick"}])
    fired = list(itertools.chain.from_iterable(one["timers_fired"] for one in several))
    assert fired == single["timers_fired"]
    assert often_asked.tickets == once_asked.tickets


@given(
    st.dictionaries(
        st.text(max_size=12),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
            max_leaves=6,
        ),
    ),
    st.sampled_from(sorted({row.command for row in TRANSITIONS} | {"policy", "unit_limit", "x"})),
    st.sampled_from(["agent", "dispatcher", "supervisor", "unit_handler", "center_head"]),
)
@settings(max_examples=300, deadline=None)
def test_any_data_is_refused_or_done_but_never_an_error(
    data: dict[str, Any], command: str, role: str
) -> None:
    rehearsal = play({}, begun=True)
    base = DATA.get(command, {})
    step = {
        "at": START.isoformat(),
        "as": {"role": role, "name": "丙"},
        "command": command,
        "ticket": "t1",
        "data": {**base, **data, **dict.fromkeys(base, next(iter(data.values()), None))},
    }
    (entry,) = rehearsal.run([step])
    assert entry["ok"] or entry["refused"]["code"] in get_args(RefusalCode)
