"""Waiting for the first of several things."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any


async def first(*coroutines: Coroutine[Any, Any, Any]) -> Any:
    """The result of whichever ends first; the others are cancelled and waited for.

    An exception of the first is raised. Several done at once: the earlier argument wins.
    """
    tasks = [asyncio.ensure_future(coroutine) for coroutine in coroutines]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        return next(task for task in tasks if task.done()).result()
    finally:
        await end(*tasks)


@asynccontextmanager
async def repeated(work: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
    """Do something over and over as long as the block runs."""

    async def repeat() -> None:
        while True:
            await work()
            await asyncio.sleep(0.05)  # what fails at once must not spin

    task = asyncio.create_task(repeat())
    try:
        yield
    finally:
        await end(task)


async def end(*tasks: asyncio.Task[Any]) -> None:
    """Cancel tasks and wait until their clean-up is done; what they raise does not matter here.

    Whoever is cancelled while waiting here is cancelled all the same, once the tasks have ended.
    """
    for task in tasks:
        task.cancel()
    cancelled: asyncio.CancelledError | None = None
    while left := [task for task in tasks if not task.done()]:
        try:
            await asyncio.wait(left)
        except asyncio.CancelledError as error:
            cancelled = error
    for task in tasks:
        if not task.cancelled():
            task.exception()  # seen
    if cancelled is not None:
        raise cancelled
