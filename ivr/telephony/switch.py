"""The switch: routes Asterisk's events to the legs, playbacks and recordings they are about."""

import asyncio
import itertools
import logging
from collections.abc import Awaitable, Callable, Container, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from ivr.ari.client import Ari
from ivr.ari.errors import AriError
from ivr.ari.events import (
    Arrived,
    ChannelEvent,
    Destroyed,
    Dialled,
    Event,
    KeyReceived,
    Left,
    PlaybackEnded,
    RecordingBegan,
    RecordingEnded,
    StateChanged,
)
from ivr.telephony.keys import Key
from ivr.telephony.leg import HungUp, Leg, PlaybackFailed

log = logging.getLogger(__name__)

NORMAL_CLEARING = 16


class Switch:
    """All legs of this controller. One per Asterisk; lives as long as the controller."""

    def __init__(
        self,
        ari: Ari,
        *,
        arrived: Callable[[Arrived], None],
        recording_began: Callable[[RecordingBegan], None],
        recording_ended: Callable[[RecordingEnded], None],
    ) -> None:
        self.ari = ari
        self._arrived = arrived
        self._recording_began = recording_began
        self._recording_ended = recording_ended
        self._legs: dict[str, Leg] = {}
        self._answers: dict[str, asyncio.Future[None]] = {}
        self._ringing: dict[str, asyncio.Event] = {}
        self._playbacks: dict[str, asyncio.Future[bool]] = {}
        self._recordings: dict[str, asyncio.Future[None]] = {}
        self._numbers = itertools.count(1)
        self._epoch = f"{datetime.now(UTC):%H%M%S%f}"

    # Legs

    def leg(self, leg_id: str, *, role: str, number: str) -> Leg:
        """Take a channel under control. Known ids give the same leg."""
        known = self._legs.get(leg_id)
        if known is None:
            known = self._legs[leg_id] = Leg(self, leg_id, role=role, number=number)
        return known

    def expect_answer(self, leg_id: str) -> tuple[asyncio.Future[None], asyncio.Event]:
        """Before a channel is dialled: resolved when it is answered; the event: it rings."""
        answered: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        ringing = asyncio.Event()
        self._answers[leg_id] = answered
        self._ringing[leg_id] = ringing
        return answered, ringing

    def forget_answer(self, leg_id: str) -> None:
        self._answers.pop(leg_id, None)
        self._ringing.pop(leg_id, None)

    def arrived_meanwhile(self, channels: Container[str]) -> None:
        """After a reconnect: what is expected and is in the application has answered."""
        for leg_id, answer in self._answers.items():
            if leg_id in channels and not answer.done():
                answer.set_result(None)

    def lose(self, leg_id: str, *, cause: int = NORMAL_CLEARING, at: datetime) -> None:
        """The channel is no more: told by an event, or found missing after a reconnect."""
        leg = self._legs.pop(leg_id, None)
        if leg is not None and not leg.hung_up.done():
            leg.hung_up.set_result(HungUp(cause, at))

    @property
    def leg_ids(self) -> frozenset[str]:
        return frozenset(self._legs)

    def new_id(self, kind: str) -> str:
        """An id that no earlier controller of this Asterisk has used."""
        return f"{kind}.{self._epoch}.{next(self._numbers)}"

    # Sound

    async def play_on(
        self,
        start: Callable[[str], Awaitable[None]],
        *,
        ended_by: asyncio.Future[HungUp] | None,
        what: Sequence[str],
    ) -> None:
        """Run one playback to its end; cancelling stops it."""
        playback = self.new_id("play")
        finished: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._playbacks[playback] = finished
        try:
            await start(playback)
            waits: set[asyncio.Future[bool] | asyncio.Future[HungUp]] = {finished}
            if ended_by is not None:
                waits.add(ended_by)
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            if finished.done() and not finished.result():
                raise PlaybackFailed(", ".join(what))
        except asyncio.CancelledError:
            if not finished.done():
                with suppress(AriError):
                    await self.ari.stop_playback(playback)
            raise
        finally:
            self._playbacks.pop(playback, None)

    def recording_end(self, name: str) -> asyncio.Future[None]:
        ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._recordings[name] = ended
        return ended

    # Events

    def deliver(self, event: Event) -> None:
        match event:
            case KeyReceived():
                leg = self._legs.get(event.channel)
                if leg is not None:
                    held = timedelta(milliseconds=event.duration_ms)
                    leg.keys.press(Key(event.digit, event.at - held, event.at))
            case PlaybackEnded():
                playback = self._playbacks.get(event.playback)
                if playback is not None and not playback.done():
                    playback.set_result(not event.failed)
            case RecordingBegan():
                self._recording_began(event)
            case RecordingEnded():
                recording = self._recordings.pop(event.recording, None)
                if recording is not None and not recording.done():
                    recording.set_result(None)
                self._recording_ended(event)
            case Arrived():
                answer = self._answers.get(event.channel)
                if answer is None:
                    self._arrived(event)
                elif not answer.done():
                    answer.set_result(None)
            case ChannelEvent():
                self._channel_event(event)
            case _:
                pass

    def _channel_event(self, event: ChannelEvent) -> None:
        match event:
            case Dialled(status="RINGING" | "PROGRESS") | StateChanged(state="Ringing"):
                ringing = self._ringing.get(event.channel)
                if ringing is not None:
                    ringing.set()
            case Destroyed():
                self.lose(event.channel, cause=event.cause, at=event.at)
            case Left():
                # Left without being destroyed: it was sent back to the dialplan. Either way
                # this controller has no more say over it.
                self.lose(event.channel, at=event.at)
            case _:
                pass
