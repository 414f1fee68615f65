"""Tickets under the workflow in a store: commands, versions, chains, policies, vectors."""

import asyncio
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from store.engine import Store
from store.tables import ticket, ticket_event
from tests.stores import MASTER_KEY, make_older, tamper
from tests.unit.stored_story import Stage, rehearsed
from tests.unit.ticket_story import CITIZEN, MATTER, REPLY, RETURN, Story, instant
from ticketing.model import State, Ticket
from ticketing.refusal import Refusal
from ticketing.tickets import Tickets
from ticketing.timekeeper import Timekeeper

T0 = instant("10-01 08:00")
HOUR = timedelta(hours=1)


async def accepted(tickets: Tickets, at: datetime = T0, **data: Any) -> Ticket:
    made = await tickets.create({**MATTER, **data}, actor="1001", role="agent", at=at)
    return await tickets.do(made.ticket_no, "accept", {}, actor="1001", role="agent", at=at)


async def at_unit(tickets: Tickets, at: datetime = T0, unit: str = "SLJ") -> Ticket:
    one = await accepted(tickets, at)
    sent = {"unit": unit, "answer_type": "investigate"}
    await tickets.do(one.ticket_no, "dispatch", sent, actor="d1", role="dispatcher", at=at)
    return await tickets.do(one.ticket_no, "sign", {}, actor="u1", role="unit_handler", at=at)


async def refused(tickets: Tickets, *args: Any, **named: Any) -> Refusal:
    with pytest.raises(Refusal) as found:
        await tickets.do(*args, **named)
    return found.value


async def test_a_command_is_an_event_and_a_row(tickets: Tickets, store: Store) -> None:
    one = await at_unit(tickets)
    assert one.state is State.IN_PROGRESS
    assert [event.command for event in one.events] == ["create", "accept", "dispatch", "sign"]
    assert one.version == 4
    assert one.events[2].article == "8"
    assert (one.events[2].from_state, one.events[2].to_state) == ("accepted", "dispatched")
    assert one.policy_id == "suqian-2020"
    async with store.read() as db:
        row = (await db.execute(sa.select(ticket))).one()
    assert (row.unit, row.clock, row.resolve_due) == ("SLJ", "resolve", T0 + 12 * HOUR)
    assert row.resolve_due.tzinfo is UTC
    assert await tickets.verify(one.ticket_no) == []


async def test_a_refused_command_changes_nothing(tickets: Tickets) -> None:
    one = await accepted(tickets)
    no = await refused(tickets, one.ticket_no, "sign", {}, actor="u1", role="unit_handler", at=T0)
    assert (no.code, no.message) == ("wrong_state", "工单处于accepted状态，不能执行sign")
    assert await tickets.read(one.ticket_no) == one
    gone = await refused(tickets, "SQ0", "accept", {}, actor="1001", role="agent", at=T0)
    assert (gone.code, gone.field) == ("unknown_ticket", "ticket")
    assert (await refused(tickets, "SQ0", "create", {}, actor="1", role="agent", at=T0)).code == (
        "unknown_ticket"
    )
    for role, name, code in (("king", "x", "not_allowed"), ("agent", " ", "invalid_value")):
        wrong = await refused(tickets, one.ticket_no, "sign", {}, actor=name, role=role, at=T0)
        assert (wrong.code, wrong.field) == (code, "as")
    assert len(await tickets.list()) == 1


async def test_what_somebody_else_changed_meanwhile_is_told(tickets: Tickets) -> None:
    one = await accepted(tickets)
    await tickets.do(
        one.ticket_no,
        "amend",
        {"title": "停水三天", "region_code": "321311"},
        actor="1002",
        role="agent",
        at=T0 + HOUR / 60,
    )
    sent = {"unit": "SLJ", "answer_type": "investigate"}
    stale = await refused(
        tickets,
        one.ticket_no,
        "dispatch",
        sent,
        actor="d1",
        role="dispatcher",
        at=T0 + HOUR / 30,
        expected_version=one.version,
    )
    assert (stale.code, stale.field) == ("stale_version", "version")
    assert stale.message == (
        "您打开工单后，1002于2026-10-01T08:01:00+08:00修改了标题（title）、行政区划（region_code）"
    )
    now = await tickets.read(one.ticket_no)
    done = await tickets.do(
        one.ticket_no,
        "dispatch",
        sent,
        actor="d1",
        role="dispatcher",
        at=T0 + HOUR / 30,
        expected_version=now.version,
    )
    assert done.state is State.DISPATCHED
    for version in (0, -1, 99):
        wrong = await refused(
            tickets,
            one.ticket_no,
            "sign",
            {},
            actor="u1",
            role="unit_handler",
            at=T0 + HOUR / 20,
            expected_version=version,
        )
        assert (wrong.code, wrong.field) == ("invalid_value", "version")


