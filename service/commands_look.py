"""`hotline status` and `hotline doctor`."""

import asyncio
from pathlib import Path

import click

from service.output import json_option, print_json, var_option


@click.command(epilog="Example: ./hotline status --json")
@var_option
@json_option
def status(var: Path, as_json: bool) -> None:
    """What the line does now: calls, channels, bridges, queue, agents, speech, trunks."""
    from service.status import live_status, show_status

    value = asyncio.run(live_status(var))
    if as_json:
        print_json(value)
    else:
        show_status(value)


@click.command(epilog="Example: ./hotline doctor --config my-city.yaml")
@click.option(
    "--config",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Settings to check; default those of the last `up` on this VAR.",
)
@var_option
@json_option
@click.pass_context
def doctor(context: click.Context, config: Path | None, var: Path, as_json: bool) -> None:
    """Check every part of the line: one line each, ok, warning or failed with its fix."""
    from service.doctor import examine, show_findings

    findings = asyncio.run(examine(var, config))
    if as_json:
        print_json([finding.as_json() for finding in findings])
    else:
        show_findings(findings)
    if any(finding.level == "failed" for finding in findings):
        context.exit(1)
