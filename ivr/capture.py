"""Recording a conversation: one file for each speaker and the mix (domain: 录音).

One snoop per speaker sits in a small bridge of its own with an AudioSocket leg to the speech
workers; the record of that bridge is the speaker's file. Nothing here may disturb the talk:
what fails is logged, and the batch pass works on whatever file there is.
"""

import asyncio
import logging
from collections.abc import Awaitable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from ivr.ari.errors import AriError
from ivr.telephony.leg import Leg
from ivr.telephony.switch import Switch
from recordings.speech.pool import Listener, SpeechPool

log = logging.getLogger(__name__)

ARRIVAL_SECONDS = 3.0
LISTENER_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class CaptureIds:
    """Ids of one tap, derived from the call so that a restarted controller finds them again."""

    call_id: str
    role: str
    n: int

    def of(self, kind: str) -> str:
        return f"{self.call_id}.{kind}.{self.role}.{self.n}"


class Tap:
    """Listens to one leg: recorded, recognised, or both."""

    def __init__(self, switch: Switch, ids: CaptureIds) -> None:
        self._switch = switch
        self._ids = ids
        self.listener: Listener | None = None
        self._recorded = False

    async def open(
        self, leg: Leg, *, record: bool, speech: SpeechPool | None, started_at: datetime
    ) -> None:
        """Start listening. Failures are logged; `listener` is None where nobody recognises."""
        ids, ari = self._ids, self._switch.ari
        asked = self._ask_for_listener(leg, speech, keep=record, started_at=started_at)
        if not record:
            await asked
            if self.listener is None:
                return
        try:
            channels = [ids.of("snoop")]
            await asyncio.gather(
                ari.create_bridge(ids.of("bridge"), "mixing"),
                self._arrival(ids.of("snoop"), ari.snoop(leg.id, ids.of("snoop"), args="media")),
                *((asked,) if record else ()),
            )
            if self.listener is not None and await self._connect_listener(self.listener):
                channels.append(ids.of("media"))
            await ari.add_channel(ids.of("bridge"), channels)
            if record:
                await ari.bridge_record(ids.of("bridge"), ids.of("rec"))
                self._recorded = True
        except (AriError, TimeoutError) as error:
            log.error("no tap on %s: %s", leg.id, error)

    @classmethod
    def adopted(cls, switch: Switch, ids: CaptureIds) -> "Tap":
        """A tap that a former controller opened."""
        tap = cls(switch, ids)
        tap._recorded = True
        return tap

    async def close(self) -> None:
        """Everything of it is given back, also when whoever closes it is cancelled."""
        await asyncio.shield(self._close())

    async def _close(self) -> None:
        ids, ari = self._ids, self._switch.ari
        if self._recorded:
            with suppress(AriError):
                await ari.stop_recording(ids.of("rec"))
        for give_back, kind in (
            (ari.hangup, "media"),
            (ari.hangup, "snoop"),
            (ari.destroy_bridge, "bridge"),
        ):
            with suppress(AriError):
                await give_back(ids.of(kind))
        if self.listener is not None:
            await self.listener.close()

    async def _ask_for_listener(
        self, leg: Leg, speech: SpeechPool | None, *, keep: bool, started_at: datetime
    ) -> None:
        """A worker that does not answer at once must not hold people apart."""
        if speech is None:
            return
        offset = (datetime.now(started_at.tzinfo) - started_at).total_seconds()
        with suppress(TimeoutError):
            async with asyncio.timeout(LISTENER_SECONDS):
                self.listener = await speech.listen(
                    call_id=self._ids.call_id,
                    leg_id=leg.id,
                    speaker=leg.role,
                    offset=offset,
                    keep=keep,
                )

    async def _connect_listener(self, listener: Listener) -> bool:
        media = self._ids.of("media")
        try:
            await self._arrival(
                media, self._switch.ari.audiosocket(media, listener.address, listener.uuid)
            )
        except (AriError, TimeoutError) as error:
            log.warning("speech worker not reached for %s: %s", media, error)
            return False
        return True

    async def _arrival(self, channel: str, command: Awaitable[None]) -> None:
        """A channel may join a bridge only once it has arrived in the application."""
        arrived, _ = self._switch.expect_answer(channel)
        try:
            await command
            async with asyncio.timeout(ARRIVAL_SECONDS):
                await arrived
        finally:
            self._switch.forget_answer(channel)
