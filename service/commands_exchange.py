"""`hotline tickets export`, `import` and `fields`: tickets out of the store and into it."""

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from service.commands_store import run, show_options, time_option, with_store
from service.errors import Failure
from service.output import print_json, say
from service.ticket_options import tickets_of

if TYPE_CHECKING:
    from store.engine import Store
    from ticketing.exchange.faults import Faults
    from ticketing.exchange.stored import Selection

FILE = click.Path(dir_okay=False, path_type=Path)
_SHOWN = 20

EXPORT_EXAMPLE = """\b
Examples:
  ./hotline tickets export --format jsonl --out tickets.jsonl
  ./hotline tickets export --format xlsx --out october.xlsx --since 2026-10-01 --until 2026-11-01
"""
LEGACY_EXAMPLE = """\b
Example: ./hotline tickets import legacy --example-map > map.yaml && edit map.yaml &&
         ./hotline tickets import legacy old.csv --map map.yaml --dry-run --errors wrong.csv
"""
IMPORT_EXAMPLE = "Example: ./hotline tickets import exported tickets.jsonl --dry-run"


@click.command("export", epilog=EXPORT_EXAMPLE)
@click.option(
    "--format",
    "form",
    type=click.Choice(["json", "jsonl", "csv", "xlsx"]),
    default="jsonl",
    show_default=True,
)
@click.option("--out", type=FILE, required=True, help="File to write; an old one is replaced.")
@time_option("--since", "Made then or later.")
@time_option("--until", "Made before.")
@click.option("--state", metavar="S", help="In this state, e.g. closed.")
@click.option("--unit", metavar="U", help="Held by this unit, e.g. SLJ.")
@click.option("--events", is_flag=True, help="CSV, XLSX: with the journal, to be imported again.")
@show_options
def export(
    var: Path,
    as_json: bool,
    form: Any,
    out: Path,
    since: datetime | None,
    until: datetime | None,
    state: str | None,
    unit: str | None,
    events: bool,
) -> None:
    """Write tickets into a file, with everything in it: names and numbers of citizens too.

    JSON and JSON lines always have the journal and can be imported again. See docs/fields.md."""
    from ticketing.exchange.stored import Selection

    if since is not None and until is not None and since >= until:
        fix = "give the earlier time as --since"
        raise Failure("invalid_value", "--since is not before --until", field="since", fix=fix)
    selection = Selection(since, until, _state(state), unit)

    async def work(store: "Store") -> int:
        if unit is not None and unit not in (await tickets_of(store, var).city()).units:
            fix = "give a unit's code, as in units.json of ./hotline city export DIR"
            raise Failure("unknown_unit", f"there is no unit {unit}", field="unit", fix=fix)
        return await _export(store, out, form, events, selection)

    try:
        count = run(var, work)
    except OSError as error:
        fix = "give a file in a folder that is there and may be written"
        message = f"{out}: {error.strerror}"
        raise Failure("not_written", message, field="out", fix=fix) from None
    if as_json:
        print_json({"tickets": count, "file": str(out.absolute())})
    else:
        click.echo(f"{count} tickets in {out}")


async def _export(
    store: "Store", out: Path, form: Any, events: bool, selection: "Selection"
) -> int:
    from ticketing.exchange import stored
    from ticketing.exchange.writing import written

    policies, count = await stored.policies(store), 0
    with written(out, form, policies=policies, with_events=events) as write:
        async for batch in stored.batches(store, selection):
            for _, record in batch:
                write(record)
            count += len(batch)
    return count


@click.command("fields", epilog="Example: ./hotline tickets fields --out docs/fields.md")
@click.option("--out", type=FILE, help="File to write; default standard output.")
def fields(out: Path | None) -> None:
    """The field dictionary of exports (字段字典) as a page."""
    from ticketing.exchange.dictionary import page

    if out is None:
        click.echo(page(), nl=False)
        return
    try:
        out.write_text(page(), encoding="utf-8")
    except OSError as error:
        raise Failure("not_written", f"{out}: {error.strerror}", field="out") from error


@click.group("import", epilog=IMPORT_EXAMPLE)
def bring_in() -> None:
    """Bring tickets in from a file: all of them or, where anything is wrong, none."""


