"""`hotline users`: who may use the console, with which roles; tokens of programs."""

import getpass
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from service.commands_store import run, show_options
from service.errors import Failure
from service.output import say
from service.tables import Row, print_object, print_rows

if TYPE_CHECKING:
    from console.account_rows import Account
    from console.accounts import Accounts
    from console.tokens import Tokens
    from store.engine import Store
    from ticketing.citydata import CityData

_COLUMNS = (
    "name",
    "full_name",
    "roles",
    "unit",
    "agent_no",
    "has_totp",
    "disabled_at",
    "locked_until",
)
_DAYS = 365

ADD_EXAMPLE = """\b
Examples:
  ./hotline users add d1 --role dispatcher --full-name 李审核
  ./hotline users add slj1 --role unit_handler --unit SLJ
  ./hotline users add wechat --role system      (a program: then `users token wechat`)
"""

role_option = click.option("--role", "roles", multiple=True, required=True, metavar="ROLE")
unit_option = click.option("--unit", metavar="CODE", help="Unit that a unit role acts for.")


@click.group(epilog="Example: ./hotline users add d1 --role dispatcher")
def users() -> None:
    """Accounts of the console (账号): people and programs."""


@users.command("list", epilog="Example: ./hotline users list")
@show_options
def list_users(var: Path, as_json: bool) -> None:
    """By name."""

    async def work(accounts: "Accounts", _: "Tokens", __: "CityData") -> list[Row]:
        return [_row(one) for one in await accounts.list()]

    print_rows(_run(var, work), as_json, _COLUMNS)


@users.command("add", epilog=ADD_EXAMPLE)
@click.argument("name")
@role_option
@unit_option
@click.option("--full-name", metavar="NAME")
@click.option("--agent", "agent_no", metavar="NUMBER", help="The agent's extension (工号).")
@show_options
def add_user(
    var: Path,
    as_json: bool,
    name: str,
    roles: tuple[str, ...],
    unit: str | None,
    full_name: str | None,
    agent_no: str | None,
) -> None:
    """Make an account and print its one-time password, this once."""
    from console import passwords

    # A program shows a token; only people have passwords.
    password = None if set(roles) == {"system"} else passwords.made_up()

    async def work(accounts: "Accounts", _: "Tokens", city: "CityData") -> Row:
        made = await accounts.add(
            name,
            roles,
            city,
            by=_operator(),
            at=datetime.now(UTC),
            full_name=full_name,
            unit=unit,
            agent_no=agent_no,
            password=password,
        )
        return _row(made)

    made = _run(var, work)
    print_object(made | {"password": password}, as_json)
    if password is not None:
        say("the password is shown only now; it has to be changed when it is first used")


@users.command("roles", epilog="Example: ./hotline users roles d1 --role dispatcher --role agent")
@click.argument("name")
@role_option
@unit_option
@show_options
def set_roles(
    var: Path, as_json: bool, name: str, roles: tuple[str, ...], unit: str | None
) -> None:
    """Give an account these roles instead of its own."""

    async def work(accounts: "Accounts", _: "Tokens", city: "CityData") -> Row:
        at = datetime.now(UTC)
        return _row(await accounts.set_roles(name, roles, unit, city, by=_operator(), at=at))

    print_object(_run(var, work), as_json)


@users.command("password", epilog="Example: ./hotline users password d1")
@click.argument("name")
@show_options
def new_password(var: Path, as_json: bool, name: str) -> None:
    """Print a new one-time password; it also ends a lock-out and every session."""
    from console import passwords

    password = passwords.made_up()

    async def work(accounts: "Accounts", _: "Tokens", __: "CityData") -> None:
        at = datetime.now(UTC)
        await accounts.set_password(name, password, by=_operator(), at=at, must_change=True)

    _run(var, work)
    print_object({"name": name, "password": password}, as_json)


@users.command("totp-reset", epilog="Example: ./hotline users totp-reset d1")
@click.argument("name")
@show_options
def totp_reset(var: Path, as_json: bool, name: str) -> None:
    """Take the second factor away, as when a telephone was lost."""

    async def work(store: "Store") -> None:
        from console.second_factor import SecondFactor

        await SecondFactor(store).end(name, by=_operator(), at=datetime.now(UTC))

    run(var, work)
    print_object({"name": name, "has_totp": False}, as_json)


