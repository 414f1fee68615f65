"""The children of `up`: `python -m service.processes controller|speech --var DIR`."""

import asyncio
import fcntl
import logging
import sys
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import click

from ivr import controller
from ivr.fallback_import import import_fallback
from ivr.prompts.book import PromptBook
from recordings.archive import Archive
from recordings.speech.engine import EngineChoice
from recordings.speech.pool import SpeechPool
from recordings.speech.worker import WorkerConfig, run_worker
from service.child import Parent
from service.city import city
from service.paths import Var
from service.runtime import Runtime
from store.engine import Store

LOG_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


async def run_controller(var: Var, parent: Parent) -> None:
    """The calls of the line. Only one controller holds the lock on VAR."""
    lock_file = var.run / "controller.lock"
    with lock_file.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        runtime = Runtime.load(var)
        async with AsyncExitStack() as stack:
            store = await stack.enter_async_context(Store.open(runtime.store_url))
            archive = Archive(store, var.spool, runtime.recordings)
            username, password = runtime.ari_credentials
            speech = SpeechPool(runtime.speech_sockets())
            await controller.run(
                controller.Wiring(
                    ari_url=runtime.ari_url,
                    ari_username=username,
                    ari_password=password,
                    city=lambda: city(Runtime.load(var)),
                    store=store,
                    archive=archive,
                    speech=await stack.enter_async_context(speech),
                    prompts=PromptBook(runtime.prompts),
                    live_socket=var.controller_socket,
                    import_fallback=lambda: import_fallback(
                        var.asterisk / "spool" / "fallback", store, archive
                    ),
                ),
                ready=parent.ready,
                stop=parent.stop,
                grace=lambda: parent.grace,
            )


async def run_speech(var: Var, number: int, parent: Parent) -> None:
    """One recogniser of live and archived speech, with the engine that `up` has chosen."""
    runtime = Runtime.load(var)
    choice = EngineChoice.model_validate_json(var.speech_engine.read_text(encoding="utf-8"))
    config = WorkerConfig(
        index=number,
        control=var.speech_socket(number),
        engine=choice,
        store_url=runtime.store_url,
        capacity=runtime.settings.speech.streams_per_worker,
    )
    await run_worker(config, ready=parent.ready, stop=parent.stop)


def _run(work: Callable[[Parent], Awaitable[None]]) -> None:
    async def main() -> None:
        async with Parent() as parent:
            await work(parent)

    logging.basicConfig(level=logging.INFO, format=LOG_FORMAT, stream=sys.stderr)
    asyncio.run(main())


@click.group()
def main() -> None:
    """Started by `up`, not by people."""


@main.command("controller")
@click.option("--var", "folder", type=click.Path(path_type=Path), required=True)
def controller_command(folder: Path) -> None:
    """The controller."""
    var = Var.at(folder)
    _run(lambda parent: run_controller(var, parent))


@main.command("speech")
@click.option("--var", "folder", type=click.Path(path_type=Path), required=True)
@click.option("--worker", "number", type=click.IntRange(min=1), required=True)
def speech_command(folder: Path, number: int) -> None:
    """A speech worker, counted from 1."""
    var = Var.at(folder)
    _run(lambda parent: run_speech(var, number, parent))


if __name__ == "__main__":
    main()
