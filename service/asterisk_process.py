"""The Asterisk of one VAR: started, or found running and taken over, watched and stopped."""

import asyncio
import contextlib
import os
import shlex
import signal
import subprocess
import time
from collections.abc import Iterable
from pathlib import Path

import aiohttp
import psutil

from service import real_time
from service.children import last_line, open_log
from service.errors import Failure, SetupError
from service.files import write_atomically
from service.paths import Var
from service.provision.asterisk import Asterisk
from service.runtime import Runtime

CLI_SECONDS = 5.0
START_SECONDS = 30.0


def find_running(var: Var) -> int | None:
    """Process id of an Asterisk that was started with this VAR's configuration."""
    conf = str(var.asterisk_conf)
    for process in psutil.process_iter(["cmdline", "status"]):
        line = process.info["cmdline"] or []
        if process.info["status"] != psutil.STATUS_ZOMBIE and conf in line and "-f" in line:
            return int(process.pid)
    return None


class AsteriskProcess:
    """One Asterisk in a session of its own: it outlives `up`."""

    def __init__(self, asterisk: Asterisk, runtime: Runtime) -> None:
        self._asterisk = asterisk
        self._runtime = runtime
        self._process: subprocess.Popen[bytes] | None = None
        self.pid: int | None = None

    def write_cli(self) -> Path:
        """A small program for people and scripts: `FILE -rx "core show channels"`."""
        command = shlex.join(self._asterisk.cli_base(self._runtime.var.asterisk_conf))
        file = self._runtime.var.asterisk_cli
        write_atomically(file, f'#!/bin/sh\nexec {command} "$@"\n', mode=0o700)
        return file

    async def adopt(self, pid: int) -> bool:
        """Take over a running one; False when it does not answer (it is killed then)."""
        self.pid = pid
        if await self.cli("core show uptime") is not None and await self.answers(3):
            return True
        await self.kill()
        return False

    def start(self) -> None:
        """Start it; `answers` tells when it is there."""
        var = self._runtime.var
        output = open_log(var.log / "asterisk.log")
        try:
            self._process = subprocess.Popen(
                self._asterisk.start(var.asterisk_conf),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                cwd=var.asterisk,
            )
        finally:
            os.close(output)
        self.pid = self._process.pid

    async def start_and_wait(self) -> None:
        """Start it and wait until ARI answers. Raises SetupError."""
        self.start()
        if not await self.answers(START_SECONDS):
            log = self._runtime.var.log / "asterisk.log"
            await self.kill()
            raise SetupError("Asterisk", f"it does not start: {last_line(log)}", f"see {log}")

    @property
    def is_alive(self) -> bool:
        if self.pid is None:
            return False
        if self._process is not None:
            return self._process.poll() is None
        try:
            return bool(psutil.Process(self.pid).status() != psutil.STATUS_ZOMBIE)
        except psutil.NoSuchProcess:
            return False

    async def answers(self, seconds: float) -> bool:
        """True as soon as ARI answers, False after `seconds` or when the process ended."""
        deadline = time.monotonic() + seconds
        timeout = aiohttp.ClientTimeout(total=2)
        credentials = aiohttp.encode_basic_auth(*self._runtime.ari_credentials)
        headers = {"Authorization": credentials}
        async with aiohttp.ClientSession(timeout=timeout, headers=headers) as session:
            while time.monotonic() < deadline and self.is_alive:
                with contextlib.suppress(aiohttp.ClientError, TimeoutError):
                    async with session.get(f"{self._runtime.ari_url}/asterisk/ping") as reply:
                        if reply.status == 200:
                            assert self.pid is not None
                            real_time.give(self.pid)  # not before: at its start it gives it back
                            return True
                await asyncio.sleep(0.05)
        return False

    async def cli(self, command: str, timeout: float = CLI_SECONDS) -> str | None:
        """Output of a CLI command; None when Asterisk does not answer in time."""
        process = await asyncio.create_subprocess_exec(
            *self._asterisk.cli(self._runtime.var.asterisk_conf, command),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        try:
            output, _ = await asyncio.wait_for(process.communicate(), timeout)
        except TimeoutError:
            process.kill()
            await process.wait()
            return None
        return output.decode(errors="replace") if process.returncode == 0 else None

    async def reload(self, modules: Iterable[str]) -> None:
        """Let these modules read their files again; calls go on. Raises Failure."""
        for module in modules:
            if await self.cli(f"module reload {module}") is None:
                raise Failure(
                    "asterisk_silent",
                    f"Asterisk did not reload {module}",
                    fix="see ./hotline doctor",
                )

    async def stop(self) -> None:
        """End it in good order, at the latest after ten seconds."""
        if not self.is_alive:
            return
        await self.cli("core stop now", 3)
        for name in (None, signal.SIGTERM, signal.SIGKILL):
            if name is not None:
                self._signal(name)
            if await self._ended(5):
                return

    async def kill(self) -> None:
        self._signal(signal.SIGKILL)
        await self._ended(5)

    def _signal(self, name: signal.Signals) -> None:
        if self.pid is not None and self.is_alive:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, name)

    async def _ended(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while self.is_alive:
            if time.monotonic() > deadline:
                return False
            await asyncio.sleep(0.05)
        return True
