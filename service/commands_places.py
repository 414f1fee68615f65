"""`hotline places`: the gazetteer (地名库) of the city's data."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from service.commands_city import edit, print_changes, signed
from service.commands_exchange import FILE, say_faults
from service.commands_store import run, show_options
from service.errors import Failure
from service.output import print_json, say
from service.tables import Row, print_rows

if TYPE_CHECKING:
    from store.engine import Store
    from ticketing.city_editing import CityEditing

IMPORT_EXAMPLE = """\b
Example: ./hotline places import places.csv --by 王主任 --reason 新小区交付 --dry-run
Columns: code,name,kind,parent,aliases,lng,lat,valid_from,valid_to (aliases apart by |)
"""


@click.group(epilog="Example: ./hotline places search xfjy")
def places() -> None:
    """Places (地名): estates, roads, villages, schools, with how they are called and typed."""


@places.command("import", epilog=IMPORT_EXAMPLE)
@click.argument("file", type=FILE)
@click.option("--dry-run", is_flag=True, help="Check everything and write nothing.")
@click.option("--errors", type=FILE, metavar="OUT.csv", help="Write what is wrong into a table.")
@signed
@show_options
def import_places(
    var: Path, as_json: bool, file: Path, dry_run: bool, errors: Path | None, by: str, reason: str
) -> None:
    """Add the places of a CSV or XLSX table, or change those it names; the others stay.

    It is one version of the city's data. With a wrong row nothing is changed; a place that is
    no more gets its last day in valid_to."""
    from ticketing.exchange.faults import table
    from ticketing.place_import import import_places as bring

    now = datetime.now(UTC)

    async def work(editing: "CityEditing") -> Any:
        return await bring(
            editing, file, by=by, reason=reason, at=now, faults=faults, dry_run=dry_run
        )

    try:
        with table(errors) as faults:
            done = edit(var, work)
    except OSError as error:
        told = f"{error.filename}: {error.strerror}"
        raise Failure("not_written", told, field="errors") from None
    if done.faults.count:
        first = [fault.to_json() for fault in done.faults.first]
        if as_json:
            print_json({"faults": done.faults.count, "first_faults": first})
        say_faults(first)
        say(f"{done.faults.count} faults; nothing was changed")
        sys.exit(1)
    print_changes(done.changes, as_json)


@places.command("search", epilog="Example: ./hotline places search 幸福jy --region 321302")
@click.argument("typed")
@click.option("--region", metavar="CODE", help="Only in this region, e.g. 321302.")
@click.option("--limit", type=click.IntRange(1, 50), default=10, show_default=True)
@show_options
def search(var: Path, as_json: bool, typed: str, region: str | None, limit: int) -> None:
    """Find places by characters, pinyin, initials or a mixture, the best first."""
    rows = run(var, lambda store: _search(store, var, typed[:40], region, limit))
    print_rows(rows, as_json, ("code", "name", "kind", "region", "parents", "found", "score"))


async def _search(
    store: "Store", var: Path, typed: str, region: str | None, limit: int
) -> list[Row]:
    from service.paths import Var
    from store.types import SHANGHAI
    from ticketing import citydata
    from ticketing.city_folder import folder_of
    from ticketing.suggest import places_csv

    folder = await folder_of(store, Var.at(var).city)
    gazetteer = places_csv.load(citydata.read(folder).regions, folder)
    found = gazetteer.search(typed, on=datetime.now(SHANGHAI).date(), region=region, limit=limit)
    return [
        {
            "code": one.place.code,
            "name": one.place.name,
            "kind": one.place.kind,
            "region": one.place.region,
            "parents": [outer.name for outer in gazetteer.parents(one.place)],
            "found": one.name,
            "score": one.score,
            "lng": one.place.lng,
            "lat": one.place.lat,
        }
        for one in found
    ]
