"""Learning again in a process of its own, that gives way to the calls."""

import asyncio
import contextlib
import logging
import sys

import psutil

from service.paths import Var

log = logging.getLogger(__name__)

LONGEST_SECONDS = 600.0


async def relearn(var: Var) -> None:
    """`tickets suggest --relearn`; its last words go to the log. Raises TimeoutError."""
    command = [sys.executable, "-P", "-m", "service.cli", "tickets", "suggest", "--relearn"]
    process = await asyncio.create_subprocess_exec(
        *command,
        *("--text", "路灯不亮", "--var", str(var.root)),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        with contextlib.suppress(psutil.Error):
            psutil.Process(process.pid).nice(19)
        async with asyncio.timeout(LONGEST_SECONDS):
            _, said = await process.communicate()
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
    log.info("learnt again, status %s: %s", process.returncode, said.decode().strip())
