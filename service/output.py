"""What commands share: the options --var and --json, and how errors leave the program."""

import json
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import click

from service.errors import HotlineError
from service.paths import default_var

F = TypeVar("F", bound=Callable[..., Any])

JSON_ASKED = "hotline.json"


def var_option(command: F) -> F:
    """`--var DIR`, given to the command as an absolute `var: Path`."""
    return click.option(
        "--var",
        type=click.Path(file_okay=False, path_type=Path),
        default=default_var,
        show_default="var/ in the repository",
        callback=lambda _context, _option, value: value.absolute(),
        help="Folder of everything written at run time.",
    )(command)


def json_option(command: F) -> F:
    """`--json`, given to the command as `as_json: bool`."""

    def remember(context: click.Context, _option: click.Parameter, value: bool) -> bool:
        context.meta[JSON_ASKED] = value
        return value

    return click.option(
        "--json", "as_json", is_flag=True, callback=remember, help="Print one JSON document."
    )(command)


def _plain(value: object) -> str | None:
    """Times as the contract writes them; anything else that JSON does not know as text."""
    from store.types import local_iso

    return local_iso(value) if isinstance(value, datetime) else str(value)


def print_json(value: object) -> None:
    text = json.dumps(value, ensure_ascii=False, indent=1, default=_plain)
    # Half a surrogate pair, which somebody gave and an error tells, is no character of UTF-8.
    click.echo(text.encode("utf-8", "backslashreplace").decode())


def say(text: str) -> None:
    """Progress, for people: standard error."""
    click.echo(text, err=True)


def report(error: HotlineError, *, as_json: bool) -> None:
    """The reason on standard error, with --json also the error object on standard output."""
    if as_json:
        print_json({"error": error.as_json()})
    print(f"hotline: {error.text()}", file=sys.stderr, flush=True)
