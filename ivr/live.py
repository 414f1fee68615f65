"""The controller's live API on a unix socket: state of the line, reload (contract §2 `status`)."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import web

log = logging.getLogger(__name__)

State = Callable[[], Awaitable[dict[str, Any]]]
Reload = Callable[[], Awaitable[None]]


@asynccontextmanager
async def live_api(socket: Path, *, state: State, reload: Reload) -> AsyncIterator[None]:
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
    socket.parent.mkdir(parents=True, exist_ok=True)
    socket.unlink(missing_ok=True)
    await web.UnixSite(runner, str(socket)).start()
    socket.chmod(0o600)
    try:
        yield
    finally:
        await runner.cleanup()
        socket.unlink(missing_ok=True)
