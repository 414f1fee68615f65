"""Orders to the running controller: calls for a ticket (ivr/orders.py)."""

from collections.abc import Mapping
from typing import Any

import aiohttp

from console.context import OrderCall
from console.live.link import LineSilent
from service.errors import Failure
from service.paths import Var
from ticketing.refusal import Refusal

SECONDS = 10.0


async def order(var: Var, name: str, **what: str | None) -> str:
    """Order a call, `contact` or `call`; its id.

    Raises Refusal where the controller refuses, Failure where none answers: nothing is dialled.
    """
    return str((await _ask(var, f"order/{name}", what))["call_id"])


async def _ask(var: Var, path: str, what: Mapping[str, Any]) -> dict[str, Any]:
    connector = aiohttp.UnixConnector(str(var.controller_socket))
    timeout = aiohttp.ClientTimeout(total=SECONDS)
    try:
        async with (
            aiohttp.ClientSession(connector=connector, timeout=timeout) as session,
            session.post(f"http://controller/{path}", json=what) as reply,
        ):
            if reply.status == 409:
                told: dict[str, Any] = (await reply.json())["error"]
                raise Refusal(**told)
            reply.raise_for_status()
            answer: dict[str, Any] = await reply.json() if reply.status != 204 else {}
            return answer
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


class PhoneOrders:
    """Passwords of softphones in pages, from the controller (ivr/phones.py)."""

    def __init__(self, var: Var) -> None:
        self._var = var

    async def admit(self, number: str, page: str, *, renew: bool, seconds: float) -> str:
        """The password for a page; raises Refusal, or LineSilent."""
        told = {"page": page, "renew": renew, "seconds": seconds}
        return str((await self._ask(f"phones/{number}/admit", told))["password"])

    async def dismiss(self, number: str, page: str) -> None:
        """The page's session has ended. Raises LineSilent."""
        await self._ask(f"phones/{number}/dismiss", {"page": page})

    async def _ask(self, path: str, what: Mapping[str, Any]) -> dict[str, Any]:
        try:
            return await _ask(self._var, path, what)
        except Failure as failure:
            raise LineSilent from failure
