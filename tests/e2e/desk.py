"""The line as the console has it: the controller's live API, followed and commanded."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest

from console.live.mirror import Mirror
from service.line_link import ControllerLink
from tests.e2e.line import Line, wait_for
from ticketing.refusal import Refusal

Json = dict[str, Any]


class Desk:
    """Commands of agents, and what the line told since the start."""

    def __init__(self, line: Line) -> None:
        self._link = ControllerLink(line.var.controller_socket)
        self.mirror = Mirror()
        self.told: list[Json] = []

    @classmethod
    @asynccontextmanager
    async def of(cls, line: Line) -> AsyncIterator["Desk"]:
        """Follows the line as long as the block runs."""
        desk = cls(line)
        task = asyncio.create_task(desk._follow())
        try:
            await wait_for(lambda: desk.mirror.connected, what="the line's snapshot")
            yield desk
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _follow(self) -> None:
        async for message in self._link.messages():
            self.told.append(message)
            self.mirror.apply(message)

    async def do(self, number: str, name: str, **data: Any) -> Json:
        """An agent's command; the agent and his call right afterwards."""
        return await self._link.command(number, name, data)

    async def refused(self, number: str, name: str, **data: Any) -> tuple[str, str | None]:
        """Code and field of the refusal that a command must get."""
        with pytest.raises(Refusal) as refused:
            await self.do(number, name, **data)
        return refused.value.code, refused.value.field

    def call_of(self, number: str) -> Json:
        """The call of an agent as it was told last; empty where he has none."""
        call_id = self.mirror.agents[number]["call_id"]
        return self.mirror.calls.get(call_id or "", {})

    async def sees(self, number: str, state: str, *, within: float = 6.0) -> Json:
        """Wait until the agent's call is in that state."""
        await wait_for(
            lambda: self.call_of(number).get("state") == state,
            within=within,
            what=f"{number}: a call that is {state}, last {self.call_of(number)}",
        )
        return self.call_of(number)

    async def noticed(self, code: str, *, within: float = 6.0) -> Json:
        """Wait for a notice."""
        found = await wait_for(
            lambda: [one for one in self.told if one.get("code") == code],
            within=within,
            what=f"the notice {code}",
        )
        return dict(found[-1])
