"""Work of the set-up beside the running line, in a thread that does not hold up its end."""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import TypeVar

from service.errors import SetupError

T = TypeVar("T")
Say = Callable[[str], None]


async def in_background(name: str, work: Callable[[Say], T], say: Say, without: str) -> T | None:
    """What `work` gives; None where it failed: then it is said what is missing (`without`)."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T | None] = loop.create_future()

    def tell(text: str) -> None:
        with contextlib.suppress(RuntimeError):  # the line was stopped meanwhile
            loop.call_soon_threadsafe(say, text)

    def deliver(result: T | None) -> None:
        if not done.done():
            done.set_result(result)

    def run() -> None:
        result = None
        try:
            result = work(tell)
        except (SetupError, OSError) as error:
            tell(f"{without}: {error}")
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(deliver, result)

    threading.Thread(target=run, name=name, daemon=True).start()
    return await done
