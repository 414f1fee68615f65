"""What the commands on tickets share: who acts, and the store's tickets."""

import getpass
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click

if TYPE_CHECKING:
    from store.engine import Store
    from ticketing.visibility import Viewer

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


def looking_as(command: F) -> F:
    """`--as` and `--unit`, given to the command as `viewer: Viewer | None`.

    None, where `--as` is not given: the local operator, who sees everything.
    """

    @wraps(command)
    def with_viewer(*args: Any, who: tuple[str, str] | None, unit: str | None, **more: Any) -> Any:
        return command(*args, viewer=_viewer(who, unit), **more)

    whom = click.option(
        "--as", "who", metavar="ROLE:NAME", callback=_role_and_name_or_none,
        help="Who looks, e.g. agent:1001; default: the local operator, who sees everything.",
    )  # fmt: skip
    unit = click.option("--unit", metavar="U", help="The unit of a unit role.")
    return cast(F, whom(unit(with_viewer)))


def _role_and_name_or_none(
    context: click.Context, option: click.Parameter, value: str | None
) -> tuple[str, str] | None:
    return None if value is None else _role_and_name(context, option, value)


def _viewer(who: tuple[str, str] | None, unit: str | None) -> "Viewer | None":
    from ticketing.acting import actor_of
    from ticketing.visibility import Viewer
    from ticketing.workflow.terms import UNIT_ROLES

    if who is None:
        if unit is not None:
            raise click.UsageError("--unit needs --as with a unit role, e.g. unit_handler:u1")
        return None
    actor = actor_of(*who, unit)
    if actor.role in UNIT_ROLES and unit is None:
        raise click.UsageError(f"{actor.role} needs --unit")
    return Viewer(
        actor.name,
        frozenset({actor.role}),
        unit=unit if actor.role in UNIT_ROLES else None,
        agent_no=actor.name if actor.name.isdecimal() else None,
    )
