"""Drafts over HTTP: versions, owners, hand-over in a call, erasure, retention."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from console.errors import ApiError
from store.calls import Answered, CallLog, LegAnswered, LegDialed, LegEnded, Opened
from store.engine import Store
from tests.console_kit import Api, Said
from tests.stores import content_of, readable
from tests.unit.stored_story import closed
from ticketing.erasure import Erasure
from ticketing.persons import Persons

KEY = "/api/drafts/ticket:SQ261001000001:submit_reply"
CALL = "hl-1700000000.1"
DESK = f"/api/drafts/desk:{CALL}"
CALLER = "13911112222"


async def save(api: Api, who: str, path: str, seen: int | None, **fields: Any) -> Said:
    headers = {} if seen is None else {"If-Match": f'"{seen}"'}
    return await api.ask(who, "PUT", path, {"fields": fields}, headers=headers)


async def test_a_draft_is_kept_read_again_and_used(api: Api, tmp_path: Path) -> None:
    first = await save(api, "unit_handler", KEY, 0, reply="水管已更换")
    assert first.status == 200, first.body
    version = first.body["version"]
    assert first.headers["ETag"] == f'"{version}"'
    second = await save(api, "unit_handler", KEY, version, reply="水管已更换，恢复供水")
    assert second.body["version"] == version + 1
    read = await api.ask("unit_handler", "GET", KEY)
    assert read.body == second.body
    assert read.body["saved_at"] == "2026-10-01T16:00:00+08:00"
    assert readable(await content_of(api.parts.store, tmp_path), "水管已更换") == []
    listed = await api.ask("unit_handler", "GET", "/api/drafts?prefix=ticket:SQ261001000001:")
    assert [one["key"] for one in listed.body] == ["ticket:SQ261001000001:submit_reply"]
    assert (await api.ask("unit_handler", "GET", "/api/drafts?prefix=desk:")).body == []
    seen = {"If-Match": f'"{version + 1}"'}
    assert (await api.ask("unit_handler", "DELETE", KEY, headers=seen)).status == 204
    gone = await api.ask("unit_handler", "GET", KEY)
    none = {"key": KEY.rpartition("/")[2], "version": 0, "saved_at": None, "fields": {}}
    assert (gone.status, gone.body) == (200, none)
    again = await api.ask("unit_handler", "DELETE", KEY, headers=seen)
    assert (again.status, again.error) == (404, ("unknown_draft", "key"))


async def test_two_pages_of_one_person_lose_nothing(api: Api) -> None:
    version = (await save(api, "agent", DESK, 0, content="停水")).body["version"]
    late = await save(api, "agent", DESK, 0, content="停电")
    assert (late.status, late.error) == (409, ("stale_version", "If-Match"))
    assert late.body["draft"]["fields"] == {"content": "停水"}
    told = await asyncio.gather(
        *(save(api, "agent", DESK, version, content=str(n)) for n in range(5))
    )
    assert sorted(one.status for one in told) == [200, 409, 409, 409, 409]
    kept = (await api.ask("agent", "GET", DESK)).body
    assert all(one.body["draft"] == kept for one in told if one.status == 409)
    stale = await api.ask("agent", "DELETE", DESK, headers={"If-Match": f'"{version}"'})
    assert (stale.status, stale.body["draft"]) == (409, kept)


async def test_a_used_draft_is_not_mistaken_for_the_next_one(api: Api) -> None:
    old = (await save(api, "agent", DESK, 0, content="停水")).body["version"]
    await api.ask("agent", "DELETE", DESK, headers={"If-Match": f'"{old}"'})
    gone = await save(api, "agent", DESK, old, content="停水了")
    assert (gone.status, gone.body["draft"]["version"]) == (409, 0)
    await save(api, "agent", DESK, 0, content="另一件事")
    assert (await save(api, "agent", DESK, old, content="停水了")).status == 409


async def test_a_draft_is_its_owners_alone(api: Api) -> None:
    await save(api, "unit_handler", KEY, 0, reply="已办")
    for who in ("unit_leader", "supervisor", "admin"):
        assert (await api.ask(who, "GET", KEY)).body["version"] == 0
        assert (await api.ask(who, "GET", "/api/drafts")).body == []
        assert (await save(api, who, KEY, 0, reply="其他")).status == 200
    assert (await api.ask("unit_handler", "GET", KEY)).body["fields"] == {"reply": "已办"}


async def test_wrong_drafts_are_refused(api: Api) -> None:
    missing = await save(api, "agent", KEY, None, content="x")
    assert (missing.status, missing.error) == (428, ("version_required", "If-Match"))
    bad = await save(api, "agent", "/api/drafts/a%20b", 0, content="x")
    assert (bad.status, bad.error) == (422, ("invalid_value", "key"))
    large = await save(api, "agent", KEY, 0, content="停" * 100_000)
    assert (large.status, large.error) == (413, ("too_large", None))
    many = await save(api, "agent", KEY, 0, **{f"f{n}": 1 for n in range(101)})
    assert (many.status, many.error) == (422, ("invalid_value", "fields"))
    assert (await api.ask("agent", "GET", "/api/drafts")).body == []


async def in_call(store: Store, api: Api, agent: str, leg: str, *, ended: bool = False) -> None:
    log = CallLog(store)
    await log.append(CALL, LegDialed(leg, "agent", agent), at=api.now)
    await log.append(CALL, LegAnswered(leg), at=api.now)
    if ended:
        await log.append(CALL, LegEnded(leg, 16), at=api.now)


async def test_the_next_agent_of_a_call_takes_the_draft_over(api: Api) -> None:
    store = api.parts.store
    await api.user("second", "agent", agent_no="1002")
    log = CallLog(store)
    await log.append(CALL, Opened("inbound", CALLER, "12345", "controller"), at=api.now)
    await log.append(CALL, Answered(), at=api.now)
    await in_call(store, api, "1001", "a1")
    await save(api, "agent", DESK, 0, content="停水三天")

    outside = await api.ask("second", "POST", f"{DESK}/take")
    assert (outside.status, outside.error) == (403, ("not_allowed", "key"))
    await in_call(store, api, "1002", "a2")
    both = await api.ask("second", "POST", f"{DESK}/take")
    assert (both.status, both.error) == (409, ("wrong_state", "key"))
    await log.append(CALL, LegEnded("a1", 16), at=api.now)

    mine = (await save(api, "second", DESK, 0, content="停电")).body["version"]
    begun = await api.ask("second", "POST", f"{DESK}/take")
    assert (begun.status, begun.body["draft"]["fields"]) == (409, {"content": "停水三天"})
    assert (await api.ask("agent", "GET", DESK)).body["fields"], "it stays where it is"
    await api.ask("second", "DELETE", DESK, headers={"If-Match": f'"{mine}"'})

    taken = await api.ask("second", "POST", f"{DESK}/take")
    assert (taken.status, taken.body["fields"]) == (200, {"content": "停水三天"})
    assert (await api.ask("second", "GET", DESK)).body == taken.body
    assert (await api.ask("agent", "GET", DESK)).body["version"] == 0
    again = await api.ask("second", "POST", f"{DESK}/take")
    assert (again.status, again.body["version"], again.body["fields"]) == (200, 0, {})


async def test_who_may_come_back_keeps_his_draft(api: Api) -> None:
    """His page is loaded anew: the journal has the end of his leg already."""
    store, drafts = api.parts.store, api.parts.drafts
    await api.user("second", "agent", agent_no="1002")
    second = await api.parts.accounts.get("second")
    opened = Opened("inbound", CALLER, "12345", "controller")
    await CallLog(store).append(CALL, opened, at=api.now)
    await in_call(store, api, "1001", "a1", ended=True)
    await in_call(store, api, "1002", "a2")
    await save(api, "agent", DESK, 0, content="停水三天")
    key = DESK.rpartition("/")[2]
    with pytest.raises(ApiError) as refused:
        await drafts.take(second, key, api.now, frozenset({"1001", "1002"}))
    assert (refused.value.status, refused.value.code) == (409, "wrong_state")
    taken = await drafts.take(second, key, api.now, frozenset({"1002"}))
    assert taken.fields == {"content": "停水三天"}


async def test_an_erased_citizen_is_in_no_draft(api: Api) -> None:
    store, tickets = api.parts.store, api.parts.tickets
    log = CallLog(store)
    for call_id, number in ((CALL, "13000000000"), ("hl-2", CALLER), ("hl-3", "13100000000")):
        await log.append(call_id, Opened("inbound", number, "12345", "controller"), at=api.now)
    matter = {"content": "停水", "request_type": "help", "region_code": "321302",
              "acceptance_basis": "6.2", "requester_name": "欧阳海棠", "caller_number": CALLER,
              "call_id": CALL}  # fmt: skip
    made = await tickets.create(matter, actor="1001", role="agent", at=api.now)
    await tickets.do(made.ticket_no, "accept", {}, actor="1001", role="agent", at=api.now)
    no = (await closed(tickets, made.ticket_no, api.now)).ticket_no
    person = await Persons(store).link(no, None, actor="1001", role="agent", at=api.now)
    keys = [f"ticket:{no}:add_note", f"desk:{CALL}", "desk:hl-2", "desk:hl-3", "other"]
    for key in keys:
        await save(api, "agent", f"/api/drafts/{key}", 0, content="欧阳海棠家停水")
    await Erasure(store).person(
        person.person_id, "本人书面申请", actor="h1", role="center_head", at=api.now
    )
    left = {one["key"] for one in (await api.ask("agent", "GET", "/api/drafts")).body}
    assert left == {"desk:hl-3", "other"}


async def test_drafts_that_nobody_touches_are_forgotten(api: Api, caplog: Any) -> None:
    await save(api, "agent", KEY, 0, content="旧")
    api.now += timedelta(days=20)
    await save(api, "agent", DESK, 0, content="新")
    caplog.set_level("INFO")
    removed = await api.parts.drafts.forget_old(30, api.now + timedelta(days=11))
    assert removed == 1
    assert "1 drafts untouched for 30 days removed, of agent" in caplog.text
    assert [one["key"] for one in (await api.ask("agent", "GET", "/api/drafts")).body] == [
        f"desk:{CALL}"
    ]
    async with api.parts.store.read() as db:
        assert await db.scalar(sa.text("select count(*) from draft")) == 1
