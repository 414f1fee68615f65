"""Work that is done again and again beside everything else, and survives a bad round."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

log = logging.getLogger(__name__)


@asynccontextmanager
async def rounds(
    name: str, work: Callable[[], Awaitable[object]], *, seconds: float, after: float = 0.0
) -> AsyncIterator[None]:
    """Does `work` in a task of its own until exit: first after `after` seconds, then with
    `seconds` between two rounds.

    A round that fails (a full disk, a database that is away) is logged; the next one tries again.
    """
    task = asyncio.create_task(_repeat(name, work, seconds, after), name=name)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _repeat(
    name: str, work: Callable[[], Awaitable[object]], seconds: float, after: float
) -> None:
    await asyncio.sleep(after)
    while True:
        try:
            await work()
        except Exception:
            log.exception("%s: this round failed", name)
        await asyncio.sleep(seconds)
