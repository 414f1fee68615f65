"""Orders to the running controller: calls for a ticket (ivr/orders.py)."""

from collections.abc import Mapping
from typing import Any

import aiohttp

from console.context import OrderCall
from console.live.link import LineSilent, LineUnsure
from service.errors import Failure
from service.paths import Var
from ticketing.refusal import Refusal

SECONDS = 10.0


async def order(var: Var, name: str, **what: str | None) -> str:
    """Order a call, `contact` or `call`; its id. Raises Refusal where the controller refuses,
    Failure where none answers."""
    try:
        return await _ordered(var, name, what)
    except LineSilent as error:
        raise Failure(
            "controller_silent",
            "the line does not answer, nothing was dialled",
            fix="start it with ./hotline up; `up` replaces a controller within seconds",
        ) from error
    except LineUnsure as error:
        raise Failure(
            "controller_silent",
            "the line did not say what came of it: it may be dialling",
            fix="look at the calls (./hotline calls list) before you order it again",
        ) from error


def console_orders(var: Var) -> OrderCall:
    """How the console orders calls."""

    async def ordered(name: str, **what: str | None) -> str:
        return await _ordered(var, name, what)

    return ordered


async def _ordered(var: Var, name: str, what: Mapping[str, Any]) -> str:
    return str((await _ask(var, f"order/{name}", what))["call_id"])


async def _ask(var: Var, path: str, what: Mapping[str, Any]) -> dict[str, Any]:
    """Raises Refusal; LineSilent where nothing was done, LineUnsure where nobody knows."""
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
    except aiohttp.ClientConnectorError as error:
        raise LineSilent from error
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise LineUnsure from error


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
        """Asked again it does no harm, so that an answer that did not come counts as none."""
        try:
            return await _ask(self._var, path, what)
        except LineUnsure as error:
            raise LineSilent from error
