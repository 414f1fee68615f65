"""`hotline persons`: who the citizens of tickets are, as far as somebody recognised them."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from service.commands_store import known_number, run, show_options, time_option
from service.errors import Failure
from service.output import say
from service.tables import Row, print_object, print_rows
from service.ticket_options import acting_operator

if TYPE_CHECKING:
    from store.engine import Store
    from ticketing.persons import Persons

_COLUMNS = ("person_id", "name", "phones", "flags", "tickets", "created_at", "erased_at")

LINK_EXAMPLE = """\b
Examples:
  ./hotline persons link SQ261001000001                  (a new person, as the ticket names him)
  ./hotline persons link SQ261001000001 P3f9a1c22b0 --as agent:1001
"""
FLAG_EXAMPLE = """\b
Examples:
  ./hotline persons flag P3f9a1c22b0 elderly --source civil_affairs --reason 高龄老人名单
  ./hotline persons flag P3f9a1c22b0 abuse --source supervisor --until 2026-12-31 \\
      --reason 反复拨打占用线路 --as supervisor:s1
"""
ERASE_EXAMPLE = """\b
Examples:
  ./hotline persons erase P3f9a1c22b0 --reason 本人书面申请
  ./hotline persons erase SQ261001000001 --reason 本人书面申请     (a ticket of nobody known)
"""

reason_option = click.option("--reason", required=True, help="Why; it is kept for good.")


@click.group(epilog="Example: ./hotline persons suggest 13800000001")
def persons() -> None:
    """Persons (诉求人): suggested by a number, confirmed by people, erased when they ask."""


@persons.command("list", epilog="Example: ./hotline persons list --limit 20")
@click.option("--limit", type=click.IntRange(min=1), default=50, show_default=True)
@time_option("--since", "ISO 8601; without offset city time.")
@show_options
def list_persons(var: Path, as_json: bool, limit: int, since: datetime | None) -> None:
    """Newest first."""
    found = _run(var, lambda known: known.recent(at=datetime.now(UTC), limit=limit, since=since))
    print_rows([one.to_json() for one in found], as_json, _COLUMNS)


@persons.command("show", epilog="Example: ./hotline persons show P3f9a1c22b0")
@click.argument("person_id")
@show_options
def show_person(var: Path, as_json: bool, person_id: str) -> None:
    """One person: numbers, flags in force, tickets."""
    found = _run(var, lambda known: known.get(person_id, at=datetime.now(UTC)))
    print_object(found.to_json(), as_json)


@persons.command("suggest", epilog="Example: ./hotline persons suggest 13800000001")
@click.argument("number")
@show_options
def suggest(var: Path, as_json: bool, number: str) -> None:
    """Whom a number, or its last four digits, may belong to; a person has to confirm it."""
    is_tail = len(number) == 4 and number.isascii() and number.isdigit()
    wanted = number if is_tail else known_number(var, number)
    assert wanted is not None
    found = _run(var, lambda known: known.suggest(wanted, at=datetime.now(UTC)))
    columns = ("person_id", "name", "matched", "evidence", "flags")
    print_rows([one.to_json() for one in found], as_json, columns)


@persons.command("add", epilog="Example: ./hotline persons add --name 王奶奶 --phone 13800000001")
@click.option("--name", metavar="NAME")
@click.option("--phone", "phones", multiple=True, metavar="N", help="May be repeated.")
@acting_operator
@show_options
def add(
    var: Path, as_json: bool, name: str | None, phones: tuple[str, ...], who: tuple[str, str]
) -> None:
    """Enter a person who has no ticket, e.g. from the civil-affairs list of the elderly."""
    numbers = [known_number(var, phone) or phone for phone in phones]
    made = _run(var, lambda known: known.add(name, numbers, **_acting(who)))
    print_object(made.to_json(), as_json)


@persons.command("link", epilog=LINK_EXAMPLE)
@click.argument("ticket_no")
@click.argument("person_id", required=False)
@acting_operator
@show_options
def link(
    var: Path, as_json: bool, ticket_no: str, person_id: str | None, who: tuple[str, str]
) -> None:
    """Confirm whose ticket it is; prints the person."""
    linked = _run(var, lambda known: known.link(ticket_no, person_id, **_acting(who)))
    print_object(linked.to_json(), as_json)


@persons.command("unlink", epilog="Example: ./hotline persons unlink SQ261001000001 --reason …")
@click.argument("ticket_no")
@reason_option
@acting_operator
@show_options
def unlink(var: Path, as_json: bool, ticket_no: str, reason: str, who: tuple[str, str]) -> None:
    """Take `link` back: the ticket was somebody else's; prints the person."""
    left = _run(var, lambda known: known.unlink(ticket_no, reason, **_acting(who)))
    print_object(left.to_json(), as_json)


