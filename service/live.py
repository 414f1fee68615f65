"""The controller's live API on its unix socket, as the command line uses it."""

from typing import Any

import aiohttp

from service.errors import Failure
from service.paths import Var

SECONDS = 10.0


async def ask(var: Var, method: str, path: str) -> Any:
    """The JSON answer of the running controller. Raises Failure when it does not answer."""
    connector = aiohttp.UnixConnector(str(var.controller_socket))
    timeout = aiohttp.ClientTimeout(total=SECONDS)
    try:
        async with (
            aiohttp.ClientSession(connector=connector, timeout=timeout) as session,
            session.request(method, f"http://controller{path}") as reply,
        ):
            if reply.status >= 400:
                text = (await reply.text())[:500]
                raise Failure("controller_refused", f"the controller refused {path}: {text}")
            return await reply.json()
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise Failure(
            "controller_silent",
            f"the controller does not answer: {error or 'time-out'}",
            fix="`up` replaces it within seconds; see ./hotline doctor",
        ) from error
