"""The live API for the console: GET /live, POST /agent/NUMBER/COMMAND (on the controller's unix
socket, see ivr/live.py)."""

import asyncio
from contextlib import suppress

from aiohttp import web

from ivr.desk.commands import DeskCommands
from ivr.desk.feed import Feed, encoded
from ivr.desk.watch import Watch
from ticketing.refusal import Refusal

WRITE_SECONDS = 5.0
"""A reader who takes no bytes for so long is left."""


def live_routes(feed: Feed, watch: Watch, commands: DeskCommands) -> list[web.RouteDef]:
    """What is served besides state, reload and orders."""

    async def live(request: web.Request) -> web.StreamResponse:
        """A snapshot and then every change, one JSON object a line, as long as both sides live."""
        response = web.StreamResponse(headers={"Content-Type": "application/x-ndjson"})
        await response.prepare(request)
        snapshot = encoded(watch.snapshot())
        # A reader that went away, or that takes nothing, begins anew with a snapshot.
        with feed.subscribed() as messages, suppress(ConnectionError, TimeoutError):
            await _write(response, snapshot)
            async for message in messages:
                await _write(response, message)
        return response

    async def command(request: web.Request) -> web.Response:
        number, name = request.match_info["number"], request.match_info["command"]
        if not commands.knows(name):
            raise web.HTTPNotFound
        try:
            data = await request.json()
        except ValueError:
            raise web.HTTPBadRequest from None
        if not isinstance(data, dict):
            raise web.HTTPBadRequest
        try:
            await commands.do(number, name, data)
        except Refusal as refusal:
            return web.json_response({"error": refusal.to_json()}, status=409)
        return web.json_response(watch.of_agent(number))

    return [web.get("/live", live), web.post("/agent/{number}/{command}", command)]


async def _write(response: web.StreamResponse, message: bytes) -> None:
    async with asyncio.timeout(WRITE_SECONDS):
        await response.write(message)
