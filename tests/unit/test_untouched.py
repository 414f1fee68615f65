"""Drafts of calls of which there is nothing but the call: in no list that people read."""

from typing import Any

import pytest

from store.calls import CallLog, Opened
from store.emergencies import EmergencyLog
from tests.console_kit import Api

CALL = "hl-1700000000.1"
CITIZEN = "13911112222"


async def drafted(api: Api, **more: Any) -> str:
    opened = Opened("inbound", CITIZEN, "12345", "controller")
    await CallLog(api.parts.store).append(CALL, opened, at=api.now)
    made = await api.parts.tickets.draft_from_call(
        CALL, "agent", caller_number=CITIZEN, called_number="12345", agent_no="1001", at=api.now,
        **more,
    )  # fmt: skip
    return made.ticket_no


async def waiting(api: Api) -> list[str]:
    """What stands in the agent's list; the counts say the same."""
    rows = (await api.ask("agent", "GET", "/api/inbox/agent")).body["rows"]
    counted = (await api.ask("agent", "GET", "/api/inbox")).body
    assert sum(one["count"] for one in counted if one["queue"] == "agent") == len(rows)
    return [row["ticket_no"] for row in rows]


async def listed(api: Api, query: str = "") -> list[str]:
    found = (await api.ask("dispatcher", "GET", f"/api/tickets{query}")).body["tickets"]
    return [one["ticket_no"] for one in found]


async def test_a_draft_that_nobody_touched_is_left_out(api: Api) -> None:
    number = await drafted(api)
    assert await waiting(api) == []
    assert await listed(api) == await listed(api, "?is_untouched=true") == [number]
    assert await listed(api, "?is_untouched=false") == []
    assert (await api.ask("agent", "GET", f"/api/tickets/{number}")).status == 200


@pytest.mark.parametrize("what", ["said", "typed", "danger", "referred"])
async def test_a_draft_with_something_to_follow_up_stays(api: Api, what: str) -> None:
    number = await drafted(api, **({"transcript": "市民：停水了"} if what == "said" else {}))
    match what:
        case "typed":
            seen = {"If-Match": '"0"'}
            body = {"fields": {"content": "停水"}}
            kept = await api.ask("agent", "PUT", f"/api/drafts/desk:{CALL}", body, headers=seen)
            assert kept.status == 200
        case "danger":
            log = EmergencyLog(api.parts.store)
            await log.open("e1", call_id=CALL, service="119", trigger="agent", detected_at=api.now)
        case "referred":
            path = f"/api/tickets/{number}/commands/refer_up"
            version = (await api.parts.tickets.read(number)).version
            told = {"reason": "涉及多个部门"}
            done = await api.ask("agent", "POST", path, told, headers={"If-Match": f'"{version}"'})
            assert done.status == 200, done.body
    assert await listed(api, "?is_untouched=false") == [number]
    if what != "referred":
        assert await waiting(api) == [number]
