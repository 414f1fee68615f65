"""The controller's live API on a unix socket: state of the line, reload, calls that are ordered
(contract §2 `status`)."""

import logging
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import web

from ivr.orders import Ordered
from ticketing.refusal import Refusal

log = logging.getLogger(__name__)

SHUTDOWN_SECONDS = 2.0

State = Callable[[], Awaitable[dict[str, Any]]]
Reload = Callable[[], Awaitable[None]]
Order = Callable[[Ordered], Awaitable[str]]
"""Begins a call; its id. Raises Refusal."""


@asynccontextmanager
async def live_api(
    path: Path,
    *,
    state: State,
    reload: Reload,
    orders: Mapping[str, Order],
    more: Iterable[web.RouteDef] = (),
) -> AsyncIterator[None]:
    """Serve GET /status, POST /reload, POST /order/NAME and what `more` adds; the socket is the
    owner's only."""

    async def status(_: web.Request) -> web.Response:
        return web.json_response(await state())

    async def reloaded(_: web.Request) -> web.Response:
        try:
            await reload()
        except Exception as error:
            log.exception("reload refused")
            return web.Response(status=409, text=str(error))
        return web.json_response({"reloaded": True})

    async def ordered(request: web.Request) -> web.Response:
        order = orders.get(request.match_info["name"])
        if order is None:
            raise web.HTTPNotFound
        try:
            call_id = await order(Ordered(**await request.json()))
        except Refusal as refusal:
            return web.json_response({"error": refusal.to_json()}, status=409)
        return web.json_response({"call_id": call_id})

    app = web.Application()
    app.add_routes(
        [
            web.get("/status", status),
            web.post("/reload", reloaded),
            web.post("/order/{name}", ordered),
            *more,
        ]
    )
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_SECONDS)
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
