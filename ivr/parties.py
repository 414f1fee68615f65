"""Everyone in a call: legs, the conversation and its recording, who is on hold or invited."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Collection, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import TYPE_CHECKING, Any, Literal

from ivr.ari.errors import AriError
from ivr.capture import CaptureIds, Tap
from ivr.directory import Destination
from ivr.telephony.conversation import Conversation
from ivr.telephony.dial import Answered, NotAnswered, dial
from ivr.telephony.leg import HungUp, Leg
from ivr.telephony.race import end, repeated
from store.calls import LegAnswered, LegDialed, LegEnded, Role

if TYPE_CHECKING:
    from ivr.call import Call

log = logging.getLogger(__name__)

HELPERS = ("agent", "supervisor", "unit", "emergency")
AGENTS = ("agent", "supervisor")

NOT_NEEDED = 16
"""Q.850 normal clearing: the caller left, or was served otherwise, while the phone rang."""

PartyState = Literal["ringing", "talking", "held", "away", "left"]
"""`away`: his page is gone, and he may come back."""
LEFT_KEPT = 20
"""So many who have left are still shown."""

LAST_EVENTS_SECONDS = 2.0
"""How long the end of a call waits for its legs' last events."""


class Parties:
    """The caller and those who help. A party is in the conversation, or on the way to it."""

    def __init__(self, call: "Call") -> None:
        self._call = call
        self._line = call.line
        self.conversation: Conversation | None = None
        self._answered: set[Leg] = set()
        """Legs that were dialled, answered and are still up."""
        self._services: dict[str, str] = {}
        """Leg of a desk → the emergency service it stands for."""
        self._taps: list[Tap] = []
        self._recorded: set[str] = set()
        """Legs of the conversation whose voice is being recorded."""
        self._mixed = False
        """The mix is being recorded."""
        self.invitations = 0
        """Parties being rung for the conversation: it is not over while one may come."""
        self._invitation: asyncio.Task[None] | None = None
        self._hold: asyncio.Task[None] | None = None
        self._ending: asyncio.Task[None] | None = None
        """A former conversation that is being given back."""
        self.obey: Callable[[Leg], None] = lambda agent: None
        """The root's: what an agent of the conversation types is carried out."""
        self._obeyed: set[str] = set()
        self._ringing: list[Leg] = []
        self._known: dict[str, Leg] = {}
        """Legs that answered, the last that left among them."""
        self._awaited: set[str] = set()
        """Lost legs of agents whose pages may come back."""
        self.agent: Leg | None = None
        """Whose the caller is: the agent who writes up what he says. The last one, in the end."""

    # Who is there

    @property
    def caller_talks(self) -> bool:
        """The caller is in the conversation, not on hold or alone."""
        return self.conversation is not None and self._call.leg in self.conversation.parties

    def with_role(self, *roles: str) -> tuple[Leg, ...]:
        """Those of the conversation; empty where there is none."""
        return self.conversation.with_role(*roles) if self.conversation else ()

    def answered(self, leg_id: str) -> Leg | None:
        """A leg that is up, in the conversation or not."""
        return next((leg for leg in self._answered if leg.id == leg_id), None)

    @property
    def services(self) -> Collection[str]:
        """Emergency services whose desks are in the conversation."""
        return [self._services.get(leg.id, leg.number) for leg in self.with_role("emergency")]

    @property
    def everyone(self) -> list[tuple[Leg, PartyState]]:
        """Who is in the call or was lately, in the order of answering, then who is rung."""
        there = self.conversation.parties if self.conversation is not None else None

        def state(leg: Leg) -> PartyState:
            if leg.gone:
                return "away" if leg.id in self._awaited else "left"
            return "talking" if there is None or leg in there else "held"

        return [
            *((leg, state(leg)) for leg in self._known.values()),
            *((leg, "ringing") for leg in self._ringing),
        ]

    # Dialling

    def new_leg(self, role: Role, number: str) -> Leg:
        leg_id = f"{self._call.id}.leg.{role}.{self._call.number(f'leg.{role}')}"
        return Leg(self._line.switch, leg_id, role=role, number=number)

    async def dial(
        self,
        to: Destination,
        leg: Leg,
        role: Role,
        *,
        caller_id: str | None = None,
        ring_seconds: float,
        progress_seconds: float | None = None,
        answers_itself: bool = False,
    ) -> Answered | NotAnswered:
        """Ring a party; the journal has the leg from here to its end.

        `answers_itself`: an agent's phone is asked to answer by itself (自动应答).
        """
        note = self._call.note
        note(LegDialed(leg.id, role, leg.number or None))
        self._ringing.append(leg)
        try:
            result = await dial(
                self._line.switch,
                to.endpoint,
                leg=leg,
                caller_id=caller_id or to.caller_id,
                ring_seconds=ring_seconds,
                progress_seconds=progress_seconds,
                headers=self._headers(answers_itself) if to.is_agent else {},
            )
        except asyncio.CancelledError:
            note(LegEnded(leg.id, NOT_NEEDED))
            raise
        finally:
            self._ringing.remove(leg)
        if isinstance(result, Answered):
            note(LegAnswered(leg.id))
            self.follow(leg)
        else:
            note(LegEnded(leg.id, result.cause))
        return result

    def _headers(self, answers_itself: bool) -> dict[str, str]:
        """What an agent's phone is told: which call it is; RFC 5373, and what desk phones know."""
        told = {"X-Call-Id": self._call.id}
        if answers_itself:
            told |= {"Answer-Mode": "Auto", "Call-Info": "<sip:hotline>;answer-after=0"}
        return told

    def follow(self, leg: Leg) -> None:
        """An answered leg belongs to the call until it ends; the journal has its end."""
        self._answered.add(leg)
        self._known[leg.id] = leg
        self._see_whose()
        for gone in [one.id for one in self._known.values() if one.gone][:-LEFT_KEPT]:
            del self._known[gone]

        def ended(hung_up: "asyncio.Future[HungUp]") -> None:
            self._answered.discard(leg)
            how = hung_up.result()
            self._line.calls.append(self._call.id, LegEnded(leg.id, how.cause), at=how.at)
            self._see_whose()

        leg.hung_up.add_done_callback(ended)

    @contextmanager
    def awaiting(self, lost: Leg) -> Iterator[None]:
        """An agent's page is gone and may come back as long as the block runs: he is still one
        of the call, and the caller stays his."""
        self._awaited.add(lost.id)
        try:
            yield
        finally:
            self._awaited.discard(lost.id)
            self._see_whose()
            self._line.feed.touch()

    def belongs_to(self, agent: Leg) -> None:
        """The caller is this agent's from now on."""
        self.agent = agent

    def _see_whose(self) -> None:
        """An agent who left has passed the caller on to the one who stays."""
        here = [
            leg
            for leg in self._known.values()
            if leg.role in AGENTS and (not leg.gone or leg.id in self._awaited)
        ]
        # Of a caller who has hung up nobody becomes the next agent: all legs end then.
        if self.agent in here or not here or self._call.leg.gone:
            return
        number = self.agent.number if self.agent is not None else ""
        self.agent = next((leg for leg in here if leg.number == number), here[0])

    async def release_unjoined(self, *, keep: Leg | None = None) -> None:
        """Nobody who answered is left on a dead line when the flow that rang them is replaced."""
        parties = self.conversation.parties if self.conversation else ()
        for leg in self._answered - {*parties, self._call.leg, keep}:
            with suppress(AriError):
                await leg.hang_up()

    # The conversation

    async def converse(self) -> Conversation:
        """The conversation of this call, with the caller in it and recorded. Raises LegGone."""
        if self._ending is not None:
            await asyncio.wait((self._ending,))  # the next one has its bridge's name
        if self.conversation is None:
            self.conversation = self.conversation_of(f"{self._call.id}.bridge.talk.1")
            await self.conversation.open()
        conversation = self.conversation
        if not self.caller_talks:
            await self.bring_in(self._call.leg)
        if not self._mixed:
            # Only now: the application hears of a bridge's recordings once a channel is in it.
            self._mixed = True
            await self._record_mix(conversation)
        return conversation

    def conversation_of(self, bridge_id: str) -> Conversation:
        """A conversation in this bridge."""
        return Conversation(self._line.switch, bridge_id, changed=self._line.feed.touch)

    async def bring_in(
        self, leg: Leg, *, service: str | None = None, recorded: bool = False
    ) -> None:
        """Record a party and let it talk; the keys of agents and units are not heard.

        `service`: the emergency service of a desk; `recorded`: its tap is open already. Raises
        LegGone.
        """
        assert self.conversation is not None
        if leg.id not in self._recorded and not recorded:
            await self.tap(leg, record=True)
            self._recorded.add(leg.id)
        if service is not None:
            self._services[leg.id] = service
        absorb = leg.role in (*AGENTS, "unit")
        await self.conversation.join(leg, absorb_keys=absorb)
        self._heed(leg)

    def _heed(self, leg: Leg) -> None:
        if leg.role in AGENTS and leg.id not in self._obeyed:
            self._obeyed.add(leg.id)
            self.obey(leg)

    async def end_conversation(self) -> None:
        """The talk is over and so is its recording; the caller's leg stays."""
        conversation, self.conversation = self.conversation, None
        if conversation is not None:
            # Also when the caller hangs up meanwhile: no bridge may be left.
            self._ending = self._call.owe(self._end(conversation), name=f"end {self._call.id}")
            await asyncio.shield(self._ending)

    async def _end(self, conversation: Conversation) -> None:
        await conversation.leave(self._call.leg)
        self._recorded.clear()
        self._mixed = False
        await self.close_taps()
        await conversation.close()

    async def _record_mix(self, conversation: Conversation) -> None:
        try:
            await self._line.switch.ari.bridge_record(
                conversation.bridge_id, self._call.recording_name("mix")
            )
        except AriError as error:
            log.error("call %s: not recorded: %s", self._call.id, error)

    async def adopt(self, conversation: Conversation, legs: Collection[Leg]) -> None:
        """A conversation that went on while no controller was there; it is being recorded."""
        self.conversation = conversation
        self._mixed = True
        for leg in legs:
            self._recorded.add(leg.id)
            await conversation.adopt(leg)
            if leg is not self._call.leg:
                self.follow(leg)
            self._heed(leg)

    # Taps

    async def tap(self, leg: Leg, *, record: bool) -> Tap:
        ids = CaptureIds(self._call.id, leg.role, self._tap_number(leg))
        tap = Tap(self._line.switch, ids)
        self._taps.append(tap)
        try:
            await tap.open(
                leg, record=record, speech=self._line.speech, started_at=self._call.started_at
            )
        except BaseException:
            await asyncio.shield(self.untap(tap))
            raise
        if record and tap.listener is not None:
            heard = self._line.transcripts.follow(self._call.id, leg, tap.listener)
            self._call.spawn(heard, name=f"transcript of {leg.id}")
        return tap

    def _tap_number(self, leg: Leg) -> int:
        """Other legs are tapped once and lend their number, so that a recording names its leg."""
        if leg is self._call.leg:
            return self._call.number("tap.caller")
        return int(leg.id.rpartition(".")[2])

    async def untap(self, tap: Tap) -> None:
        await tap.close()
        if tap in self._taps:
            self._taps.remove(tap)

    async def close_taps(self) -> None:
        taps, self._taps = self._taps, []
        await asyncio.gather(*(tap.close() for tap in taps))

    def keep_tap(self, tap: Tap) -> None:
        """A tap that was open before the controller's restart ends with the conversation."""
        self._taps.append(tap)

    # Invited, or on hold

    @contextmanager
    def inviting(self) -> Iterator[None]:
        """Somebody is being rung: the conversation is not over although the caller is alone."""
        self.invitations += 1
        try:
            yield
        finally:
            self.invitations -= 1
            if self.conversation is not None:
                self._call.spawn(self.conversation.tell(), name=f"invited {self._call.id}")

    @property
    def invites(self) -> bool:
        """A unit or a supervisor is being invited."""
        return self._invitation is not None and not self._invitation.done()

    def invite(self, work: Coroutine[Any, Any, None], over: Callable[[], None]) -> None:
        """`over` is called when it has ended, however."""
        self._invitation = self._call.spawn(work, name=f"invitation {self._call.id}")
        self._invitation.add_done_callback(lambda _: over())

    async def end_invitation(self) -> None:
        """Whoever is being invited is not needed any more."""
        if self._invitation is not None:
            await end(self._invitation)
            self._invitation = None

    @property
    def holds(self) -> bool:
        """The caller is on hold."""
        return self._hold is not None and not self._hold.done()

    def hold(self, work: Coroutine[Any, Any, None]) -> None:
        self._hold = self._call.spawn(work, name=f"hold {self._call.id}")

    async def end_hold(self) -> None:
        if self._hold is not None:
            await end(self._hold)
            self._hold = None

    # Sound to one of them

    @asynccontextmanager
    async def sounding_to(self, leg: Leg, *media: str) -> AsyncIterator[None]:
        """Repeat a sound to one leg alone as long as the block runs."""
        async with repeated(lambda: leg.play(*media)):
            yield

    # The end

    async def close(self, *, keep: Callable[[Leg], bool]) -> None:
        """End every leg that `keep` does not want, and give everything back."""
        conversation, self.conversation = self.conversation, None
        parties = conversation.parties if conversation else ()
        legs = [leg for leg in {*parties, *self._answered, self._call.leg} if not keep(leg)]
        for leg in legs:
            with suppress(AriError):
                await leg.hang_up()
        if waits := [leg.hung_up for leg in legs if not leg.gone]:
            await asyncio.wait(waits, timeout=LAST_EVENTS_SECONDS)
        await self.close_taps()
        if conversation is not None:
            await conversation.close()