@bring_in.command("exported", epilog=IMPORT_EXAMPLE)
@click.argument("file", type=FILE)
@click.option("--dry-run", is_flag=True, help="Check everything and write nothing.")
@click.option("--errors", type=FILE, metavar="OUT.csv", help="Write what is wrong into a table.")
@show_options
def import_exported(
    var: Path, as_json: bool, file: Path, dry_run: bool, errors: Path | None
) -> None:
    """Bring in what `tickets export` wrote: the same numbers, fields and journals.

    A ticket that is there already is left alone; one that differs is told, and then nothing is
    written."""
    from ticketing.exchange.restoring import restore

    async def work(store: "Store", faults: "Faults") -> Any:
        now = datetime.now(UTC)
        return await restore(store, file, folder=var, at=now, faults=faults, dry_run=dry_run)

    done = run_import(var, work, errors)
    tell(done.to_json(), as_json, dry_run)


@bring_in.command("legacy", epilog=LEGACY_EXAMPLE)
@click.argument("file", type=FILE, required=False)
@click.option(
    "--map", "mapping", type=FILE, metavar="MAP.yaml", help="Which column is which field."
)
@click.option("--dry-run", is_flag=True, help="Check everything and write nothing.")
@click.option("--skip-bad", is_flag=True, help="Import the good rows and leave the wrong ones out.")
@click.option("--errors", type=FILE, metavar="OUT.csv", help="Write what is wrong into a table.")
@click.option("--example-map", is_flag=True, help="Print a mapping file to start from.")
@show_options
def import_legacy(
    var: Path,
    as_json: bool,
    file: Path | None,
    mapping: Path | None,
    dry_run: bool,
    skip_bad: bool,
    errors: Path | None,
    example_map: bool,
) -> None:
    """Bring in an old system's tickets from CSV (UTF-8 or GB18030) or XLSX.

    Closed ones are history and start no timer, message or survey; open ones wait to be accepted.
    A row that was imported before, by its number in the old system, is left alone."""
    from ticketing.exchange import legacy_map
    from ticketing.exchange.legacy import import_legacy as bring

    if example_map:
        click.echo(legacy_map.EXAMPLE, nl=False)
        return
    if file is None or mapping is None:
        raise click.UsageError("name FILE and --map MAP.yaml (see --example-map)")
    known = legacy_map.read(mapping)

    async def work(store: "Store", faults: "Faults") -> Any:
        return await bring(
            store,
            tickets_of(store, var),
            file,
            known,
            folder=var,
            at=datetime.now(UTC),
            faults=faults,
            dry_run=dry_run,
            skip_bad=skip_bad,
        )

    done = run_import(var, work, errors)
    tell(done.to_json(), as_json, dry_run, skip_bad=skip_bad)


def run_import(var: Path, work: Any, errors: Path | None) -> Any:
    """What an import gives on the store of `var`; an interrupted one is taken back."""
    from ticketing.exchange.faults import table

    runtime = with_store(var)

    async def main(faults: "Faults") -> Any:
        async with runtime.open_store() as store:
            return await work(store, faults)

    try:
        with table(errors) as faults:
            return asyncio.run(main(faults))
    except OSError as error:
        raise Failure(
            "not_written", f"{error.filename}: {error.strerror}", field="errors"
        ) from None
    except KeyboardInterrupt:
        raise Failure("interrupted", "the import was interrupted; nothing was imported") from None


def tell(done: dict[str, Any], as_json: bool, dry_run: bool, *, skip_bad: bool = False) -> None:
    """Prints counts and the first faults; exit status 1 where faults kept everything out."""
    kept_out = bool(done["faults"]) and not skip_bad
    written = 0 if dry_run or kept_out else done["new"]
    if as_json:
        print_json(done | {"imported": written})
    else:
        for name, counts in done.items():
            if isinstance(counts, dict) and counts:
                click.echo(f"{name}: " + ", ".join(f"{key} {n}" for key, n in counts.items()))
        click.echo(f"{done['new']} new, {done['unchanged']} there already; {written} imported")
    say_faults(done["first_faults"])
    if done["faults"]:
        say(f"{done['faults']} rows are wrong" + ("; nothing was imported" if kept_out else ""))
    if kept_out:
        sys.exit(1)


def say_faults(first: list[dict[str, Any]]) -> None:
    """What is wrong, for people: standard error."""
    for fault in first[:_SHOWN]:
        where = f"line {fault['line']}" + (f", {fault['column']}" if fault["column"] else "")
        shown = f" ({fault['value']})" if fault["value"] else ""
        say(f"{where}{shown}: {fault['reason']}；{fault['fix']}")


def _state(name: str | None) -> Any:
    from ticketing.model import State

    if name is None:
        return None
    try:
        return State(name)
    except ValueError:
        fix = f"one of {', '.join(State)}"
        raise Failure(
            "invalid_value", f"there is no state {name}", field="state", fix=fix
        ) from None
