"""`hotline city`: regions, units, categories, routing, places and texts of the city."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from service.commands_store import run, show_options
from service.errors import Failure
from service.output import print_json, say
from service.tables import print_rows

if TYPE_CHECKING:
    from ticketing.city_editing import CityEditing
    from ticketing.city_versions import Change

F = TypeVar("F", bound=Callable[..., Any])

_FOLDER = click.Path(path_type=Path)
_SHOWN = 30

IMPORT_EXAMPLE = """\b
Example: ./hotline city export mycity && edit mycity/units.json &&
         ./hotline city import mycity --by 王主任 --reason 机构改革
"""


def signed(command: F) -> F:
    """--by and --reason: every change has both."""
    command = click.option("--reason", required=True, metavar="TEXT", help="Why.")(command)
    return click.option("--by", required=True, metavar="NAME", help="Who decided it.")(command)


@click.group(epilog="Example: ./hotline city export mycity")
def city() -> None:
    """The city's own data (城市数据), kept in the store in versions."""


@city.command("export", epilog="Example: ./hotline city export mycity")
@click.argument("folder", type=_FOLDER)
@show_options
def export(var: Path, as_json: bool, folder: Path) -> None:
    """Write the data in force into a folder of JSON and CSV files."""
    version = edit(var, lambda editing: editing.export(folder))
    if as_json:
        print_json({"version": version, "folder": str(folder.absolute())})
    else:
        click.echo(f"{folder}: {'the files of the program' if version is None else version}")


@city.command("diff", epilog="Example: ./hotline city diff mycity")
@click.argument("folder", type=_FOLDER)
@show_options
def diff(var: Path, as_json: bool, folder: Path) -> None:
    """What an import of the folder would change; writes nothing."""
    changes = edit(var, lambda editing: editing.compare(folder, datetime.now(UTC)))
    print_changes(changes, as_json)


@city.command("import", epilog=IMPORT_EXAMPLE)
@click.argument("folder", type=_FOLDER)
@signed
@show_options
def bring_in(var: Path, as_json: bool, folder: Path, by: str, reason: str) -> None:
    """Make the folder's files the city's data. Units, categories and places that are left out
    are closed from tomorrow on, never deleted: old tickets keep their codes."""
    now = datetime.now(UTC)
    _, changes = edit(var, lambda editing: editing.bring_in(folder, by=by, reason=reason, at=now))
    print_changes(changes, as_json)


@city.command("limit", epilog="Example: ./hotline city limit SLJ resolve 8 --by 李局 --reason 内控")
@click.argument("unit")
@click.argument("clock")
@click.argument("hours", type=click.FloatRange(min=0, max=24 * 366, min_open=True), required=False)
@signed
@show_options
def limit(
    var: Path, as_json: bool, unit: str, clock: str, hours: float | None, by: str, reason: str
) -> None:
    """A unit's own stricter limit (art. 25): answer, sign, resolve or rectify, in hours; without
    HOURS it is taken away. Tickets dispatched before keep theirs."""
    now = datetime.now(UTC)
    _, changes = edit(
        var, lambda editing: editing.limit(unit, clock, hours, by=by, reason=reason, at=now)
    )
    print_changes(changes, as_json)


@city.command("history", epilog="Example: ./hotline city history units SLJ")
@click.argument("kind", required=False)
@click.argument("code", required=False)
@show_options
def history(var: Path, as_json: bool, kind: str | None, code: str | None) -> None:
    """Versions, newest first; of one kind or one entry with its data."""
    rows = edit(var, lambda editing: editing.history(kind, code))
    columns = ("version", "at", "by", "reason") + (("code", "data") if kind else ())
    print_rows(rows, as_json, columns)


@city.command("revert", epilog="Example: ./hotline city revert 3 --by 王主任 --reason 误操作")
@click.argument("version", type=int)
@signed
@show_options
def revert(var: Path, as_json: bool, version: int, by: str, reason: str) -> None:
    """Bring the data of an earlier version back, as a new version."""
    now = datetime.now(UTC)
    _, changes = edit(var, lambda editing: editing.revert(version, by=by, reason=reason, at=now))
    print_changes(changes, as_json)


def edit(var: Path, work: "Callable[[CityEditing], Awaitable[Any]]") -> Any:
    """What `work` gives on the city's data of `var`; raises Failure for data that do not fit."""
    from service.line_desk import VarDesk
    from service.paths import Var
    from ticketing.city_editing import CityEditing
    from ticketing.citydata import CityDataError

    try:
        desk = VarDesk(Var.at(var))
        return run(var, lambda store: work(CityEditing(store, desk.seeds, desk.fits)))
    except CityDataError as error:
        fix = "correct the file; nothing was changed"
        raise Failure("invalid_value", str(error), field="folder", fix=fix) from None
    except OSError as error:
        raise Failure("not_written", f"{error.filename}: {error.strerror}") from None


def print_changes(changes: "Sequence[Change]", as_json: bool) -> None:
    """What differs, entry by entry."""
    if as_json:
        print_json(
            [
                {"kind": one.kind, "code": one.code, "before": one.before, "after": one.after}
                for one in changes
            ]
        )
        return
    for one in changes[:_SHOWN]:
        click.echo(f"{one.kind} {one.code}: {_told(one)}")
    if len(changes) > _SHOWN:
        say(f"… and {len(changes) - _SHOWN} more; see --json")
    click.echo(f"{len(changes)} changes")


def _told(change: "Change") -> str:
    if change.before is None:
        return f"new: {change.after}"
    if change.after is None:
        return "taken away"
    keys = sorted(change.before.keys() | change.after.keys())
    return "; ".join(
        f"{key} {change.before.get(key)} → {change.after.get(key)}"
        for key in keys
        if change.before.get(key) != change.after.get(key)
    )
