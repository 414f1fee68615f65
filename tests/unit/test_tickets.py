"""Tickets: numbers, drafts, validation, chains, reading."""

import asyncio
import json
import re
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from store.calls import CallLog, Opened
from store.emergencies import EmergencyLog
from store.engine import Store
from store.recordings import RecordingLog
from store.tables import ticket
from store.transcripts import Segment, TranscriptLog
from tests.stores import tamper
from ticketing.model import State, Ticket
from ticketing.refusal import Refusal
from ticketing.tickets import Tickets
from ticketing.validation import normal_phone

T0 = datetime(2026, 9, 30, 16, 30, tzinfo=UTC)  # 1 October in Shanghai
CALLER: dict[str, Any] = {"caller_number": "13800000001", "called_number": "12345"}

KEYS = re.findall(
    r"\w+",
    """
    ticket_no query_code channel caller_number called_number call_id recording_ids accepted_at
    first_agent_no requester_name salutation contact_phone requester_kind identity_level
    confidential want_reply request_type category_l1 category_l2 gbt39666_code title content
    expected_result transcript stt_confidence occurred_at address_text region_code town village
    lng lat target_unit target_name urgency handling_mode answer_type acceptance_basis
    reject_code unit lead_unit assist_units dispatched_at signed_at resolved_at closed_at
    answer_due sign_due resolve_due original_due extension_requests return_requests
    handling_note public_reply contacted contacted_at is_true solved unsolved_reason
    written_opinion audit callback supervision_level key_categories repeat_of repeat_rule
    repeat_seq master_ticket event_ids policy_id events version state calls
    """,
)

KEYS_OF_EVENTS = re.findall(r"\w+", "seq at actor role command from to article data hash")


async def make(tickets: Tickets, at: datetime = T0, **data: Any) -> Ticket:
    given = {"content": "小区停水", "contact_phone": "13800000001"} | data
    return await tickets.create(given, actor="1001", role="agent", at=at)


async def test_a_draft_has_every_key(tickets: Tickets) -> None:
    draft = await tickets.draft_from_call("c", "agent", **CALLER, agent_no="1001", at=T0)
    told = draft.to_json()
    assert set(KEYS) <= set(told)
    assert told["ticket_no"] == "SQ261001000001"
    assert re.fullmatch(r"[1-9][0-9]{7}", told["query_code"])
    assert told["state"] == "pending_acceptance"
    assert told["version"] == 1
    assert told["first_agent_no"] == "1001"
    assert told["contact_phone"] == "13800000001"
    assert told["calls"] == [{"call_id": "c", "relation": "origin"}]
    assert told["created_at"] == "2026-10-01T00:30:00+08:00"
    assert "" not in told.values()
    (event,) = told["events"]
    assert list(event) == KEYS_OF_EVENTS
    assert (event["command"], event["from"], event["to"]) == ("create", None, "pending_acceptance")
    json.dumps(told)


async def test_every_column_of_the_row_is_in_the_ticket() -> None:
    internal = {"chain_seq", "chain_head", "next_timer_at", "data_key", "personal"}
    internal |= {"caller_hash", "caller_tail_hash", "contact_hash", "contact_tail_hash"}
    assert {column.name for column in ticket.c} - internal <= set(Ticket.model_fields)


def test_the_states_of_the_domain() -> None:
    assert len(State) == 18


async def test_a_draft_is_made_once_for_each_kind(tickets: Tickets) -> None:
    drafts = await asyncio.gather(
        *(tickets.draft_from_call("c", "message", **CALLER, at=T0) for _ in range(5))
    )
    assert len({one.ticket_no for one in drafts}) == 1
    other = await tickets.draft_from_call("c", "callback", **CALLER, at=T0)
    assert other.ticket_no == "SQ261001000002"
    assert [one.ticket_no for one in await tickets.of_call("c")] == [
        other.ticket_no,
        drafts[0].ticket_no,
    ]


