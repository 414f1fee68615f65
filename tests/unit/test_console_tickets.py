"""Tickets over HTTP: versions, roles, commands, lists, answers that are given again."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from store.tables import ticket
from tests.console_kit import Api
from tests.stores import content_of, readable

MATTER = {
    "title": "停水",
    "content": "幸福家园停水三天",
    "request_type": "complaint",
    "region_code": "321302",
    "acceptance_basis": "6.2",
    "contact_phone": "+86 138 0000 0001",
}


async def made(api: Api, **more: Any) -> str:
    said = await api.ask("agent", "POST", "/api/tickets", MATTER | more)
    assert said.status == 201, said.body
    return str(said.body["ticket_no"])


async def do(
    api: Api,
    who: str,
    no: str,
    command: str,
    data: Any = None,
    version: int | None = None,
    **more: str,
) -> Any:
    """A command on the ticket as it is now, or as it was in a version."""
    if version is None:
        version = (await api.parts.tickets.read(no)).version
    path = f"/api/tickets/{no}/commands/{command}"
    headers = {"If-Match": f'"{version}"', **more}
    return await api.ask(who, "POST", path, data or {}, headers=headers)


async def test_a_matter_goes_its_way_over_http(api: Api) -> None:
    said = await api.ask("agent", "POST", "/api/tickets", MATTER)
    no = said.body["ticket_no"]
    assert said.headers["Location"] == f"/api/tickets/{no}"
    assert said.headers["ETag"] == '"1"'
    assert said.body["contact_phone"] == "13800000001"
    steps = (
        ("agent", "accept", {}, "accepted"),
        ("dispatcher", "dispatch", {"unit": "SLJ", "answer_type": "investigate"}, "dispatched"),
        ("unit_handler", "sign", {}, "in_progress"),
    )
    for who, command, data, state in steps:
        told = await do(api, who, no, command, data)
        assert (told.status, told.body["state"]) == (200, state), told.body
    shown = await api.ask("supervisor", "GET", f"/api/tickets/{no}")
    assert (shown.headers["ETag"], shown.body["version"]) == ('"4"', 4)
    events = await api.ask("supervisor", "GET", f"/api/tickets/{no}/events")
    assert [(one["command"], one["role"], one["actor"]) for one in events.body] == [
        ("create", "agent", "agent"),
        ("accept", "agent", "agent"),
        ("dispatch", "dispatcher", "dispatcher"),
        ("sign", "unit_handler", "unit_handler"),
    ]
    assert await api.parts.tickets.verify(no) == []


async def test_commands_are_offered_by_role_and_state(api: Api) -> None:
    no = await made(api)
    offers = {
        one["command"]: one
        for one in (await api.ask("agent", "GET", f"/api/tickets/{no}/commands")).body
    }
    assert {"accept", "reject", "refer_up", "amend"} <= offers.keys()
    assert "dispatch" not in offers
    assert offers["accept"] == {
        "command": "accept",
        "roles": ["agent"],
        "to": "accepted",
        "article": "6",
    }
    await api.user("both", "agent", "dispatcher", "supervisor")
    told = await api.ask("both", "GET", f"/api/tickets/{no}/commands")
    (accept,) = [one for one in told.body if one["command"] == "accept"]
    assert accept["roles"] == ["agent", "dispatcher", "supervisor"]


async def test_what_a_ticket_has_no_use_for_is_not_offered(api: Api) -> None:
    """No emergency was passed on; an answer that needs work waits for the signature."""

    async def offered(who: str, no: str) -> set[str]:
        told = await api.ask(who, "GET", f"/api/tickets/{no}/commands")
        return {one["command"] for one in told.body}

    for answer_type, is_answered in (("investigate", False), ("direct", True)):
        no = await made(api)
        assert "follow_up" not in await offered("agent", no)
        await do(api, "agent", no, "accept")
        await do(api, "dispatcher", no, "dispatch", {"unit": "SLJ", "answer_type": answer_type})
        assert ("submit_reply" in await offered("unit_handler", no)) is is_answered
        await do(api, "unit_handler", no, "sign")
        assert "submit_reply" in await offered("unit_handler", no)


async def test_a_user_acts_in_the_least_of_his_roles_that_may(api: Api) -> None:
    await api.user("both", "agent", "dispatcher", "supervisor")
    no = await made(api)
    await do(api, "both", no, "accept")
    sent = {"unit": "SLJ", "answer_type": "investigate"}
    await do(api, "both", no, "dispatch", sent)
    await do(api, "unit_handler", no, "sign")
    asked = {"reason": "待料", "new_due": "2026-10-06T08:00:00+08:00"}
    told = await do(api, "unit_handler", no, "request_extension", asked)
    assert told.status == 200, told.body
    few = await do(api, "dispatcher", no, "approve_extension", {"reason": "可"})
    assert (few.status, few.error) == (403, ("needs_supervisor", "new_due"))
    done = await do(api, "both", no, "approve_extension", {"reason": "可"})
    assert done.status == 200, done.body
    roles = {event.command: event.role for event in (await api.parts.tickets.read(no)).events}
    assert roles["accept"] == "agent"
    assert roles["dispatch"] == "dispatcher"
    assert roles["approve_extension"] == "supervisor"


async def test_the_second_of_two_people_gets_a_clear_conflict(api: Api) -> None:
    no = await made(api)
    path = f"/api/tickets/{no}/commands/accept"
    missing = await api.ask("agent", "POST", path, {})
    assert (missing.status, missing.error) == (428, ("version_required", "If-Match"))
    for wrong in ("x", '"-1"', "*", '"99"'):
        told = await api.ask("agent", "POST", path, {}, headers={"If-Match": wrong})
        assert (told.status, told.body["error"]["code"]) == (422, "invalid_value"), wrong
    assert (await do(api, "agent", no, "amend", {"title": "停水三天"}, 1)).status == 200
    late = await do(api, "agent", no, "accept", {}, 1)
    assert (late.status, late.error) == (409, ("stale_version", "version"))
    assert "标题" in late.body["error"]["message"]
    assert (await do(api, "agent", no, "add_note", {"comment": "已联系"}, 1)).status == 200


async def test_people_are_told_by_their_names(api: Api) -> None:
    await api.user("jingli", "dispatcher", full_name="王静")
    no = await made(api)
    await do(api, "jingli", no, "amend", {"title": "停水三天"})
    await do(api, "agent", no, "amend", {"address_text": "幸福家园2栋"})
    late = await do(api, "dispatcher", no, "accept", {}, 1)
    told = late.body["error"]["message"]
    assert "王静于" in told and "jingli" not in told
    assert "agent于" in told, "who has no name is told by his account"
    said = await api.ask("dispatcher", "GET", f"/api/tickets/{no}/people")
    assert said.body == [{"name": "jingli", "full_name": "王静"}]
    sent = {"ticket_no": no, "version": 1, "unit": "SLJ", "answer_type": "investigate"}
    many = await api.ask("dispatcher", "POST", "/api/dispatches", {"items": [sent]})
    assert "王静于" in many.body["results"][0]["error"]["message"]


async def test_wrong_requests_name_the_field_and_change_nothing(api: Api) -> None:
    wrong: list[tuple[Any, int, tuple[str, str | None]]] = [
        ({}, 422, ("missing_field", "content")),
        ([], 422, ("invalid_value", None)),
        (MATTER | {"titel": "x"}, 422, ("invalid_value", "titel")),
        (MATTER | {"title": "停\x00水"}, 422, ("invalid_value", "title")),
        (MATTER | {"title": "x" * 201}, 422, ("invalid_value", "title")),
        (MATTER | {"content": "x" * 20_001}, 422, ("invalid_value", "content")),
        (MATTER | {"region_code": "999999"}, 422, ("invalid_value", "region_code")),
        (MATTER | {"category_l2": "9999"}, 422, ("invalid_value", "category_l2")),
        (
            MATTER | {"occurred_at": "2026-10-02T10:00:00+08:00"},
            422,
            ("invalid_value", "occurred_at"),
        ),
        (
            MATTER | {"occurred_at": "0001-01-01T00:00:00+14:00"},
            422,
            ("invalid_value", "occurred_at"),
        ),
        (MATTER | {"occurred_at": "2026-09-30T10:00:00"}, 422, ("invalid_value", "occurred_at")),
        (MATTER | {"contact_phone": "12a"}, 422, ("invalid_value", "contact_phone")),
        (MATTER | {"lng": 1e300}, 422, ("invalid_value", "lng")),
        (MATTER | {"repeat_of": "SQ260101000001"}, 422, ("unknown_ticket", "repeat_of")),
        (MATTER | {"confidential": "maybe"}, 422, ("invalid_value", "confidential")),
    ]
    for body, status, error in wrong:
        said = await api.ask("agent", "POST", "/api/tickets", body)
        assert (said.status, said.error) == (status, error), (body, said.body)
    raw = {
        b"{": (400, "invalid_json"),
        b'{"lng": NaN}': (400, "invalid_json"),
        b'{"title": "\\ud800"}': (400, "invalid_json"),
        b"[" * 100_000: (400, "invalid_json"),
        b'{"content": "' + b"x" * (1 << 20) + b'"}': (413, "too_large"),
    }
    for data, (status, code) in raw.items():
        json = {"Content-Type": "application/json"}
        said = await api.ask("agent", "POST", "/api/tickets", data=data, headers=json)
        assert (said.status, said.error[0]) == (status, code), data[:40]
    text = {"Content-Type": "text/plain"}
    said = await api.ask("agent", "POST", "/api/tickets", data=b"{}", headers=text)
    assert (said.status, said.error) == (415, ("unsupported_media_type", "Content-Type"))
    for path, status, code in (
        ("/api/nothing", 404, "not_found"),
        ("/api/tickets/SQ260101000001", 404, "unknown_ticket"),
        ("/api/tickets/x", 422, "invalid_value"),
        ("/api/tickets?limit=0", 422, "invalid_value"),
        ("/api/tickets?nothing=1", 422, "invalid_value"),
        ("/api/tickets?state=closed&state=foo", 422, "invalid_value"),
        ("/api/tickets?limit=1&limit=2", 422, "invalid_value"),
        ("/api/tickets?after=abc", 422, "invalid_value"),
        ("/api/tickets?after=abc&state=closed&is_open=true", 422, "invalid_value"),
        ("/api/tickets?after=MjAyNi0xMC0wMVQwMDowMDowMCswMDowMCBTUQA=", 422, "invalid_value"),
        ("/api/tickets?unit=a%00b", 422, "invalid_value"),
    ):
        said = await api.ask("agent", "GET", path)
        assert (said.status, said.error[0]) == (status, code), path
    said = await api.ask("agent", "PUT", "/api/tickets", {})
    assert (said.status, said.error[0], "POST" in said.headers["Allow"]) == (
        405,
        "method_not_allowed",
        True,
    )
    async with api.parts.store.read() as db:
        assert await db.scalar(sa.select(sa.func.count()).select_from(ticket)) == 0


async def test_one_key_is_one_ticket(api: Api) -> None:
    key = {"Idempotency-Key": "a-1"}
    said = await asyncio.gather(
        *(api.ask("agent", "POST", "/api/tickets", MATTER, headers=key) for _ in range(10))
    )
    assert {one.status for one in said} == {201}
    assert len({one.body["ticket_no"] for one in said}) == 1
    assert len({one.headers["ETag"] for one in said}) == 1
    other = await api.ask("agent", "POST", "/api/tickets", MATTER | {"title": "漏水"}, headers=key)
    assert (other.status, other.error) == (409, ("duplicate_key", "Idempotency-Key"))
    # Another user's key is another key.
    await api.user("a2", "agent")
    again = await api.ask("a2", "POST", "/api/tickets", MATTER, headers=key)
    assert again.body["ticket_no"] != said[0].body["ticket_no"]
    wrong = await api.ask("agent", "POST", "/api/tickets", MATTER, headers={"Idempotency-Key": ""})
    assert (wrong.status, wrong.error) == (422, ("invalid_value", "Idempotency-Key"))
    assert len(await api.parts.tickets.list()) == 2


async def test_a_refusal_is_given_again_too(api: Api) -> None:
    no = await made(api)
    key = {"Idempotency-Key": "sign-1"}
    first = await do(api, "agent", no, "answer_direct", {"answer": "好"}, 1, **key)
    assert (first.status, first.error[0]) == (409, "wrong_state")
    await do(api, "agent", no, "accept")
    again = await do(api, "agent", no, "answer_direct", {"answer": "好"}, 1, **key)
    assert (again.status, again.body) == (409, first.body)


async def test_answers_are_kept_encrypted_and_for_a_day(api: Api, tmp_path: Path) -> None:
    said = [
        await api.ask(
            "agent",
            "POST",
            "/api/tickets",
            MATTER | {"requester_name": "诸葛孔明"},
            headers={"Idempotency-Key": "k"},
        )
    ]
    assert readable(await content_of(api.parts.store, tmp_path), "诸葛孔明", "13800000001") == []
    api.now += timedelta(hours=25)
    await api.ask("agent", "POST", "/api/tickets", MATTER, headers={"Idempotency-Key": "later"})
    said.append(
        await api.ask("agent", "POST", "/api/tickets", MATTER, headers={"Idempotency-Key": "k"})
    )
    assert said[0].body["ticket_no"] != said[1].body["ticket_no"]


async def test_an_answer_is_given_again_for_a_day(api: Api) -> None:
    key, numbers = {"Idempotency-Key": "k"}, []
    for hours in (0, 23, 2):
        api.now += timedelta(hours=hours)
        said = await api.ask("agent", "POST", "/api/tickets", MATTER, headers=key)
        numbers.append(said.body["ticket_no"])
    assert numbers[0] == numbers[1] != numbers[2]


async def test_a_key_that_stands_twice_is_refused(api: Api) -> None:
    told = b'{"content": "x", "title": "a", "content": "y"}'
    said = await api.ask(
        "agent", "POST", "/api/tickets", data=told, headers={"Content-Type": "application/json"}
    )
    assert (said.status, said.error) == (422, ("invalid_value", "content"))
    assert await api.parts.tickets.list() == []


async def test_a_filter_that_is_repeated_finds_each_ticket_once(api: Api) -> None:
    no = await made(api)
    await made(api)
    await do(api, "agent", no, "accept")
    said = await api.ask("agent", "GET", f"/api/tickets?{'&'.join(['state=accepted'] * 18)}")
    assert [one["ticket_no"] for one in said.body["tickets"]] == [no]


async def test_lists_page_and_filter(api: Api) -> None:
    numbers = []
    for index in range(5):
        numbers.append(await made(api, title=f"事{index}"))
        api.now += timedelta(minutes=1)
    await do(api, "agent", numbers[0], "accept")
    seen, after = [], ""
    while True:
        said = await api.ask("supervisor", "GET", f"/api/tickets?limit=2{after}")
        seen += [one["ticket_no"] for one in said.body["tickets"]]
        if said.body["next"] is None:
            break
        after = f"&after={said.body['next']}"
    assert seen == numbers[::-1]

    async def listed(query: str, who: str = "supervisor") -> list[str]:
        said = await api.ask(who, "GET", f"/api/tickets?{query}")
        return [one["ticket_no"] for one in said.body["tickets"]]

    assert await listed("state=accepted") == numbers[:1]
    assert await listed("state=accepted&state=pending_acceptance") == numbers[::-1]
    assert await listed("is_open=false") == []
    assert await listed("region_code=321311") == []
    assert await listed("", "unit_handler") == []
    await do(
        api, "dispatcher", numbers[0], "dispatch", {"unit": "SLJ", "answer_type": "investigate"}
    )
    assert await listed("", "unit_handler") == numbers[:1]
    assert await listed("is_overdue=true") == []
    api.now += timedelta(hours=2)
    assert await listed("is_overdue=true") == numbers[:1]
    assert await listed("is_overdue=false") == numbers[:0:-1]
