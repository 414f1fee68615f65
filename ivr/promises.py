"""What outlives a call: calls back that were promised, calls that the dialplan served alone."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from ivr.calls import Calls
from ivr.flows.callback import call_back
from ivr.flows.sign_reminder import in_vain, remind
from ivr.flows.voice_callback import call_for_opinion, file
from ivr.line import Line
from recordings.archive import Archive
from ticketing.sign_reminders import Reminder
from ticketing.voice_answers import VoiceAnswer
from ticketing.voice_callbacks import VoiceTask
from ticketing.workflow.closing import within

log = logging.getLogger(__name__)

CALLBACK_POLL_SECONDS = 1.0
VOICE_POLL_SECONDS = 3.0
REMINDER_POLL_SECONDS = 5.0
IMPORT_POLL_SECONDS = 5.0
SWEEP_POLL_SECONDS = 15.0

T = TypeVar("T")
Import = Callable[[], Coroutine[Any, Any, object]]


class _InHand:
    """What is being dialled, each thing once at a time."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._keys: set[str] = set()

    def __len__(self) -> int:
        return len(self._keys)

    def begin(self, key: str, work: Callable[[T], Coroutine[Any, Any, None]], of: T) -> None:
        """Dials in a task of its own; nothing where that is going on."""
        if key not in self._keys:
            self._keys.add(key)
            self._calls.spawn(self._dial(key, work(of)), name=f"callback {key}")

    async def _dial(self, key: str, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        finally:
            self._keys.discard(key)


async def serve_callbacks(line: Line, calls: Calls) -> None:
    """Makes the calls back that are due, for ever."""
    in_hand = _InHand(calls)

    async def one(request_id: str) -> None:
        request = await line.callbacks.get(request_id)
        if request is not None:
            await call_back(line, request, calls.start)

    async def due() -> None:
        for request in await line.callbacks.due(line.now()):
            if not calls.draining:
                in_hand.begin(request.call_id, one, request.call_id)

    await _again_and_again(due, CALLBACK_POLL_SECONDS, "calls back not looked for")


async def serve_voice_callbacks(line: Line, calls: Calls) -> None:
    """Makes the callbacks by voice that are due, for ever, where the city wants them."""
    in_hand = _InHand(calls)

    async def one(task: VoiceTask) -> None:
        await call_for_opinion(line, task, calls.start)

    async def due() -> None:
        wanted, now = line.city.callbacks, line.now()
        if not wanted.voice or calls.draining or not within(wanted.periods, now):
            return
        await line.voice.take_in(now, hours=wanted.periods)
        free = wanted.lines - len(in_hand)
        for task in await line.voice.due(now, limit=free) if free > 0 else ():
            in_hand.begin(task.ticket_no, one, task)

    async def interrupted() -> None:
        """Tries of a former controller whose calls are no more: each was one attempt."""
        for call_id in await line.voice.calling():
            if call_id not in calls.by_id:
                await file(line, call_id, VoiceAnswer())

    await _until_done(interrupted, VOICE_POLL_SECONDS, "interrupted callbacks not filed")
    await _again_and_again(due, VOICE_POLL_SECONDS, "callbacks by voice not looked for")


async def remind_units(line: Line, calls: Calls) -> None:
    """Rings the duty phones of units that have not signed a dispatch, for ever."""
    in_hand = _InHand(calls)

    async def one(reminder: Reminder) -> None:
        await remind(line, reminder, calls.start)

    async def due() -> None:
        wanted, now = line.city.settings.sign_reminders, line.now()
        if not wanted.ring or calls.draining:
            return
        await line.reminders.take_in(now)
        for reminder in await line.reminders.due(now, limit=wanted.lines):
            if len(in_hand) < wanted.lines:
                in_hand.begin(reminder.unit, one, reminder)

    async def interrupted() -> None:
        """Rings of a former controller whose calls are no more: each was one."""
        for call_id in await line.reminders.calling():
            if call_id not in calls.by_id:
                await in_vain(line, call_id, "interrupted")

    await _until_done(interrupted, REMINDER_POLL_SECONDS, "interrupted reminders not filed")
    await _again_and_again(due, REMINDER_POLL_SECONDS, "unsigned dispatches not looked for")


async def keep_importing(import_fallback: Import) -> None:
    """Brings in what the dialplan served alone, again and again."""
    while True:
        await asyncio.sleep(IMPORT_POLL_SECONDS)
        await import_once(import_fallback)


async def _until_done(
    work: Callable[[], Coroutine[Any, Any, None]], seconds: float, failed: str
) -> None:
    """What has to be done before anything else: tried until it succeeds."""
    while True:
        try:
            await work()
            return
        except Exception:
            log.exception(failed)
        await asyncio.sleep(seconds)


async def _again_and_again(
    work: Callable[[], Coroutine[Any, Any, None]], seconds: float, failed: str
) -> None:
    """A round that fails (a full disk, a locked store) is logged; the next one tries again."""
    while True:
        try:
            await work()
        except Exception:
            log.exception(failed)
        await asyncio.sleep(seconds)


async def keep_sweeping(archive: Archive, calls: Calls) -> None:
    """Puts away recordings whose end was missed: a lost connection, an Asterisk that died."""
    await _again_and_again(
        lambda: archive.sweep(live=calls.may_write),
        SWEEP_POLL_SECONDS,
        "recordings not put away",
    )


async def import_once(import_fallback: Import) -> None:
    """A fault is logged; the next time tries again."""
    try:
        await import_fallback()
    except Exception:
        log.exception("calls of the fall-back not imported")
