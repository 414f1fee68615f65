"""What a running line says of itself: the controller's live API, Asterisk's endpoints."""

from typing import Any

import aiohttp

from service.errors import Failure
from service.paths import Var
from service.runtime import Runtime

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


async def reload_module(runtime: Runtime, module: str) -> None:
    """Let a module of the running Asterisk read its file again; calls go on. Raises Failure."""
    credentials = {"Authorization": aiohttp.encode_basic_auth(*runtime.ari_credentials)}
    timeout = aiohttp.ClientTimeout(total=SECONDS)
    try:
        async with (
            aiohttp.ClientSession(headers=credentials, timeout=timeout) as http,
            http.put(f"{runtime.ari_url}/asterisk/modules/{module}", raise_for_status=True),
        ):
            pass
    except (aiohttp.ClientError, TimeoutError) as error:
        raise Failure(
            "asterisk_silent", f"{module} not reloaded: {error}", fix="see VAR/log/asterisk.log"
        ) from error


async def endpoint_states(runtime: Runtime) -> dict[str, str]:
    """State (online, offline, unknown) of every phone and trunk. Raises Failure."""
    credentials = {"Authorization": aiohttp.encode_basic_auth(*runtime.ari_credentials)}
    timeout = aiohttp.ClientTimeout(total=5)
    try:
        async with (
            aiohttp.ClientSession(headers=credentials, timeout=timeout) as http,
            http.get(f"{runtime.ari_url}/endpoints/PJSIP", raise_for_status=True) as reply,
        ):
            return {e["resource"]: e["state"] for e in await reply.json()}
    except (aiohttp.ClientError, TimeoutError) as error:
        raise Failure(
            "asterisk_silent", f"ARI does not answer: {error}", fix="see VAR/log/asterisk.log"
        ) from error
