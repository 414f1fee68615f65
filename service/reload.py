"""`hotline reload`: a changed configuration comes into the running line, dropping no call."""

import asyncio
import os
import signal
from datetime import UTC, datetime
from pathlib import Path

from service.asterisk_process import AsteriskProcess
from service.content import check_content
from service.line_check import check_together
from service.live import ask
from service.loader import load
from service.machine import check_machine
from service.paths import Var
from service.prompts import put_in_place
from service.provision import asterisk as provision_asterisk
from service.ready import read_ready
from service.rendering import render_for
from service.runtime import Runtime, UpOptions
from service.settings import Settings

KEPT_UNTIL_RESTART = ("env", "asterisk", "recordings", "speech", "store")
"""Sections whose change needs a new `up`."""


async def reload_line(folder: Path) -> dict[str, list[str]]:
    """Bring the configuration of the running line in. `changed`: sections that changed; `notes`:
    what takes effect later. Raises ConfigError (nothing was changed) or Failure."""
    var = Var.at(folder)
    up = int(read_ready(var)["pids"]["up"])
    options = UpOptions.load(var)
    before = Runtime.load(var)
    loaded = load(options.config, demo=options.demo, free_ports=options.free_ports)
    check_content(loaded)
    check_machine(loaded)
    changed = _changed(before.base, loaded.settings)
    notes = [
        f"{section} takes effect at the next ./hotline up"
        for section in changed
        if section in KEPT_UNTIL_RESTART
    ]
    runtime = Runtime.of(var, loaded.settings, before.ports)
    check_together(runtime)
    program = provision_asterisk.find_or_fetch(
        before.settings.asterisk.mode, offline=True, say=notes.append
    )
    await asyncio.to_thread(
        put_in_place,
        runtime.settings,
        runtime.prompts,
        offline=options.offline,
        say=notes.append,
        names=runtime.line.spoken_names(datetime.now(UTC)),
    )
    rendered = render_for(runtime, program)
    runtime.save()
    await AsteriskProcess(program, runtime).reload(rendered.reload)
    if rendered.restart:
        notes.append("changed ports or transports take effect at the next ./hotline up")
    await ask(var, "POST", "/reload")
    os.kill(up, signal.SIGUSR1)
    return {"changed": changed, "notes": notes}


def _changed(before: Settings, now: Settings) -> list[str]:
    return [s for s in Settings.model_fields if getattr(before, s) != getattr(now, s)]
