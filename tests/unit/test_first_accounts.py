"""Accounts that nobody has to make: of a demonstration, and the first two of a city."""

from collections.abc import AsyncIterator

import pytest

from console.account_rules import ROLES
from service.console_accounts import FIRST, Preparing
from service.demo import DEMO_PEOPLE
from service.provision.secrets import Secrets
from service.settings import Settings
from tests.console_kit import Api, console

KNOWN = {name: f"demonstration, person {at}" for at, name in enumerate(DEMO_PEOPLE)}


@pytest.fixture
async def api(store_url: str) -> AsyncIterator[Api]:
    async with console(store_url) as opened:
        yield opened


async def preparing(api: Api) -> Preparing:
    return Preparing(api.parts.accounts, await api.parts.tickets.city(), api.now)


async def sign_in(api: Api, name: str, password: str, **more: str) -> tuple[int, str | None]:
    body = {"name": name, "password": password, **more}
    said = await api.ask(None, "POST", "/api/session", body)
    return said.status, None if said.status == 201 else said.error[0]


async def test_a_demonstration_has_everybody_and_what_is_printed_is_true(api: Api) -> None:
    await (await preparing(api)).demo(KNOWN)
    people = await api.parts.accounts.list()
    assert {role for one in people for role in one.roles} == set(ROLES) - {"system"}
    assert {one.agent_no for one in people} >= {"1001", "1002", "1003", "1901"}
    assert await sign_in(api, "slj1", KNOWN["slj1"]) == (201, None)
    # Somebody changes his password, another is disabled: the next start says the truth again.
    own = "a password of his own"
    assert await sign_in(api, "1001", KNOWN["1001"], new_password=own) == (201, None)
    await api.parts.accounts.disable("kb1", by="security1", at=api.now)
    await (await preparing(api)).demo(KNOWN)
    assert await sign_in(api, "1001", own) == (401, "wrong_password")
    for name in DEMO_PEOPLE:
        assert await sign_in(api, name, KNOWN[name]) == (201, None)
    journal = await api.parts.accounts.journal("dispatcher1")
    assert [event["command"] for event in journal] == ["add", "sign_in"]


async def test_a_demonstration_leaves_a_citys_own_account_alone(api: Api) -> None:
    await api.user("1001", "agent", password="a password of his own")
    await (await preparing(api)).demo(KNOWN)
    assert await sign_in(api, "1001", "a password of his own") == (201, None)


async def test_a_city_starts_with_two_one_time_passwords_told_once(api: Api) -> None:
    made = await (await preparing(api)).real()
    assert [(one["name"], one["role"]) for one in made] == [
        ("security", "security_admin"),
        ("admin", "admin"),
    ]
    for one in made:
        wanted = (403, "password_change_required")
        assert await sign_in(api, one["name"], one["password"]) == wanted
    assert await (await preparing(api)).real() == []


async def test_a_demonstrations_accounts_do_not_open_a_city(api: Api) -> None:
    await (await preparing(api)).demo(KNOWN)
    made = await (await preparing(api)).real()
    assert {one["name"] for one in made} == set(FIRST)
    for name in DEMO_PEOPLE:
        assert await sign_in(api, name, KNOWN[name]) == (401, "wrong_password")
    assert await (await preparing(api)).real() == []


def test_only_a_demonstration_keeps_passwords_of_people(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("real")
    assert Secrets.ensure(Settings(), folder).console == {}
    assert "console" not in (folder / "secrets.yaml").read_text()
    kept = Secrets.ensure(Settings(env="demo"), folder).console
    assert kept.keys() == DEMO_PEOPLE.keys()
    assert len(set(kept.values())) == len(kept)
    assert Secrets.ensure(Settings(env="demo"), folder).console == kept