async def test_notes_and_statements_never_conflict(tickets: Tickets) -> None:
    one = await at_unit(tickets)
    old: dict[str, Any] = {"at": T0 + HOUR / 2, "expected_version": one.version}
    await tickets.do(
        one.ticket_no, "add_note", {"comment": "已联系"}, actor="1001", role="agent", **old
    )
    said = {"content": "又停水了"}
    await tickets.do(one.ticket_no, "add_statement", said, actor="1002", role="agent", **old)
    await tickets.link_call(one.ticket_no, "c", "urge", at=T0 + HOUR / 2)
    half = await tickets.fire(one.ticket_no, T0 + 6 * HOUR + HOUR)
    assert half is not None
    assert half.id == "tm_resolve.half"
    reply = await tickets.do(
        one.ticket_no,
        "submit_reply",
        REPLY,
        actor="u1",
        role="unit_handler",
        at=T0 + 7 * HOUR,
        expected_version=one.version,
    )
    assert reply.state is State.REPLY_REVIEW


async def test_of_two_people_who_act_at_once_one_is_refused(
    tickets: Tickets, store_url: str
) -> None:
    one = await accepted(tickets)
    async with Store.open(store_url, key=MASTER_KEY) as second:
        acts = [
            who.do(
                one.ticket_no,
                "dispatch",
                {"unit": unit, "answer_type": "investigate"},
                actor=name,
                role="dispatcher",
                at=T0,
                expected_version=one.version,
            )
            for who, name, unit in ((tickets, "d1", "SLJ"), (Tickets(second), "d2", "GDGS"))
        ]
        results = await asyncio.gather(*acts, return_exceptions=True)
    (done,) = [result for result in results if isinstance(result, Ticket)]
    (stale,) = [result for result in results if isinstance(result, Refusal)]
    assert stale.code == "stale_version"
    assert "承办单位" in stale.message
    assert (await tickets.read(one.ticket_no)).unit == done.unit
    assert await tickets.verify(one.ticket_no) == []


async def test_a_draft_of_the_line_goes_through_the_workflow(tickets: Tickets) -> None:
    draft = await tickets.draft_from_call(
        "c", "message", caller_number=CITIZEN, called_number="12345", at=T0, transcript="停水了"
    )
    await tickets.set_transcript(draft.ticket_no, "市民：宿城区停电了", 0.7, at=T0 + HOUR / 60)
    await tickets.link_call(draft.ticket_no, "d", "statement", at=T0 + HOUR / 60)
    assert await tickets.verify(draft.ticket_no) == []
    told = {"request_type": "help", "acceptance_basis": "6.2"}
    one = await tickets.do(
        draft.ticket_no, "accept", told, actor="1001", role="agent", at=T0 + HOUR / 30
    )
    assert (one.state, one.category_l2, one.region_code) == ("accepted", "0402", "321302")
    assert await tickets.verify(draft.ticket_no) == []


async def test_a_closed_ticket_is_complained_of_in_a_new_one(tickets: Tickets) -> None:
    one = await at_unit(tickets)
    for command, data, name, role in (
        ("submit_reply", REPLY, "u1", "unit_handler"),
        ("audit_pass", {}, "d1", "dispatcher"),
        ("sms_score", {"score": 1}, "citizen", "citizen"),
    ):
        one = await tickets.do(one.ticket_no, command, data, actor=name, role=role, at=T0 + HOUR)
    assert one.state is State.CLOSED
    new = await tickets.do(
        one.ticket_no, "complain_again", {}, actor="1001", role="agent", at=T0 + 48 * HOUR
    )
    assert new.ticket_no == "SQ261003000001"
    assert (new.repeat_of, new.repeat_rule, new.repeat_seq) == (one.ticket_no, "a", 1)
    assert (new.content, new.contact_phone) == (one.content, CITIZEN)
    assert new.query_code != one.query_code
    assert new.events[0].command == "complain_again"
    for number in (one.ticket_no, new.ticket_no):
        assert await tickets.verify(number) == []
    again = await refused(
        tickets, new.ticket_no, "complain_again", {}, actor="1001", role="agent", at=T0 + 48 * HOUR
    )
    assert (again.code, again.field) == ("wrong_state", "repeat_of")
    assert len(await tickets.list()) == 2


