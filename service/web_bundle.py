"""The pages of the console, found or built beside the running line."""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from pathlib import Path

from service.errors import SetupError
from service.files import read_json, write_json
from service.paths import Var
from service.provision import web


async def bring_bundle(var: Var, *, offline: bool, say: Callable[[str], None]) -> None:
    """The line does not wait for its pages: building may take minutes at the first start."""
    if (found := await asyncio.to_thread(web.built_before)) is not None:
        write_json(var.web, {"bundle": str(found)})
        return
    var.web.unlink(missing_ok=True)
    loop = asyncio.get_running_loop()
    done: asyncio.Future[Path | None] = loop.create_future()

    def tell(text: str) -> None:
        with contextlib.suppress(RuntimeError):  # the line was stopped meanwhile
            loop.call_soon_threadsafe(say, text)

    def deliver(bundle: Path | None) -> None:
        if not done.done():
            done.set_result(bundle)

    def work() -> None:
        bundle = None
        try:
            bundle = web.bundle(offline=offline, say=tell)
        except (SetupError, OSError) as error:
            tell(f"no pages yet, the line and the API work: {error}")
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(deliver, bundle)

    # A daemon: the end of `up` does not wait for it.
    threading.Thread(target=work, name="web-bundle", daemon=True).start()
    if (bundle := await done) is not None:
        write_json(var.web, {"bundle": str(bundle)})
        say("console: its pages are ready")


def bundle_of(var: Var) -> Callable[[], Path | None]:
    """The bundle of the running line, looked for until it is there."""
    found: Path | None = None

    def look() -> Path | None:
        nonlocal found
        if found is None:
            kept = read_json(var.web)
            found = Path(str(kept["bundle"])) if kept else None
        return found

    return look
