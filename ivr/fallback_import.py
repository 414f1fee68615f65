"""Brings the calls that the dialplan served alone into the store (兜底通话导入).

A file of facts is removed only after everything it tells is committed; all that is written is
idempotent, so an import that was cut short is simply done again.
"""

import asyncio
import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ivr.call import RANK
from ivr.fallback_facts import (
    NORMAL_CLEARING,
    SUFFIX,
    Attempt,
    FactsError,
    FallbackCall,
    parse,
)
from ivr.numbers import normalise
from recordings.archive import Archive, RecordingName
from recordings.spoken import LEAST_SECONDS, Spoken
from recordings.wav import HEADER_BYTES
from store.calls import (
    Answered,
    CallEvent,
    CallLog,
    Ended,
    LegAnswered,
    LegDialed,
    LegEnded,
    Node,
    Opened,
    OutcomeWord,
    Role,
)
from store.emergencies import EmergencyLog, EmergencyOutcome
from store.engine import Store
from store.recordings import RecordingLog
from store.types import JsonObject
from ticketing.tickets import Tickets

log = logging.getLogger(__name__)

CLOSING = timedelta(seconds=2)
"""Asterisk's recorders have closed their files so long after the end of a call."""
UNREADABLE = ".unreadable"


async def import_fallback(
    folder: Path, store: Store, archive: Archive, *, spool: Path, area_code: str
) -> list[str]:
    """Import every call that has ended; gives their ids.

    :param folder: VAR/asterisk/spool/fallback, where the dialplan writes.
    :param spool: where `archive` takes recordings from.
    :param area_code: of the city (区号), e.g. 0527.

    A call without an end is still going on, unless Asterisk was started anew since.
    """
    imported = []
    for file, facts in _ended_calls(folder):
        closed_in = facts.last_at + CLOSING - datetime.now(UTC)
        await asyncio.sleep(min(max(closed_in, timedelta()), CLOSING).total_seconds())
        await _Import(facts, store, archive, folder, spool, area_code).run()
        file.unlink()
        log.info("call %s of the fall-back imported", facts.call_id)
        imported.append(facts.call_id)
    return imported


def _ended_calls(folder: Path) -> list[tuple[Path, FallbackCall]]:
    found = []
    for file in sorted(folder.glob(f"*{SUFFIX}")):
        over = _asterisk_is_younger(file)
        try:
            facts = parse(file.name.removesuffix(SUFFIX), file.read_text())
        except FactsError as error:
            if over:
                log.error("call of the fall-back cannot be read: %s", error)
                file.replace(file.with_name(file.name + UNREADABLE))
            continue
        if facts.ended_at or over:
            found.append((file, facts))
    return found


def _asterisk_is_younger(file: Path) -> bool:
    """Whether the Asterisk that wrote a file is gone: another one was started after that."""
    socket = file.parents[2] / "run" / "asterisk.ctl"
    try:
        return socket.stat().st_mtime > file.stat().st_mtime
    except FileNotFoundError:
        return False


