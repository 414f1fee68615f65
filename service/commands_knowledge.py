"""`hotline knowledge`: the entries of the knowledge base (知识库)."""

import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from service.commands_exchange import FILE
from service.commands_store import run, show_options
from service.errors import Failure
from service.output import print_json
from service.tables import print_object, print_rows
from service.ticket_options import looking_as, tickets_of

if TYPE_CHECKING:
    from store.engine import Store
    from ticketing.citydata import CityData
    from ticketing.knowledge.base import KnowledgeBase
    from ticketing.knowledge.entry import Entry
    from ticketing.visibility import Viewer

_COLUMNS = ("code", "state", "standing", "unit", "title", "valid_to", "review_by", "cited")
_STATES = click.Choice(["proposed", "published", "rejected", "retired"])
_STANDINGS = click.Choice(["valid", "review_due", "not_yet", "expired"])

IMPORT_EXAMPLE = """\b
Examples:
  ./hotline knowledge import knowledge.json --by 李编辑 --reason 年度复核
  ./hotline knowledge import knowledge.json --by 李编辑 --approved-by 王主任 --reason 迁移
"""


@click.group(epilog='Example: ./hotline knowledge search "医保卡丢了咋整"')
def knowledge() -> None:
    """What the hotline answers by itself (知识库); units propose, the hotline approves."""


@knowledge.command("list", epilog="Example: ./hotline knowledge list --standing review_due")
@click.option("--state", type=_STATES, help="proposed: with a version that waits for approval.")
@click.option("--standing", type=_STANDINGS, help="Of published ones: whether they hold today.")
@click.option("--unit", "owner", metavar="CODE", help="Of this member unit.")
@click.option("--category", metavar="CODE")
@click.option("--limit", type=click.IntRange(1, 20_000), default=500, show_default=True)
@show_options
def list_entries(
    var: Path,
    as_json: bool,
    state: Any,
    standing: Any,
    owner: str | None,
    category: str | None,
    limit: int,
) -> None:
    """Entries by code; retired ones only with --state retired."""
    from ticketing.knowledge.search import Wanted

    wanted = Wanted(None, category, owner, state, standing)
    print_rows(_found(var, wanted, None, limit), as_json, _COLUMNS)


@knowledge.command("search", epilog='Example: ./hotline knowledge search "医保卡丢了咋整"')
@click.argument("text")
@looking_as
@click.option("--limit", type=click.IntRange(1, 100), default=5, show_default=True)
@show_options
def search(var: Path, as_json: bool, text: str, viewer: "Viewer | None", limit: int) -> None:
    """The entries that answer a question as citizens ask it, the best first."""
    from ticketing.knowledge.search import LATEST, Wanted

    rows = _found(var, Wanted(text[-LATEST:]), viewer, limit)
    print_rows(rows, as_json, ("ref", "title", "standing", "unit", "question"))


@knowledge.command("show", epilog="Example: ./hotline knowledge show ZS0001")
@click.argument("code")
@show_options
def show(var: Path, as_json: bool, code: str) -> None:
    """One entry with its journal."""

    async def work(base: "KnowledgeBase", city: "CityData") -> dict[str, Any]:
        entry = await base.read(code)
        events = [one.model_dump(mode="json") for one in await base.events(code)]
        return {**(await _rows(base, city, [entry], None))[0], "events": events}

    print_object(_on(var, work), as_json)


