"""A line of its own for tests (测试用热线): started as people start it, looked at from outside."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import psutil
from ruamel.yaml import YAML

from service.files import read_json
from service.live import ask
from service.paths import HOME, Var

START_SECONDS = 120.0
STOP_SECONDS = 30.0
OPTIONS = ("--demo", "--free-ports", "--offline")
"""Offline: a test fetches nothing; `hotline test` has set everything up before."""
IDLE = {"calls": 0, "channels": 0, "bridges": 0}


async def wait_for(
    look: Callable[[], Any], *, within: float = 5.0, every: float = 0.1, what: str = ""
) -> Any:
    """Look again and again until the answer is true in Python's sense; gives the answer.

    Raises:
        AssertionError: not within that many seconds; it shows the last answer.
    """
    deadline = time.monotonic() + within
    while True:
        found = look()
        value = await found if isinstance(found, Awaitable) else found
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {within} s: {what or look!r}; last seen {value!r}")
        await asyncio.sleep(every)


class Line:
    """One running `hotline up` on a VAR of its own."""

    def __init__(self, folder: Path, config: Mapping[str, Any], *options: str) -> None:
        self.folder = folder
        self.var = Var.at(folder / "var")
        self.config = folder / "config.yaml"
        self.options = options or OPTIONS
        self.process: subprocess.Popen[bytes] | None = None
        self.output = folder / "up.log"
        folder.mkdir(parents=True, exist_ok=True)
        self.configure(config)

    def configure(self, config: Mapping[str, Any]) -> None:
        """Write config.yaml; counts at the next start or reload."""
        with self.config.open("w", encoding="utf-8") as stream:
            YAML(typ="safe").dump(dict(config), stream)

    @property
    def ready(self) -> dict[str, Any]:
        """ready.json as it is now; empty while the line is not ready."""
        value = read_json(self.var.ready)
        return dict(value) if value else {}

    @property
    def pids(self) -> dict[str, Any]:
        """Process ids of the parts."""
        return dict(self.ready["pids"])

    def start(self) -> None:
        """Start it and wait until it takes calls."""
        self.spawn()
        deadline = time.monotonic() + START_SECONDS
        while not self.taken():
            if self.process is not None and self.process.poll() is not None:
                raise AssertionError(f"`up` ended with {self.process.returncode}:\n{self.tail()}")
            if time.monotonic() > deadline:
                self.kill()
                raise AssertionError(f"no ready.json in {START_SECONDS} s:\n{self.tail()}")
            time.sleep(0.05)

    def taken(self) -> bool:
        """ready.json belongs to the process started last, and nothing is being replaced."""
        ready = self.ready
        ours = self.process is not None and ready.get("pids", {}).get("up") == self.process.pid
        return ours and not ready.get("degraded")

    def spawn(self) -> None:
        """Start the process only."""
        with self.output.open("ab") as output:
            self.process = subprocess.Popen(
                [
                    *CLI,
                    "up",
                    "--config",
                    str(self.config),
                    "--var",
                    str(self.var.root),
                    *self.options,
                ],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=environment(),
                start_new_session=True,
            )

    def stop(self) -> int:
        """Ctrl-C; gives the exit status."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        try:
            return self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"`up` did not stop in {STOP_SECONDS} s:\n{self.tail()}") from None

    def kill(self) -> None:
        """End whatever is left of it, -9; only processes that carry this VAR in their command."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for process in self.left_over():
            process.kill()

    def left_over(self) -> list[psutil.Process]:
        """Processes that belong to this VAR."""
        found = []
        for process in psutil.process_iter(["cmdline"]):
            words = " ".join(process.info["cmdline"] or [])
            own = str(self.var.root)
            if f"{own}/" in words or f"{own} " in f"{words} ":
                found.append(process)
        return found

    async def status(self) -> dict[str, Any]:
        """What `hotline status` shows."""
        return dict(await ask(self.var, "GET", "/status"))

    async def idle(self, within: float = 10.0) -> None:
        """Wait until no call, channel or bridge is left, in the controller and in Asterisk."""

        async def quiet() -> bool:
            seen = await self.status()
            return {key: seen[key] for key in IDLE} == IDLE and self.asterisk_channels() == []

        await wait_for(quiet, within=within, what="an idle line")

    def asterisk(self, command: str) -> str:
        """Answer of Asterisk's own command line."""
        words = [self.ready["paths"]["asterisk_cli"], "-rx", command]
        done = subprocess.run(words, capture_output=True, text=True, timeout=10)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def asterisk_channels(self) -> list[str]:
        """Channels that Asterisk has, snoops and media included."""
        rows = self.asterisk("core show channels concise").splitlines()
        return [row.split("!")[0] for row in rows if "!" in row]

    def cli(self, *words: str, check: bool = True, stdin: str | None = None) -> Any:
        """`./hotline WORDS --json`: the document it prints."""
        done = subprocess.run(
            [*CLI, *words, "--var", str(self.var.root), "--json"],
            capture_output=True,
            text=True,
            input=stdin,
            timeout=60,
            env=environment(),
        )
        if check and done.returncode:
            raise AssertionError(f"{words} ended with {done.returncode}: {done.stderr}")
        return json.loads(done.stdout) if done.stdout.strip() else None

    # -- logs --------------------------------------------------------------------------

    def logs(self) -> list[Path]:
        """Every log of this line."""
        return [
            self.output,
            *sorted(self.var.log.glob("*.log")),
            *sorted((self.var.asterisk / "log").glob("*")),
        ]

    def marks(self) -> dict[Path, int]:
        """How long each log is now."""
        return {path: path.stat().st_size for path in self.logs() if path.is_file()}

    def since(self, marks: Mapping[Path, int], *, most: int = 12_000) -> list[tuple[str, str]]:
        """What the logs got since then: name and text."""
        found = []
        for path in self.logs():
            if not path.is_file():
                continue
            with path.open("rb") as stream:
                stream.seek(marks.get(path, 0))
                text = stream.read().decode("utf-8", "replace")
            if text.strip():
                found.append((path.name, text[-most:]))
        return found

    def tail(self) -> str:
        """The last of every log, for a message."""
        return "\n".join(f"--- {name}\n{text}" for name, text in self.since({}, most=3000))


CLI = [sys.executable, "-P", "-m", "service.cli"]


def environment() -> dict[str, str]:
    """For a child that runs this checkout."""
    return {**os.environ, "PYTHONPATH": str(HOME), "PYTHONUNBUFFERED": "1"}