async def test_a_new_ticket_names_the_one_it_repeats(tickets: Tickets) -> None:
    first = await at_unit(tickets)
    for days, seq in ((5, None), (7, 1), (8, 2)):
        again = await tickets.create(
            {**MATTER, "repeat_of": first.ticket_no},
            actor="1001",
            role="agent",
            at=T0 + days * 24 * HOUR,
        )
        assert again.same_matter_as == first.ticket_no
        assert (again.repeat_rule, again.repeat_seq) == (seq and "b", seq)
        assert await tickets.verify(again.ticket_no) == []
    with pytest.raises(Refusal) as found:
        await tickets.create({**MATTER, "repeat_of": "SQ0"}, actor="1", role="agent", at=T0)
    assert (found.value.code, found.value.field) == ("unknown_ticket", "repeat_of")


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("update ticket set resolve_due = '2027-01-01 00:00:00.000000'", "resolve_due"),
        ("update ticket set urgency = 'nonsense'", "urgency"),
        ("update ticket set unit = 'GDGS'", "unit is 'GDGS', the events say 'SLJ'"),
        ("update ticket set late = '[\"resolve\"]'", "late"),
        ('update ticket_event set data = \'{"unit": "GAJ"}\' where seq = 3', "event 3"),
    ],
)
async def test_a_row_that_its_events_do_not_make_is_found(
    tickets: Tickets, store: Store, sql: str, told: str
) -> None:
    one = await at_unit(tickets)
    await tamper(store, sql)
    (problem,) = await tickets.verify(one.ticket_no)
    assert told in problem


async def test_a_ticket_keeps_the_policy_it_was_accepted_under(tickets: Tickets) -> None:
    old = await accepted(tickets)
    draft = await tickets.create(MATTER, actor="1001", role="agent", at=T0)
    policies = await tickets.add_policy(
        {"sla.resolve_hours": 24, "accept.target": "10m"},
        policy_id="suqian-2026",
        effective_from=T0 + HOUR,
        by="h1",
        at=T0,
    )
    assert [one.policy_id for one in policies.versions] == ["suqian-2020", "suqian-2026"]
    later = T0 + 2 * HOUR
    new = await tickets.do(draft.ticket_no, "accept", {}, actor="1001", role="agent", at=later)
    assert (old.policy_id, new.policy_id) == ("suqian-2020", "suqian-2026")
    for one, hours in ((old, 12), (new, 24)):
        sent = {"unit": "SLJ", "answer_type": "investigate"}
        done = await tickets.do(
            one.ticket_no, "dispatch", sent, actor="d1", role="dispatcher", at=later
        )
        assert done.resolve_due == later + hours * HOUR
        assert await tickets.verify(one.ticket_no) == []


@pytest.mark.parametrize(
    ("switches", "named", "code", "field"),
    [
        ({}, {"policy_id": "suqian-2020"}, "duplicate_key", "policy_id"),
        ({}, {"effective_from": T0 - HOUR}, "invalid_value", "effective_from"),
        ({}, {"effective_from": T0 + 36 * 365 * 24 * HOUR}, "invalid_value", "effective_from"),
        ({"sla.resolve": 1}, {}, "invalid_value", "sla.resolve"),
        ({"sla.resolve_hours": -1}, {}, "invalid_value", "sla.resolve_hours"),
    ],
)
async def test_a_wrong_policy_is_refused(
    tickets: Tickets, switches: dict[str, Any], named: dict[str, Any], code: str, field: str
) -> None:
    good: dict[str, Any] = {"policy_id": "new", "effective_from": T0, "by": "h1", "at": T0}
    with pytest.raises(Refusal) as found:
        await tickets.add_policy(switches, **{**good, **named})
    assert (found.value.code, found.value.field) == (code, field)
    assert len((await tickets.add_policy({}, **good)).versions) == 2


def extended() -> Story:
    """V4: 12 hours and an extension, asked and approved; then the reply in time."""
    story = Story("09-30 22:00").signed(0)
    due = instant("10-05 10:00").isoformat()
    story.do("10-01 09:00", "unit_handler", "request_extension", reason="管网复杂", new_due=due)
    story.do("10-01 09:20", "supervisor", "approve_extension", reason="属实")
    return story.replied("10-05 10:00").do("10-05 11:00", "dispatcher", "audit_pass")