@knowledge.command("import", epilog=IMPORT_EXAMPLE)
@click.argument("file", type=FILE)
@click.option("--by", required=True, metavar="NAME", help="Who proposes.")
@click.option("--approved-by", metavar="NAME", help="Somebody else, who publishes it at once.")
@click.option("--reason", required=True, metavar="TEXT")
@click.option("--dry-run", is_flag=True, help="Check everything and write nothing.")
@show_options
def bring_in(
    var: Path, as_json: bool, file: Path, by: str, approved_by: str | None, reason: str,
    dry_run: bool,
) -> None:  # fmt: skip
    """Propose the new and changed entries of a JSON file; entries that it leaves out stay.

    Without --approved-by they wait for the hotline's approval. With a wrong one nothing is done."""
    from ticketing.acting import actor_of
    from ticketing.citydata import CityDataError
    from ticketing.knowledge import files

    proposer = actor_of("kb_editor", by, None)
    approver = actor_of("kb_editor", approved_by, None) if approved_by is not None else None

    async def work(store: "Store") -> Any:
        return await files.bring_in(
            store, await tickets_of(store, var).city(), given, by=proposer, approver=approver,
            reason=reason, at=datetime.now(UTC), dry_run=dry_run,
        )  # fmt: skip

    try:
        given = files.read(file)
    except CityDataError as error:
        raise Failure("invalid_value", str(error), field="file", fix="correct the file") from None
    done = run(var, work)
    if as_json:
        print_json(done.__dict__)
    else:
        told = f"{len(done.new)} new, {len(done.revised)} revised, {done.unchanged} unchanged"
        click.echo(told + (" (nothing was written)" if dry_run else ""))


@knowledge.command("export", epilog="Example: ./hotline knowledge export knowledge.json")
@click.argument("file", type=FILE)
@show_options
def export(var: Path, as_json: bool, file: Path) -> None:
    """Write the published entries into a JSON file, as `import` reads it."""
    from ticketing.knowledge.files import text

    async def work(base: "KnowledgeBase", _: "CityData") -> list[Any]:
        return list((await base.known()).entries.values())

    entries = [one for one in _on(var, work) if one.state == "published"]
    try:
        file.write_text(text(entries), encoding="utf-8")
    except OSError as error:
        raise Failure("not_written", f"{file}: {error.strerror}") from None
    if as_json:
        print_json({"file": str(file.absolute()), "entries": len(entries)})
    else:
        click.echo(f"{file}: {len(entries)} entries")


@knowledge.command("verify", epilog="Example: ./hotline knowledge verify")
@show_options
def verify(var: Path, as_json: bool) -> None:
    """Check that no journal was changed and every entry is what its journal says."""

    async def work(base: "KnowledgeBase", _: "CityData") -> dict[str, list[str]]:
        return await base.problems()

    broken = _on(var, work)
    if as_json:
        print_json({"broken": broken})
    else:
        for code, told in broken.items():
            click.echo(f"{code}: {'; '.join(told)}")
        click.echo("all whole" if not broken else f"{len(broken)} broken")
    if broken:
        sys.exit(1)


def _found(var: Path, wanted: Any, viewer: "Viewer | None", limit: int) -> list[dict[str, Any]]:
    from service.commands_suggest import suggester_of
    from ticketing.knowledge.rules import day_of
    from ticketing.knowledge.search import search as find

    day, likely = day_of(datetime.now(UTC)), None
    if wanted.text is not None:
        likely = suggester_of(var).categories(wanted.text, day)

    async def work(base: "KnowledgeBase", city: "CityData") -> list[dict[str, Any]]:
        found = find(await base.known(), wanted, viewer, day, likely)
        return await _rows(base, city, found[:limit], viewer, wanted.text)

    rows: list[dict[str, Any]] = _on(var, work)
    return rows


async def _rows(
    base: "KnowledgeBase",
    city: "CityData",
    entries: "list[Entry]",
    viewer: "Viewer | None",
    text: str | None = None,
) -> list[dict[str, Any]]:
    from ticketing.knowledge.rules import day_of
    from ticketing.knowledge.view import views

    found = await views(base, entries, viewer, city, day_of(datetime.now(UTC)), text)
    return [one.model_dump(mode="json") for one in found]


def _on(var: Path, work: "Callable[[KnowledgeBase, CityData], Awaitable[Any]]") -> Any:
    async def main(store: "Store") -> Any:
        from ticketing.knowledge.base import KnowledgeBase

        tickets = tickets_of(store, var)
        return await work(KnowledgeBase(store, tickets.city), await tickets.city())

    return run(var, main)
