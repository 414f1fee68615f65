"""`hotline status`: the running line, as its controller sees it."""

from pathlib import Path
from typing import Any

import click

from service.live import ask, endpoint_states
from service.paths import Var
from service.ready import read_ready
from service.runtime import Runtime


async def live_status(folder: Path) -> dict[str, Any]:
    """The contract's object, with the parts that `up` is replacing. Raises Failure."""
    var = Var.at(folder)
    ready = read_ready(var)
    value: dict[str, Any] = await ask(var, "GET", "/status")
    runtime = Runtime.load(var)
    states = await endpoint_states(runtime) if runtime.settings.trunks else {}
    trunks = [
        {"name": trunk.name, "state": states.get(f"trunk-{trunk.name}", "unknown")}
        for trunk in runtime.settings.trunks
    ]
    return {**value, "trunks": trunks, "degraded": ready.get("degraded", [])}


def show_status(value: dict[str, Any]) -> None:
    """Print it for people."""
    click.echo(f"calls {value['calls']}  channels {value['channels']}  bridges {value['bridges']}")
    if value["degraded"]:
        click.echo(f"being replaced: {', '.join(value['degraded'])}")
    speech = value.get("speech") or {}
    click.echo(
        f"speech: {speech.get('engine')}, {speech.get('workers')} workers, "
        f"{speech.get('streams')} streams, backlog {speech.get('backlog')}"
    )
    for trunk in value.get("trunks", []):
        click.echo(f"trunk {trunk['name']}: {trunk['state']}")
    _table("queue", value.get("queue", []), ("position", "queue", "since", "priority", "call_id"))
    _table("agents", value.get("agents", []), ("number", "state", "since", "reason", "call_id"))


def _table(title: str, rows: list[dict[str, Any]], columns: tuple[str, ...]) -> None:
    click.echo(f"{title}: {len(rows) or 'none'}")
    for row in rows:
        click.echo(
            "  " + "  ".join(str(row.get(c) if row.get(c) is not None else "-") for c in columns)
        )
