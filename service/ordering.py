"""Orders to the running controller: calls for a ticket (ivr/orders.py)."""

from typing import Any

import aiohttp

from console.context import LineSilent, OrderCall
from service.errors import Failure
from service.paths import Var
from ticketing.refusal import Refusal

SECONDS = 10.0


async def order(var: Var, name: str, **what: str | None) -> str:
    """Order a call, `contact` or `call`; its id.

    Raises Refusal where the controller refuses, Failure where none answers: nothing is dialled.
    """
    connector = aiohttp.UnixConnector(str(var.controller_socket))
    timeout = aiohttp.ClientTimeout(total=SECONDS)
    try:
        async with (
            aiohttp.ClientSession(connector=connector, timeout=timeout) as session,
            session.post(f"http://controller/order/{name}", json=what) as reply,
        ):
            if reply.status == 409:
                told: dict[str, Any] = (await reply.json())["error"]
                raise Refusal(**told)
            reply.raise_for_status()
            return str((await reply.json())["call_id"])
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise Failure(
            "controller_silent",
            "the line does not answer, nothing was dialled",
            fix="start it with ./hotline up; `up` replaces a controller within seconds",
        ) from error


def console_orders(var: Var) -> OrderCall:
    """How the console orders calls."""

    async def ordered(name: str, **what: str | None) -> str:
        try:
            return await order(var, name, **what)
        except Failure as failure:
            raise LineSilent from failure

    return ordered
