"""`hotline tickets search|repeats|reindex`."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from service.commands_store import run, show_options
from service.output import print_json
from service.tables import Row, print_rows
from service.ticket_options import looking_as, tickets_of

if TYPE_CHECKING:
    from store.engine import Store
    from store.types import JsonObject
    from ticketing.visibility import Viewer

SEARCH_EXAMPLE = """\b
Examples:
  ./hotline tickets search "路灯 幸福家园"
  ./hotline tickets search 0001 --as unit_handler:u1 --unit SLJ --json
"""


@click.command("search", epilog=SEARCH_EXAMPLE)
@click.argument("text")
@looking_as
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True)
@show_options
def search(var: Path, as_json: bool, text: str, viewer: "Viewer | None", limit: int) -> None:
    """Tickets with all these words in title, content, transcript or address, or with the number.

    Four digits also fit the end of the citizen's number, more the whole of it.
    """
    from ticketing.search import results

    found = run(var, lambda store: results(store, text, viewer=viewer, limit=limit))
    if as_json:
        print_json(found)
        return
    for hit in found["hits"]:
        one = hit["ticket"]
        click.echo(
            f"{one['ticket_no']}  {one['created_at']}  {one['state']}  {one['title'] or '-'}"
        )
        for excerpt in hit["excerpts"]:
            click.echo(f"    {excerpt['field']}: {_marked(excerpt)}")
    click.echo(f"{found['total']} found", err=True)


@click.command("repeats", epilog="Example: ./hotline tickets repeats SQ261001000001 --json")
@click.argument("ticket_no")
@looking_as
@show_options
def repeats(var: Path, as_json: bool, ticket_no: str, viewer: "Viewer | None") -> None:
    """Propose earlier tickets of perhaps the same matter, with what speaks for it.

    Nothing is decided: whoever accepts the ticket confirms one as repeat_of.
    """
    rows = run(var, lambda store: _repeats(store, var, ticket_no, viewer))
    columns = ("score", "ticket_no", "created_at", "state", "grounds", "place", "shared_words",
               "rule")  # fmt: skip
    print_rows(rows, as_json, columns)


async def _repeats(
    store: "Store", var: Path, ticket_no: str, viewer: "Viewer | None"
) -> "list[Row]":
    from service.paths import Var
    from ticketing import citydata
    from ticketing.city_folder import folder_of
    from ticketing.repeat_suggestions import suggest
    from ticketing.suggest import places_csv
    from ticketing.suggest.where import Finder

    tickets = tickets_of(store, var)
    one = await tickets.read(ticket_no)
    folder = await folder_of(store, Var.at(var).city)
    regions = citydata.read(folder).regions
    finder = Finder(regions, places_csv.load(regions, folder))
    async with store.read() as db:
        rules = await tickets.rules_now(db)
    found = await suggest(store, one, rules, lambda text: finder.find(text).place, viewer=viewer)
    return [suggestion.to_json() for suggestion in found]


@click.command("reindex", epilog="Example: ./hotline tickets reindex")
@show_options
def reindex(var: Path, as_json: bool) -> None:
    """Make the full-text index anew; the line may run meanwhile."""
    from ticketing import search_upkeep

    done = cast(int, run(var, search_upkeep.reindex))
    if as_json:
        print_json({"indexed": done})
    else:
        click.echo(f"{done} tickets indexed")


def _marked(excerpt: "JsonObject") -> str:
    text: Any = excerpt["text"]
    for start, end in reversed(excerpt["marks"]):
        text = f"{text[:start]}【{text[start:end]}】{text[end:]}"
    return " ".join(text.split())
