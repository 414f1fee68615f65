"""`hotline calls`, `recordings` and `emergencies`: the records of the line."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from service.errors import Failure
from service.output import json_option, print_json, var_option
from service.tables import Row, print_object, print_rows

if TYPE_CHECKING:
    from service.runtime import Runtime
    from store.engine import Store

F = TypeVar("F", bound=Callable[..., Any])


def _instant(_context: click.Context, _option: click.Parameter, value: str | None) -> Any:
    if value is None:
        return None
    try:
        given = datetime.fromisoformat(value)
    except ValueError:
        raise click.BadParameter("write it like 2026-10-01T10:00:00+08:00") from None
    from service.ready import CITY_TIME

    return given if given.tzinfo else given.replace(tzinfo=CITY_TIME)


def time_option(name: str, text: str) -> Callable[[F], F]:
    """An option that is an instant; None where it was not given."""
    return click.option(name, callback=_instant, metavar="T", help=text)


def list_options(number: str) -> Callable[[F], F]:
    """--limit, --since, --number, --json, --var; `number` says whose number is meant."""

    def decorate(command: F) -> F:
        for option in (
            click.option("--limit", type=click.IntRange(min=1), default=50, show_default=True),
            time_option("--since", "ISO 8601; without offset city time."),
            click.option("--number", metavar="N", help=f"{number}, in any usual form."),
            json_option,
            var_option,
        ):
            command = option(command)
        return command

    return decorate


def show_options(command: F) -> F:
    return var_option(json_option(command))


def with_store(var: Path) -> "Runtime":
    """The line on `var`, running or not; its store is there. Raises Failure."""
    from service.paths import Var
    from service.runtime import Runtime

    runtime = Runtime.load(Var.at(var))
    _, sqlite, file = runtime.store_url.partition("sqlite+aiosqlite:///")
    if sqlite and not Path(file).exists():
        raise Failure("no_store", f"there is no store at {file}", fix="start ./hotline up once")
    return runtime


def run(var: Path, work: Callable[["Store"], Awaitable[Any]]) -> Any:
    """What `work` gives on the store of `var`."""
    runtime = with_store(var)

    async def main() -> Any:
        async with runtime.open_store() as store:
            return await work(store)

    return asyncio.run(main())


def known_number(var: Path, given: str | None) -> str | None:
    """`--number` as the store keeps numbers. Raises Failure where it is none."""
    from ivr.numbers import normalise
    from service.paths import Var
    from service.runtime import Runtime

    if given is None:
        return None
    number = normalise(given, Runtime.load(Var.at(var)).settings.city.area_code)
    if number is None:
        fix = "write it like 13800000001, +86 138 0000 0001 or 0527-84335555"
        raise Failure("invalid_value", f"{given} is no telephone number", field="number", fix=fix)
    return number


def unknown(what: str, name: str) -> Failure:
    """A record that is not in the store."""
    plural = {"emergency": "emergencies"}.get(what, f"{what}s")
    fix = f"see ./hotline {plural} list"
    return Failure(f"unknown_{what}", f"there is no {what} {name}", fix=fix)


def _reading(make: Callable[["Store"], Any], what: str) -> tuple[Any, Any]:
    """Bodies of `list` and `show` over one kind of record."""

    def listed(var: Path, limit: int, since: datetime | None, number: str | None) -> list[Row]:
        wanted = known_number(var, number)
        rows: list[Row] = run(
            var, lambda store: make(store).list(limit=limit, since=since, number=wanted)
        )
        return list(rows)

    def shown(var: Path, name: str) -> Row:
        row: Row | None = run(var, lambda store: make(store).get(name))
        if row is None:
            raise unknown(what, name)
        return row

    return listed, shown


def _calls(store: "Store") -> Any:
    from store.calls import CallLog

    return CallLog(store)


def _recordings(store: "Store") -> Any:
    from store.recordings import RecordingLog

    return RecordingLog(store)


def _emergencies(store: "Store") -> Any:
    from store.emergencies import EmergencyLog

    return EmergencyLog(store)


@click.group(epilog="Example: ./hotline calls list --limit 5")
def calls() -> None:
    """Call records (通话记录)."""


@calls.command("list", epilog="Example: ./hotline calls list --number 13800000001 --json")
@list_options("Caller or called number")
def list_calls(
    var: Path, as_json: bool, limit: int, since: datetime | None, number: str | None
) -> None:
    """Newest first."""
    listed, _ = _reading(_calls, "call")
    columns = ("started_at", "call_id", "caller_number", "called_number", "outcome", "tickets")
    print_rows(listed(var, limit, since, number), as_json, columns)


@calls.command("show", epilog="Example: ./hotline calls show hotline-1790000000.12")
@click.argument("call_id")
@show_options
def show_call(var: Path, as_json: bool, call_id: str) -> None:
    """One call with its path, waits, legs, recordings and transcript."""
    _, shown = _reading(_calls, "call")
    print_object(shown(var, call_id), as_json)


@click.group(epilog="Example: ./hotline recordings list --number 13800000001")
def recordings() -> None:
    """Recorded calls (录音)."""


@recordings.command("list", epilog="Example: ./hotline recordings list --json")
@list_options("Caller or called number of the call")
def list_recordings(
    var: Path, as_json: bool, limit: int, since: datetime | None, number: str | None
) -> None:
    """Newest first."""
    listed, _ = _reading(_recordings, "recording")
    columns = ("started_at", "recording_id", "kind", "speaker", "duration_s", "path")
    print_rows(listed(var, limit, since, number), as_json, columns)


@recordings.command("show", epilog="Example: ./hotline recordings show ID --json")
@click.argument("recording_id")
@show_options
def show_recording(var: Path, as_json: bool, recording_id: str) -> None:
    """One recording: call, speaker, length, file, checksum."""
    _, shown = _reading(_recordings, "recording")
    print_object(shown(var, recording_id), as_json)


@recordings.command("export", epilog="Example: ./hotline recordings export ID --out call.wav")
@click.argument("recording_id")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="File or folder to write to; default the current folder.",
)
@show_options
def export_recording(var: Path, as_json: bool, recording_id: str, out: Path | None) -> None:
    """Copy the file of a recording, checked against its checksum."""
    import hashlib

    _, shown = _reading(_recordings, "recording")
    row = shown(var, recording_id)
    source = Path(row["path"]) if row["path"] else None
    if source is None or row["sha256"] is None:
        raise Failure(
            "not_closed", f"{recording_id} is still being recorded", fix="try again later"
        )
    target = (out or Path.cwd()).absolute()
    if target.is_dir():
        target = target / source.name
    try:
        if hashlib.sha256(source.read_bytes()).hexdigest() != row["sha256"]:
            raise Failure("damaged", f"{source} is not what was recorded: its checksum differs")
        shutil.copyfile(source, target)
    except OSError as error:
        raise Failure("not_copied", f"{error.filename}: {error.strerror}") from error
    if as_json:
        print_json({**row, "exported_to": str(target)})
    else:
        click.echo(str(target))


@click.group(epilog="Example: ./hotline emergencies list")
def emergencies() -> None:
    """Emergency events (紧急事件)."""


@emergencies.command("list", epilog="Example: ./hotline emergencies list --since 2026-10-01")
@list_options("The caller's number")
def list_emergencies(
    var: Path, as_json: bool, limit: int, since: datetime | None, number: str | None
) -> None:
    """Newest first."""
    listed, _ = _reading(_emergencies, "emergency")
    columns = ("detected_at", "event_id", "call_id", "service", "trigger", "confirmed", "outcome")
    print_rows(listed(var, limit, since, number), as_json, columns)


@emergencies.command("show", epilog="Example: ./hotline emergencies show ID --json")
@click.argument("event_id")
@show_options
def show_emergency(var: Path, as_json: bool, event_id: str) -> None:
    """One event with every attempt to reach a service."""
    _, shown = _reading(_emergencies, "emergency")
    print_object(shown(var, event_id), as_json)
