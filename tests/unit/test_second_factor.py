"""Codes beside passwords: enrolment, signing in, loss of the telephone, the city's policy."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyotp
import pytest

from console.settings import ConsoleSettings
from tests.console_kit import Api, console
from tests.stores import content_of, readable

PASSWORD = "correct-horse-battery"
STEP = timedelta(seconds=30)


@pytest.fixture
async def api(store_url: str) -> AsyncIterator[Api]:
    async with console(store_url) as opened:
        await opened.user("d1", "dispatcher", password=PASSWORD)
        yield opened


class Page:
    """A browser in which somebody signs in."""

    def __init__(self, api: Api, name: str = "d1") -> None:
        self.api, self.name, self.csrf = api, name, ""

    async def sign_in(self, password: str = PASSWORD, **more: str) -> Any:
        body = {"name": self.name, "password": password, **more}
        self.api.client.session.cookie_jar.clear()
        said = await self.api.ask(None, "POST", "/api/session", body)
        if said.status == 201:
            self.csrf = said.body["csrf_token"]
        return said

    async def ask(self, method: str, path: str, body: Any = None) -> Any:
        return await self.api.ask(None, method, path, body, headers={"X-CSRF-Token": self.csrf})

    async def enrol(self) -> tuple[pyotp.TOTP, list[str]]:
        """Signs in and enrols; the authenticator and the recovery codes."""
        assert (await self.sign_in()).status == 201
        begun = await self.ask("POST", "/api/session/totp", {"password": PASSWORD})
        assert begun.status == 201, begun.body
        phone = pyotp.parse_uri(begun.body["uri"])
        assert isinstance(phone, pyotp.TOTP)
        assert (phone.name, phone.secret) == (self.name, begun.body["secret"])
        done = await self.ask("POST", "/api/session/totp/confirm", {"code": shown(phone, self.api)})
        assert done.status == 200, done.body
        self.api.now += STEP
        return phone, done.body["recovery_codes"]


def shown(phone: pyotp.TOTP, api: Api, steps: int = 0) -> str:
    """What the telephone shows, or so many steps of 30 s later."""
    return phone.at(api.now + steps * STEP)


async def test_who_enrolled_signs_in_with_a_code_for_one_use(api: Api) -> None:
    page = Page(api)
    phone, _ = await page.enrol()
    asked = await page.sign_in()
    assert (asked.status, asked.error) == (401, ("code_required", "code"))
    code = shown(phone, api)
    said = await page.sign_in(code=code)
    assert (said.status, said.body["has_totp"]) == (201, True)
    again = await page.sign_in(code=code)
    assert (again.status, again.error) == (401, ("wrong_code", "code"))
    api.now += STEP
    assert (await page.sign_in(code=shown(phone, api))).status == 201
    events = await api.parts.accounts.journal("d1")
    assert [e["data"] for e in events if e["command"] == "sign_in"][-1] == {"factor": "totp"}


@pytest.mark.parametrize(("steps", "status"), [(-2, 401), (-1, 201), (1, 201), (2, 401)])
async def test_clocks_may_differ_by_one_step(api: Api, steps: int, status: int) -> None:
    page = Page(api)
    phone, _ = await page.enrol()
    api.now += 10 * STEP
    assert (await page.sign_in(code=shown(phone, api, steps))).status == status


async def test_the_code_of_the_enrolment_does_not_sign_in(api: Api) -> None:
    page = Page(api)
    phone, _ = await page.enrol()
    api.now -= STEP
    assert (await page.sign_in(code=shown(phone, api))).error == ("wrong_code", "code")


async def test_a_recovery_code_works_once(api: Api) -> None:
    page = Page(api)
    _, codes = await page.enrol()
    assert len(set(codes)) == 10
    assert (await page.sign_in(code=codes[3].upper())).status == 201
    assert (await page.sign_in(code=codes[3])).error == ("wrong_code", "code")
    assert (await page.sign_in(code=codes[4].replace("-", " "))).status == 201


async def test_wrong_codes_lock_the_account(api: Api) -> None:
    page = Page(api)
    phone, _ = await page.enrol()
    for _ in range(5):
        wrong = await page.sign_in(code="000000")
        assert (wrong.status, wrong.error) == (401, ("wrong_code", "code"))
    locked = await page.sign_in(code=shown(phone, api))
    assert (locked.status, locked.error) == (429, ("locked", None))
    reasons = [
        event["data"]["reason"]
        for event in await api.parts.accounts.journal("d1")
        if event["command"] == "sign_in_failed"
    ]
    assert reasons == ["wrong_code"] * 5


async def test_without_the_password_a_code_tells_nothing(api: Api) -> None:
    page = Page(api)
    phone, _ = await page.enrol()
    for more in ({}, {"code": shown(phone, api)}):
        assert (await page.sign_in("wrong password", **more)).error == ("wrong_password", None)
    assert (await page.sign_in(code=shown(phone, api))).status == 201, "the code was not used up"


async def test_a_one_time_password_and_a_code(api: Api) -> None:
    page = Page(api)
    phone, _ = await page.enrol()
    await api.parts.accounts.set_password(
        "d1", "one-time-password", by="x", at=api.now, must_change=True
    )
    code = shown(phone, api)
    assert (await page.sign_in("one-time-password")).error == ("code_required", "code")
    asked = await page.sign_in("one-time-password", code=code)
    assert asked.error == ("password_change_required", "new_password")
    done = await page.sign_in("one-time-password", code=code, new_password="my own password")
    assert done.status == 201


async def test_enrolling_wants_the_password_and_a_right_code(api: Api) -> None:
    page = Page(api)
    await page.sign_in()
    wrong = await page.ask("POST", "/api/session/totp", {"password": "wrong"})
    assert (wrong.status, wrong.error) == (403, ("wrong_password", "password"))
    early = await page.ask("POST", "/api/session/totp/confirm", {"code": "123456"})
    assert (early.status, early.error) == (409, ("wrong_state", None))
    first = await page.ask("POST", "/api/session/totp", {"password": PASSWORD})
    second = await page.ask("POST", "/api/session/totp", {"password": PASSWORD})
    old = pyotp.parse_uri(first.body["uri"])
    assert isinstance(old, pyotp.TOTP)
    said = await page.ask("POST", "/api/session/totp/confirm", {"code": shown(old, api)})
    assert (said.status, said.error) == (422, ("wrong_code", "code"))
    assert first.body["secret"] != second.body["secret"]
    assert (await page.sign_in()).status == 201, "nothing was confirmed: no code is asked for"


async def test_one_cannot_enrol_a_second_telephone_over_the_first(api: Api) -> None:
    page = Page(api)
    phone, _ = await page.enrol()
    again = await page.ask("POST", "/api/session/totp", {"password": PASSWORD})
    assert (again.status, again.error) == (409, ("wrong_state", None))
    assert (await page.ask("POST", "/api/session/totp/end", {"password": "x"})).status == 403
    assert (await page.ask("POST", "/api/session/totp/end", {"password": PASSWORD})).status == 204
    assert (await page.sign_in()).status == 201
    assert (await page.sign_in(code=shown(phone, api))).status == 201, "a code too many is no fault"


async def test_a_security_admin_resets_what_was_lost(api: Api) -> None:
    await api.user("s1", "security_admin")
    await Page(api).enrol()
    said = await api.ask("s1", "POST", "/api/accounts/d1/totp-reset")
    assert (said.status, said.body["has_totp"]) == (200, False)
    assert (await Page(api).sign_in()).status == 201
    journal = await api.parts.accounts.journal("d1")
    assert [(e["command"], e["actor"]) for e in journal][-3:] == [
        ("totp", "d1"),
        ("totp_end", "s1"),
        ("sign_in", "d1"),
    ]


async def test_secrets_are_kept_encrypted(api: Api, tmp_path: Path) -> None:
    phone, codes = await Page(api).enrol()
    kept = await content_of(api.parts.store, tmp_path)
    assert readable(kept, phone.secret, *codes) == []


async def test_roles_that_must_have_one_can_do_nothing_before(store_url: str) -> None:
    async with console(store_url, ConsoleSettings(totp_roles=["dispatcher"])) as api:
        await api.user("d1", "dispatcher", password=PASSWORD)
        await api.user("c1", "callback_agent", password=PASSWORD)
        page = Page(api)
        assert (await page.sign_in()).body["totp_required"] is True
        refused = await page.ask("GET", "/api/tickets")
        assert (refused.status, refused.error) == (403, ("totp_required", None))
        origin = {"Origin": str(api.client.make_url("/")).rstrip("/")}
        live = await api.ask(None, "GET", "/api/live", headers=origin)
        assert (live.status, live.error) == (403, ("totp_required", None))
        assert (await api.ask("d1", "GET", "/api/tickets")).status == 200, "programs have tokens"
        phone, _ = await page.enrol()
        assert (await page.sign_in(code=shown(phone, api))).body["totp_required"] is False
        assert (await page.ask("GET", "/api/tickets")).status == 200
        free = Page(api, "c1")
        assert (await free.sign_in()).body["totp_required"] is False
        assert (await free.ask("GET", "/api/tickets")).status == 200
