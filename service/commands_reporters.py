"""`hotline tickets redact|reveal|access`: what protects the people behind hidden tickets."""

from pathlib import Path

import click

from service.commands_store import run, show_options
from service.output import print_json


@click.command("redact", epilog="Example: ./hotline tickets redact SQ261001000001")
@click.argument("ticket_no")
@show_options
def redact(var: Path, as_json: bool, ticket_no: str) -> None:
    """Propose the text that a unit may see of a ticket; a dispatcher confirms it."""
    from ticketing.redaction import proposal
    from ticketing.tickets import Tickets

    found = proposal(run(var, lambda store: Tickets(store).read(ticket_no)))
    if as_json:
        print_json(found.to_json())
        return
    click.echo(found.text)
    for one in found.removed:
        click.echo(f"{one.kind}: {found.original[one.start : one.end]}", err=True)
