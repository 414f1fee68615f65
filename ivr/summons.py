"""Somebody is rung for a call at an agent's word (呼叫): from the command until he is there."""

import asyncio
from typing import Literal

from ivr.targets import Target

Purpose = Literal["transfer", "consult", "three_way", "refer_up"]


class Summons:
    """Who is rung and what for; who asked for it may call it off (取消)."""

    def __init__(self, by: str, purpose: Purpose, target: Target) -> None:
        self.by = by
        """Number of the agent."""
        self.purpose = purpose
        self.target = target
        self._called_off = asyncio.Event()

    def call_off(self) -> None:
        """He is not wanted any more."""
        self._called_off.set()

    @property
    def is_called_off(self) -> bool:
        """Whether the agent has thought better of it."""
        return self._called_off.is_set()

    async def until_called_off(self) -> None:
        """Nothing else ends it."""
        await self._called_off.wait()
