"""Calls over HTTP: whose number is told to whom (R-23-2, domain.md §2.6)."""

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from console.call_numbers import own_calls
from store.calls import Answered, CallLog, Ended, LegAnswered, LegDialed, Opened
from store.transcripts import TranscriptLog
from tests.console_kit import START, Api, console
from tests.stores import sqlite_url
from tests.unit.ticket_story import CITIZEN, MATTER

STARRED = f"{CITIZEN[:3]}****{CITIZEN[-4:]}"


async def called(api: Api, call_id: str, direction: Any = "inbound", agent: str = "1001") -> None:
    """A call of the citizen with an agent."""
    calls = CallLog(api.parts.store)
    ends = (CITIZEN, "12345") if direction == "inbound" else ("12345", CITIZEN)
    for event in (
        Opened(direction, *ends),
        LegDialed(call_id, "caller", CITIZEN),
        Answered(),
        LegDialed(f"{call_id}.agent", "agent", agent),
        LegAnswered(f"{call_id}.agent"),
        Ended("caller", "agent_answered"),
    ):
        await calls.append(call_id, event, at=START)


async def called_back(
    api: Api, call_id: str, ticket_no: str, agent: str = "1002", *, reached: bool = True
) -> None:
    """An agent had the line call the citizen of a ticket (回拨)."""
    calls, ordered = CallLog(api.parts.store), {"actor": "other", "role": "agent", "at": START}
    await calls.append(call_id, Opened("outbound", "12345", CITIZEN), at=START)
    await api.parts.tickets.link_call(ticket_no, call_id, "callback", ordered=True, **ordered)
    events: list[Any] = [
        LegDialed(f"{call_id}.agent", "agent", agent),
        LegAnswered(f"{call_id}.agent"),
        LegDialed(call_id, "caller", CITIZEN),
    ]
    for event in [*events, Answered()] if reached else events:
        await calls.append(call_id, event, at=START)


async def rung_in_vain(api: Api, call_id: str, agent: str) -> None:
    """An agent was rung in that call and did not answer."""
    calls = CallLog(api.parts.store)
    await calls.append(call_id, LegDialed(f"{call_id}.vain", "agent", agent), at=START)


async def said(api: Api, call_id: str, text: str) -> None:
    """Words of the caller."""
    words = [{"word": text, "start": 1.0, "end": 2.0, "confidence": 0.9}]
    await TranscriptLog(api.parts.store).add(
        call_id=call_id, leg_id=call_id, speaker="caller", start=1.0, end=2.0, text=text,
        confidence=0.9, words=words, source="live", raw=None,
    )  # fmt: skip


async def concerning(api: Api, call_id: str, **matter: Any) -> str:
    """A ticket that the call concerns; its number."""
    tickets = api.parts.tickets
    one = await tickets.create({**MATTER, **matter}, actor="1001", role="agent", at=START)
    await tickets.link_call(one.ticket_no, call_id, "statement", at=START)
    return one.ticket_no


async def told(api: Api, who: str, call_id: str) -> str:
    """What somebody is told of a call, in the list and by itself."""
    one = await api.ask(who, "GET", f"/api/calls/{call_id}")
    assert one.status == 200
    listed = await api.ask(who, "GET", "/api/calls")
    assert one.body in listed.body
    return str(one.body)


@pytest.mark.parametrize("direction", ["inbound", "outbound"])
@pytest.mark.parametrize("hidden", [{"confidential": True}, {"request_type": "report"}])
async def test_r_23_2_a_hidden_citizen_s_number_is_starred(
    api: Api, hidden: dict[str, Any], direction: str
) -> None:
    await called(api, "c", direction)
    await concerning(api, "c")
    await concerning(api, "c", **hidden)
    for who in ("supervisor", "center_head"):
        text = await told(api, who, "c")
        assert CITIZEN not in text
        assert text.count(STARRED) == 2
        assert "'1001'" in text and "'12345'" in text
    assert CITIZEN in await told(api, "agent", "c")  # who talked with him


@pytest.mark.parametrize("reached", [True, False])
@pytest.mark.parametrize("hidden", [{"confidential": True}, {"request_type": "report"}])
async def test_r_23_2_who_has_a_hidden_citizen_called_does_not_get_to_know_him(
    api: Api, hidden: dict[str, Any], reached: bool
) -> None:
    await api.user("other", "agent", "supervisor", agent_no="1002")
    await called(api, "c")
    matter = {**MATTER, **hidden, "call_id": "c", "contact_phone": CITIZEN}
    matter |= {"caller_number": CITIZEN, "requester_name": "欧阳明轩"}
    one = await api.parts.tickets.create(matter, actor="1001", role="agent", at=START)
    path = f"/api/tickets/{one.ticket_no}"
    before = (await api.ask("other", "GET", path)).body
    await called_back(api, "back", one.ticket_no, reached=reached)
    await said(api, "back", f"是欧阳明轩，{CITIZEN}")
    after = (await api.ask("other", "GET", path)).body
    for name in ("requester_name", "contact_phone", "caller_number", "content", "transcript"):
        assert after[name] == before[name], name
    assert after["contact_phone"] == STARRED
    text = await told(api, "other", "back")
    assert STARRED in text and CITIZEN not in text and "欧阳明轩" not in text
    found = await api.ask("other", "GET", f"/api/calls/search?number={CITIZEN}")
    assert "back" not in str(found.body)
    card = (await api.ask("other", "GET", "/api/calls/back/caller")).body
    assert (card["number"], card["tickets"], card["calls"]) == (STARRED, [], [])
    hits = await api.ask("other", "GET", f"/api/tickets/search?q={CITIZEN}")
    assert hits.body["total"] == 0
    original = (await api.ask("agent", "GET", path)).body  # who took the citizen's call
    assert (original["contact_phone"], original["requester_name"]) == (CITIZEN, "欧阳明轩")