class _Import:
    """One call."""

    def __init__(
        self,
        facts: FallbackCall,
        store: Store,
        archive: Archive,
        folder: Path,
        spool: Path,
        area_code: str,
    ) -> None:
        self._facts = facts
        self._calls = CallLog(store)
        self._emergencies = EmergencyLog(store)
        self._tickets = Tickets(store)
        self._archive = archive
        self._folder = folder
        self._spool = spool
        self._caller = normalise(facts.caller, area_code)
        self._recordings = RecordingLog(store)
        self._spoken = Spoken(store, archive)
        self._message: datetime | None = None
        """When the caller began to leave a message with words in it."""

    async def run(self) -> None:
        facts = self._facts
        opened = Opened("inbound", self._caller, facts.called or None, "fallback")
        await self._note(facts.began_at, opened)
        await self._note(facts.began_at, LegDialed(facts.call_id, "caller", self._caller))
        if facts.answered_at:
            await self._note(facts.answered_at, LegAnswered(facts.call_id))
        for at, event in sorted(self._events(), key=lambda timed: timed[0]):
            await self._note(at, event)
        await self._record()
        await self._report_emergencies()
        await self._draft_tickets()
        end = facts.ended_at or facts.last_at
        outcome = await self._outcome()
        await self._note(end, LegEnded(facts.call_id, NORMAL_CLEARING))
        reason = None if facts.ended_at else "Asterisk stopped"
        await self._note(end, Ended(facts.ended_by, outcome, reason))

    async def _outcome(self) -> OutcomeWord:
        """The most that the caller got; a controller may have served him before."""
        here = self._facts.outcome(message=self._message is not None)
        row = await self._calls.get(self._facts.call_id)
        before = row["outcome"] if row else None
        return max(here, before or here, key=RANK.index)

    async def _note(self, at: datetime, event: CallEvent) -> None:
        await self._calls.append(self._facts.call_id, event, at=at)

    def _events(self) -> Iterator[tuple[datetime, CallEvent]]:
        facts = self._facts
        if facts.answered_at:
            yield facts.answered_at, Answered()
            yield facts.answered_at, Node("system_fault")
        for emergency in facts.emergencies:
            yield emergency.detected_at, Node("emergency", emergency.service)
        for _, at in facts.messages:
            yield at, Node("message")
        for attempt in facts.attempts:
            yield from self._leg(attempt)

    def _leg(self, attempt: Attempt) -> Iterator[tuple[datetime, CallEvent]]:
        leg_id = self._leg_id(attempt)
        role: Role = "emergency" if attempt.role == "emergency" else "agent"
        end = attempt.ended_at or self._facts.ended_at or self._facts.last_at
        yield attempt.dialled_at, LegDialed(leg_id, role, attempt.number or None)
        if attempt.answered_at:
            yield attempt.answered_at, LegAnswered(leg_id)
        yield end, LegEnded(leg_id, attempt.cause)

    def _leg_id(self, attempt: Attempt) -> str:
        return f"{self._facts.call_id}.leg.{attempt.role}.f{attempt.leg}"

    async def _record(self) -> None:
        """Files of talks and messages go the way of all recordings."""
        for attempt in self._facts.attempts:
            if attempt.answered_at:
                leg = self._leg_id(attempt)
                for part, leg_id in (
                    ("mix", None),
                    ("caller", self._facts.call_id),
                    (attempt.role, leg),
                ):
                    name = f"{self._facts.call_id}.rec.{part}.f{attempt.leg}"
                    await self._put_away(name, leg_id, attempt.answered_at)
        for file, at in self._facts.messages:
            name = file.removesuffix(".wav")
            await self._put_away(name, self._facts.call_id, at)
            if await self._spoken.seconds(name) >= LEAST_SECONDS:
                self._message = self._message or at

    async def _put_away(self, name: str, leg_id: str | None, at: datetime) -> None:
        source = self._folder / f"{name}.wav"
        if source.exists() and source.stat().st_size <= HEADER_BYTES:
            source.unlink()
        if not source.exists() and await self._recordings.get(name) is None:
            return
        parsed = RecordingName.parse(name)
        assert parsed is not None
        await self._archive.started(
            name,
            call_id=parsed.call_id,
            kind=parsed.kind,
            speaker=parsed.speaker,
            leg_id=leg_id,
            at=at,
        )
        if source.exists():
            source.replace(self._spool / source.name)
        await self._archive.finished(name)

    async def _report_emergencies(self) -> None:
        facts = self._facts
        begun = await self._begun()
        for number, emergency in enumerate(facts.emergencies, 1):
            outcome = facts.emergency_outcome(emergency)
            event_id = f"{facts.call_id}.emergency.f{number}"
            for event in begun if number == 1 else ():
                # What a controller began and the dialplan went on with is one event.
                if event["service"] == emergency.service and event["outcome"] in (None, outcome):
                    event_id = event["event_id"]
            await self._emergencies.open(
                event_id,
                call_id=facts.call_id,
                service=emergency.service,
                trigger="fallback",
                detected_at=emergency.detected_at,
            )
            for attempt in emergency.attempts:
                await self._emergencies.attempt(
                    event_id,
                    service=emergency.service,
                    number=attempt.number,
                    dialed_at=attempt.dialled_at,
                    answered_at=attempt.answered_at,
                    result=attempt.result,
                )
            await self._emergencies.close(
                event_id, answered_at=emergency.answered_at, outcome=outcome
            )
        for event in await self._begun():
            if event["outcome"] is None:
                left: EmergencyOutcome = "caller_left" if facts.ended_by == "caller" else "failed"
                await self._emergencies.close(event["event_id"], answered_at=None, outcome=left)

    async def _begun(self) -> list[JsonObject]:
        """Emergency events of this call that a controller opened."""
        row = await self._calls.get(self._facts.call_id)
        ids = [one for one in row["emergencies"] if ".emergency.f" not in one] if row else []
        events = [await self._emergencies.get(one) for one in ids]
        return [event for event in events if event is not None]

    async def _draft_tickets(self) -> None:
        """A talk with an agent or a message is a matter (诉求)."""
        facts = self._facts
        for attempt in facts.attempts:
            if attempt.role == "agent" and attempt.answered_at:
                await self._tickets.draft_from_call(
                    facts.call_id,
                    "agent",
                    caller_number=self._caller,
                    called_number=facts.called or None,
                    agent_no=attempt.number,
                    at=attempt.answered_at,
                )
        if self._message:
            await self._tickets.draft_from_call(
                facts.call_id,
                "message",
                caller_number=self._caller,
                called_number=facts.called or None,
                at=self._message,
            )
