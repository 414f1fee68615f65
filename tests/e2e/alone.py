"""An Asterisk without a controller (单机兜底): what the dialplan does when it is alone."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ivr.fallback_facts import SUFFIX, FallbackCall, parse
from service.loader import load
from service.paths import Var
from service.ports import choose
from service.prompts import put_in_place
from service.provision.asterisk import Asterisk, find_or_fetch
from service.provision.render import Rendered
from service.rendering import render_for
from service.runtime import Runtime
from tests.e2e.line import wait_for

START_SECONDS = 20.0


class Alone:
    """A running Asterisk with a line's configuration."""

    def __init__(self, runtime: Runtime, program: Asterisk) -> None:
        self.runtime = runtime
        self.program = program
        self.var = runtime.var
        self.folder = self.var.asterisk / "spool" / "fallback"

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens for SIP."""
        return "127.0.0.1", self.runtime.ports.sip

    def password(self, username: str) -> str:
        return self.runtime.secrets.sip[username]

    def cli(self, command: str) -> str:
        """Answer of Asterisk's own command line."""
        words = self.program.cli(self.var.asterisk_conf, command)
        return subprocess.run(words, capture_output=True, text=True, timeout=10).stdout

    def on_duty(self, *agents: str) -> None:
        """What the controller last said about the agents."""
        phones = "&".join(f"PJSIP/agent-{number}" for number in agents)
        self.cli(f"dialplan set global DUTY {phones or 'none'}")

    def render(self, **changes: Any) -> Rendered:
        """Write the configuration of changed settings."""
        settings = self.runtime.settings.model_copy(update=changes)
        self.runtime = Runtime.of(self.var, settings, self.runtime.ports)
        return render_for(self.runtime, self.program)

    @property
    def log(self) -> str:
        return (self.var.asterisk / "log" / "messages.log").read_text(errors="replace")

    def channels(self) -> list[str]:
        rows = self.cli("core show channels concise").splitlines()
        return [row.split("!")[0] for row in rows if "!" in row]

    async def idle(self) -> None:
        """Wait until no channel is left."""
        await wait_for(lambda: not self.channels(), within=8, what="an idle Asterisk")

    def calls(self) -> list[FallbackCall]:
        """What it wrote down, oldest call first."""
        files = sorted(self.folder.glob(f"*{SUFFIX}"))
        found = [parse(file.name.removesuffix(SUFFIX), file.read_text()) for file in files]
        return sorted(found, key=lambda call: call.began_at)

    async def ended(self) -> FallbackCall:
        """The newest call, once its end is written down."""
        await wait_for(lambda: self.calls() and self.calls()[-1].ended_at, what="an ended call")
        return self.calls()[-1]


@contextmanager
def alone(folder: Path, config: Path, *, demo: bool = True) -> Iterator[Alone]:
    """Start one; at the end it is gone."""
    var = Var.at(folder / "var")
    var.make()
    loaded = load(config, demo=demo, free_ports=True)
    program = find_or_fetch("auto", offline=False, say=print)
    ports = choose(loaded, var, adopting=False)
    runtime = Runtime.of(var, loaded.settings, ports)
    put_in_place(runtime.settings, runtime.prompts, offline=True, say=print)
    render_for(runtime, program)
    with (folder / "asterisk.out").open("wb") as output:
        process = subprocess.Popen(
            program.start(var.asterisk_conf),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        running = Alone(runtime, program)
        deadline = time.monotonic() + START_SECONDS
        while "fully booted" not in running.cli("core waitfullybooted"):
            assert process.poll() is None, (folder / "asterisk.out").read_text(errors="replace")
            assert time.monotonic() < deadline, "Asterisk does not start"
            time.sleep(0.1)
        yield running
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
