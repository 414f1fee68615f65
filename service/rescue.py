"""Callers whose controller is gone are handed to the dialplan's fall-back (design §3)."""

import contextlib
import time
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any

import aiohttp

from service.runtime import Runtime

STALE_SECONDS = 4
"""The dialplan takes a heartbeat as stale after so long; it must be the same here."""
SUCCESSOR_SECONDS = 5.0
"""A successor has so long after that before the callers are handed over."""
WAITING_ARGUMENTS = ("hotline,inbound", "hotline,emergency")


class Rescue:
    """Watches the controller's heartbeat in Asterisk, over plain HTTP."""

    def __init__(self, runtime: Runtime, cli: Callable[[str], Awaitable[object]]) -> None:
        """`cli` gives a command to Asterisk's own command line."""
        self._runtime = runtime
        self._cli = cli
        self._handed: set[str] = set()
        self._stale_since: float | None = None
        self._session: aiohttp.ClientSession

    async def __aenter__(self) -> "Rescue":
        credentials = aiohttp.encode_basic_auth(*self._runtime.ari_credentials)
        self._session = aiohttp.ClientSession(
            headers={"Authorization": credentials}, timeout=aiohttp.ClientTimeout(total=2)
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._session.close()

    async def look(self) -> list[str]:
        """Once a second: the ids of the callers that were handed over now."""
        try:
            heartbeat = await self._heartbeat()
            if heartbeat >= int(time.time()) - STALE_SECONDS:
                self._stale_since = None
                self._handed.clear()
                return []
            if self._stale_since is None:
                self._stale_since = time.monotonic()
            if time.monotonic() - self._stale_since < SUCCESSOR_SECONDS:
                return []
            return await self._hand_over()
        except (aiohttp.ClientError, TimeoutError):
            return []  # Asterisk itself is away: it is watched elsewhere

    async def _get(self, path: str, **parameters: str) -> Any:
        url = f"{self._runtime.ari_url}/{path}"
        async with self._session.get(url, params=parameters, raise_for_status=True) as reply:
            return await reply.json()

    async def _heartbeat(self) -> int:
        value = (await self._get("asterisk/variable", variable="HB"))["value"]
        return int(value) if value.isdigit() else 0

    async def _hand_over(self) -> list[str]:
        channels = await self._get("channels")
        bridges = await self._get("bridges")
        names = {c["id"]: c["name"] for c in channels}
        handed = []
        for channel_id in stranded(channels, bridges):
            if channel_id in self._handed:
                # `continue` waits for the end of what is being played; this does not.
                await self._cli(f"channel redirect {names[channel_id]} fallback,s,1")
                continue
            url = f"{self._runtime.ari_url}/channels/{channel_id}/continue"
            target = {"context": "fallback", "extension": "s", "priority": "1"}
            with contextlib.suppress(aiohttp.ClientError, TimeoutError):
                async with self._session.post(url, params=target) as reply:
                    if reply.status == 204:
                        self._handed.add(channel_id)
                        handed.append(channel_id)
        return handed


def stranded(channels: list[dict[str, Any]], bridges: list[dict[str, Any]]) -> list[str]:
    """Ids of the inbound callers in our application who talk with nobody."""
    people = {c["id"] for c in channels if c["name"].startswith("PJSIP/")}
    talking: set[str] = set()
    for bridge in bridges:
        inside = people.intersection(bridge["channels"])
        if len(inside) > 1:
            talking |= inside
    return [
        c["id"]
        for c in channels
        if c["dialplan"].get("app_name") == "Stasis"
        and c["dialplan"].get("app_data", "").startswith(WAITING_ARGUMENTS)
        and c["id"] not in talking
    ]
