"""Logs do not fill the disk: one grown too long is put aside while its writer goes on."""

import asyncio
import contextlib
import shutil
from collections.abc import Iterable
from pathlib import Path

LONGEST = 50_000_000
"""Bytes; one older part of the same length is kept."""
LOOK_SECONDS = 60.0


async def keep_short(folders: Iterable[Path]) -> None:
    """Look after all logs in `folders` until cancelled."""
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        for folder in folders:
            await asyncio.to_thread(put_aside, folder, LONGEST)


def put_aside(folder: Path, longest: int) -> None:
    """Copy and empty each log longer than `longest`; every writer opened it for appending."""
    for log in folder.glob("*.log"):
        with contextlib.suppress(OSError):
            if log.stat().st_size > longest:
                shutil.copyfile(log, log.with_suffix(".log.1"))
                log.with_suffix(".log.1").chmod(0o600)
                with log.open("r+") as file:
                    file.truncate(0)
