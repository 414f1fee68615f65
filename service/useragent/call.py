"""One call of a phone (一次通话): what it does, what is said and what is heard."""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import baresip
import numpy as np
from baresip import Event, StackEvent
from baresip._native import lib

from service.useragent.ear import RATE, Ear, Samples
from service.useragent.hearing import Match, Suspicion, find, longest_tone, loudness, tone
from service.useragent.keys import Press, Wait, parse_keys
from service.useragent.mouth import Mouth, Playing
from service.useragent.prompts import read_wav

if TYPE_CHECKING:
    from service.useragent.engine import UserAgents

KEY_SECONDS = 0.18
"""The stack sends no shorter key than this (nine packets), then three end packets."""
_END_SECONDS = 0.06
_CHECK = 0.1
_OVERLAP = 1.0
_DOUBT = 2.5

Prompt = str | Path | Samples


@dataclass(frozen=True)
class Key:
    """A key that was sent or received; `at` is the key's start, monotonic seconds."""

    digit: str
    at: float
    until: float


class NotHeardError(AssertionError):
    """What should have been heard was not."""


class PhoneCall:
    """A call; made by `Phone.call` and `Phone.incoming`. Moments are monotonic seconds."""

    def __init__(self, engine: UserAgents, native: baresip.Call, *, outgoing: bool) -> None:
        self.outgoing = outgoing
        self.dialed_at = time.monotonic()
        self.ringing_at: float | None = None if outgoing else self.dialed_at
        self.answered_at: float | None = None
        self.ended_at: float | None = None
        self.status: int | None = None
        """SIP status that ended a call before it was answered, e.g. 486."""
        self.reason = ""
        self.ear = Ear()
        self.keys_sent: list[Key] = []
        self.keys_heard: list[Key] = []
        self._engine = engine
        self._native = native
        self._mouth = Mouth(self._write)
        self._media = False
        self._changed = asyncio.Condition()
        self._signals: set[asyncio.Task[None]] = set()
        native.on(self._event)
        native.on_dtmf(self._key_heard)
        engine.attach(self)

    def __repr__(self) -> str:
        state = "ended" if self.ended_at else "answered" if self.answered_at else "ringing"
        return f"<PhoneCall {self.peer} {state}>"

    @property
    def peer(self) -> str:
        """User part of the other side's address: the number it shows."""
        uri = self._native.peer or ""
        return uri.removeprefix("sip:").split("@")[0].split(";")[0]

    @property
    def sip_call_id(self) -> str | None:
        """Call-ID header."""
        return str(self._native.call_id) if self._native.call_id else None

    # -- signalling ---------------------------------------------------------------

    def _event(self, event: StackEvent) -> None:
        now = time.monotonic()
        match event.event:
            case Event.CALL_RINGING | Event.CALL_PROGRESS:
                self.ringing_at = self.ringing_at or now
                self._media = self._media or event.event is Event.CALL_PROGRESS
            case Event.CALL_ESTABLISHED:
                self.answered_at = self.answered_at or now
                self._media = True
            case Event.CALL_CLOSED:
                self.move_audio(now)
                self.ended_at = now
                self.reason = event.text or ""
                head = self.reason.split(" ")[0]
                self.status = int(head) if head.isdigit() and self.answered_at is None else None
                self.ear.stop(now)
                self._mouth.stop()
                self._engine.detach(self)
            case _:
                return
        task = asyncio.ensure_future(self._wake())
        self._signals.add(task)
        task.add_done_callback(self._signals.discard)

    async def _wake(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    async def answered(self, within: float = 10.0) -> PhoneCall:
        """Wait for the answer.

        Raises:
            TimeoutError: not within that many seconds.
            ConnectionError: ended before; `status` and `reason` tell how.
        """
        async with asyncio.timeout(within), self._changed:
            await self._changed.wait_for(lambda: self.answered_at or self.ended_at)
        if self.answered_at is None:
            raise ConnectionError(f"the call was not answered: {self.reason}")
        return self

    async def ringing(self, within: float = 10.0) -> None:
        """Wait until the other side rings (or answers at once)."""
        async with asyncio.timeout(within), self._changed:
            await self._changed.wait_for(
                lambda: self.ringing_at or self.answered_at or self.ended_at
            )
        if self.ringing_at is None and self.answered_at is None:
            raise ConnectionError(f"the call did not ring: {self.reason}")

    async def ended(self, within: float = 10.0) -> str:
        """Wait for the end; gives the reason."""
        async with asyncio.timeout(within), self._changed:
            await self._changed.wait_for(lambda: self.ended_at)
        return self.reason

    async def answer(self) -> PhoneCall:
        """Pick up (接听) and wait until the media is up."""
        await self._native.answer()
        return await self.answered(5)

    async def reject(self) -> None:
        """Refuse with 486 (拒接)."""
        with contextlib.suppress(baresip.StaleHandleError):
            await self._native.reject()
            await self.ended(5)

    async def hang_up(self) -> None:
        """End the call (挂机), whatever its state; nothing happens if it is over already."""
        if self.ended_at is None:
            with contextlib.suppress(baresip.StaleHandleError):
                await self._native.hangup()
                await self.ended(5)

    async def hold(self) -> None:
        """Hold key of the phone: re-INVITE sendonly."""
        await self._native.hold()

    async def resume(self) -> None:
        """Take back what `hold` did."""
        await self._native.resume()

    # -- keys -----------------------------------------------------------------------

    async def press(self, keys: str, *, hold: float = KEY_SECONDS, gap: float = 0.1) -> None:
        """Type keys by RFC 4733, e.g. `1,w2,0`; returns at the end of the last one.

        Args:
            hold: seconds a key is held; the stack makes at least `KEY_SECONDS` of it.
            gap: seconds between two keys.

        Raises:
            baresip.StaleHandleError: the call is over.
        """
        for n, step in enumerate(steps := parse_keys(keys)):
            match step:
                case Wait(seconds):
                    await asyncio.sleep(seconds)
                case Press(digit):
                    await self._press(digit, max(hold, KEY_SECONDS))
                    if n + 1 < len(steps) and isinstance(steps[n + 1], Press):
                        await asyncio.sleep(max(gap, _END_SECONDS))

    async def _press(self, digit: str, hold: float) -> None:
        at = time.monotonic()
        await self._digit(digit)
        await asyncio.sleep(hold)
        await self._digit("R")
        self.keys_sent.append(Key(digit, at, time.monotonic()))

    async def _digit(self, key: str) -> None:
        # The library's own send_dtmf has a fixed length of key.
        event, failed = await self._native._runtime.cmd(
            lib.BP_CMD_CALL_SEND_DIGIT, args=f"{self._native.handle} {key}"
        )
        if event == lib.BP_EV_STALE_HANDLE:
            raise baresip.StaleHandleError("the call is over")
        if failed is not None:
            raise baresip.BaresipError(f"key {key} was not sent: {failed!r}")

    def _key_heard(self, key: baresip.DigitEvent) -> None:
        now = time.monotonic()
        self.keys_heard.append(Key(key.digit, now - key.duration_ms / 1000, now))

    # -- sound ------------------------------------------------------------------------

    def play(self, sound: Samples | Path, *, loop: bool = False) -> Playing:
        """Say something: 8 kHz samples or a WAV file of any rate; after what is queued."""
        samples = read_wav(sound) if isinstance(sound, Path) else sound
        return self._mouth.play(samples, loop=loop)

    def hum(self, frequency: float, *, level: float = 0.25) -> Playing:
        """A tone of one's own without end, so that others can tell who is heard."""
        return self.play(tone(frequency, 1.0, level=level), loop=True)

    def shut_up(self) -> None:
        """Stop saying anything."""
        self._mouth.stop()
        with contextlib.suppress(baresip.AudioNotActive, baresip.AudioRestarted):
            self._native.audio.flush_tx()

    def _write(self, pcm: bytes) -> int:
        try:
            return int(self._native.audio.write(pcm))
        except (baresip.AudioNotActive, baresip.AudioRestarted):
            return 0

    def move_audio(self, now: float) -> None:
        """Take what came in and top up what goes out; called by the engine."""
        if not self._media or self.ended_at is not None:
            return
        try:
            pcm = self._native.audio.read(RATE * 4)
        except (baresip.AudioNotActive, baresip.AudioRestarted):
            return
        self.ear.start(now - len(pcm) / 2 / RATE)
        if pcm:
            self.ear.put(pcm, now)
        if self.answered_at is not None:
            self._mouth.feed(now)

    # -- hearing ------------------------------------------------------------------------

    async def hears(self, prompt: Prompt, *, within: float, since: float = 0.0) -> Match:
        """Wait until a prompt is heard: its key, its file or its samples.

        Args:
            within: seconds from now until enough of the prompt must have been heard.
            since: only what was heard after this second of the call counts (see `now`).

        Returns:
            Where it began, in seconds of the call.

        Raises:
            NotHeardError: something else was heard, which the message names if it is known.
        """
        name, parts = self._reference(prompt)
        deadline = time.monotonic() + within
        suspicion = Suspicion(parts[0])
        searched, suspected = since, -1.0
        while True:
            ended = self.ended_at is not None
            upto = self.ear.seconds
            fresh = self.ear.audio(searched, upto)
            # It may have begun before `since`: then only its middle is there to be found.
            middle = searched - since < len(parts[0]) / RATE
            if await asyncio.to_thread(suspicion.of, fresh, from_middle=middle):
                suspected = upto + _DOUBT
            if upto <= suspected or ended:
                begin = max(since, upto - len(parts[0]) / RATE - _DOUBT - _OVERLAP)
                audio = self.ear.audio(begin, upto)
                match = await asyncio.to_thread(find, audio, parts[0], from_middle=begin == since)
                if match is not None:
                    return match.later(begin)
            searched = max(since, upto - _OVERLAP)
            if ended or time.monotonic() > deadline:
                raise NotHeardError(await self._not_heard(name, since, within))
            await asyncio.sleep(_CHECK)

    async def hears_whole(self, prompt: Prompt, *, within: float, since: float = 0.0) -> Match:
        """As `hears`, but to the prompt's end."""
        name, parts = self._reference(prompt)
        deadline = time.monotonic() + within
        first: Match | None = None
        for part in parts:
            left = deadline - time.monotonic()
            match = await self.hears(part, within=max(0.1, left), since=since)
            first = first or match
            end = match.start + len(part) / RATE
            await self.reaches(end + 0.1)
            heard = find(self.ear.audio(since), part)
            if heard is None or not heard.whole:
                raise NotHeardError(f"{name} was cut short: {heard}")
            since = max(since, end - 0.2)
        assert first is not None
        return first

    async def _not_heard(self, name: str, since: float, within: float) -> str:
        known = self._engine.prompts
        audio = self.ear.audio(since)
        heard = await asyncio.to_thread(known.identify, audio) if known is not None else []
        says = (
            ", ".join(f"{h.key} at {h.match.start + since:.1f} s" for h in heard) or "nothing known"
        )
        over = f"; the call ended: {self.reason}" if self.ended_at is not None else ""
        loud = " ".join(f"{decibels:.0f}" for decibels in loudness(audio))
        return (
            f"{name} not heard within {within} s of {self!r}; heard {says}{over}; "
            f"dBFS of each second: {loud}"
        )

    def _reference(self, prompt: Prompt) -> tuple[str, list[Samples]]:
        if isinstance(prompt, Path):
            return prompt.name, [read_wav(prompt)]
        if isinstance(prompt, str):
            if self._engine.prompts is None:
                raise LookupError("no prompts were given to UserAgents")
            return prompt, self._engine.prompts[prompt]
        return "the sound", [prompt]

    @property
    def now(self) -> float:
        """This second of the call, for `since`."""
        return self.ear.seconds

    async def reaches(self, second: float) -> None:
        """Wait until that second of the call (or its end)."""
        with contextlib.suppress(TimeoutError):
            await self.ended(max(0.0, second - self.ear.seconds))

    async def hears_tone(
        self, frequency: float, *, within: float, lasting: float = 0.4, since: float = 0.0
    ) -> float:
        """Wait until a tone has lasted that long; gives the second of the call it began."""
        deadline = time.monotonic() + within
        while True:
            start, length = longest_tone(self.ear.audio(since), frequency)
            if length >= lasting:
                return start + since
            if self.ended_at is not None or time.monotonic() > deadline:
                what = f"a tone of {frequency:g} Hz"
                raise NotHeardError(await self._not_heard(what, since, within))
            await asyncio.sleep(_CHECK)

    async def deaf_to(self, frequency: float, *, for_: float) -> None:
        """Listen that long and be sure that a tone is not heard."""
        since = self.now
        await self.reaches(since + for_)
        start, length = longest_tone(self.ear.audio(since), frequency)
        if length >= 0.3:
            raise AssertionError(f"a tone of {frequency} Hz is heard at {start + since:.1f} s")

    def save(self, path: Path) -> None:
        """Write what was heard as WAV."""
        import soundfile

        soundfile.write(path, np.asarray(self.ear.audio()), RATE, subtype="PCM_16")
