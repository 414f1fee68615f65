"""What the commands on tickets share: who acts, and the store's tickets."""

import getpass
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from store.engine import Store

F = TypeVar("F", bound=Callable[..., Any])


def _role_and_name(
    _context: click.Context, _option: click.Parameter, value: str
) -> tuple[str, str]:
    role, colon, name = value.partition(":")
    if not (role and colon and name):
        raise click.BadParameter("write it like agent:1001")
    return role, name


def _who(default: str | Callable[[], str]) -> Callable[[F], F]:
    """`--as ROLE:NAME`, given to the command as `who: tuple[str, str]`."""
    return click.option(
        "--as",
        "who",
        metavar="ROLE:NAME",
        default=default,
        show_default=True,
        callback=_role_and_name,
        help="Who acts, e.g. agent:1001 or dispatcher:d1.",
    )


acting_as = _who("system:operator")
"""`--as`; by default the system itself."""
acting_operator = _who(lambda: f"operator:{getpass.getuser()}")
"""`--as`; by default the user of this machine."""


def tickets_of(store: "Store", var: Path) -> Any:
    """The tickets of the store of `var`, numbered as its city does."""
    from service.paths import Var
    from service.runtime import Runtime
    from ticketing.tickets import Tickets

    return Tickets(store, prefix=Runtime.load(Var.at(var)).settings.tickets.prefix)
