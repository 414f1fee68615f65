"""Lists of calls: filters, pages, and whose number may be looked for."""

from datetime import timedelta
from typing import Any

import pytest

from store.calls import Answered, CallLog, Ended, LegAnswered, LegDialed, Opened, Surveyed
from store.emergencies import EmergencyLog
from tests.console_kit import START, Api
from tests.unit.ticket_story import MATTER

NUMBERS = ("13800000001", "13800000002", "13900000003")


@pytest.fixture
async def calls(api: Api) -> Api:
    """Three calls, an hour apart: of 1001, of 1002 (rated 5), and one to a citizen by 1001."""
    log = CallLog(api.parts.store)
    for number, (citizen, agent, direction) in enumerate(
        zip(NUMBERS, ("1001", "1002", "1001"), ("inbound", "inbound", "outbound"), strict=True)
    ):
        call_id, at = f"c{number}", START + timedelta(hours=number)
        ends = (citizen, "12345") if direction == "inbound" else ("12345", citizen)
        opened: Any = Opened(direction, *ends)  # type: ignore[arg-type]
        rated = [Surveyed(5)] if agent == "1002" else []
        for event in (
            opened,
            Answered(),
            LegDialed(f"{call_id}.a", "agent", agent),
            LegAnswered(f"{call_id}.a"),
            *rated,
        ):
            await log.append(call_id, event, at=at)
        outcome: Any = "agent_answered" if direction == "inbound" else "failed"
        await log.append(call_id, Ended("caller", outcome), at=at + timedelta(seconds=90))
    return api


async def found(api: Api, who: str = "supervisor", **query: str) -> list[str]:
    told = "&".join(f"{name}={value}" for name, value in query.items())
    said = await api.ask(who, "GET", f"/api/calls/search?{told}")
    assert said.status == 200, said.body
    return [one["call_id"] for one in said.body["items"]]


async def test_the_newest_first_in_short(calls: Api) -> None:
    said = await calls.ask("supervisor", "GET", "/api/calls/search")
    assert [one["call_id"] for one in said.body["items"]] == ["c2", "c1", "c0"]
    outbound = said.body["items"][0]
    assert outbound["citizen_number"] == NUMBERS[2]
    assert (outbound["duration_s"], outbound["agents"]) == (90, [{"number": "1001", "name": None}])
    assert said.body["next"] is None


async def test_agents_are_told_by_number_and_name(calls: Api) -> None:
    row = {"number": "1001", "name": "张三", "skills": {"citizen": 5}}
    body = {"reason": "新来", "entries": {"1001": row}}
    said = await calls.ask("admin", "PATCH", "/api/admin/agents", body, headers={"If-Match": "0"})
    assert said.status == 200, said.body
    said = await calls.ask("supervisor", "GET", "/api/calls/search?call_id=c0")
    (listed,) = said.body["items"]
    assert (listed["call_id"], listed["agents"]) == ("c0", [{"number": "1001", "name": "张三"}])


async def test_one_call_is_found_by_who_may_know_of_it(calls: Api) -> None:
    assert await found(calls, call_id="c1") == ["c1"]
    assert await found(calls, "agent", call_id="c1") == []


async def test_filters(calls: Api) -> None:
    assert await found(calls, agent="1001") == ["c2", "c0"]
    assert await found(calls, number="0002") == ["c1"]
    assert await found(calls, number=NUMBERS[2]) == ["c2"]
    assert await found(calls, direction="outbound") == ["c2"]
    assert await found(calls, outcome="agent_answered") == ["c1", "c0"]
    assert await found(calls, score="5") == ["c1"]
    assert await found(calls, emergency="yes") == []
    assert await found(calls, recorded="yes") == []
    at = (START + timedelta(minutes=30)).isoformat().replace("+", "%2B")
    assert await found(calls, since=at) == ["c2", "c1"]
    assert await found(calls, until=at) == ["c0"]
    said = await calls.ask("supervisor", "GET", "/api/calls/search?number=12")
    assert (said.status, said.error) == (422, ("invalid_value", "number"))


async def test_how_emergencies_ended_is_listed(calls: Api) -> None:
    log = EmergencyLog(calls.parts.store)
    outcomes: Any = ("failed", "guided", "connected")
    for number, outcome in enumerate(outcomes):
        at = START + timedelta(minutes=number)
        await log.open(f"c0.{number}", call_id="c0", service="119", trigger="agent", detected_at=at)
        await log.close(f"c0.{number}", answered_at=None, outcome=outcome)
    said = await calls.ask("supervisor", "GET", "/api/calls/search?emergency=yes")
    (listed,) = said.body["items"]
    assert listed["emergencies"] == [{"service": "119", "outcome": one} for one in outcomes]


async def test_pages(calls: Api) -> None:
    seen: list[str] = []
    after = ""
    for _ in range(3):
        said = await calls.ask("supervisor", "GET", f"/api/calls/search?limit=1{after}")
        seen += [one["call_id"] for one in said.body["items"]]
        after = f"&after={said.body['next']}"
    assert (seen, said.body["next"]) == (["c2", "c1", "c0"], None)
    wrong = await calls.ask("supervisor", "GET", "/api/calls/search?after=xxxx")
    assert (wrong.status, wrong.error) == (422, ("invalid_value", "after"))


async def test_a_hidden_number_is_starred_and_not_to_be_guessed(calls: Api) -> None:
    tickets = calls.parts.tickets
    one = await tickets.create({**MATTER, "confidential": True}, actor="x", role="agent", at=START)
    await tickets.link_call(one.ticket_no, "c0", "origin", at=START)
    assert await found(calls, number="00000001") == []
    assert await found(calls, "agent", number="00000001") == ["c0"]  # has talked with him
    assert await found(calls, ticket_no=one.ticket_no) == ["c0"]
    said = await calls.ask("dispatcher", "GET", "/api/calls/search")
    (listed,) = said.body["items"]
    assert (listed["call_id"], listed["tickets"]) == ("c0", [one.ticket_no])
    assert NUMBERS[0] not in str(said.body)


async def test_each_role_sees_its_calls(calls: Api) -> None:
    assert await found(calls, "agent") == ["c2", "c0"]
    assert await found(calls, "dispatcher") == []
    assert await found(calls, "callback_agent") == []
    assert await found(calls, "center_head") == ["c2", "c1", "c0"]
