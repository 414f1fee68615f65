"""Tasks: what waits for whom on a ticket, in the rules and in the store."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from store.engine import Store
from store.tables_tasks import ticket_task
from tests.stores import MASTER_KEY, make_older, sqlite_url
from tests.unit.stored_story import Stage
from tests.unit.test_ticket_properties import often, play, plays, told
from tests.unit.ticket_story import MATTER, REPLY, RETURN, instant
from ticketing import task_rows
from ticketing.deadlines import UNIT_STATES
from ticketing.model import State
from ticketing.policy import Policies
from ticketing.tasks import Kind, Queue, Task, tasks
from ticketing.tickets import Tickets
from ticketing.workflow.engine import offered
from ticketing.workflow.terms import Actor, Role

T0 = instant("10-01 08:00")
TO_SLJ = {"unit": "SLJ", "answer_type": "investigate"}

ACTS: Mapping[Kind, str] = {
    "accept": "accept",
    "follow_up": "follow_up",
    "dispatch": "dispatch",
    "return": "approve_return",
    "extension": "approve_extension",
    "audit": "audit_pass",
    "callback": "callback_ok",
    "unsatisfied": "close_explained",
    "recheck": "recheck_ok",
    "coordinate": "designate_lead",
    "sign": "sign",
    "handle": "submit_reply",
    "extended": "submit_reply",
    "extension_asked": "submit_reply",
    "supplement": "submit_reply",
    "rectify": "submit_reply",
    "child_sign": "child_sign",
    "child_handle": "child_reply",
    "assist": "assist_reply",
}
"""By which command a task is done; `late` and `overdue` only tell a supervisor."""
ROLES: Mapping[Queue, Role] = {
    "agent": "agent",
    "messages": "agent",
    "emergency": "agent",
    "dispatcher": "dispatcher",
    "callback": "callback_agent",
    "supervisor": "supervisor",
    "unit": "unit_handler",
}
WAITS_FOR_CITIZEN = {State.ANSWERED, State.SMS_CALLBACK}


@plays
@often
def test_whoever_has_a_task_may_do_it(
    script: list[dict[str, Any]], policy: dict[str, Any], begun: bool
) -> None:
    rehearsal = play(policy, begun)
    for step in script:
        list(rehearsal.run([told(step, rehearsal)]))
        for ticket in rehearsal.tickets.values():
            rules = rehearsal.policies.of(ticket.policy_id, rehearsal.now)
            found = tasks(ticket, rules, rehearsal.now)
            assert len({(one.queue, one.owner) for one in found}) == len(found)
            if not ticket.is_open:
                kinds = [one.kind for one in found if one.kind != "late"]
                assert kinds == ["follow_up"] * ticket.wants_follow_up
                continue
            assert found or ticket.state in WAITS_FOR_CITIZEN, ticket.state
            if ticket.state in UNIT_STATES:
                assert [one for one in found if one.queue == "unit" and one.owner == ticket.unit]
            for one in found:
                unit = one.owner if one.queue == "unit" else None
                actor = Actor(ROLES[one.queue], "丁", unit)
                if one.kind in ACTS:
                    assert ACTS[one.kind] in offered(ticket, actor), (ticket.state, one)


def step(at: str, command: str, role: str, data: Any = None, ticket: str = "t1") -> dict[str, Any]:
    who = {"role": role, "name": f"{role}1"}
    if role == "sub":
        who = {"role": "unit_handler", "name": "sub1", "unit": "SCQ"}
    when = instant(at).isoformat()
    return {"at": when, "as": who, "command": command, "ticket": ticket, "data": data or {}}


async def on(store: Store, number: str) -> list[tuple[str, str, str, datetime]]:
    columns = ("queue", "owner", "kind", "due_at")
    query = sa.select(*(ticket_task.c[name] for name in columns))
    query = query.where(ticket_task.c.ticket_no == number).order_by(
        ticket_task.c.queue, ticket_task.c.owner
    )
    async with store.read() as db:
        return [tuple(row) for row in await db.execute(query)]


async def test_a_ticket_goes_from_list_to_list(store: Store, tickets: Tickets) -> None:
    stage = Stage(tickets)

    async def after(*steps: dict[str, Any]) -> list[tuple[str, str, str, datetime]]:
        for entry in await stage.play(steps):
            assert entry["ok"], entry
        return await on(store, stage.numbers["t1"])

    letter = {**MATTER, "channel": "web", "acceptance_basis": "6.2"}
    made = await tickets.create(letter, actor="web", role="system", at=instant("10-01 08:00"))
    stage.numbers["t1"] = made.ticket_no
    assert await on(store, made.ticket_no) == [("dispatcher", "", "accept", instant("10-01 08:30"))]
    accepted = await after(step("10-01 08:10", "accept", "dispatcher"))
    assert accepted == [("dispatcher", "", "dispatch", instant("10-01 08:40"))]
    await stage.let_pass(instant("10-01 08:41"))
    assert await on(store, made.ticket_no) == [
        ("dispatcher", "", "dispatch", instant("10-01 08:40")),
        ("supervisor", "", "late", instant("10-01 08:40")),
    ]
    to_unit = {"unit": "SLJ", "answer_type": "investigate", "assist_units": ["ZJJ"]}
    assert await after(step("10-01 09:00", "dispatch", "dispatcher", to_unit)) == [
        ("unit", "SLJ", "sign", instant("10-01 10:00")),
        ("unit", "ZJJ", "assist", instant("10-01 21:00")),
    ]
    asked = {"new_due": "2026-10-03T21:00:00+08:00", "reason": "须开挖"}
    assert await after(
        step("10-01 09:10", "sign", "unit_handler"),
        step("10-01 09:20", "request_extension", "unit_handler", asked),
    ) == [
        ("dispatcher", "", "extension", instant("10-01 10:20")),
        ("unit", "SLJ", "extension_asked", instant("10-01 21:00")),
        ("unit", "ZJJ", "assist", instant("10-01 21:00")),
    ]
    assert await after(
        step("10-01 09:30", "approve_extension", "dispatcher"),
        step("10-01 09:40", "sub_dispatch", "unit_handler", {"unit": "SCQ"}),
    ) == [
        ("unit", "SCQ", "child_sign", instant("10-03 21:00")),
        ("unit", "SLJ", "extended", instant("10-03 21:00")),
        ("unit", "ZJJ", "assist", instant("10-03 21:00")),
    ]
    assert await after(
        step("10-01 10:00", "child_reply", "sub", {"reply": "已关阀"}),
        step("10-01 10:10", "submit_reply", "unit_handler", REPLY),
    ) == [("dispatcher", "", "audit", instant("10-01 14:10"))]
    poor = {"defects": ["incomplete"], "comment": "请补充"}
    supplement = await after(step("10-01 10:20", "audit_fail", "dispatcher", poor))
    assert [row[:3] for row in supplement] == [
        ("unit", "SLJ", "supplement"),
        ("unit", "ZJJ", "assist"),
    ]
    assert await after(
        step("10-01 10:30", "submit_reply", "unit_handler", REPLY),
        step("10-01 10:40", "audit_pass", "dispatcher"),
    ) == []  # fmt: skip
    called = await after(step("10-01 11:00", "sms_score", "citizen", {"score": 5}))
    assert [row[:3] for row in called] == [("callback", "", "callback")]


async def test_a_long_extension_and_an_overdue_unit_are_the_supervisors(
    store: Store, tickets: Tickets
) -> None:
    stage = Stage(tickets)
    asked = {"new_due": "2026-10-06T21:00:00+08:00", "reason": "须开挖"}
    steps = [
        step("10-01 08:00", "create", "agent", MATTER | {"acceptance_basis": "6.2"}),
        step("10-01 08:10", "accept", "agent"),
        step("10-01 09:00", "dispatch", "dispatcher", TO_SLJ),
        step("10-01 09:10", "sign", "unit_handler"),
        step("10-01 09:20", "request_extension", "unit_handler", asked),
    ]  # fmt: skip
    assert all(entry["ok"] for entry in await stage.play(steps[:1]))
    number = stage.numbers["t1"]
    assert (await on(store, number))[0][:3] == ("agent", "agent1", "accept")
    assert all(entry["ok"] for entry in await stage.play(steps[1:]))
    assert [row[:3] for row in await on(store, number)] == [
        ("supervisor", "", "extension"),
        ("unit", "SLJ", "extension_asked"),
    ]
    refused = step("10-01 09:30", "refuse_extension", "supervisor", {"reason": "请当日修复"})
    assert all(entry["ok"] for entry in await stage.play([refused]))
    await stage.let_pass(instant("10-03 09:00"))
    assert [row[:3] for row in await on(store, number)] == [
        ("supervisor", "", "overdue"),
        ("unit", "SLJ", "handle"),
    ]


async def test_an_unchanged_task_keeps_its_row(store: Store, tickets: Tickets) -> None:
    made = await tickets.create(MATTER, actor="web", role="system", at=T0)
    query = sa.select(ticket_task.c.task_id).where(ticket_task.c.ticket_no == made.ticket_no)
    async with store.read() as db:
        before = await db.scalar(query)
    note: dict[str, Any] = {"actor": "d1", "role": "dispatcher", "at": T0 + timedelta(minutes=1)}
    await tickets.do(made.ticket_no, "add_note", {"comment": "已核"}, **note)
    async with store.read() as db:
        assert await db.scalar(query) == before


@pytest.mark.parametrize("begun", [True, False])
async def test_an_older_store_gets_its_work_lists(tmp_path: Path, begun: bool) -> None:
    async with Store.open(sqlite_url(tmp_path), key=MASTER_KEY) as store:
        tickets = Tickets(store)
        for actor in ("1001", "web") if begun else ():
            await tickets.create(MATTER, actor=actor, role="agent", at=T0)
        before = [await on(store, number) for number in await tickets.numbers()]
    make_older(tmp_path / "store.sqlite", "0018")
    async with Store.open(sqlite_url(tmp_path), key=MASTER_KEY) as store:
        tickets = Tickets(store)
        for number in await tickets.numbers():
            assert [row[0] for row in await on(store, number)] == [task_rows.UNPLANNED]
        assert await task_rows.fill(store, T0) == (2 if begun else 0)
        assert [await on(store, number) for number in await tickets.numbers()] == before
        assert await task_rows.fill(store, T0) == 0


async def test_the_store_keeps_what_the_rules_say(store: Store, tickets: Tickets) -> None:
    stage = Stage(tickets)
    await stage.play([
        step("10-01 08:00", "create", "agent", MATTER | {"acceptance_basis": "6.2"}),
        step("10-01 08:10", "accept", "agent"),
        step("10-01 09:00", "dispatch", "dispatcher", TO_SLJ),
        step("10-01 10:00", "request_return", "unit_handler", RETURN),
    ])  # fmt: skip
    one = await tickets.read(stage.numbers["t1"])
    policy = Policies().of(one.policy_id, one.created_at)
    rules = tasks(one, policy, instant("10-01 10:00"))
    assert rules == [Task("dispatcher", "return", "return_review", instant("10-01 11:00"))]
    stored = await on(store, one.ticket_no)
    assert [(row.queue, row.owner, row.kind, row.due_at) for row in rules] == stored
