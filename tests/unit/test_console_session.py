"""Signing in: passwords, sessions, tokens, lock-out, the journal of it all."""

import asyncio
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from console import passwords
from console.passwords import MOST_IN_ALL, MOST_WAITING
from console.settings import ConsoleSettings
from store.tables_console import account_event
from tests.console_kit import Api, console
from tests.e2e.line import wait_for
from tests.stores import content_of, readable
from ticketing.refusal import Refusal

PASSWORD = "correct-horse-battery"


@pytest.fixture
async def api(store_url: str) -> AsyncIterator[Api]:
    async with console(store_url) as opened:
        yield opened


async def sign_in(api: Api, name: str, password: str, **more: str) -> Any:
    return await api.ask(None, "POST", "/api/session", {"name": name, "password": password, **more})


async def test_a_session_is_a_cookie_and_changes_need_the_pages_token(api: Api) -> None:
    await api.user("d1", "dispatcher", password=PASSWORD)
    said = await sign_in(api, "d1", PASSWORD)
    assert (said.status, said.body["name"], said.body["roles"]) == (201, "d1", ["dispatcher"])
    cookie = said.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie and "Secure" not in cookie
    csrf = said.body["csrf_token"]
    # From here on the client's cookie jar shows who asks.
    assert (await api.ask(None, "GET", "/api/session")).body["csrf_token"] == csrf
    for headers in ({}, {"X-CSRF-Token": "0" * 64}):
        refused = await api.ask(None, "DELETE", "/api/session", headers=headers)
        assert (refused.status, refused.error) == (403, ("csrf", "X-CSRF-Token"))
    out = await api.ask(None, "DELETE", "/api/session", headers={"X-CSRF-Token": csrf})
    assert out.status == 204
    api.client.session.cookie_jar.update_cookies({"hotline_session": cookie.split("=")[1]})
    gone = await api.ask(None, "GET", "/api/session")
    assert (gone.status, gone.error) == (401, ("unauthenticated", None))


async def test_sessions_end_by_idleness_and_age(api: Api) -> None:
    await api.user("d1", "dispatcher", password=PASSWORD)
    await sign_in(api, "d1", PASSWORD)
    for _ in range(12):
        assert (await api.ask(None, "GET", "/api/session")).status == 200
        api.now += timedelta(minutes=59)
    api.now += timedelta(minutes=59)
    assert (await api.ask(None, "GET", "/api/session")).status == 401
    await sign_in(api, "d1", PASSWORD)
    api.now += timedelta(minutes=61)
    assert (await api.ask(None, "GET", "/api/session")).status == 401


