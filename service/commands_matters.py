"""`hotline tickets another` and `link`: several matters in a call, several calls on a matter."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from service.commands_store import run, show_options, unknown
from service.reading import read_object
from service.tables import print_object
from service.ticket_options import acting_as, tickets_of

if TYPE_CHECKING:
    from store.engine import Store

ANOTHER_EXAMPLE = """\b
Example: echo '{"content": "楼道灯也不亮"}' |
             ./hotline tickets another SQ261001000001 --as agent:1001 --data -
"""
RELATIONS = ("origin", "statement", "urge", "callback", "relay")


@click.command("another", epilog=ANOTHER_EXAMPLE)
@click.argument("ticket_no")
@click.option("--data", type=click.File(encoding="utf-8"), default="-", help="JSON; - is stdin.")
@acting_as
@show_options
def another(var: Path, as_json: bool, ticket_no: str, data: Any, who: tuple[str, str]) -> None:
    """Another matter of the same citizen in the same call: a new ticket that takes over person,
    place and call; prints it."""
    values = read_object(data)

    async def work(store: "Store") -> Any:
        from ticketing.another import another_matter

        tickets, (role, name) = tickets_of(store, var), who
        now = datetime.now(UTC)
        return await another_matter(tickets, ticket_no, values, actor=name, role=role, at=now)

    print_object(run(var, work).to_json(), as_json)


@click.command("link", epilog="Example: ./hotline tickets link SQ261001000001 CALL_ID urge")
@click.argument("ticket_no")
@click.argument("call_id")
@click.argument("relation", type=click.Choice(RELATIONS))
@acting_as
@show_options
def link(
    var: Path, as_json: bool, ticket_no: str, call_id: str, relation: Any, who: tuple[str, str]
) -> None:
    """Say that a call concerns a ticket: more facts (statement), urging (urge), a call back or a
    relayed talk; prints the ticket."""

    async def work(store: "Store") -> Any:
        from store.calls import CallLog
        from ticketing.acting import actor_of

        role, name = who
        actor = actor_of(role, name, None)
        if await CallLog(store).get(call_id) is None:
            raise unknown("call", call_id)
        return await tickets_of(store, var).link_call(
            ticket_no, call_id, relation, actor=actor.name, role=role, at=datetime.now(UTC)
        )

    print_object(run(var, work).to_json(), as_json)
