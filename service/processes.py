"""The children of `up`: `python -m service.processes controller|console|speech --var DIR`."""

import asyncio
import gc
import logging
import os
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import uvloop

from service.child import Parent
from service.paths import Var

LOG_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"

var_option = click.option("--var", "folder", type=click.Path(path_type=Path), required=True)


def _run(work: Callable[[Parent], Awaitable[None]]) -> None:
    async def main() -> None:
        # The pipe first: `up` sees a life sign while the rest of the program is being read.
        async with Parent() as parent:
            await work(parent)

    os.umask(0o077)  # also when started by hand
    logging.basicConfig(level=logging.INFO, format=LOG_FORMAT, stream=sys.stderr)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    # Half of the work of a menu call is the event loop's own: uvloop does it in C.
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())


@contextmanager
def _for_good() -> Iterator[None]:
    """What is imported inside stays: the garbage collector need not look through it, neither now
    (up to a fifth of the import) nor while calls go on."""
    gc.disable()
    yield
    gc.freeze()
    gc.enable()


@click.group()
def main() -> None:
    """Started by `up`, not by people."""


@main.command("controller")
@var_option
def controller_command(folder: Path) -> None:
    """The controller."""

    async def work(parent: Parent) -> None:
        with _for_good():
            from service.controller_process import run_controller

        await run_controller(Var.at(folder), parent)

    _run(work)


@main.command("console")
@var_option
def console_command(folder: Path) -> None:
    """The console: the HTTP API and the pages."""

    async def work(parent: Parent) -> None:
        with _for_good():
            from service.console_process import run_console

        await run_console(Var.at(folder), parent)

    _run(work)


@main.command("speech")
@var_option
@click.option("--worker", "number", type=click.IntRange(min=1), required=True)
def speech_command(folder: Path, number: int) -> None:
    """A speech worker, counted from 1."""

    async def work(parent: Parent) -> None:
        with _for_good():
            from service.speech_process import run_speech

        await run_speech(Var.at(folder), number, parent)

    _run(work)


if __name__ == "__main__":
    main()
