"""Administration of accounts over HTTP, one's own sessions and settings."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from store.calls import CallLog, Ended, LegAnswered, LegDialed, Opened
from tests.console_kit import START, Api, Said, console

PASSWORD = "correct-horse-battery"


@pytest.fixture
async def api(store_url: str) -> AsyncIterator[Api]:
    async with console(store_url) as opened:
        await opened.user("s1", "security_admin", password=PASSWORD)
        yield opened


async def talked(calls: CallLog, agent: str) -> None:
    """A call that the agent answered."""
    for event in (
        Opened("inbound", "13800000001", "12345"),
        LegDialed("c.agent", "agent", agent),
        LegAnswered("c.agent"),
        Ended("caller", "agent_answered"),
    ):
        await calls.append("c", event, at=START)


async def sign_in(api: Api, name: str, password: str, **more: str) -> Said:
    api.client.session.cookie_jar.clear()
    return await api.ask(None, "POST", "/api/session", {"name": name, "password": password, **more})


async def test_a_new_colleague_gets_a_one_time_password(api: Api) -> None:
    told = {"full_name": "李明", "roles": ["agent"], "agent_no": "1001"}
    made = await api.ask("s1", "POST", "/api/accounts", {"name": "1001", **told})
    assert made.status == 201, made.body
    account, password = made.body["account"], made.body["password"]
    assert {key: account[key] for key in told} == told
    assert (account["must_change"], account["last_sign_in_at"]) == (True, None)
    assert (await sign_in(api, "1001", password)).error == (
        "password_change_required",
        "new_password",
    )
    assert (await sign_in(api, "1001", password, new_password="my own password")).status == 201
    shown = (await api.ask("s1", "GET", "/api/accounts/1001")).body
    assert (shown["must_change"], shown["last_sign_in_at"]) == (False, "2026-10-01T16:00:00+08:00")
    again = await api.ask("s1", "POST", "/api/accounts", {"name": "1001", **told})
    assert (again.status, again.error) == (409, ("duplicate_key", "name"))
    program = await api.ask("s1", "POST", "/api/accounts", {"name": "wx", "roles": ["system"]})
    assert (program.status, program.error) == (422, ("invalid_value", "roles"))


async def test_the_list_is_filtered_and_paged(api: Api) -> None:
    await api.user("d1", "dispatcher", full_name="李审核")
    await api.user("slj1", "unit_handler", unit="SLJ")
    await api.parts.accounts.disable("d1", by="x", at=api.now)

    async def names(query: str) -> list[str]:
        said = await api.ask("s1", "GET", f"/api/accounts{query}")
        return [one["name"] for one in said.body]

    assert await names("") == ["d1", "s1", "slj1"]
    assert await names("?q=审核") == ["d1"]
    assert await names("?role=unit_handler&unit=SLJ") == ["slj1"]
    assert await names("?disabled=false") == ["s1", "slj1"]
    assert await names("?limit=1&after=d1") == ["s1"]


async def test_roles_unit_and_extension_are_changed_and_hold_at_once(api: Api) -> None:
    await api.user("x1", "agent", agent_no="1001")
    assert (await api.ask("x1", "GET", "/api/tickets")).status == 200
    body: dict[str, Any] = {"roles": ["kb_editor"], "full_name": "王编辑"}
    said = await api.ask("s1", "PUT", "/api/accounts/x1", body)
    assert (said.body["roles"], said.body["agent_no"]) == (["kb_editor"], None)
    assert (await api.ask("x1", "GET", "/api/tickets")).status == 403
    wrong = await api.ask("s1", "PUT", "/api/accounts/x1", {"roles": ["unit_handler"]})
    assert (wrong.status, wrong.error) == (422, ("invalid_value", "unit"))
    unknown = await api.ask("s1", "PUT", "/api/accounts/nobody", body)
    assert (unknown.status, unknown.error) == (404, ("unknown_account", "name"))
    journal = (await api.ask("s1", "GET", "/api/accounts/x1/journal")).body
    newest = journal["events"][0]
    assert (newest["command"], newest["actor"]) == ("change", "s1")
    assert newest["data"] == {"roles": ["kb_editor"], "full_name": "王编辑", "agent_no": None}
    assert journal["is_whole"]


async def test_an_extension_is_one_persons(api: Api) -> None:
    await api.user("a1", "agent", agent_no="1001")
    same = {"name": "a2", "roles": ["agent"], "agent_no": "1001"}
    refused = await api.ask("s1", "POST", "/api/accounts", same)
    assert (refused.status, refused.error) == (422, ("invalid_value", "agent_no"))
    assert (await api.ask("s1", "POST", "/api/accounts/a1/disable")).status == 200
    assert (await api.ask("s1", "POST", "/api/accounts", same)).status == 201
    back = await api.ask("s1", "POST", "/api/accounts/a1/enable")
    assert (back.status, back.error) == (422, ("invalid_value", "agent_no"))


async def test_who_has_talked_keeps_his_extension(api: Api) -> None:
    await api.user("a1", "agent", agent_no="1001")
    await talked(CallLog(api.parts.store), "1001")
    assert (await api.ask("s1", "POST", "/api/accounts/a1/disable")).status == 200
    same = {"name": "a2", "roles": ["agent"], "agent_no": "1001"}
    refused = await api.ask("s1", "POST", "/api/accounts", same)
    assert (refused.status, refused.error) == (422, ("invalid_value", "agent_no"))
    assert "a1" in str(refused.body)
    assert (await api.ask("s1", "POST", "/api/accounts/a1/enable")).status == 200


async def test_two_at_once_do_not_get_one_extension(api: Api) -> None:
    bodies = [{"name": f"a{n}", "roles": ["agent"], "agent_no": "1001"} for n in range(4)]
    asked = [api.ask("s1", "POST", "/api/accounts", body) for body in bodies]
    assert sorted(one.status for one in await asyncio.gather(*asked)) == [201, 422, 422, 422]


async def test_a_security_admin_cannot_lock_himself_out(api: Api) -> None:
    for path, body in (
        ("/api/accounts/s1/disable", None),
        ("/api/accounts/s1/password", None),
        ("/api/accounts/s1/totp-reset", None),
    ):
        said = await api.ask("s1", "POST", path, body)
        assert (said.status, said.error) == (403, ("same_person", "name")), path
    own = await api.ask("s1", "PUT", "/api/accounts/s1", {"roles": ["auditor"]})
    assert (own.status, own.error) == (403, ("same_person", "roles"))
    named = {"roles": ["security_admin"], "full_name": "赵安全"}
    assert (await api.ask("s1", "PUT", "/api/accounts/s1", named)).status == 200


async def test_two_security_admins_do_not_take_each_other_out(api: Api) -> None:
    await api.user("s2", "security_admin")
    said = await asyncio.gather(
        api.ask("s1", "POST", "/api/accounts/s2/disable"),
        api.ask("s2", "PUT", "/api/accounts/s1", {"roles": ["auditor"]}),
    )
    assert sorted(one.status for one in said) in ([200, 401], [200, 403], [200, 409])
    left = [
        one.name
        for one in await api.parts.accounts.list()
        if one.disabled_at is None and "security_admin" in one.roles
    ]
    assert len(left) == 1


async def test_a_reset_ends_sessions_and_a_lock_out(api: Api) -> None:
    await api.user("d1", "dispatcher", password=PASSWORD)
    assert (await sign_in(api, "d1", PASSWORD)).status == 201
    reset = await api.ask("s1", "POST", "/api/accounts/d1/password")
    assert (await api.ask(None, "GET", "/api/session")).status == 401
    for _ in range(5):
        await sign_in(api, "d1", "wrong password")
    locked = (await api.ask("s1", "GET", "/api/accounts/d1")).body["locked_until"]
    assert locked == "2026-10-01T16:15:00+08:00"
    assert (await sign_in(api, "d1", reset.body["password"])).status == 429
    again = (await api.ask("s1", "POST", "/api/accounts/d1/password")).body["password"]
    done = await sign_in(api, "d1", again, new_password="my own password")
    assert done.status == 201


async def test_the_journal_tells_log_ins_page_by_page(api: Api) -> None:
    await api.user("d1", "dispatcher", password=PASSWORD)
    await api.user("u1", "auditor")
    await sign_in(api, "d1", "wrong password")
    await sign_in(api, "d1", PASSWORD)
    first = (await api.ask("u1", "GET", "/api/accounts/d1/journal?limit=2")).body["events"]
    assert [event["command"] for event in first] == ["sign_in", "sign_in_failed"]
    assert first[1]["data"] == {"reason": "wrong_password", "locked": False}
    assert first[0]["address"] == "127.0.0.1"
    path = f"/api/accounts/d1/journal?before={first[1]['seq']}"
    rest = (await api.ask("u1", "GET", path)).body["events"]
    assert [event["command"] for event in rest] == ["token", "add"]
    unknown = await api.ask("u1", "GET", "/api/accounts/nobody/journal")
    assert (unknown.status, unknown.error) == (404, ("unknown_account", "name"))


async def test_ones_own_sessions_are_listed_and_ended(api: Api) -> None:
    first = await sign_in(api, "s1", PASSWORD)
    assert first.body["expires_at"] == "2026-10-02T04:00:00+08:00"
    assert first.body["idle_seconds"] == 3600
    api.now += timedelta(minutes=5)
    second = await sign_in(api, "s1", PASSWORD)
    shown = (await api.ask(None, "GET", "/api/session")).body
    assert shown["expires_at"] == second.body["expires_at"] == "2026-10-02T04:05:00+08:00"
    listed = (await api.ask(None, "GET", "/api/sessions")).body
    assert [(one["is_this"], one["address"]) for one in listed] == [
        (True, "127.0.0.1"),
        (False, "127.0.0.1"),
    ]
    assert listed[0]["browser"].startswith("Python/")
    headers = {"X-CSRF-Token": second.body["csrf_token"]}
    path = f"/api/sessions/{listed[1]['session_id']}"
    assert (await api.ask(None, "DELETE", path, headers=headers)).status == 204
    gone = await api.ask(None, "DELETE", path, headers=headers)
    assert (gone.status, gone.error) == (404, ("unknown_session", "session_id"))
    assert len((await api.ask(None, "GET", "/api/sessions")).body) == 1
    await api.user("s2", "security_admin")
    own = (await api.ask(None, "GET", "/api/sessions")).body[0]["session_id"]
    assert (await api.ask("s2", "DELETE", f"/api/sessions/{own}")).status == 404, "another's"


async def test_a_new_password_of_ones_own_ends_ones_other_sessions(api: Api) -> None:
    other = await sign_in(api, "s1", PASSWORD)
    mine = await sign_in(api, "s1", PASSWORD)
    headers = {"X-CSRF-Token": mine.body["csrf_token"]}

    async def change(password: str, new: str) -> Said:
        body = {"password": password, "new_password": new}
        return await api.ask(None, "PUT", "/api/session/password", body, headers=headers)

    wrong = await change("wrong password", "my own password")
    assert (wrong.status, wrong.error) == (403, ("wrong_password", "password"))
    same = await change(PASSWORD, PASSWORD)
    assert (same.status, same.error) == (422, ("invalid_value", "new_password"))
    assert (await change(PASSWORD, "my own password")).status == 204
    assert (await api.ask(None, "GET", "/api/session")).status == 200, "this one stays"
    cookie = other.headers["Set-Cookie"].partition(";")[0]
    api.client.session.cookie_jar.clear()
    ended = await api.ask(None, "GET", "/api/session", headers={"Cookie": cookie})
    assert ended.status == 401
    assert (await sign_in(api, "s1", PASSWORD)).status == 401
    assert (await sign_in(api, "s1", "my own password")).status == 201


async def test_settings_follow_a_person_to_any_machine(api: Api) -> None:
    first = (await api.ask("s1", "GET", "/api/session/settings")).body
    assert (first["shortcuts"], first["microphone"]) == (True, None)
    chosen = {"microphone": "a1b2", "shortcuts": False, "ring_volume": 30}
    said = await api.ask("s1", "PUT", "/api/session/settings", chosen)
    assert said.body == {**first, **chosen}
    assert (await api.ask("s1", "GET", "/api/session/settings")).body == said.body
    for wrong in ({"shortcuts": "some"}, {"ring_volume": 101}, {"ticket": "SQ1"}):
        refused = await api.ask("s1", "PUT", "/api/session/settings", wrong)
        assert (refused.status, refused.error[1]) == (422, next(iter(wrong)))
    await api.user("s2", "security_admin")
    assert (await api.ask("s2", "GET", "/api/session/settings")).body == first
