"""`hotline tickets simulate` and `tickets workflow`: the rules of tickets, without a line."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from service.commands_policy import try_on_store
from service.commands_store import show_options, time_option
from service.errors import Failure
from service.output import print_json, say

EXAMPLE = """\b
Example: ./hotline tickets simulate rehearsal.json --json
with rehearsal.json:
  {"policy": {"sla.review_pause": "strict"},
   "steps": [{"at": "2026-10-01T08:00:00+08:00", "as": {"role": "agent", "name": "1001"},
              "command": "create", "ticket": "t1", "data": {"content": "路灯不亮"}},
             {"at": "2026-10-01T09:00:00+08:00", "command": "tick"}]}
"""


@click.command(epilog=EXAMPLE)
@click.argument("file", type=click.Path(dir_okay=False, allow_dash=True, path_type=Path))
@click.option(
    "--from-store",
    is_flag=True,
    help="Try the policy of FILE on stored tickets instead of steps; writes nothing.",
)
@time_option("--since", "With --from-store: tickets made then or later; default: 31 days ago.")
@time_option("--until", "With --from-store: up to then; default: now.")
@show_options
def simulate(
    var: Path,
    as_json: bool,
    file: Path,
    from_store: bool,
    since: datetime | None,
    until: datetime | None,
) -> None:
    """Rehearse a policy: run commands at given times on tickets in memory; `-` is stdin.

    With --from-store: what people did with last month's tickets is done again under the policy
    of FILE, e.g. {"policy": {"sla.resolve_hours": 10}}; tells what would have come out otherwise.
    """
    given = _read(file)
    for key in given.keys() - {"policy", "steps"}:
        say(f"warning: unknown key {key}; ignored")
    policy, steps = given.get("policy") or {}, given.get("steps")
    if not isinstance(policy, dict):
        fix = 'write {"policy": {"sla.resolve_hours": 10}}'
        raise Failure("invalid_value", "the policy is no object", field="policy", fix=fix)
    if from_store:
        try_on_store(var, policy, since, until, as_json)
        return
    if not isinstance(steps, list):
        fix = 'write {"policy": {…}, "steps": […]}'
        raise Failure("invalid_value", "there is no list of steps", field="steps", fix=fix)
    _rehearse(policy, steps, as_json)


def _rehearse(policy: dict[str, Any], steps: list[Any], as_json: bool) -> None:
    from ticketing import citydata
    from ticketing.refusal import Refusal
    from ticketing.rehearsal import Rehearsal

    try:
        rehearsal = Rehearsal.of(policy, citydata.load())
    except Refusal as refusal:
        raise Failure(refusal.code, refusal.message, field=refusal.field, fix=refusal.fix) from None
    entries = list(rehearsal.run(steps))
    for warning in rehearsal.warnings:
        say(f"warning: {warning}")
    if as_json:
        print_json(entries)
    else:
        _print_table(entries)


@click.command(epilog="Example: ./hotline tickets workflow --out docs/ticket-workflow.md")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File to write, as Markdown with the diagram and the table; default: print it.",
)
def workflow(out: Path | None) -> None:
    """The table of transitions as a Mermaid diagram, generated from the rules."""
    from ticketing.workflow.diagram import document

    if out is None:
        click.echo(document(), nl=False)
        return
    try:
        out.write_text(document(), encoding="utf-8")
    except OSError as error:
        raise Failure("not_written", f"{out}: {error.strerror}") from error


def _read(file: Path) -> dict[str, Any]:
    try:
        with click.open_file(str(file), encoding="utf-8") as stream:
            given = json.load(stream)
    except OSError as error:
        raise Failure(
            "not_read", f"{file}: {error.strerror}", fix="name an existing file"
        ) from None
    except (ValueError, RecursionError) as error:
        fix = "write one JSON object in UTF-8"
        raise Failure("invalid_value", f"{file} is no JSON: {error}", fix=fix) from None
    if not isinstance(given, dict):
        fix = 'write {"policy": {…}, "steps": […]}'
        raise Failure("invalid_value", f"{file} holds no JSON object", fix=fix)
    return given


def _print_table(entries: list[dict[str, Any]]) -> None:
    for entry in entries:
        what = " ".join(str(entry[key]) for key in ("command", "ticket") if entry[key])
        said = entry["refused"]["message"] if entry["refused"] else entry["state"] or ""
        mark = "ok" if entry["ok"] else entry["refused"]["code"]
        click.echo(f"{entry['step']:>4}  {entry['at'] or '-'}  {what}: {mark} {said}")
        due = {name: at for name, at in (entry["due"] or {}).items() if at is not None}
        lines = {
            "due": "  ".join(f"{name} {at}" for name, at in due.items()),
            "overdue": " ".join(entry["overdue"] or []),
            "fired": "  ".join(f"{one['id']} {one['due_at']}" for one in entry["timers_fired"]),
            "sent": "  ".join(f"{one['template']}→{one['to_role']}" for one in entry["outbox"]),
        }
        for name, line in lines.items():
            if line:
                click.echo(f"      {name}: {line}")
