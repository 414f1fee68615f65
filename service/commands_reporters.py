"""`hotline tickets redact|reveal|access`: what protects the people behind hidden tickets."""

from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import click

from service.commands_store import run, show_options
from service.output import print_json
from service.tables import print_object, print_rows
from service.ticket_options import acting_as, tickets_of


@click.command("redact", epilog="Example: ./hotline tickets redact SQ261001000001")
@click.argument("ticket_no")
@show_options
def redact(var: Path, as_json: bool, ticket_no: str) -> None:
    """Propose the text that a unit may see of a ticket; a dispatcher confirms it."""
    from ticketing.redaction import proposal

    found = proposal(run(var, lambda store: tickets_of(store, var).read(ticket_no)))
    if as_json:
        print_json(found.to_json())
        return
    click.echo(found.text)
    for one in found.removed:
        click.echo(f"{one.kind}: {found.original[one.start : one.end]}", err=True)


@click.command(
    "reveal",
    epilog="Example: ./hotline tickets reveal SQ261001000001 --as supervisor:s1 --reason 公安调取",
)
@click.argument("ticket_no")
@acting_as
@click.option("--reason", required=True, help="Why; it is kept for good.")
@show_options
def reveal(var: Path, as_json: bool, ticket_no: str, who: tuple[str, str], reason: str) -> None:
    """Show who the citizen of a hidden ticket is, and put that on record."""
    from ticketing.revealing import Revealing
    from ticketing.visibility import Viewer
    from ticketing.workflow.terms import Role

    role, name = who
    viewer = Viewer(name, frozenset({cast(Role, role)}))
    found = run(
        var,
        lambda store: Revealing(store, tickets_of(store, var)).reveal(
            ticket_no, viewer, reason, at=datetime.now(UTC)
        ),
    )
    print_object(found, as_json)


@click.command("access", epilog="Example: ./hotline tickets access SQ261001000001")
@click.argument("ticket_no", required=False)
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True)
@show_options
def access(var: Path, as_json: bool, ticket_no: str | None, limit: int) -> None:
    """Who saw the citizen of a hidden ticket, newest first; without a number of all tickets."""
    from ticketing.revealing import Revealing

    found = run(
        var,
        lambda store: Revealing(store, tickets_of(store, var)).log(ticket_no, limit=limit),
    )
    columns = ("at", "ticket_no", "actor", "role", "reason")
    print_rows([one.to_json() for one in found], as_json, columns)