def returned() -> Story:
    """V5, V6: given back in time, to another unit with fresh clocks."""
    story = Story().signed(0).do("10-01 12:00:00", "unit_handler", "request_return", **RETURN)
    story.do("10-01 12:30", "dispatcher", "approve_return", unit="ZJJ", reason="属实")
    story.do("10-01 12:40", "unit_handler", "sign")
    return story.do("10-01 13:00", "unit_handler", "request_return", "t1", "u1", "SLJ", **RETURN)


def rectified() -> Story:
    """V11 to V14: incomplete, supplemented, a bad score, an unsatisfied callback."""
    story = Story().signed(0).replied(11.5)
    story.do(12, "dispatcher", "audit_fail", defects=["incomplete"], comment="未附材料")
    story.replied(12.5).do(13, "dispatcher", "audit_pass")
    story.do(14, "citizen", "sms_score", score=4)
    return story.do(15, "callback_agent", "callback_unsatisfied", reason="仍未供水").tick(60)


def silent() -> Story:
    """Nobody signs, nobody answers the survey: everything happens by timers."""
    story = Story().at_unit(0).tick(30).do(31, "unit_handler", "sign").replied(32)
    return story.do(33, "dispatcher", "audit_pass").tick(33 + 48.5).tick(24 * 40)


def repeated() -> Story:
    """V15: the same matter within a month, at a county whose leader has to follow."""
    story = Story().signed(0).replied(2).do(3, "dispatcher", "audit_pass")
    story.do(4, "citizen", "sms_score", score=1).accepted(96, "t2", repeat_of="t1")
    story.send(97, "t2", "SYX").do(98, "unit_handler", "sign", "t2").replied(99, "t2")
    right = {"leader_name_role": "王某 分管领导", "leader_action": "到场督办"}
    return story.replied(99.5, "t2", **right)


def merged() -> Story:
    """Two tickets of one matter; the merge is taken back."""
    story = Story().signed(0).accepted(1, "t2")
    story.do(2, "dispatcher", "merge", "t2", master_ticket="t1").tick(5)
    return story.do(6, "supervisor", "unmerge", "t2").tick(12)


@pytest.mark.parametrize("story", [extended, returned, rectified, silent, repeated, merged])
async def test_the_store_tells_what_the_rehearsal_tells(tickets: Tickets, story: Any) -> None:
    told: Story = story()
    stage = Stage(tickets)
    stored = await stage.play(told.steps)
    expected = [rehearsed(entry) for entry in told.run()]
    for step, found, wanted in zip(told.steps, stored, expected, strict=True):
        assert found == wanted, step
    for number in stage.numbers.values():
        assert await tickets.verify(number) == []


async def test_the_journal_holds_each_event_once(tickets: Tickets, store: Store) -> None:
    one = await at_unit(tickets)
    async with store.read() as db:
        kept = await db.scalar(sa.select(sa.func.count()).select_from(ticket_event))
    assert kept == len(one.events) == 4


async def test_tickets_of_an_older_store_are_kept_and_handled(tmp_path: Path) -> None:
    file = tmp_path / "old.sqlite"
    async with Store.open(f"sqlite+aiosqlite:///{file}", key=MASTER_KEY) as store:
        draft = await Tickets(store).draft_from_call(
            "c", "message", caller_number=CITIZEN, called_number="12345", at=T0
        )
        made = await Tickets(store).create(MATTER, actor="1001", role="agent", at=T0)
    make_older(file, "0002")
    with sqlite3.connect(file) as db:
        columns = {row[1] for row in db.execute("pragma table_info(ticket)")}
    assert {"clock_used", "next_timer_at", "state_since"}.isdisjoint(columns)
    async with Store.open(f"sqlite+aiosqlite:///{file}", key=MASTER_KEY) as store:
        tickets = Tickets(store)
        assert [told(one) for one in await tickets.list()] == [told(made), told(draft)]
        fired = await Timekeeper(tickets, lambda: T0 + HOUR).fire_due()
        assert [(number, timer.id) for number, timer in fired] == [
            (draft.ticket_no, "tm_accept"),
            (made.ticket_no, "tm_accept"),
        ]
        await tickets.do(made.ticket_no, "accept", {}, actor="1001", role="agent", at=T0 + HOUR)
        for number in await tickets.numbers():
            assert await tickets.verify(number) == []


def told(one: Ticket) -> Ticket:
    """The ticket without the hashes of what is encrypted anew."""
    return one.changed(events=[event.model_copy(update={"hash": ""}) for event in one.events])