async def test_who_is_called_back_as_he_asked_has_told_the_agent_himself(api: Api) -> None:
    """预约回电: the line makes the call of itself, and in it the agent hears what is reported."""
    await api.user("other", "agent", agent_no="1002")
    tickets = api.parts.tickets
    ends = {"caller_number": CITIZEN, "called_number": "12345", "at": START}
    await CallLog(api.parts.store).append("c", Opened("inbound", CITIZEN, "12345"), at=START)
    draft = await tickets.draft_from_call("c", "callback", **ends)
    await called(api, "back", "outbound", agent="1002")
    await tickets.link_call(draft.ticket_no, "back", "callback", at=START)
    path = f"/api/tickets/{draft.ticket_no}"
    assert (await api.ask("other", "GET", path)).body["contact_phone"] == CITIZEN
    report = {**MATTER, "request_type": "report", "requester_name": "欧阳明轩"}
    done = await api.ask(
        "other", "POST", f"{path}/commands/accept", report,
        headers={"If-Match": f'"{(await tickets.read(draft.ticket_no)).version}"'},
    )  # fmt: skip
    assert done.status == 200, done.body
    assert done.body["requester_name"] == "欧阳明轩"
    assert CITIZEN in await told(api, "other", "back")


async def test_of_an_ordinary_ticket_who_has_called_the_citizen_sees_him(api: Api) -> None:
    await api.user("other", "agent", agent_no="1002")
    matter = {**MATTER, "contact_phone": CITIZEN}
    one = await api.parts.tickets.create(matter, actor="1001", role="agent", at=START)
    path = f"/api/tickets/{one.ticket_no}"
    await called_back(api, "vain", one.ticket_no, reached=False)
    assert (await api.ask("other", "GET", path)).body["contact_phone"] == STARRED
    await called_back(api, "back", one.ticket_no)
    assert (await api.ask("other", "GET", path)).body["contact_phone"] == CITIZEN


async def test_who_has_talked_with_somebody_else_sees_stars(api: Api) -> None:
    await api.user("head", "supervisor", "agent", agent_no="1002")
    await called(api, "c")
    await called(api, "d", agent="1002")
    for call_id in ("c", "d"):
        await concerning(api, call_id, confidential=True)
    assert CITIZEN not in await told(api, "head", "c")
    assert CITIZEN in await told(api, "head", "d")


async def test_of_other_calls_the_number_is_told(api: Api) -> None:
    await called(api, "c")
    await concerning(api, "c")
    await called(api, "d")
    await concerning(api, "d", confidential=True)
    assert CITIZEN in await told(api, "supervisor", "c")


async def test_r_23_2_what_was_said_does_not_tell_who_it_was(api: Api) -> None:
    await api.user("other", "agent", agent_no="1002")
    await called(api, "c")
    await rung_in_vain(api, "c", "1002")
    await said(api, "c", f"我叫张三丰，电话是{CITIZEN}，路灯坏了")
    await concerning(api, "c", confidential=True, requester_name="张三丰")
    for who in ("supervisor", "center_head"):
        text = await told(api, who, "c")
        assert "路灯坏了" in text
        assert "张三丰" not in text and CITIZEN not in text
    assert "张三丰" in await told(api, "agent", "c")  # who talked with him
    assert (await api.ask("other", "GET", "/api/calls/c")).status == 404


async def test_r_23_2_who_was_rung_in_vain_sees_a_hidden_ticket_as_everybody_does(api: Api) -> None:
    await api.user("other", "agent", agent_no="1002")
    await called(api, "c")
    await rung_in_vain(api, "c", "1002")
    ticket_no = await concerning(api, "c", confidential=True, requester_name="张三丰")
    text = str((await api.ask("other", "GET", f"/api/tickets/{ticket_no}")).body)
    assert "张三丰" not in text and CITIZEN not in text


async def test_r_7_3_of_a_secret_matter_the_call_tells_no_word(api: Api) -> None:
    await called(api, "c")
    await said(api, "c", "路灯坏了")
    await concerning(api, "c")
    assert "路灯坏了" in await told(api, "supervisor", "c")
    ticket_no = await concerning(api, "c")
    secret = {"reject_code": "N3", "explanation": "涉密", "guidance": "向保密局反映"}
    await api.parts.tickets.do(ticket_no, "reject", secret, actor="1001", role="agent", at=START)
    for who in ("supervisor", "center_head", "agent"):
        assert "路灯坏了" not in await told(api, who, "c")


async def test_an_agents_calls_are_found_by_an_index(tmp_path: Path) -> None:
    """On SQLite, whose planner needs no rows; every page of an agent asks for his calls."""
    async with console(sqlite_url(tmp_path)) as api, api.parts.store.read() as db:
        asked = list[tuple[str, Any]]()
        sa.event.listen(
            db.sync_connection,
            "before_cursor_execute",
            lambda _connection, _cursor, statement, values, *_: asked.append((statement, values)),
        )
        await db.execute(own_calls("1001"))
        statement, values = asked[-1]
        plan = (await db.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)).all()
    assert "ix_call_leg_agent" in str(plan), plan
