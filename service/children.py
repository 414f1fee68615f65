"""The side of `up`: children that are started, watched, replaced and stopped."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from service.child import PIPE

HUNG_SECONDS = 10.0
"""A child that does not beat for so long is killed."""
START_SECONDS = 60.0
"""A new child has this long for its first beat: it reads its program first."""


def open_log(path: Path) -> int:
    """A descriptor that appends to the log, which is the owner's only."""
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)


def last_line(log: Path) -> str:
    """The last line that says something, for a message."""
    try:
        lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
    except OSError:
        return "no log"
    return lines[-1].strip() if lines else "the log is empty"


class Child:
    """One running child process."""

    def __init__(self, name: str, process: subprocess.Popen[bytes], pipe: socket.socket) -> None:
        self.name = name
        self.ready: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self.ended = asyncio.Event()
        self._process = process
        self._pipe = pipe
        self._heard = time.monotonic() + START_SECONDS - HUNG_SECONDS
        self._writer: asyncio.StreamWriter | None = None
        self._tasks = [
            asyncio.create_task(self._read(), name=f"{name}-pipe"),
            asyncio.create_task(self._reap(), name=f"{name}-reap"),
        ]

    @classmethod
    def start(cls, name: str, command: Sequence[str], log: Path, env: Mapping[str, str]) -> "Child":
        """Start it in a session of its own (Ctrl-C reaches only `up`), output to `log`."""
        ours, theirs = socket.socketpair()
        output = open_log(log)
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                pass_fds=[theirs.fileno()],
                env={**env, PIPE: str(theirs.fileno())},
            )
        finally:
            os.close(output)
            theirs.close()
        return cls(name, process, ours)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def status(self) -> int | None:
        """Exit status; negative is the signal; None while it runs."""
        return self._process.poll()

    @property
    def silent(self) -> float:
        """Seconds since the last sign of life."""
        return time.monotonic() - self._heard

    def excuse(self) -> None:
        """`up` itself slept: the silence proves nothing."""
        self._heard = time.monotonic()

    def ask_to_stop(self, grace: float) -> None:
        """Let it end in good order; running calls get `grace` seconds."""
        if self._writer is not None:
            with contextlib.suppress(OSError):
                self._writer.write(json.dumps({"stop": {"grace": grace}}).encode() + b"\n")

    async def wait(self, timeout: float) -> bool:
        """True when it has ended within `timeout` seconds."""
        try:
            await asyncio.wait_for(self.ended.wait(), timeout)
        except TimeoutError:
            return False
        return True

    async def kill(self) -> None:
        """End it and all it started, now; returns when it is gone."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        await self.ended.wait()

    async def _read(self) -> None:
        reader, self._writer = await asyncio.open_connection(sock=self._pipe)
        try:
            while line := await reader.readline():
                self._heard = max(self._heard, time.monotonic())
                message = json.loads(line)
                if "beat" in message:
                    self._heard = time.monotonic()
                if "ready" in message and not self.ready.done():
                    self.ready.set_result(message["ready"])
        except (ConnectionError, ValueError):
            pass

    async def _reap(self) -> None:
        loop = asyncio.get_running_loop()
        gone = asyncio.Event()
        handle = os.pidfd_open(self.pid)
        loop.add_reader(handle, gone.set)
        try:
            await gone.wait()
        finally:
            loop.remove_reader(handle)
            os.close(handle)
        self._process.wait()
        self.ready.cancel()
        if self._writer is not None:
            self._writer.close()
        # What it left behind in its session must not outlive it.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        self.ended.set()


class Keeper:
    """Keeps one child alive: a dead or hung one is replaced until `close`."""

    def __init__(
        self, name: str, start: Callable[[], Child], *, changed: Callable[[str, str], None]
    ) -> None:
        """`changed(name, what)` is called when the child was lost and when it is back."""
        self.name = name
        self.child: Child | None = None
        self.losses = 0
        """How often the child was lost."""
        self._start = start
        self._changed = changed
        self._task: asyncio.Task[None] | None = None

    @property
    def is_ready(self) -> bool:
        child = self.child
        if child is None or child.status is not None or not child.ready.done():
            return False
        return not child.ready.cancelled()

    @property
    def told(self) -> dict[str, Any]:
        """What the child said when it was ready; empty while it is not."""
        return self.child.ready.result() if self.child is not None and self.is_ready else {}

    @property
    def pid(self) -> int | None:
        return self.child.pid if self.child is not None else None

    def open(self) -> None:
        self._task = asyncio.create_task(self._keep(), name=f"keep-{self.name}")

    async def close(self, grace: float, patience: float) -> None:
        """Stop the child: it gets `grace` for its calls and `patience` more to end."""
        if self._task is not None:
            self._task.cancel()
        child = self.child
        if child is None or child.status is not None:
            return
        child.ask_to_stop(grace)
        if not await child.wait(grace + patience):
            self._changed(self.name, "did not end in time and was killed")
            await child.kill()

    async def kill(self) -> None:
        """Stop keeping it and end the child now."""
        if self._task is not None:
            self._task.cancel()
        if self.child is not None and self.child.status is None:
            await self.child.kill()

    async def _keep(self) -> None:
        pause = 0.0
        while True:
            started = time.monotonic()
            self.child = self._start()
            announce = asyncio.create_task(self._announce(self.child))
            why = await self._watch(self.child)
            announce.cancel()
            self.losses += 1
            self._changed(self.name, why)
            # One that dies at once must not eat the machine.
            lived = time.monotonic() - started
            pause = min(max(pause * 2, 0.5), 15.0) if lived < 10 else 0.0
            await asyncio.sleep(pause)

    async def _announce(self, child: Child) -> None:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.shield(child.ready)
            self._changed(self.name, "ready again" if self.losses else "ready")

    async def _watch(self, child: Child) -> str:
        """Returns when the child is gone, and says why."""
        looked = time.monotonic()
        while not await child.wait(0.5):
            now = time.monotonic()
            if now - looked > 3:
                child.excuse()
            looked = now
            if child.silent > HUNG_SECONDS:
                await child.kill()
                return f"hung for {HUNG_SECONDS:.0f} s, killed and replaced"
        status = child.status or 0
        how = f"signal {-status}" if status < 0 else f"status {status}"
        return f"ended with {how}, replaced"