@users.command("disable", epilog="Example: ./hotline users disable d1")
@click.argument("name")
@show_options
def disable(var: Path, as_json: bool, name: str) -> None:
    """Let nobody in under this name any longer; sessions and tokens end at once."""

    async def work(accounts: "Accounts", _: "Tokens", __: "CityData") -> Row:
        await accounts.disable(name, by=_operator(), at=datetime.now(UTC))
        return _row(await accounts.get(name))

    print_object(_run(var, work), as_json)


@users.command("enable", epilog="Example: ./hotline users enable d1")
@click.argument("name")
@show_options
def enable(var: Path, as_json: bool, name: str) -> None:
    """Take `disable`, or a lock-out after wrong passwords, back."""

    async def work(accounts: "Accounts", _: "Tokens", __: "CityData") -> Row:
        await accounts.enable(name, by=_operator(), at=datetime.now(UTC))
        return _row(await accounts.get(name))

    print_object(_run(var, work), as_json)


@users.command("token", epilog="Example: ./hotline users token wechat --label 微信公众号")
@click.argument("name")
@click.option("--label", default="", help="What it is for.")
@click.option("--days", type=click.IntRange(1, 3650), default=_DAYS, show_default=True)
@show_options
def new_token(var: Path, as_json: bool, name: str, label: str, days: int) -> None:
    """Print a new token for programs (Authorization: Bearer …), this once."""

    async def work(_: "Accounts", tokens: "Tokens", __: "CityData") -> Row:
        at = datetime.now(UTC)
        token, row = await tokens.add(name, label, days=days, by=_operator(), at=at)
        return {**row, "token": token}

    print_object(_run(var, work), as_json)


@users.command("tokens", epilog="Example: ./hotline users tokens")
@click.argument("name", required=False)
@show_options
def list_tokens(var: Path, as_json: bool, name: str | None) -> None:
    """Tokens with their last use, newest first."""

    async def work(_: "Accounts", tokens: "Tokens", __: "CityData") -> list[Row]:
        return await tokens.list(name)

    columns = ("token_id", "name", "label", "expires_at", "last_used_at", "revoked_at")
    print_rows(_run(var, work), as_json, columns)


@users.command("revoke", epilog="Example: ./hotline users revoke 3f9a1c22b0")
@click.argument("token_id")
@show_options
def revoke(var: Path, as_json: bool, token_id: str) -> None:
    """End a token."""

    async def work(_: "Accounts", tokens: "Tokens", __: "CityData") -> bool:
        return await tokens.revoke(token_id, by=_operator(), at=datetime.now(UTC))

    if not _run(var, work):
        fix = "see ./hotline users tokens"
        raise Failure("unknown_token", f"there is no token {token_id}", field="token_id", fix=fix)
    print_object({"token_id": token_id, "revoked": True}, as_json)


@users.command("log", epilog="Example: ./hotline users log d1")
@click.argument("name")
@show_options
def journal(var: Path, as_json: bool, name: str) -> None:
    """Log-ins, failures and changes of an account, oldest first; checks its hash chain."""

    async def work(accounts: "Accounts", _: "Tokens", __: "CityData") -> tuple[bool, list[Row]]:
        return await accounts.verify(name), await accounts.journal(name)

    whole, events = _run(var, work)
    print_rows(events, as_json, ("at", "command", "actor", "address", "data"))
    if not whole:
        raise Failure("broken_chain", f"the journal of {name} was changed", fix="see a backup")


def _run(var: Path, work: "Callable[[Accounts, Tokens, CityData], Awaitable[Any]]") -> Any:
    from console.accounts import Accounts
    from console.tokens import Tokens
    from ticketing.tickets import Tickets

    async def on_store(store: "Store") -> Any:
        return await work(Accounts(store), Tokens(store), await Tickets(store).city())

    return run(var, on_store)


def _row(one: "Account") -> Row:
    from store.types import local_iso

    times = ("created_at", "disabled_at", "locked_until")
    return (
        one.to_json()
        | {"has_totp": one.has_totp}
        | {name: local_iso(getattr(one, name)) for name in times}
    )


def _operator() -> str:
    return f"shell:{getpass.getuser()}"
