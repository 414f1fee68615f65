"""The console's connection to the running controller (its live API, ivr/desk/http.py)."""

import json
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import aiohttp

from console.live.link import Json, LineSilent, LineUnsure
from ticketing.refusal import Refusal

COMMAND_SECONDS = 10.0
SILENT_SECONDS = 12.0
"""The controller tells something every 5 s; one silent for longer hangs."""
LONGEST_LINE = 1 << 23


class ControllerLink:
    """Reaches whichever controller serves the line now."""

    def __init__(self, socket: Path) -> None:
        """`socket`: of the controller's live API."""
        self._socket = str(socket)

    async def command(self, number: str, name: str, data: Mapping[str, Any]) -> Json:
        """Carry out what an agent asks for. Raises Refusal, LineSilent, LineUnsure."""
        timeout = aiohttp.ClientTimeout(total=COMMAND_SECONDS)
        try:
            async with (
                self._session(timeout) as session,
                session.post(f"http://controller/agent/{number}/{name}", json=dict(data)) as reply,
            ):
                if reply.status == 409:
                    raise Refusal(**(await reply.json())["error"])
                reply.raise_for_status()
                return dict(await reply.json())
        except aiohttp.ClientConnectorError as error:
            raise LineSilent from error
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            # It had the command: 110 may be ringing.
            raise LineUnsure from error

    async def messages(self) -> AsyncIterator[Json]:
        """What the controller tells. Raises LineSilent when it does not answer any more."""
        timeout = aiohttp.ClientTimeout(sock_connect=COMMAND_SECONDS, sock_read=SILENT_SECONDS)
        try:
            async with (
                self._session(timeout) as session,
                session.get("http://controller/live", raise_for_status=True) as reply,
            ):
                async for line in reply.content:
                    yield json.loads(line)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise LineSilent from error

    def _session(self, timeout: aiohttp.ClientTimeout) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=aiohttp.UnixConnector(self._socket),
            timeout=timeout,
            read_bufsize=LONGEST_LINE,
        )
