"""A conversation: everyone who talks in one call, in one mixing bridge."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress

from ivr.ari.errors import AriError, Gone
from ivr.telephony.leg import Leg, PlaybackFailed
from ivr.telephony.switch import Switch

log = logging.getLogger(__name__)


NOT_THERE = {400, 404, 409, 412, 422}


class Conversation:
    """Parties in a bridge. A party that hangs up leaves by itself; the others go on talking."""

    def __init__(
        self, switch: Switch, bridge_id: str, *, changed: Callable[[], None] = lambda: None
    ) -> None:
        """`changed` is called when somebody comes or leaves."""
        self.switch = switch
        self._told = changed
        self.bridge_id = bridge_id
        self._parties: dict[str, Leg] = {}
        self._changed = asyncio.Condition()
        self.last_left: Leg | None = None
        """The party that hung up last."""
        self._watchers: dict[str, asyncio.Task[None]] = {}

    async def open(self) -> None:
        """Make the bridge. One that is there under this id, left by somebody, is taken over."""
        with suppress(Gone):  # 409
            await self.switch.ari.create_bridge(self.bridge_id)

    async def close(self) -> None:
        for watcher in self._watchers.values():
            watcher.cancel()
        self.switch.forget_sounds(self.bridge_id)
        with suppress(AriError):
            await self.switch.ari.destroy_bridge(self.bridge_id)

    @property
    def parties(self) -> tuple[Leg, ...]:
        return tuple(self._parties.values())

    def with_role(self, *roles: str) -> tuple[Leg, ...]:
        return tuple(leg for leg in self.parties if leg.role in roles)

    async def join(self, leg: Leg, *, absorb_keys: bool = False) -> None:
        """Bring a party in. With `absorb_keys` the others do not hear the keys it types.

        Raises LegGone if it hung up meanwhile.
        """
        try:
            await self.switch.ari.add_channel(self.bridge_id, [leg.id], absorb_dtmf=absorb_keys)
        except AriError as error:
            # 400 and 422 are also said of a channel that has just ended.
            if error.status in NOT_THERE:
                await leg.leave_if_gone()
            raise
        await self.adopt(leg)

    async def adopt(self, leg: Leg) -> None:
        """Count a party that is in the bridge already (after a restart of the controller)."""
        self._parties[leg.id] = leg
        self._watchers[leg.id] = asyncio.create_task(self._watch(leg), name=f"party {leg.id}")
        await self.tell()

    async def leave(self, leg: Leg) -> None:
        """Take a party out without ending its leg."""
        watcher = self._watchers.pop(leg.id, None)
        if watcher is not None:
            watcher.cancel()
        if self._parties.pop(leg.id, None) is not None:
            with suppress(AriError):
                await self.switch.ari.remove_channel(self.bridge_id, [leg.id])
            await self.tell()

    async def until(self, condition: Callable[["Conversation"], bool]) -> None:
        async with self._changed:
            await self._changed.wait_for(lambda: condition(self))

    async def announce(self, *media: str) -> None:
        """Play to everyone, to the end. Raises PlaybackFailed when nothing was heard."""
        if media:
            await self.switch.play_on(
                self.bridge_id,
                lambda playback: self._play(media, playback),
                ended_by=None,
                what=media,
            )

    async def _play(self, media: Sequence[str], playback: str) -> None:
        try:
            await self.switch.ari.bridge_play(self.bridge_id, media, playback)
        except AriError as error:
            raise PlaybackFailed(str(error)) from error

    async def _watch(self, leg: Leg) -> None:
        await leg.until_gone()
        self._parties.pop(leg.id, None)
        self._watchers.pop(leg.id, None)
        self.last_left = leg
        await self.tell()

    async def tell(self) -> None:
        """Let those who wait in `until` look again."""
        self._told()
        async with self._changed:
            self._changed.notify_all()
