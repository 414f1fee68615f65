"""A call (通话): the caller's leg, what happened so far, and who else is in it."""

import asyncio
import itertools
import logging
from collections.abc import AsyncIterator, Callable, Container, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import datetime
from typing import Any

from ivr.ari.errors import AriError
from ivr.capture import CaptureIds, Tap
from ivr.emergency_keys import GAP, EmergencyKeys, Wait
from ivr.emergency_keys import Request as KeysRequest
from ivr.line import Line
from ivr.requests import EmergencyRequest, Request
from ivr.telephony.conversation import Conversation
from ivr.telephony.keys import Key
from ivr.telephony.leg import HungUp, Leg, LegGone, PlaybackFailed
from ivr.telephony.race import end, first, repeated
from store.calls import (
    CallEvent,
    EndedBy,
    LegAnswered,
    LegDialed,
    LegEnded,
    Node,
    Outcome,
    OutcomeWord,
    Role,
    Stage,
    WaitEntered,
)

log = logging.getLogger(__name__)

RANK: tuple[OutcomeWord, ...] = (
    "failed",
    "abandoned_in_menu",
    "abandoned_in_queue",
    "query_answered",
    "callback_requested",
    "message_left",
    "agent_answered",
    "emergency_transferred",
)
"""Outcomes, the weightier later: a call is remembered for the most that the caller got."""


LAST_EVENTS_SECONDS = 2.0
"""How long the end of a call waits for its legs' last events."""


