"""`hotline up` and `hotline reload`."""

import asyncio
import contextlib
import os
import signal
import sys
from pathlib import Path

import click

from service.output import json_option, print_json, var_option


def say(text: str) -> None:
    """Progress on standard error; a terminal that was closed must not stop the line."""
    with contextlib.suppress(OSError):
        print(f"hotline: {text}", file=sys.stderr, flush=True)


@click.command(epilog="Example: ./hotline up --demo --free-ports --var /tmp/line")
@click.option(
    "--config",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Settings of the city; default config.yaml of the product.",
)
@click.option("--demo", is_flag=True, help="Add phones of all roles and lab emergency desks.")
@click.option("--offline", is_flag=True, help="Fetch nothing; use what earlier starts fetched.")
@click.option("--free-ports", is_flag=True, help="Pick free ports, kept in VAR/ports.json.")
@var_option
def up(config: Path | None, demo: bool, offline: bool, free_ports: bool, var: Path) -> None:
    """Set up what is missing and run the line in the foreground until Ctrl-C or SIGTERM."""
    # Recordings, records and logs of this process and its children are the owner's only.
    os.umask(0o077)
    # Until the supervisor handles signals, SIGTERM ends the command as Ctrl-C does.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with contextlib.suppress(KeyboardInterrupt):
        from service.runtime import UpOptions
        from service.supervisor import Supervisor

        config = config.absolute() if config else None
        options = UpOptions(var, config, demo=demo, offline=offline, free_ports=free_ports)
        asyncio.run(Supervisor(options, say=say).run())
    say("stopped")


@click.command(epilog="Example: ./hotline reload")
@var_option
@json_option
def reload(var: Path, as_json: bool) -> None:
    """Bring a changed configuration (agents, units, prompts, trunks) into the running line.

    A wrong configuration is refused and changes nothing; no call is dropped.
    """
    from service.reload import reload_line

    done = asyncio.run(reload_line(var))
    if as_json:
        print_json(done)
    else:
        say("reloaded: " + (", ".join(done["changed"]) or "nothing had changed"))
        for note in done["notes"]:
            say(note)