async def test_a_page_that_nobody_uses_does_not_keep_its_session(api: Api) -> None:
    await api.user("d1", "dispatcher", password=PASSWORD)
    await sign_in(api, "d1", PASSWORD)
    asks_by_itself = {"X-Background": "1"}
    for _ in range(6):
        api.now += timedelta(minutes=9)
        assert (await api.ask(None, "GET", "/api/session", headers=asks_by_itself)).status == 200
    api.now += timedelta(minutes=9)
    assert (await api.ask(None, "GET", "/api/session", headers=asks_by_itself)).status == 401


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Checks of passwords wait until it is set."""
    event = threading.Event()
    right = passwords._check

    def slow(password: str, kept: str | None) -> bool:
        event.wait(60)
        return right(password, kept)

    monkeypatch.setattr(passwords, "_check", slow)
    yield event
    event.set()


async def flood(api: Api, admitted: int, *addresses: str) -> set[asyncio.Task[Any]]:
    """Strangers sign in at once, each from where a header says; those who wait for a check, all
    others are refused."""

    async def one(address: str) -> Any:
        body = {"name": "nobody", "password": "x"}
        headers = {"X-Forwarded-For": address}
        return await api.ask(None, "POST", "/api/session", body, headers=headers)

    total = passwords._waiting.total() + admitted
    waiting = {asyncio.create_task(one(address)) for address in addresses}
    async with asyncio.timeout(60):
        while len(waiting) > admitted:
            done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                said = task.result()
                assert (said.status, said.error) == (429, ("busy", None))
    await wait_for(lambda: passwords._waiting.total() == total, within=60)
    return waiting


async def test_strangers_do_not_keep_the_machine_busy(api: Api, held: threading.Event) -> None:
    await api.user("d1", "dispatcher", password=PASSWORD)
    # Whatever a stranger says of where he comes from.
    others = (f"192.0.2.{n}" for n in range(MOST_WAITING + 5))
    waiting = await flood(api, MOST_WAITING, *others)
    held.set()
    assert {task.result().status for task in (await asyncio.wait(waiting))[0]} == {401}
    assert (await sign_in(api, "d1", PASSWORD)).status == 201
    assert not passwords._waiting, "nothing is kept of who has gone"


async def test_a_stranger_does_not_keep_others_from_signing_in(
    store_url: str, held: threading.Event
) -> None:
    async with console(store_url, ConsoleSettings(behind_proxy=True)) as api:
        await api.user("d1", "dispatcher", password=PASSWORD)
        waiting = await flood(api, MOST_WAITING, *["192.0.2.1"] * (MOST_WAITING + 5))
        network = (f"2001:db8:1::{n}" for n in range(MOST_WAITING + 5))
        waiting |= await flood(api, MOST_WAITING, *network)
        waiting |= await flood(api, 1, "198.51.100.1")
        many = (f"203.0.113.{n}" for n in range(MOST_IN_ALL - len(waiting) + 5))
        waiting |= await flood(api, MOST_IN_ALL - len(waiting), *many)
        held.set()
        done, _ = await asyncio.wait(waiting)
        assert {task.result().status for task in done} == {401}
        assert (await sign_in(api, "d1", PASSWORD)).status == 201


async def test_wrong_passwords_lock_the_account_for_a_while(api: Api) -> None:
    await api.user("d1", "dispatcher", password=PASSWORD)
    assert (await sign_in(api, "nobody", PASSWORD)).error == ("wrong_password", None)
    for _ in range(5):
        wrong = await sign_in(api, "d1", "wrong")
        assert (wrong.status, wrong.error) == (401, ("wrong_password", None))
    locked = await sign_in(api, "d1", PASSWORD)
    assert (locked.status, locked.error, locked.headers["Retry-After"]) == (
        429,
        ("locked", None),
        "900",
    )
    assert (await api.ask("d1", "GET", "/api/session")).status == 200, "tokens go on"
    api.now += timedelta(minutes=15)
    assert (await sign_in(api, "d1", PASSWORD)).status == 201
    journal = await api.parts.accounts.journal("d1")
    assert [event["command"] for event in journal] == [
        "add",
        "token",
        *["sign_in_failed"] * 5,
        "sign_in",
    ]
    assert journal[-1]["address"] == "127.0.0.1"
    assert [event["data"]["locked"] for event in journal[2:7]] == [False] * 4 + [True]
    assert await api.parts.accounts.verify("d1")
    async with api.parts.store.write() as db:
        await db.execute(sa.update(account_event).values(address="10.0.0.1"))
    assert not await api.parts.accounts.verify("d1")


async def test_a_one_time_password_has_to_be_changed(api: Api) -> None:
    await api.user("d1", "dispatcher", password=PASSWORD)
    await api.parts.accounts.set_password(
        "d1", "one-time-password", by="x", at=api.now, must_change=True
    )
    again = await sign_in(api, "d1", "one-time-password")
    assert (again.status, again.error) == (403, ("password_change_required", "new_password"))
    short = await sign_in(api, "d1", "one-time-password", new_password="short")
    assert (short.status, short.error) == (422, ("invalid_value", "new_password"))
    assert (
        await sign_in(api, "d1", "one-time-password", new_password="my own password")
    ).status == 201
    assert (await sign_in(api, "d1", "one-time-password")).status == 401
    assert (await sign_in(api, "d1", "my own password")).status == 201


async def test_tokens_expire_are_revoked_and_are_not_kept(api: Api, tmp_path: Path) -> None:
    await api.user("wechat", "system")
    token = api.tokens["wechat"]
    assert (await api.ask("wechat", "GET", "/api/session")).body["roles"] == ["system"]
    assert readable(await content_of(api.parts.store, tmp_path), token) == []
    for wrong in (token[:-1] + ("A" if token[-1] != "A" else "B"), "x", "hl_1_2", ""):
        api.tokens["wrong"] = wrong
        assert (await api.ask("wrong", "GET", "/api/session")).status == 401
    (kept,) = await api.parts.tokens.list("wechat")
    assert await api.parts.tokens.revoke(kept["token_id"], by="x", at=api.now)
    assert (await api.ask("wechat", "GET", "/api/session")).status == 401
    await api.user("app", "system")
    api.now += timedelta(days=30)
    assert (await api.ask("app", "GET", "/api/session")).status == 401


def test_passwords_are_kept_by_argon2id() -> None:
    """In a process of its own: the other tests use cheaper ones."""
    told = "import asyncio; from console import passwords as p; print(asyncio.run(p.hashed('x')))"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("$argon2id$v=19$m=65536,t=3,p=4$")


async def test_a_disabled_account_is_out_at_once(api: Api) -> None:
    await api.user("d1", "dispatcher", password=PASSWORD)
    await sign_in(api, "d1", PASSWORD)
    await api.parts.accounts.disable("d1", by="x", at=api.now)
    assert (await api.ask(None, "GET", "/api/session")).status == 401
    assert (await api.ask("d1", "GET", "/api/session")).status == 401
    assert (await sign_in(api, "d1", PASSWORD)).error == ("wrong_password", None)
    await api.parts.accounts.enable("d1", by="x", at=api.now)
    assert (await api.ask("d1", "GET", "/api/session")).status == 200


@pytest.mark.parametrize(
    ("roles", "unit", "code", "field"),
    [
        ((), None, "invalid_value", "roles"),
        (("king",), None, "invalid_value", "roles"),
        (("citizen",), None, "invalid_value", "roles"),
        (("unit_handler",), None, "invalid_value", "unit"),
        (("unit_handler",), "XXX", "unknown_unit", "unit"),
        (("agent",), "SLJ", "invalid_value", "unit"),
        (("agent", "unit_handler"), "SLJ", "invalid_value", "roles"),
        (("admin", "supervisor"), None, "invalid_value", "roles"),
    ],
)
async def test_roles_that_do_not_go_together(
    api: Api, roles: tuple[str, ...], unit: str | None, code: str, field: str
) -> None:
    with pytest.raises(Refusal) as refused:
        await api.user("x1", *roles, unit=unit)
    assert (refused.value.code, refused.value.field) == (code, field)
    assert await api.parts.accounts.list() == []
