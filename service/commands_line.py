"""`hotline tickets contact` and `call`: the running line rings people for a ticket."""

import asyncio
from pathlib import Path

import click

from service.commands_store import show_options
from service.output import print_json
from service.ticket_options import acting_as

UNIT = "unit"
"""Short for unit_handler, who does this every day."""


def _order(var: Path, as_json: bool, name: str, **what: str | None) -> None:
    from service.ordering import order
    from service.paths import Var

    call_id = asyncio.run(order(Var.at(var), name, **what))
    if as_json:
        print_json({"call_id": call_id})
    else:
        click.echo(f"{call_id}: ringing; see ./hotline calls show {call_id}")


@click.command(
    "contact", epilog="Example: ./hotline tickets contact SQ261001000001 --as unit:u1 --unit SLJ"
)
@click.argument("ticket_no")
@acting_as
@click.option("--unit", metavar="U", help="Unit that wants to talk; default: the holder.")
@show_options
def contact(
    var: Path, as_json: bool, ticket_no: str, who: tuple[str, str], unit: str | None
) -> None:
    """Ring the unit's duty phone, then the citizen (联系诉求人): neither sees the other's number.

    Needs a running line. The unit's phone has to press 1. The call is recorded and belongs to the
    ticket as `relay`.
    """
    role, name = who
    role = "unit_handler" if role == UNIT else role
    _order(var, as_json, "contact", ticket_no=ticket_no, actor=name, role=role, unit=unit)


@click.command("call", epilog="Example: ./hotline tickets call SQ261001000001 --agent 1001")
@click.argument("ticket_no")
@click.option("--agent", metavar="N", required=True, help="Agent who is free; rung first.")
@show_options
def call(var: Path, as_json: bool, ticket_no: str, agent: str) -> None:
    """Ring an agent, then the citizen of the ticket, who sees the hotline's number.

    Needs a running line. The call is recorded and belongs to the ticket as `callback`.
    """
    _order(var, as_json, "call", ticket_no=ticket_no, actor=agent, role="agent", agent=agent)
