"""The recogniser of this machine, found or fetched beside the running line."""

import asyncio
import contextlib
import threading
from collections.abc import Callable

from recordings.speech.engine import EngineChoice
from service.runtime import Runtime


async def find_engine(runtime: Runtime, offline: bool, say: Callable[[str], None]) -> EngineChoice:
    """The engine to use; fetching its model may take minutes and is left behind at a stop."""
    loop = asyncio.get_running_loop()
    found: asyncio.Future[EngineChoice] = loop.create_future()

    def deliver(choice: EngineChoice) -> None:
        if not found.done():
            found.set_result(choice)

    def tell(text: str) -> None:
        loop.call_soon_threadsafe(say, text)

    def work() -> None:
        try:
            choice = _resolve(runtime, offline, tell)
        except Exception as error:
            # Whatever is wrong with a model, the line must go on.
            choice = EngineChoice(name="none", warnings=(f"no recogniser: {error!r}",))
        with contextlib.suppress(RuntimeError):  # the line was stopped meanwhile
            loop.call_soon_threadsafe(deliver, choice)

    # A daemon: the end of `up` does not wait for a download.
    threading.Thread(target=work, name="speech-model", daemon=True).start()
    return await found


def _resolve(runtime: Runtime, offline: bool, say: Callable[[str], None]) -> EngineChoice:
    if runtime.settings.speech.engine == "none":
        return EngineChoice(name="none")
    from service.provision.models import resolve_engine

    return resolve_engine(runtime.settings.speech, offline=offline, say=say)
