"""`hotline policy`: the versions of the city's rules, and a policy tried on stored tickets."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from service.commands_store import run, show_options, time_option
from service.errors import Failure
from service.output import print_json
from service.reading import read_object
from service.tables import Row, print_object, print_rows

if TYPE_CHECKING:
    from store.engine import Store
    from ticketing.policy import Policy

_WINDOW = timedelta(days=31)
_SHOWN = 20
"""So many changed tickets are printed for people; --json has all."""

ADD_EXAMPLE = """\b
Example: echo '{"sla.resolve_hours": 10}' | ./hotline policy add 2027-01 --data - \\
             --effective-from 2027-01-01T00:00:00+08:00 --by 王主任
"""


@click.group(epilog="Example: ./hotline policy list")
def policy() -> None:
    """Versions of the rules (政策版本): every limit in numbers, from when, by whom."""


@policy.command("list", epilog="Example: ./hotline policy list --json")
@show_options
def list_versions(var: Path, as_json: bool) -> None:
    """Newest first."""
    versions = reversed(run(var, _versions))
    rows = [{"policy_id": one.policy_id, **_head(one)} for one in versions]
    print_rows(rows, as_json, ("policy_id", "effective_from", "source"))


@policy.command("show", epilog="Example: ./hotline policy show suqian-2020")
@click.argument("policy_id")
@show_options
def show_version(var: Path, as_json: bool, policy_id: str) -> None:
    """One version with all its switches."""
    print_object(_plain(_named(run(var, _versions), policy_id)), as_json)


@policy.command("diff", epilog="Example: ./hotline policy diff suqian-2020 2027-01")
@click.argument("first")
@click.argument("second")
@show_options
def compare(var: Path, as_json: bool, first: str, second: str) -> None:
    """In what two versions differ."""
    versions = run(var, _versions)
    one, other = _plain(_named(versions, first)), _plain(_named(versions, second))
    rows = [{"switch": key, first: one[key], second: other[key]} for key in one if "." in key]
    print_rows(
        [row for row in rows if row[first] != row[second]], as_json, ("switch", first, second)
    )


@policy.command("add", epilog=ADD_EXAMPLE)
@click.argument("policy_id")
@click.option("--data", type=click.File(encoding="utf-8"), required=True, help="JSON; - is stdin.")
@click.option("--by", required=True, metavar="NAME", help="Who decided it.")
@time_option("--effective-from", "From when; tickets accepted earlier keep theirs. Default: now.")
@show_options
def add_version(
    var: Path, as_json: bool, policy_id: str, data: Any, by: str, effective_from: datetime | None
) -> None:
    """Enact a version that differs from the newest one in the switches of --data."""
    from ticketing.tickets import Tickets

    switches = read_object(data)
    now = datetime.now(UTC)
    known = run(
        var,
        lambda store: Tickets(store).add_policy(
            switches,
            policy_id=policy_id,
            effective_from=effective_from or now,
            by=by,
            at=now,
        ),
    )
    print_object(_plain(_named(known.versions, policy_id)), as_json)


@policy.command(
    "withdraw", epilog="Example: ./hotline policy withdraw 2027-01 --by 王主任 --reason 日期写错"
)
@click.argument("policy_id")
@click.option("--by", required=True, metavar="NAME", help="Who decided it.")
@click.option("--reason", required=True, help="Why; it stays with the version.")
@show_options
def withdraw_version(var: Path, as_json: bool, policy_id: str, by: str, reason: str) -> None:
    """Take back the newest version before it is in force."""
    from ticketing.tickets import Tickets

    now = datetime.now(UTC)
    run(
        var,
        lambda store: Tickets(store).withdraw_policy(policy_id, by=by, at=now, reason=reason),
    )
    print_object({"withdrawn": policy_id, "by": by, "reason": reason}, as_json)


def try_on_store(
    var: Path,
    switches: Row,
    since: datetime | None,
    until: datetime | None,
    as_json: bool,
) -> None:
    """Prints what a policy would have made of stored tickets."""
    from store.types import local_iso
    from ticketing.tickets import Tickets

    until = until or datetime.now(UTC)
    since = since or until - _WINDOW
    if since >= until:
        fix = "give an earlier --since or a later --until"
        raise Failure("invalid_value", "the time is empty", field="since", fix=fix)
    trial = run(var, lambda store: Tickets(store).try_policy(switches, since=since, until=until))
    told = trial.to_json()
    if as_json:
        print_json({"policy": switches, "since": since, "until": until, **told})
        return
    click.echo(f"{told['tickets']} tickets from {local_iso(since)} to {local_iso(until)}")
    click.echo(f"{len(told['changed'])} would have gone otherwise")
    missed = [{"limit": name, **counts} for name, counts in told["missed"].items()]
    if missed:
        print_rows(missed, False, ("limit", "before", "after"))
    for one in told["changed"][:_SHOWN]:
        click.echo(f"{one['ticket_no']}: {_difference(one['before'], one['after'])}")
    for one in told["refused"][:_SHOWN]:
        click.echo(
            f"{one['ticket_no']}: {one['command']} refused ({one['code']}): {one['message']}"
        )
    if told["not_replayable"]:
        click.echo(f"{len(told['not_replayable'])} could not be rehearsed as they were")


async def _versions(store: "Store") -> "list[Policy]":
    from ticketing.tickets import Tickets

    return list((await Tickets(store).policies()).versions)


def _named(versions: "Sequence[Policy]", policy_id: str) -> "Policy":
    for one in versions:
        if one.policy_id == policy_id:
            return one
    fix = "see ./hotline policy list"
    raise Failure("unknown_policy", f"there is no version {policy_id}", fix=fix)


def _head(one: "Policy") -> Row:
    from store.types import local_iso

    return {"effective_from": local_iso(one.effective_from), "source": one.source}


def _plain(one: "Policy") -> Row:
    return one.model_dump(mode="json", by_alias=True) | _head(one)


def _difference(before: Row | None, after: Row | None) -> str:
    if before is None or after is None:
        return "would not have been made"
    parts = []
    for key, was in before.items():
        if key == "due":
            parts += [
                f"{name} {was[name]} → {at}" for name, at in after[key].items() if at != was[name]
            ]
        elif key == "missed":
            names = [[one["timer"] for one in side] for side in (was, after[key])]
            if names[0] != names[1]:
                parts.append(f"missed {names[0]} → {names[1]}")
        elif was != after[key]:
            parts.append(f"{key} {was} → {after[key]}")
    return "; ".join(parts) or "other times of missed limits"
