"""`hotline tickets suggest`: what texts are about, where, for whom; and how good that is."""

import json
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar

import click

from service.errors import Failure
from service.output import json_option, print_json, say, var_option

if TYPE_CHECKING:
    from store.engine import Store
    from ticketing.suggest.examples import Example
    from ticketing.suggest.suggester import Suggester

T = TypeVar("T")

LONGEST_LINE = 1_000_000
"""Bytes of a line of input; the rest of a longer one is not kept in memory."""


@click.command(epilog="Example: ./hotline tickets suggest --text 宿城区幸福家园的路灯不亮")
@click.option("--text", help="One text; without it JSON lines are read from standard input.")
@click.option(
    "--report",
    is_flag=True,
    help="Measure: accuracy, confusion, calibration, beside the keyword baseline.",
)
@click.option(
    "--letters",
    type=click.Path(dir_okay=False, exists=True, path_type=Path),
    help="With --report: another city's labelled letters (CSV: subject, body, level1).",
)
@click.option("--relearn", is_flag=True, help="Learn from the tickets closed since the last time.")
@json_option
@var_option
def suggest(
    var: Path,
    as_json: bool,
    text: str | None,
    report: bool,
    letters: Path | None,
    relearn: bool,
) -> None:
    """Category, region, unit, urgency, request type, emergency for a text (智能建议).

    Without --text each line {"id": …, "text": …} on standard input gives one line on standard
    output, at once. A value that is not sure enough is null: a person decides.
    """
    if report:
        _report(var, letters, as_json)
        return
    if letters:
        raise click.UsageError("--letters goes with --report")
    suggester = suggester_of(var, relearn=relearn)
    if text is not None:
        print_json({"id": None, **suggester.suggest(text).to_json()})
        return
    if sys.stdin.isatty():
        say('reading {"id", "text"} lines from standard input; end with Ctrl-D')
    faults = 0
    for number, line in enumerate(_lines(sys.stdin.buffer), 1):
        if not line.strip():
            continue
        answer = _answer(suggester, line, number)
        faults += "error" in answer
        sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
        sys.stdout.flush()
    if faults:
        raise Failure(
            "invalid_value", f"{faults} lines could not be read", fix="see their error objects"
        )


def suggester_of(var: Path, *, relearn: bool = False) -> "Suggester":
    """The suggester of the line on `var`, or of the program's own city data."""
    from service.paths import Var
    from service.provision.debian import cache_dir
    from ticketing.city_folder import folder_of
    from ticketing.citydata import CITY_FOLDER, CityDataError
    from ticketing.suggest.ready import suggester

    known = Var.at(var)
    try:
        folder = _read(var, lambda store: folder_of(store, known.city))
        return suggester(
            known.suggestions,
            cache_dir(),
            closed=lambda: _closed(var),
            relearn=relearn,
            folder=folder or CITY_FOLDER,
            say=say,
        )
    except CityDataError as error:
        raise Failure("city_data", str(error), fix="correct that file") from None


def _closed(var: Path) -> "list[Example]":
    """The closed tickets of the line on `var`; none where it was never started."""
    from ticketing.suggest.examples import closed_tickets
    from ticketing.tickets import Tickets

    async def read(store: "Store") -> "list[Example]":
        return await closed_tickets(store, await Tickets(store).city())

    return _read(var, read) or []


def _read(var: Path, work: "Callable[[Store], Awaitable[T]]") -> "T | None":
    """What `work` reads in the store of `var`; None where the line was never started."""
    from service.commands_store import run

    try:
        found: T = run(var, work)
    except Failure as failure:
        if failure.code not in ("not_running", "no_store"):
            raise
        return None
    return found


def _lines(stream: BinaryIO) -> Iterator[bytes]:
    while line := stream.readline(LONGEST_LINE):
        whole = line
        while not whole.endswith(b"\n") and (whole := stream.readline(LONGEST_LINE)):
            pass
        yield line


def _answer(suggester: "Suggester", line: bytes, number: int) -> dict[str, Any]:
    """The suggestion for a line; for one that is no such object, what is wrong with it."""
    given: Any = None
    try:
        given = json.loads(line)
        told = given["text"]
        if not isinstance(told, str):
            raise TypeError
    except (ValueError, TypeError, KeyError):
        error = {
            "code": "invalid_value",
            "field": "text",
            "message": f"line {number} is no JSON object with a text",
            "fix": 'write {"id": "1", "text": "…"}',
        }
        return {"id": given.get("id") if isinstance(given, dict) else None, "error": error}
    return {"id": given.get("id"), **suggester.suggest(told).to_json()}


def _report(var: Path, letters: Path | None, as_json: bool) -> None:
    from service.paths import HOME
    from ticketing.suggest import report

    sets = HOME / "tests" / "fixtures" / "suggest"
    found = report.measure(
        suggester_of(var),
        closed=_closed(var),
        sets=sets if sets.is_dir() else None,
        letters=letters,
        say=say,
    )
    if as_json:
        print_json(found)
    else:
        click.echo(report.as_text(found))
