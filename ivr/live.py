"""The controller's live API on a unix socket: state of the line, reload (contract §2 `status`)."""

import logging
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import web

log = logging.getLogger(__name__)

State = Callable[[], Awaitable[dict[str, Any]]]
Reload = Callable[[], Awaitable[None]]


@asynccontextmanager
async def live_api(path: Path, *, state: State, reload: Reload) -> AsyncIterator[None]:
    """Serve GET /status and POST /reload; the socket is the owner's only."""

    async def status(_: web.Request) -> web.Response:
        return web.json_response(await state())

    async def reloaded(_: web.Request) -> web.Response:
        try:
            await reload()
        except Exception as error:
            log.exception("reload refused")
            return web.Response(status=409, text=str(error))
        return web.json_response({"reloaded": True})

    app = web.Application()
    app.add_routes([web.get("/status", status), web.post("/reload", reloaded)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.SockSite(runner, _listen(path))
    await site.start()
    try:
        yield
    finally:
        await runner.cleanup()


def _listen(path: Path) -> socket.socket:
    """The socket file replaces that of a former controller; only its owner may use it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listening.bind(str(path))
    path.chmod(0o600)
    return listening