async def test_a_caller_without_number(tickets: Tickets) -> None:
    draft = await tickets.draft_from_call(
        "c", "emergency", caller_number=None, called_number="12345", at=T0
    )
    assert (draft.contact_phone, draft.urgency) == (None, "emergency")


@pytest.mark.parametrize(
    ("outcomes", "urgency"),
    [
        (["failed"], "emergency"),
        (["caller_left"], "emergency"),
        ([None], "emergency"),  # still being tried
        (["connected"], "normal"),
        (["guided"], "normal"),
        (["failed", "connected"], "normal"),
        (["failed", "guided"], "normal"),  # taken back after all numbers were tried
        (["connected", "failed"], "normal"),
    ],
)
async def test_what_a_caller_in_danger_left_is_urgent_from_the_start(
    store: Store, tickets: Tickets, outcomes: list[Any], urgency: str
) -> None:
    emergencies = EmergencyLog(store)
    await CallLog(store).append("c", Opened("inbound", "13800000001", "12345"), at=T0)
    await emergencies.open("c.1", call_id="c", service="119", trigger="speech", detected_at=T0)
    for outcome in outcomes:
        if outcome is not None:
            await emergencies.close("c.1", answered_at=None, outcome=outcome)
    draft = await tickets.draft_from_call("c", "message", **CALLER, at=T0)
    assert draft.urgency == urgency


async def test_the_serial_begins_anew_each_day_in_shanghai(tickets: Tickets) -> None:
    instants = [T0 - timedelta(hours=1), T0, T0, T0 + timedelta(days=1)]
    numbers = [(await make(tickets, at=at)).ticket_no for at in instants]
    assert numbers == [
        "SQ260930000001",
        "SQ261001000001",
        "SQ261001000002",
        "SQ261002000001",
    ]


async def test_a_ticket_that_failed_leaves_no_gap(
    tickets: Tickets, monkeypatch: pytest.MonkeyPatch
) -> None:
    await make(tickets)

    async def full(*_: object, **__: object) -> None:
        raise OSError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr("ticketing.rows.record", full)
        with pytest.raises(OSError, match="disk full"):
            await make(tickets)
    assert (await make(tickets)).ticket_no == "SQ261001000002"
    assert len(await tickets.list()) == 2


MAKER = """
import asyncio, sys
from datetime import UTC, datetime
from store.engine import Store
from tests.stores import MASTER_KEY
from ticketing.tickets import Tickets

async def main():
    at = datetime(2026, 9, 30, 17, 0, tzinfo=UTC)
    async with Store.open(sys.argv[1], key=MASTER_KEY) as store:
        tickets = Tickets(store)
        for n in range(20):
            await tickets.create({"content": "x"}, actor="1", role="agent", at=at)
            await tickets.draft_from_call(f"c{n}", "agent", caller_number=None,
                                          called_number=None, at=at)

asyncio.run(main())
"""


