"""A call (通话): what the caller hears and types, what happened so far, and its end."""

import asyncio
import itertools
import logging
from collections.abc import AsyncIterator, Callable, Container, Coroutine, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from typing import Any, TypeVar

from ivr.consultation import Consultation
from ivr.desk.feed import Level, Reader
from ivr.line import Line
from ivr.parties import Parties
from ivr.queue.core import Priority
from ivr.summons import Summons
from ivr.telephony.leg import Leg, LegGone, PlaybackFailed
from ivr.telephony.race import end, first, repeated
from ivr.wishes import Wishes
from store.calls import (
    Answered,
    CallEvent,
    Direction,
    EndedBy,
    LegAnswered,
    Node,
    Outcome,
    OutcomeWord,
    Stage,
    WaitEntered,
    WaitLeft,
)
from ticketing.model import DraftKind, Ticket

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

T = TypeVar("T")

OWED_SECONDS = 15.0
"""How long the end of a call waits for what the city owes the caller."""


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
        direction: Direction = "inbound",
    ) -> None:
        self.line = line
        self.id = call_id
        self.leg = leg
        self.caller_number = caller_number
        self.called_number = called_number
        self.direction = direction
        self.started_at = started_at
        self.answered_at: datetime | None = None
        self.outcome: OutcomeWord = outcome
        self.ended_by: EndedBy | None = None
        self.fault: str | None = None
        """Why the call was cut, where nobody hung up."""
        self.left_to_dialplan = False
        """The dialplan serves the caller on; its record is completed by the import."""
        self.elderly = False
        self.skilled_for = "citizen"
        """Skill group that this caller's matter belongs to."""
        self.priority: int = Priority.NORMAL
        self.last_agent: str | None = None
        """Number of the agent who talked with this caller last."""
        self.introduction: asyncio.Task[None] | None = None
        """The look-up of who calls, begun at the greeting."""
        self.waiting_since: datetime | None = None
        self.waited_seconds: int | None = None
        """How long the caller has waited for who answered."""
        self.stage = ""
        """What the flow is at; the name of the last `Stage`."""
        self.hides_number = False
        """The citizen is not to be known to who talks with him: neither page nor phone shows it."""
        self.tickets: list[str] = []
        """Numbers of the tickets that the line itself made for this call, or made the call for."""
        self._waits = False
        self._tasks: set[asyncio.Task[Any]] = set()
        self._owed: set[asyncio.Task[Any]] = set()
        self._numbers: dict[str, itertools.count[int]] = {}
        self._first_number = 1
        self.consultation: Consultation | None = None
        """Somebody whom an agent asks, or has rung to be asked."""
        self.passed_by: Leg | None = None
        """The agent who passed the caller on, or is about to (转接)."""
        self.summons: Summons | None = None
        """Somebody is rung at an agent's word."""
        self.referred_up: datetime | None = None
        """An agent called for a supervisor in vain."""
        self.parties = Parties(self)
        self.wishes = Wishes(lambda: self.parties.services)

    # What happened

    def note(self, event: CallEvent) -> asyncio.Future[None]:
        """Write into the journal; await the result where the commit matters."""
        if isinstance(event, Stage):
            self.stage = event.name
        self.line.feed.touch()
        return self.line.calls.append(self.id, event, at=self.line.now())

    def visit(self, node: str, typed: str | None = None) -> None:
        self.note(Node(node, typed))

    async def answer(self) -> None:
        """Answer the caller. Raises LegGone."""
        await self.leg.answer()
        self.answers()
        self.note(LegAnswered(self.leg.id))

    def answers(self) -> None:
        """The line answered the caller, or the citizen who is called answered."""
        self.answered_at = self.line.now()
        self.note(Answered())

    def comes_before(self, priority: Priority) -> None:
        """The caller has this priority from now on, or the higher one that he has."""
        self.priority = max(self.priority, priority)

    async def introduced(self) -> None:
        """What is known of the caller is known now."""
        if self.introduction is not None:
            await asyncio.wait((self.introduction,))

    def waits_for(self, group: str, since: datetime) -> None:
        """The caller enters a queue; a restart puts him back at this very place."""
        self.skilled_for = group
        self.waiting_since = since
        self.enters_queue(group)
        self.note(
            Stage("queue", {"group": group, "priority": self.priority, "since": since.isoformat()})
        )
        self.reached("abandoned_in_queue")

    def enters_queue(self, group: str) -> None:
        self._waits = True
        self.note(WaitEntered(group))

    def waited(self, result: str, agent: str | None = None) -> None:
        """The caller leaves the queue; nothing where he is in none."""
        if self._waits:
            self._waits = False
            if result == "answered" and self.waiting_since is not None:
                waited = self.line.now() - self.waiting_since
                self.waited_seconds = int(waited.total_seconds())
            self.note(WaitLeft(result, agent))

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

    async def draft(self, kind: DraftKind, *, agent_no: str | None = None) -> Ticket:
        """The draft (草稿) of what this call brings, committed; made once for each kind."""
        made = await self.line.tickets.draft_from_call(
            self.id,
            kind,
            caller_number=self.caller_number,
            called_number=self.called_number,
            agent_no=agent_no,
            at=self.line.now(),
        )
        self.concerns(made.ticket_no)
        return made

    def concerns(self, ticket_no: str) -> None:
        """The call belongs to a ticket."""
        if ticket_no not in self.tickets:
            self.tickets.append(ticket_no)
            self.line.feed.touch()

    # Those who help

    @contextmanager
    def consulting(self, agent: Leg) -> Iterator[Consultation]:
        """An agent asks somebody as long as the block runs."""
        self.consultation = consultation = Consultation(agent)
        self.line.feed.touch()
        try:
            yield consultation
        finally:
            self.consultation = None
            consultation.over.set()
            self.line.feed.touch()

    def summon(self, summons: Summons) -> None:
        """An agent has somebody rung; it is shown from the command on."""
        self.summons = summons
        self.line.feed.touch()

    def came(self, summons: Summons) -> None:
        """He is there, or nobody rings him any more; a later summons is another matter."""
        if self.summons is summons:
            self.summons = None
            self.line.feed.touch()

    def refers_up(self) -> None:
        """No supervisor came; those who look at the line see that one is wanted."""
        self.referred_up = self.line.now()
        self.line.feed.touch()

    def notice(self, code: str, text: str, *, level: Level = "info", to: Reader = "agents") -> None:
        """Tell the pages of the call's agents, or of the supervisors, what came of something."""
        self.line.feed.notice(self.id, code, text, level=level, to=to)

    # Speaking and asking

    async def say(self, key: str, **values: Any) -> None:
        """A prompt to its end, to the caller or to all who talk with him."""
        await self.play(*self.line.prompts.media(key, **values))

    async def play(self, *media: str) -> None:
        try:
            if self.parties.caller_talks:
                assert self.parties.conversation is not None
                await self.parties.conversation.announce(*media)
            else:
                await self.leg.play(*media)
        except PlaybackFailed as error:
            log.error("call %s: not heard: %s", self.id, error)

    @asynccontextmanager
    async def sounding(self, *media: str) -> AsyncIterator[None]:
        """Repeat a sound to the caller, or to all who talk, as long as the block runs."""
        async with repeated(lambda: self.play(*media)):
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

    async def enter(
        self, *media: str, length: int, seconds: float, alone: Mapping[str, float] | None = None
    ) -> str:
        """Digits typed by the caller, ended by `#`, by `length` or by a pause.

        A `#` before any digit is the end of what was typed before. `alone`: first digits that
        are an answer of their own, such as 0 for a person, when so many seconds bring no other.
        """
        self.leg.keys.forget()
        with self.wishes.entering_digits():
            typed = await self.ask(*media, seconds=seconds, keys="0123456789*") or ""
            while typed and len(typed) < length and not typed.endswith("#"):
                patience = (alone or {}).get(typed, seconds)
                key = await self.ask(seconds=patience, ahead=True) if patience else None
                if key is None:
                    break
                typed += key
        return typed.rstrip("#")

    # Counting

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

    def owe(self, work: Coroutine[Any, Any, T], *, name: str) -> "asyncio.Task[T]":
        """What the city owes the caller (record, draft) even if he hangs up; nobody is kept
        waiting for it, and the end of the call does not cancel it."""
        task = asyncio.create_task(work, name=name)
        self._owed.add(task)
        task.add_done_callback(self._task_ended)
        return task

    def _task_ended(self, task: "asyncio.Task[Any]") -> None:
        self._tasks.discard(task)
        self._owed.discard(task)
        self.line.feed.touch()
        if not task.cancelled() and (error := task.exception()) is not None:
            if isinstance(error, LegGone):
                return
            log.error("call %s: %s failed", self.id, task.get_name(), exc_info=error)

    async def close(self) -> None:
        """End every leg and give everything back. The record is closed by the root."""
        self.wishes.close()
        await end(*self._tasks)
        await self.parties.close(keep=lambda leg: leg is self.leg and self.left_to_dialplan)
        if self._owed:
            await asyncio.wait(tuple(self._owed), timeout=OWED_SECONDS)


Flow = Callable[[Call, Line], Coroutine[Any, Any, None]]
"""What happens in a call, told as one function; it ends by cancellation when somebody hangs up."""
