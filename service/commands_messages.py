"""`hotline outbox`, `notices` and `callbacks`: what has to be told to people."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from service.commands_store import run, show_options
from service.tables import print_object, print_rows
from service.ticket_options import acting_operator

if TYPE_CHECKING:
    from store.engine import Store

STATES = ("waiting", "sending", "sent", "delivered", "failed", "unknown", "outdated")
_limit = click.option("--limit", type=click.IntRange(min=1), default=50, show_default=True)


def _outbox(store: "Store") -> Any:
    from ticketing.outbox import Outbox

    return Outbox(store)


@click.group(epilog="Example: ./hotline outbox list --state failed")
def outbox() -> None:
    """Short messages (短信) to citizens and units."""


@outbox.command("list", epilog="Example: ./hotline outbox list --state failed --json")
@_limit
@click.option("--state", type=click.Choice(STATES), help="Only these.")
@click.option("--ticket", metavar="NO", help="Only of this ticket.")
@show_options
def list_messages(var: Path, as_json: bool, limit: int, state: Any, ticket: str | None) -> None:
    """Newest first. Texts and numbers are taken from the ticket when a message is sent."""
    found = run(var, lambda store: _outbox(store).list(limit=limit, state=state, ticket_no=ticket))
    columns = ("id", "created_at", "ticket_no", "template", "to_role", "unit", "state", "note")
    print_rows([one.to_json() for one in found], as_json, columns)


@outbox.command("show", epilog="Example: ./hotline outbox show 17 --json")
@click.argument("id", type=int)
@show_options
def show_message(var: Path, as_json: bool, id: int) -> None:
    """One message and what became of it."""
    print_object(run(var, lambda store: _outbox(store).get(id)).to_json(), as_json)


@outbox.command("retry", epilog="Example: ./hotline outbox retry 17")
@click.argument("id", type=int)
@show_options
def retry_message(var: Path, as_json: bool, id: int) -> None:
    """Send a message again that failed or whose fate is unknown; no survey."""
    now = datetime.now(UTC)
    print_object(run(var, lambda store: _outbox(store).retry(id, at=now)).to_json(), as_json)


@click.group(epilog="Example: ./hotline notices list --role supervisor")
def notices() -> None:
    """What roles of the hotline and units have to know (提醒)."""


@notices.command("list", epilog="Example: ./hotline notices list --role dispatcher --json")
@_limit
@click.option("--role", help="Only for this role, e.g. supervisor.")
@click.option("--unit", metavar="U", help="Only for this unit, e.g. SLJ.")
@click.option("--done", is_flag=True, help="Also those that somebody took note of.")
@show_options
def list_notices(
    var: Path, as_json: bool, limit: int, role: Any, unit: str | None, done: bool
) -> None:
    """Newest first; those that nobody has taken note of."""
    found = run(
        var, lambda store: _outbox(store).notices(role=role, unit=unit, done=done, limit=limit)
    )
    columns = ("id", "created_at", "ticket_no", "template", "to_role", "unit", "done_by")
    print_rows([one.to_json() for one in found], as_json, columns)


@notices.command("done", epilog="Example: ./hotline notices done 12 --as supervisor:s1")
@click.argument("id", type=int)
@acting_operator
@show_options
def take_note(var: Path, as_json: bool, id: int, who: tuple[str, str]) -> None:
    """Say that you have taken note of one; the first who does stands in it."""
    now = datetime.now(UTC)
    done = run(var, lambda store: _outbox(store).take_note(id, by=who[1], at=now))
    print_object(done.to_json(), as_json)


@click.group(epilog="Example: ./hotline callbacks list")
def callbacks() -> None:
    """Tickets whose citizens have to be called back (人工回访)."""


@callbacks.command("list", epilog="Example: ./hotline callbacks list --json")
@_limit
@show_options
def list_callbacks(var: Path, as_json: bool, limit: int) -> None:
    """The one that is due first, first; `next_at`: the earliest time at which a call counts."""

    async def work(store: "Store") -> Any:
        from ticketing.callback_tasks import CallbackTasks

        return await CallbackTasks(store).list(datetime.now(UTC), limit=limit)

    columns = ("ticket_no", "title", "number", "due", "next_at", "attempts", "unsatisfied")
    print_rows([one.to_json() for one in run(var, work)], as_json, columns)
