"""The event websocket: stays connected, tells when it was not.

Asterisk does not replay what was missed, so every (re)connection calls `connected`, which
compares the world with the journal. A socket that ends cleanly is a disconnect too.
"""

import asyncio
import json
import logging
from collections.abc import Callable, Sequence

import aiohttp

from ivr.ari.client import Ari
from ivr.ari.events import Event, parse

log = logging.getLogger(__name__)

FIRST_DELAY = 0.1
LONGEST_DELAY = 2.0
PING_SECONDS = 5.0


async def run_stream(
    ari: Ari,
    apps: Sequence[str],
    *,
    connected: Callable[[], None],
    disconnected: Callable[[], None],
    deliver: Callable[[Event], None],
) -> None:
    """Deliver events until cancelled; `connected` is told after each (re)connection."""
    delay = FIRST_DELAY
    while True:
        try:
            async with ari.session.ws_connect(
                ari.url + "/events",
                params={"app": ",".join(apps), "subscribeAll": "false"},
                heartbeat=PING_SECONDS,
                max_msg_size=4 * 1024 * 1024,
            ) as socket:
                delay = FIRST_DELAY
                log.info("event stream connected")
                connected()
                await _read(socket, deliver)
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            log.warning("no event stream: %s", error)
        disconnected()
        await asyncio.sleep(delay)
        delay = min(delay * 2, LONGEST_DELAY)


async def _read(socket: aiohttp.ClientWebSocketResponse, deliver: Callable[[Event], None]) -> None:
    async for message in socket:
        if message.type is not aiohttp.WSMsgType.TEXT:
            break
        try:
            event = parse(json.loads(message.data))
            if event is not None:
                deliver(event)
        except Exception:
            log.exception("event not understood: %.300s", message.data)
    log.warning("event stream closed (%s)", socket.close_code)
