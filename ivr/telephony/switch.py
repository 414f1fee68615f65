"""The switch: routes Asterisk's events to the legs, playbacks and recordings they are about."""

import asyncio
import itertools
import logging
from collections.abc import Awaitable, Callable, Container, Coroutine, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from ivr.ari.client import Ari
from ivr.ari.errors import AriError, Gone
from ivr.ari.events import (
    Arrived,
    ChannelEvent,
    Destroyed,
    Dialled,
    Event,
    HangUpAsked,
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

SOUND_NAMES = 8
LATE_NEWS_SECONDS = 0.1
STOP_TRIES = 5
STOP_SECONDS = 0.2
"""So long a stopped playback may take to say that it ended; then it is stopped again."""
NOT_FOUND = 404


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
        self._recordings: dict[str, asyncio.Future[bool]] = {}
        self._causes: dict[str, int] = {}
        """Q.850 causes of hang-ups that are on their way."""
        self._sounds: dict[str, int] = {}
        self._numbers = itertools.count(1)
        self._epoch = f"{datetime.now(UTC):%H%M%S%f}"

    # Legs

    def leg(self, leg_id: str, *, role: str, number: str) -> Leg:
        """Take a channel under control. Known ids give the same leg."""
        known = self._legs.get(leg_id)
        if known is None:
            known = self._legs[leg_id] = Leg(self, leg_id, role=role, number=number)
        return known

    def register(self, leg: Leg) -> None:
        """A leg that is being dialled: its events reach it from now on."""
        self._legs[leg.id] = leg

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

    async def ended_meanwhile(self) -> None:
        """After a reconnect: sounds and recordings that ended while nobody listened."""

        async def look(news: asyncio.Future[Any], known: Coroutine[Any, Any, object]) -> None:
            try:
                await known
            except Gone:
                if not news.done():
                    news.set_result(True)

        await asyncio.gather(
            *(look(news, self.ari.playback(one)) for one, news in self._playbacks.items()),
            *(look(news, self.ari.live_recording(one)) for one, news in self._recordings.items()),
        )

    def lose(
        self, leg_id: str, *, cause: int | None = None, at: datetime, left: bool = False
    ) -> None:
        """The channel is no more: told by an event, or found missing after a reconnect.

        Without a cause it is that of the request that ended it. `left`: the dialplan has it.
        """
        asked = self._causes.pop(leg_id, NORMAL_CLEARING)
        self.forget_sounds(leg_id)
        leg = self._legs.pop(leg_id, None)
        if leg is not None and not leg.hung_up.done():
            leg.hung_up.set_result(HungUp(asked if cause is None else cause, at, left))

    @property
    def leg_ids(self) -> frozenset[str]:
        return frozenset(self._legs)

    def new_id(self, kind: str) -> str:
        """An id that no earlier controller of this Asterisk has used."""
        return f"{kind}.{self._epoch}.{next(self._numbers)}"

    # Sound

    def _sound(self, target: str) -> str:
        """Id of the next playback on a channel or bridge. A controller that takes over can only
        stop what it can name: few names, used in turn."""
        number = self._sounds.get(target, 0)
        self._sounds[target] = number + 1
        return f"play.{target}.{number % SOUND_NAMES}"

    async def silence(self, target: str) -> None:
        """Stop what a former controller was playing on a channel."""

        async def stop(number: int) -> bool:
            try:
                await self.ari.stop_playback(f"play.{target}.{number}")
            except AriError:
                return False
            return True

        if any(await asyncio.gather(*(stop(number) for number in range(SOUND_NAMES)))):
            # Its end is told under a name that will be used again.
            await asyncio.sleep(LATE_NEWS_SECONDS)

    def forget_sounds(self, target: str) -> None:
        """The channel or bridge is no more."""
        self._sounds.pop(target, None)

    async def play_on(
        self,
        target: str,
        start: Callable[[str], Awaitable[None]],
        *,
        ended_by: asyncio.Future[HungUp] | None,
        what: Sequence[str],
    ) -> None:
        """Run one playback on a channel or bridge to its end; cancelling stops it."""
        playback = self._sound(target)
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
            await self._stop(playback, {finished} if ended_by is None else {finished, ended_by})
            raise
        finally:
            self._playbacks.pop(playback, None)

    async def _stop(self, playback: str, ends: set[asyncio.Future[Any]]) -> None:
        """Stop a playback, and be sure of it: a prompt that runs on drowns the one after it.

        Asterisk refuses, and forgets, a stop that comes while it is opening the file.
        """
        for _ in range(STOP_TRIES):
            if any(end.done() for end in ends):
                return
            try:
                await self.ari.stop_playback(playback)
            except AriError as error:
                if error.status == NOT_FOUND:
                    return
                log.info("%s was not stopped at once: %s", playback, error)
            await asyncio.wait(ends, timeout=STOP_SECONDS, return_when=asyncio.FIRST_COMPLETED)

    def recording_end(self, name: str) -> asyncio.Future[bool]:
        ended: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
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
                    recording.set_result(True)
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
                # Hung up, or sent back to the dialplan: either way this controller has no more
                # say over it, and its end is not told any more.
                self.lose(event.channel, at=event.at, left=event.channel not in self._causes)
            case HangUpAsked(channel=channel, cause=cause) if channel in self._legs:
                self._causes[channel] = cause
            case _:
                pass