@persons.command("flag", epilog=FLAG_EXAMPLE)
@click.argument("person_id")
@click.argument("flag")
@click.option("--source", metavar="S", help="opt_in, civil_affairs; of abuse: supervisor.")
@time_option("--until", "When it expires; ISO 8601, without offset city time.")
@click.option("--off", is_flag=True, help="It holds no longer.")
@reason_option
@acting_operator
@show_options
def set_flag(
    var: Path,
    as_json: bool,
    person_id: str,
    flag: str,
    source: str | None,
    until: datetime | None,
    off: bool,
    reason: str,
    who: tuple[str, str],
) -> None:
    """Note something about a person for some time: elderly (老年人) or abuse (恶意骚扰).

    Elderly callers are put through to a person at once and first.
    """
    if off == (source is not None):
        raise click.UsageError("give --source S, or --off")

    async def work(store: "Store") -> Row:
        from ticketing.person_flags import PersonFlags

        flags, acting = PersonFlags(store), _acting(who)
        if source is None:
            return (await flags.end(person_id, flag, reason, **acting)).to_json()
        made = await flags.set(person_id, flag, source, reason, expires_at=until, **acting)
        return made.to_json()

    print_object(run(var, work), as_json)


@persons.command("erase", epilog=ERASE_EXAMPLE)
@click.argument("whom", metavar="PERSON_ID|TICKET_NO")
@reason_option
@acting_operator
@show_options
def erase(var: Path, as_json: bool, whom: str, reason: str, who: tuple[str, str]) -> None:
    """Destroy the keys of a person and all his tickets, or of a ticket that is nobody's.

    Names and numbers are then gone for good; refused while one of the tickets is open.
    """

    async def work(store: "Store") -> Row:
        from ticketing.erasure import Erasure
        from ticketing.person import is_person_id

        erasure = Erasure(store)
        if is_person_id(whom):
            return (await erasure.person(whom, reason, **_acting(who))).to_json()
        await erasure.ticket(whom, reason, **_acting(who))
        return {"ticket_no": whom, "erased": True}

    print_object(run(var, work), as_json)
    say("backups that were made before still have the data: see docs/persons.md")


@persons.command("log", epilog="Example: ./hotline persons log P3f9a1c22b0")
@click.argument("person_id")
@show_options
def log(var: Path, as_json: bool, person_id: str) -> None:
    """What was done with a person, by whom and why, oldest first; checks its hash chain."""
    whole, events = _run(var, lambda known: known.journal(person_id))
    print_rows(events, as_json, ("at", "command", "role", "actor", "data"))
    if not whole:
        fix = "compare with a backup"
        raise Failure("broken_chain", f"the journal of {person_id} was changed", fix=fix)


def _acting(who: tuple[str, str]) -> dict[str, Any]:
    role, name = who
    return {"role": role, "actor": name, "at": datetime.now(UTC)}


def _run(var: Path, work: "Callable[[Persons], Awaitable[Any]]") -> Any:
    async def on_store(store: "Store") -> Any:
        from ticketing.persons import Persons

        return await work(Persons(store))

    return run(var, on_store)