class Call:
    """One caller's call. Flows speak, ask, connect; they never see a channel."""

    def __init__(
        self,
        line: Line,
        call_id: str,
        leg: Leg,
        *,
        caller_number: str | None,
        called_number: str,
        started_at: datetime,
        outcome: OutcomeWord = "abandoned_in_menu",
    ) -> None:
        self.line = line
        self.id = call_id
        self.leg = leg
        self.caller_number = caller_number
        self.called_number = called_number
        self.started_at = started_at
        self.outcome: OutcomeWord = outcome
        self.ended_by: EndedBy | None = None
        self.fault: str | None = None
        """Why the call was cut, where nobody hung up."""
        self.left_to_dialplan = False
        """The dialplan serves the caller on; its record is completed by the import."""
        self.conversation: Conversation | None = None
        self._others: set[Leg] = set()
        """Answered legs that are not, or not yet, in the conversation."""
        self.invitations = 0
        """Parties being rung for the conversation: it is not over while one may come."""
        self._hold: asyncio.Task[None] | None = None
        self.skilled_for = "citizen"
        """Skill group that this caller's matter belongs to."""
        self.waiting_since: datetime | None = None
        self.elderly = False
        self.emergency_service: str | None = None
        """The service this caller is being connected to, or is talking to."""
        self._keys = EmergencyKeys()
        self._pause: asyncio.TimerHandle | None = None
        self._requested: asyncio.Future[Request] = asyncio.get_running_loop().create_future()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._taps: list[Tap] = []
        self._numbers: dict[str, itertools.count[int]] = {}
        self._first_number = 1

    # What happened

    def note(self, event: CallEvent) -> asyncio.Future[None]:
        """Write into the journal; await the result where the commit matters."""
        return self.line.calls.append(self.id, event, at=self.line.now())

    def visit(self, node: str, typed: str | None = None) -> None:
        self.note(Node(node, typed))

    def waits_for(self, group: str, priority: int, since: datetime) -> None:
        """The caller enters a queue; a restart puts him back at this very place."""
        self.skilled_for = group
        self.waiting_since = since
        self.note(WaitEntered(group))
        self.note(
            Stage("queue", {"group": group, "priority": priority, "since": since.isoformat()})
        )
        self.reached("abandoned_in_queue")

    def recording_name(self, kind: str) -> str:
        return f"{self.id}.rec.{kind}.{self.number('rec.' + kind)}"

    def reached(self, outcome: OutcomeWord) -> None:
        """Remember what the caller got; a restarted controller knows it too."""
        if RANK.index(outcome) > RANK.index(self.outcome):
            self.outcome = outcome
            self.note(Outcome(outcome))

    @property
    def brought_a_matter(self) -> bool:
        """Whether there may be a draft: the caller got further than menu, queue and query."""
        return RANK.index(self.outcome) >= RANK.index("callback_requested")

    # Requests that replace the flow

    def request(self, request: Request) -> None:
        if not self._requested.done():
            self._requested.set_result(request)

    @property
    def requested(self) -> "asyncio.Future[Request]":
        """Done when something is to replace the flow."""
        return self._requested

    def take_request(self) -> Request:
        """The request that was made; from now on there may be another."""
        request = self._requested.result()
        self._requested = asyncio.get_running_loop().create_future()
        return request

    def watch_keys(self, key: Key) -> bool:
        """The watcher at the root of the call: emergency keys work at every point."""
        if self._pause is not None:
            self._pause.cancel()
            self._pause = None
        match self._keys.press(key.digit, key.started, key.ended):
            case KeysRequest(service=service):
                return self._emergency(service)
            case Wait(seconds=seconds):
                self._pause = asyncio.get_running_loop().call_later(seconds, self._pause_over)
                return True
            case None:
                return False

    def _pause_over(self) -> None:
        self._pause = None
        request = self._keys.expire()
        if request is not None:
            self._emergency(request.service)

    def _emergency(self, service: str | None) -> bool:
        in_hand = self.emergency_service
        if in_hand is not None and (service is None or service == in_hand):
            return False
        if self.conversation is not None and self.conversation.with_role("emergency"):
            return False
        self.request(EmergencyRequest(service, "key" if service is None else "digits"))
        return True

    @contextmanager
    def entering_digits(self) -> Iterator[None]:
        """While a code or number is entered digits are digits; `*9` is emergency."""
        self._keys.entering = True
        try:
            yield
        finally:
            self._keys.entering = False

    async def settled(self, digit: str) -> None:
        """Before an irreversible act by a key that may begin an emergency number."""
        if self._keys.may_begin(digit):
            await asyncio.sleep(GAP.total_seconds())

    # Speaking and asking

    async def say(self, key: str, **values: Any) -> None:
        """A prompt to its end, to the caller or to all who talk with him."""
        await self.play(*self.line.prompts.media(key, **values))

    async def play(self, *media: str) -> None:
        try:
            if self.talking:
                assert self.conversation is not None
                await self.conversation.announce(*media)
            else:
                await self.leg.play(*media)
        except PlaybackFailed as error:
            log.error("call %s: not heard: %s", self.id, error)

    @property
    def talking(self) -> bool:
        return self.conversation is not None and self.leg in self.conversation.parties

    @asynccontextmanager
    async def sounding(self, *media: str) -> AsyncIterator[None]:
        """Repeat a sound to the caller, or to all who talk, as long as the block runs."""
        async with repeated(lambda: self.play(*media)):
            yield

    @asynccontextmanager
    async def sounding_to(self, leg: Leg, *media: str) -> AsyncIterator[None]:
        """Repeat a sound to one leg alone."""
        async with repeated(lambda: leg.play(*media)):
            yield

    async def ask(
        self, *media: str, seconds: float, keys: Container[str] | None = None, ahead: bool = False
    ) -> str | None:
        """Play a question and wait for a key; a key stops the sound (barge-in).

        `keys` limits what is an answer; others are ignored. `ahead` counts keys that were
        typed before. Returns None after `seconds` of silence from the end of the sound.
        """
        pad = self.leg.keys
        if not ahead:
            pad.forget()

        async def pressed() -> str:
            while True:
                digit = (await pad.next()).digit
                if keys is None or digit in keys:
                    return digit

        async def unanswered() -> None:
            await self.play(*media)
            await asyncio.sleep(seconds)

        digit: str | None = await first(pressed(), unanswered())
        return digit

    async def enter(self, *media: str, length: int, seconds: float) -> str:
        """Digits typed by the caller, ended by `#`, by `length` or by a pause.

        A `#` before any digit is the end of what was typed before.
        """
        self.leg.keys.forget()
        with self.entering_digits():
            typed = await self.ask(*media, seconds=seconds, keys="0123456789*") or ""
            while typed and len(typed) < length and not typed.endswith("#"):
                key = await self.ask(seconds=seconds, ahead=True)
                if key is None:
                    break
                typed += key
        return typed.rstrip("#")

    # Others in the call

    def new_leg_id(self, role: str) -> str:
        return f"{self.id}.leg.{role}.{self.number(f'leg.{role}')}"

    def leg_dialed(self, leg_id: str, role: Role, number: str) -> None:
        self.note(LegDialed(leg_id, role, number))

    def leg_answered(self, leg: Leg) -> None:
        self.note(LegAnswered(leg.id))
        self.follow(leg)

    def follow(self, leg: Leg) -> None:
        """Journal the end of an answered leg."""
        self._others.add(leg)
        leg.hung_up.add_done_callback(self._leg_ended(leg.id))
        leg.hung_up.add_done_callback(lambda _: self._others.discard(leg))

    def leg_failed(self, leg_id: str, cause: int) -> None:
        self.note(LegEnded(leg_id, cause))

    def _leg_ended(self, leg_id: str) -> Callable[["asyncio.Future[HungUp]"], None]:
        def ended(hung_up: "asyncio.Future[HungUp]") -> None:
            how = hung_up.result()
            self.line.calls.append(self.id, LegEnded(leg_id, how.cause), at=how.at)

        return ended

    async def converse(self) -> Conversation:
        """The conversation of this call, opened with the caller in it and recorded."""
        if self.conversation is None:
            conversation = Conversation(self.line.switch, f"{self.id}.bridge.talk.1")
            await conversation.open()
            self.conversation = conversation
            await self.bring_in(self.leg)
            # Only now: the application hears of a bridge's recordings once a channel is in it.
            await self._record_mix(conversation)
        elif self.leg not in self.conversation.parties:
            await self.conversation.join(self.leg)
        return self.conversation

    async def end_conversation(self) -> None:
        """The talk is over and so is its recording; the caller's leg stays."""
        conversation, self.conversation = self.conversation, None
        if conversation is None:
            return
        await conversation.leave(self.leg)
        taps, self._taps = self._taps, []
        await asyncio.gather(*(tap.close() for tap in taps))
        await conversation.close()

    async def _record_mix(self, conversation: Conversation) -> None:
        try:
            await self.line.switch.ari.bridge_record(
                conversation.bridge_id, self.recording_name("mix")
            )
        except AriError as error:
            log.error("call %s: not recorded: %s", self.id, error)

    @contextmanager
    def inviting(self) -> Iterator[None]:
        """Somebody is being rung: the conversation is not over although the caller is alone."""
        self.invitations += 1
        try:
            yield
        finally:
            self.invitations -= 1
            if self.conversation is not None:
                self.spawn(self.conversation.tell(), name=f"invited {self.id}")

    @property
    def held(self) -> bool:
        return self._hold is not None and not self._hold.done()

    def hold(self, work: Coroutine[Any, Any, None]) -> None:
        self._hold = self.spawn(work, name=f"hold {self.id}")

    async def end_hold(self) -> None:
        if self._hold is not None:
            await end(self._hold)
            self._hold = None

    async def bring_in(self, leg: Leg, *, absorb_keys: bool = False) -> None:
        """Record a party and let it talk. Raises LegGone."""
        assert self.conversation is not None
        await self.tap(leg, record=True)
        await self.conversation.join(leg, absorb_keys=absorb_keys)

    async def tap(self, leg: Leg, *, record: bool) -> Tap:
        ids = CaptureIds(self.id, leg.role, self._tap_number(leg))
        tap = Tap(self.line.switch, ids)
        self._taps.append(tap)
        await tap.open(leg, record=record, speech=self.line.speech, started_at=self.started_at)
        return tap

    def _tap_number(self, leg: Leg) -> int:
        """Other legs are tapped once and lend their number, so that a recording names its leg."""
        if leg is self.leg:
            return self.number("tap.caller")
        return int(leg.id.rpartition(".")[2])

    async def untap(self, tap: Tap) -> None:
        await tap.close()
        if tap in self._taps:
            self._taps.remove(tap)

    def keep_tap(self, tap: Tap) -> None:
        """A tap that was open before the controller's restart ends with the call."""
        self._taps.append(tap)

    def count_from_now(self, start: int) -> None:
        """After adoption: smaller numbers of all kinds may be taken."""
        self._first_number = start

    def number(self, kind: str) -> int:
        """Counts things of a kind within this call."""
        return next(self._numbers.setdefault(kind, itertools.count(self._first_number)))

    # Life

    def spawn(self, work: Coroutine[Any, Any, None], *, name: str) -> "asyncio.Task[None]":
        """A task that lives no longer than the call; what it raises is logged."""
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._task_ended)
        return task

    def _task_ended(self, task: "asyncio.Task[Any]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            if isinstance(error, LegGone):
                return
            log.error("call %s: %s failed", self.id, task.get_name(), exc_info=error)

    async def close(self) -> None:
        """End every leg and give everything back. The record is closed by the root."""
        if self._pause is not None:
            self._pause.cancel()
        conversation, self.conversation = self.conversation, None
        legs = {*(conversation.parties if conversation else ()), *self._others}
        if not self.left_to_dialplan:
            legs.add(self.leg)
        for leg in legs:
            with suppress(AriError):
                await leg.hang_up()
        if waits := [leg.hung_up for leg in legs if not leg.gone]:
            await asyncio.wait(waits, timeout=LAST_EVENTS_SECONDS)
        taps, self._taps = self._taps, []
        await asyncio.gather(*(tap.close() for tap in taps))
        if conversation is not None:
            await conversation.close()
        current = asyncio.current_task()
        await end(*(task for task in tuple(self._tasks) if task is not current))
