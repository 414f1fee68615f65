"""Records of the store as people read them: tables and single objects."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import click

from service.output import print_json

Row = dict[str, Any]

UNLIMITED = 100_000
"""Columns; wider than any table."""
SPEAKERS = {
    "caller": "市民",
    "agent": "话务员",
    "supervisor": "班长",
    "unit": "单位",
    "emergency": "紧急",
    "system": "系统",
}


def print_rows(rows: Sequence[Row], as_json: bool, columns: Sequence[str]) -> None:
    """A table of these columns, or the whole rows as JSON."""
    if as_json:
        print_json(rows)
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, padding=(0, 2))
    for column in columns:
        table.add_column(column, no_wrap=True)
    for row in rows:
        table.add_row(*(_cell(row.get(column)) for column in columns))
    # An id that is cut off could not be given to `show`: long lines wrap instead. Measured at a
    # width that limits nothing; a pipe would count as 80 columns.
    console = Console(highlight=False, markup=False, emoji=False, width=UNLIMITED)
    console.width = console.measure(table).maximum
    console.print(table)


def _cell(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, datetime):
        from store.types import local_iso

        return str(local_iso(value))
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


def print_object(row: Row, as_json: bool) -> None:
    """One record, a line for each of its keys, or as JSON."""
    if as_json:
        print_json(row)
        return
    for key, value in row.items():
        if key == "transcript" and isinstance(value, list):
            click.echo("transcript:")
            for line in value:
                speaker = SPEAKERS.get(line["speaker"], line["speaker"])
                click.echo(f"  [{line['start']:7.2f}] {speaker}: {line['text']}")
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            click.echo(f"{key}:")
            for entry in value:
                click.echo("  " + "  ".join(f"{k}={_cell(v)}" for k, v in entry.items()))
        else:
            click.echo(f"{key}: {_cell(value)}")
