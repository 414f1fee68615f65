"""`hotline tickets`: the tickets of the store, and the commands of their workflow."""

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from service.commands_attachments import attach, attachments, attachments_of, release
from service.commands_exchange import bring_in, export, fields
from service.commands_line import call, contact
from service.commands_matters import another, link
from service.commands_rehearse import simulate, workflow
from service.commands_reporters import access, redact, reveal
from service.commands_search import reindex, repeats, search
from service.commands_store import known_number, list_options, run, show_options
from service.commands_suggest import suggest
from service.output import print_json, say
from service.reading import read_object
from service.tables import Row, print_object, print_rows
from service.ticket_options import acting_as, tickets_of

if TYPE_CHECKING:
    from store.engine import Store

F = TypeVar("F", bound=Callable[..., Any])

DO_EXAMPLE = """\b
Examples:
  ./hotline tickets do SQ261001000001 sign --as unit_handler:u1
  echo '{"unit": "SLJ", "answer_type": "investigate"}' |
      ./hotline tickets do SQ261001000001 dispatch --as dispatcher:d1 --data - --json
"""


@click.group(epilog="Example: ./hotline tickets list")
def tickets() -> None:
    """Tickets (工单)."""


for _command in (
    *(simulate, workflow, suggest, export, bring_in, fields, another, link),
    *(search, repeats, reindex),
    *(attach, attachments, release, redact, reveal, access),
    *(contact, call),
):
    tickets.add_command(_command)


@tickets.command("list", epilog="Example: ./hotline tickets list --number 13800000001")
@list_options("The caller's or contact number")
def list_tickets(
    var: Path, as_json: bool, limit: int, since: datetime | None, number: str | None
) -> None:
    """Newest first."""
    wanted = known_number(var, number)
    rows = run(
        var,
        lambda store: tickets_of(store, var).list(limit=limit, since=since, number=wanted),
    )
    columns = ("created_at", "ticket_no", "query_code", "state", "caller_number", "title")
    print_rows([row.to_json() for row in rows], as_json, columns)


@tickets.command("show", epilog="Example: ./hotline tickets show SQ20261001000001")
@click.argument("ticket_no")
@show_options
def show_ticket(var: Path, as_json: bool, ticket_no: str) -> None:
    """One ticket with all its fields and events."""
    found = run(var, lambda store: tickets_of(store, var).read(ticket_no))
    print_object(found.to_json(), as_json)


@tickets.command(
    "create",
    epilog='Example: echo \'{"content": "路灯不亮"}\' | ./hotline tickets create --data -',
)
@click.option(
    "--data", type=click.File(encoding="utf-8"), default="-", help="JSON object; - is the default."
)
@show_options
def create_ticket(var: Path, as_json: bool, data: Any) -> None:
    """Make a ticket from JSON with the keys of a ticket; prints it."""
    values = read_object(data)
    made = run(
        var,
        lambda store: tickets_of(store, var).create(
            values, actor="operator", role="operator", at=datetime.now(UTC)
        ),
    )
    print_object(made.to_json(), as_json)


@tickets.command("do", epilog=DO_EXAMPLE)
@click.argument("ticket_no")
@click.argument("command")
@acting_as
@click.option("--unit", metavar="U", help="Unit that a unit role acts for; default: the holder.")
@click.option("--data", type=click.File(encoding="utf-8"), help="JSON object; - is stdin.")
@click.option("--version", type=int, metavar="N", help="Refuse if somebody changed version N.")
@show_options
def do_command(
    var: Path,
    as_json: bool,
    ticket_no: str,
    command: str,
    who: tuple[str, str],
    unit: str | None,
    data: Any,
    version: int | None,
) -> None:
    """Do a command of the workflow on a ticket; prints the ticket (see `tickets workflow`)."""
    from ticketing.given import KEYS

    values = {} if data is None else read_object(data)
    for key in sorted(values.keys() - KEYS):
        say(f"warning: unknown key {key}; ignored")
    role, name = who
    done = run(
        var,
        lambda store: tickets_of(store, var).do(
            ticket_no,
            command,
            values,
            actor=name,
            role=role,
            unit=unit,
            at=datetime.now(UTC),
            expected_version=version,
        ),
    )
    print_object(done.to_json(), as_json)


@tickets.command("verify", epilog="Example: ./hotline tickets verify SQ261001000001")
@click.argument("ticket_no", required=False)
@show_options
def verify(var: Path, as_json: bool, ticket_no: str | None) -> None:
    """Check the journal of one ticket, or of all: hash chains, that events give the row, files."""

    async def check(store: "Store") -> tuple[int, list[Row]]:
        stored = tickets_of(store, var)
        files = attachments_of(store, var)
        numbers = [ticket_no] if ticket_no is not None else await stored.numbers()
        found = [
            {"ticket_no": number, "problem": problem}
            for number in numbers
            for problem in await stored.verify(number)
            or await files.verify(await stored.read(number))  # what is broken cannot be read
        ]
        return len(numbers), found

    checked, problems = run(var, check)
    if as_json:
        print_json({"checked": checked, "problems": problems})
    else:
        for one in problems:
            click.echo(f"{one['ticket_no']}: {one['problem']}")
        click.echo(f"{checked} checked, {len(problems)} problems")
    if problems:
        sys.exit(1)
