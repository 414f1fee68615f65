"""Calls over HTTP: whose number is told to whom (R-23-2, domain.md §2.6)."""

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from console.call_numbers import own_calls
from store.calls import Answered, CallLog, Ended, LegAnswered, LegDialed, Opened
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


async def concerning(api: Api, call_id: str, **matter: Any) -> None:
    """A ticket that the call concerns."""
    tickets = api.parts.tickets
    one = await tickets.create({**MATTER, **matter}, actor="1001", role="agent", at=START)
    await tickets.link_call(one.ticket_no, call_id, "statement", at=START)


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