def test_processes_that_number_at_once_neither_clash_nor_leave_gaps(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite"
    url = f"sqlite+aiosqlite:///{path}"
    makers = [subprocess.Popen([sys.executable, "-c", MAKER, url]) for _ in range(3)]
    assert [one.wait(120) for one in makers] == [0, 0, 0]
    db = sqlite3.connect(path)
    numbers = [row[0] for row in db.execute("select ticket_no from ticket order by 1")]
    assert numbers == [f"SQ261001{n:06}" for n in range(1, 3 * 20 + 20 + 1)]
    codes = db.execute("select count(distinct query_code) from ticket").fetchone()
    assert codes == (80,)


async def test_the_transcript_fills_what_nobody_wrote(tickets: Tickets) -> None:
    draft = await tickets.draft_from_call("c", "message", **CALLER, at=T0)
    first = "市民：你好,我是沭阳县的\n话务员：请讲\n市民：我们这边 路灯 坏了"
    heard = await tickets.set_transcript(draft.ticket_no, first, 0.8, at=T0)
    assert heard.content == "你好,我是沭阳县的\n我们这边 路灯 坏了"
    assert heard.title == "我们这边路灯坏了"
    assert (heard.category_l1, heard.category_l2) == ("03", "0305")
    assert (heard.region_code, heard.transcript, heard.stt_confidence) == ("321322", first, 0.8)
    assert heard.suggestion is not None
    assert heard.suggestion["region"]["name"] == "沭阳县"
    assert heard.version == 2
    again = await tickets.set_transcript(draft.ticket_no, first, 0.8, at=T0)
    assert again == heard
    fuller = await tickets.set_transcript(draft.ticket_no, "市民：小区停水了", 0.9, at=T0)
    assert (fuller.content, fuller.category_l2, fuller.region_code) == ("小区停水了", "0401", None)
    assert fuller.events[1].data["transcript"] == first
    assert await tickets.verify(draft.ticket_no) == []


async def test_drafts_hear_what_was_said_in_their_call(tickets: Tickets, store: Store) -> None:
    draft = await tickets.draft_from_call("c", "agent", **CALLER, at=T0)
    other = await tickets.draft_from_call("d", "agent", **CALLER, at=T0)
    assert await tickets.hear("c", at=T0) == []
    log = TranscriptLog(store)
    await log.add_batch(
        "r",
        [
            Segment("c", "c", "caller", 1, 2, "泗洪停电了", 0.5),
            Segment("c", "a", "agent", 0, 1, "您好", 1.0),
        ],
    )
    for _ in range(2):
        (heard,) = await tickets.hear("c", at=T0)
    assert heard.ticket_no == draft.ticket_no
    assert heard.transcript == "话务员：您好\n市民：泗洪停电了"
    assert (heard.title, heard.category_l2, heard.region_code) == ("泗洪停电了", "0402", "321324")
    assert heard.version == 2
    assert (await tickets.read(other.ticket_no)).transcript is None


async def test_a_draft_that_asks_to_be_called_back_hears_the_call_back_too(
    tickets: Tickets, store: Store
) -> None:
    back = T0 + timedelta(hours=1)
    draft = await tickets.draft_from_call("c", "callback", **CALLER, at=T0)
    number = draft.ticket_no
    log = TranscriptLog(store)
    await log.add_batch("r", [Segment("c", "c", "caller", 1, 2, "喂", 0.5)])
    await tickets.link_call(number, "back", "callback", at=back)
    await log.add_batch("s", [Segment("back", "c", "caller", 1, 2, "泗洪停电了", 0.5)])
    (heard,) = await tickets.hear("back", at=back)
    assert heard.transcript == "市民：喂\n市民：泗洪停电了"
    assert (heard.category_l2, heard.region_code) == ("0402", "321324")
    assert await tickets.hear("c", at=back) == [heard]
    basis = {"acceptance_basis": "6.2", "region_code": "321324", "request_type": "complaint"}
    wrote = {**basis, "content": "泗洪停电了", "address_text": "众兴镇"}
    await tickets.do(number, "accept", wrote, actor="1001", role="agent", at=back)
    # A call about the ticket is another one than the call that brought it (回访、联系诉求人).
    await tickets.link_call(number, "later", "callback", at=T0 + timedelta(hours=2))
    await log.add_batch("t", [Segment("later", "c", "caller", 1, 2, "还没修", 0.5)])
    assert await tickets.hear("later", at=T0 + timedelta(hours=2)) == []
    assert (await tickets.read(number)).transcript == heard.transcript
    assert await tickets.verify(number) == []


async def test_a_transcript_that_has_become_another_is_left_to_who_wrote_it(
    tickets: Tickets, store: Store
) -> None:
    draft = await tickets.draft_from_call("c", "agent", **CALLER, at=T0)
    segment = Segment("c", "c", "caller", 1, 2, "泗洪停电了", 0.5)
    await TranscriptLog(store).add_batch("r", [segment])
    late = await tickets.set_transcript(draft.ticket_no, "市民：泗洪", 0.5, at=T0, calls=("c",))
    assert late.transcript is None
    (heard,) = await tickets.hear("c", at=T0)
    assert heard.transcript == "市民：泗洪停电了"


async def test_the_transcript_never_replaces_what_a_person_wrote(tickets: Tickets) -> None:
    made = await make(tickets, content="路灯坏了", title="路灯", region_code="321302")
    heard = await tickets.set_transcript(made.ticket_no, "泗阳停水", None, at=T0)
    assert (heard.content, heard.title, heard.region_code) == ("路灯坏了", "路灯", "321302")
    assert heard.category_l2 == "0305"
    assert heard.transcript == "泗阳停水"


async def test_an_accepted_ticket_keeps_the_title_of_what_a_person_wrote(tickets: Tickets) -> None:
    basis = {"acceptance_basis": "6.2", "region_code": "321302", "request_type": "help"}
    wrote = {**basis, "content": "泗阳停水，请尽快恢复"}
    for call, early in (("c", None), ("d", "市民：我想请车主诺车")):
        draft = await tickets.draft_from_call(call, "agent", **CALLER, at=T0)
        if early is not None:
            await tickets.set_transcript(draft.ticket_no, early, 0.5, at=T0)
        one = await tickets.do(draft.ticket_no, "accept", wrote, actor="1001", role="agent", at=T0)
        assert one.title == "泗阳停水"
        late = await tickets.set_transcript(one.ticket_no, "市民：我想请车主挪车", 0.9, at=T0)
        assert (late.title, late.content) == ("泗阳停水", "泗阳停水，请尽快恢复")
        assert late.transcript == "市民：我想请车主挪车"
        assert await tickets.verify(one.ticket_no) == []
    made = await make(tickets, content="路灯坏了", title="路灯")
    named = await tickets.do(made.ticket_no, "accept", wrote, actor="1001", role="agent", at=T0)
    assert named.title == "路灯"


async def test_R_8_1_the_first_agent_is_responsible(tickets: Tickets) -> None:
    made = await tickets.create(
        {"content": "停水"}, actor="wang", role="agent", at=T0, agent_no="1001"
    )
    assert made.first_agent_no == "1001"
    letter = await tickets.create({"content": "停水"}, actor="web", role="system", at=T0)
    assert letter.first_agent_no is None
    basis = {"acceptance_basis": "6.2", "region_code": "321302", "request_type": "help"}
    for one, number in ((made, "1001"), (letter, "1002")):
        accepted = await tickets.do(
            one.ticket_no, "accept", basis, actor="1002", role="agent", at=T0
        )
        assert accepted.first_agent_no == number
        assert await tickets.verify(one.ticket_no) == []


async def test_a_ticket_made_by_a_person(tickets: Tickets) -> None:
    made = await make(
        tickets,
        content="宿豫区工地凌晨两点还在打桩",
        request_type="report",
        contact_phone="+86 138-0000-0001",
        occurred_at="2026-09-30T02:00:00+08:00",
    )
    assert made.confidential is True
    assert made.contact_phone == "13800000001"
    assert (made.category_l2, made.region_code) == ("0501", "321311")
    assert made.to_json()["occurred_at"] == "2026-09-30T02:00:00+08:00"
    assert (made.events[0].actor, made.events[0].role) == ("1001", "agent")
    open_one = await make(tickets, request_type="report", confidential=False)
    assert open_one.confidential is False
    chosen = await make(tickets, category_l2="0402")
    assert (chosen.category_l1, chosen.category_l2) == ("04", "0402")


@pytest.mark.parametrize(
    ("data", "code", "field", "fix"),
    [
        ({}, "missing_field", "content", "请填写 content"),
        ({"content": "x", "regin_code": "1"}, "invalid_value", "regin_code", "region_code"),
        ({"content": "x", "ticket_no": "1"}, "invalid_value", "ticket_no", "可填写"),
        ({"content": "x", "region_code": "1"}, "invalid_value", "region_code", "321300"),
        ({"content": "x", "target_unit": "X"}, "unknown_unit", "target_unit", "target_name"),
        ({"content": "x", "request_type": "x"}, "invalid_value", "request_type", "complaint"),
        (
            {"content": "x", "occurred_at": "2026-01-01T00:00:00"},
            "invalid_value",
            "occurred_at",
            "时区",
        ),
        ({"content": "x", "contact_phone": "12a"}, "invalid_value", "contact_phone", "数字"),
        ({"content": "x", "contact_phone": 138}, "invalid_value", "contact_phone", "文字"),
        ({"content": " "}, "invalid_value", "content", "不要填写"),
        (
            {"content": "x", "category_l1": "05", "category_l2": "0401"},
            "invalid_value",
            "category_l1",
            "04",
        ),
        ({"content": "x", "lng": 500}, "invalid_value", "lng", "180"),
    ],
)
async def test_wrong_data_is_refused_by_key_and_fix(
    tickets: Tickets, data: dict[str, Any], code: str, field: str, fix: str
) -> None:
    with pytest.raises(Refusal) as refused:
        await tickets.create(data, actor="1001", role="agent", at=T0)
    told = refused.value.to_json()
    assert (told["code"], told["field"]) == (code, field)
    assert fix in str(told["fix"])
    assert await tickets.list() == []


@given(st.dictionaries(st.text(max_size=12), st.from_type(type).flatmap(st.from_type) | st.none()))
async def test_no_data_breaks_the_validation(data: dict[str, Any]) -> None:
    from ticketing import citydata
    from ticketing.validation import new_ticket

    with pytest.raises(Refusal):
        new_ticket(data, citydata.load(), T0)


@pytest.mark.parametrize(
    ("given_number", "national"),
    [
        ("13800000001", "13800000001"),
        ("+8613800000001", "13800000001"),
        ("008613800000001", "13800000001"),
        ("+86 527 8435 0000", "052784350000"),
        ("0527-84350000", "052784350000"),
        ("+86 0527 84350000", "052784350000"),
        ("+8610 12345678", "01012345678"),
    ],
)
def test_phone_numbers_are_national(given_number: str, national: str) -> None:
    assert normal_phone(given_number) == national


async def test_reading_and_lists(tickets: Tickets) -> None:
    one = await make(tickets, at=T0)
    two = await make(tickets, at=T0 + timedelta(hours=1), contact_phone="13800000002")
    three = await tickets.draft_from_call("c", "agent", **CALLER, at=T0 + timedelta(hours=2))
    assert await tickets.list() == [three, two, one]
    assert await tickets.list(limit=1) == [three]
    assert await tickets.list(since=T0 + timedelta(hours=1)) == [three, two]
    assert await tickets.list(number="13800000001") == [three, one]
    assert await tickets.read(two.ticket_no) == two
    with pytest.raises(Refusal, match="SQ0"):
        await tickets.read("SQ0")


async def test_a_query_code_needs_the_tail_of_the_phone(tickets: Tickets) -> None:
    made = await make(tickets, caller_number="052784350009")
    assert await tickets.by_query_code(made.query_code, "0001") == made
    assert await tickets.by_query_code(made.query_code, "0009") == made
    for code, tail in ((made.query_code, "0002"), (made.query_code, ""), ("00000000", "0001")):
        assert await tickets.by_query_code(code, tail) is None
    hidden = await make(tickets, contact_phone=None)
    assert await tickets.by_query_code(hidden.query_code, "") is None


async def test_open_tickets_of_a_number(tickets: Tickets, store: Store) -> None:
    one = await make(tickets)
    two = await make(tickets)
    async with store.write() as db:
        change = sa.update(ticket).where(ticket.c.ticket_no == one.ticket_no)
        await db.execute(change.values(state=State.CLOSED))
    assert await tickets.open_for_number("13800000001") == [two]
    assert await tickets.open_for_number("139") == []
    assert await tickets.has_open("13800000001")
    assert not await tickets.has_open("139")
    async with store.write() as db:
        await db.execute(sa.update(ticket).values(state=State.CLOSED))
    assert not await tickets.has_open("13800000001")


@pytest.mark.parametrize(
    ("changes", "key", "values"),
    [
        ({}, "query_open", {}),
        ({"state": "accepted"}, "query_open", {}),
        ({"state": "dispatched", "unit": "SLJ"}, "query_dispatched", {"unit": "SLJ"}),
        (
            {"state": "in_progress", "unit": "SLJ", "resolve_due": T0},
            "query_in_progress",
            {"unit": "SLJ", "due": T0},
        ),
        (
            {"state": "in_progress", "unit": "SLJ", "answer_due": T0, "answer_type": "direct"},
            "query_in_progress",
            {"unit": "SLJ", "due": T0},
        ),
        (
            {
                "state": "in_progress",
                "unit": "SLJ",
                "resolve_due": T0,
                "extension_requests": [
                    {
                        "requested_at": T0,
                        "requested_by": "u1",
                        "unit": "SLJ",
                        "phase": "main",
                        "due": T0,
                        "new_due": T0 + timedelta(days=1),
                        "reason": "需要开挖路面",
                        "status": "approved",
                    }
                ],
            },
            "query_extended",
            {"due": T0},
        ),
        (
            {"state": "in_progress", "unit": "SLJ", "resolve_due": T0, "request_type": "report"},
            "query_open",
            {},
        ),
        ({"state": "closed", "resolved_at": T0}, "query_closed", {"date": T0}),
    ],
)
async def test_what_a_caller_is_told(
    tickets: Tickets, changes: dict[str, Any], key: str, values: dict[str, Any]
) -> None:
    made = await make(tickets)
    told = tickets.progress(Ticket.model_validate(made.model_dump() | changes)).prompt()
    assert told == (key, values)


async def test_calls_and_their_recordings_belong_to_the_ticket(
    tickets: Tickets, store: Store
) -> None:
    draft = await tickets.draft_from_call("c", "callback", **CALLER, at=T0)
    recordings = RecordingLog(store)
    for call_id in ("c", "back", "other"):
        await CallLog(store).append(call_id, Opened("inbound", "138", "12345"), at=T0)
        await recordings.started(
            f"r-{call_id}",
            call_id=call_id,
            kind="mix",
            speaker=None,
            leg_id=None,
            started_at=T0,
            spool_name="x",
        )
    for _ in range(2):
        later = T0 + timedelta(hours=1)
        linked = await tickets.link_call(draft.ticket_no, "back", "callback", at=later)
    assert [(one.call_id, one.relation) for one in linked.calls] == [
        ("c", "origin"),
        ("back", "callback"),
    ]
    assert sorted(linked.recording_ids) == ["r-back", "r-c"]
    assert linked.version == 2
    call = await CallLog(store).get("back")
    assert call is not None
    assert call["tickets"] == [draft.ticket_no]


@pytest.mark.parametrize(
    "sql",
    [
        "update ticket_event set data = '{}' where seq = 1",
        "update ticket_event set actor = 'x' where seq = 2",
        "delete from ticket_event where seq = 1",
        "delete from ticket_event where seq = 2",
        "update ticket set state = 'closed'",
    ],
)
async def test_tampering_is_found(tickets: Tickets, store: Store, sql: str) -> None:
    made = await make(tickets)
    await tickets.set_transcript(made.ticket_no, "停水", None, at=T0)
    assert await tickets.verify(made.ticket_no) == []
    await tamper(store, sql)
    assert await tickets.verify(made.ticket_no) != []
