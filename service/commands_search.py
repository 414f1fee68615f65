"""`hotline tickets search|reindex`."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from service.commands_store import run, show_options
from service.output import print_json
from service.ticket_options import looking_as

if TYPE_CHECKING:
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
