"""A leg (话路): one channel of a call, as a flow may use it."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ivr.ari.errors import AriError, Gone
from ivr.telephony.keys import KeyPad

if TYPE_CHECKING:
    from ivr.telephony.switch import Switch

log = logging.getLogger(__name__)


HANG_UP_NEWS_SECONDS = 0.5
OUT_OF_ORDER = 38
"""Q.850 network out of order."""


@dataclass(frozen=True, slots=True)
class HungUp:
    """How a leg ended: Q.850 cause and time."""

    cause: int
    at: datetime
    left: bool = False
    """Nobody hung up: the channel left the application, and the dialplan has it."""


class LegGone(Exception):
    """The other side hung up while something was done on its leg."""


class PlaybackFailed(Exception):
    """Asterisk could not play a file: a missing prompt must not pass as played."""


class Leg:
    """A party's channel. `role` is caller, agent, supervisor, unit or emergency."""

    def __init__(self, switch: "Switch", leg_id: str, *, role: str, number: str) -> None:
        self.switch = switch
        self.id = leg_id
        self.role = role
        self.number = number
        self.keys = KeyPad()
        self.hung_up: asyncio.Future[HungUp] = asyncio.get_running_loop().create_future()

    @property
    def gone(self) -> bool:
        return self.hung_up.done()

    @property
    def left(self) -> bool:
        """The dialplan has taken it: it goes on without this controller."""
        return self.gone and self.hung_up.result().left

    async def answer(self) -> None:
        await self._command(self.switch.ari.answer(self.id))

    async def hang_up(self, reason: str = "normal") -> None:
        """End the leg; ending one that is already gone is fine."""
        if not self.gone:
            with suppress(Gone):
                await self.switch.ari.hangup(self.id, reason)

    async def break_off(self) -> None:
        """The phone is gone without a word: the leg has ended as one that broke."""
        self.switch.lose(self.id, cause=OUT_OF_ORDER, at=datetime.now(UTC))
        with suppress(AriError):
            await self.switch.ari.hangup(self.id, "failure")

    async def packets(self) -> int:
        """RTP packets that came from the phone so far; 0 where there are none."""
        try:
            return int((await self.switch.ari.rtp_statistics(self.id)).get("rxcount", 0))
        except AriError:
            return 0

    async def until_gone(self) -> HungUp:
        return await asyncio.shield(self.hung_up)

    async def play(self, *media: str) -> None:
        """Play to this leg to the end. Cancelling stops the sound at once.

        Raises LegGone when the leg ends first, PlaybackFailed when nothing was heard. No media
        is no sound.
        """
        if not media:
            return
        try:
            await self.switch.play_on(
                self.id,
                lambda playback: self._play(media, playback),
                ended_by=self.hung_up,
                what=media,
            )
        except PlaybackFailed:
            await self.leave_if_gone()
            raise
        if self.gone:
            raise LegGone

    async def tell(self, *media: str) -> None:
        """Play to this leg alone; what cannot be played must not keep people apart."""
        with suppress(PlaybackFailed):
            await self.play(*media)

    @asynccontextmanager
    async def music(self) -> AsyncIterator[None]:
        """Music on hold (等待音乐) as long as the block runs."""
        try:
            await self._command(self.switch.ari.start_moh(self.id))
            yield
        finally:
            if not self.gone:
                with suppress(AriError):
                    await self.switch.ari.stop_moh(self.id)

    async def record(
        self, name: str, *, max_silence: int, max_seconds: int, terminate_on: str
    ) -> None:
        """Record what this leg says until silence, a key, the limit or cancellation."""
        ended = self.switch.recording_end(name)
        await self._command(
            self.switch.ari.record(
                self.id,
                name,
                max_silence=max_silence,
                max_seconds=max_seconds,
                terminate_on=terminate_on,
            )
        )
        try:
            await ended
        except asyncio.CancelledError:
            await asyncio.shield(self.stop_recording(name))
            raise

    async def stop_recording(self, name: str) -> None:
        """End a recording of this leg and keep its file."""
        with suppress(AriError):
            await self.switch.ari.stop_recording(name)

    async def _command(self, command: Awaitable[None]) -> None:
        try:
            await command
        except Gone as error:
            await self.leave_if_gone()
            raise LegGone from error

    async def _play(self, media: Sequence[str], playback: str) -> None:
        try:
            await self._command(self.switch.ari.play(self.id, media, playback))
        except AriError as error:
            raise PlaybackFailed(str(error)) from error

    async def leave_if_gone(self) -> None:
        """A command that failed may be the first sign of a hang-up whose event is on its way."""
        with suppress(TimeoutError):
            async with asyncio.timeout(HANG_UP_NEWS_SECONDS):
                await self.until_gone()
                raise LegGone
