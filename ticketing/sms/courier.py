"""The courier (短信投递): sends what waits in the outbox, in its order, and notes what came of it.

A message is taken before it is sent and judged afterwards, each in a transaction of its own: a
courier that dies between the two leaves a message of which nobody knows whether it went out. It
is not sent again, people see it in the list. A survey that was not sent for certain is a task for
the people who call back (art. 10(5), A-14), in the transaction that says so.
"""

import logging
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from store.engine import Store
from ticketing import acting, outbox, rows
from ticketing.line_book import LineBook
from ticketing.outbox import Entry, SmsState
from ticketing.refusal import Refusal
from ticketing.rounds import rounds
from ticketing.sms.content import Nothing, letter
from ticketing.sms.gateway import NotSent, Outgoing, SmsGateway, Unsure
from ticketing.sms.settings import SmsSettings
from ticketing.sms.surveys import open_surveys, sender_of
from ticketing.tickets import Tickets
from ticketing.workflow.terms import SYSTEM

log = logging.getLogger(__name__)

ROUND_SECONDS = 1.0
LEASE = timedelta(minutes=5)
"""Longer than any gateway takes: who has a message for so long is no more."""
FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=1)
"""Pauses between attempts double up to here."""


class Courier:
    """Sends the outbox of one store through one gateway. Several on one store do no harm."""

    def __init__(
        self,
        store: Store,
        tickets: Tickets,
        gateway: SmsGateway,
        settings: SmsSettings,
        line: LineBook,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store = store
        self._tickets = tickets
        self._gateway = gateway
        self._settings = settings
        self._line = line
        self._now = now

    async def deliver(self) -> list[Entry]:
        """One round: at most what may be sent in a second; the messages that were dealt with.

        Raises sqlalchemy.exc.DBAPIError where the store cannot be used.
        """
        done: list[Entry] = []
        if not await self._has_work():
            return done
        await self._give_up_abandoned()
        while len(done) < self._settings.per_second:
            async with self._store.write() as db:
                taken = await outbox.claim(db, self._now(), 1)
            if not taken:
                break
            await self._send(taken[0])
            done.append(taken[0])
        return done

    def running(self) -> AbstractAsyncContextManager[None]:
        """Delivers in a task of its own until exit."""
        return rounds("courier", self.deliver, seconds=ROUND_SECONDS, after=ROUND_SECONDS)

    async def _has_work(self) -> bool:
        async with self._store.read() as db:
            return await outbox.has_work(db, self._now(), LEASE)

    async def _give_up_abandoned(self) -> None:
        async with self._store.write() as db:
            for one in await outbox.abandoned(db, self._now(), LEASE):
                await self._judge(db, one, "unknown", "发送中断，不知是否发出")

    async def _send(self, one: Entry) -> None:
        at = self._now()
        city, duty = await self._tickets.city(), await self._line.duty()
        async with self._store.read() as db:
            holder, about = await rows.find(db, one.ticket_no), await rows.find(db, one.about)
            assert holder is not None
            assert about is not None
            found = letter(one, holder, about, city, duty, at)
            sender = self._settings.sender
            if one.is_survey and not isinstance(found, Nothing):
                others = await open_surveys(db, found.number, besides=one.id)
                sender = sender_of(one, others, self._settings)
                if sender is None and others:
                    found = Nothing("该号码另有一条满意度短信未答", is_fault=True)
        if isinstance(found, Nothing):
            async with self._store.write() as db:
                await self._judge(db, one, "failed" if found.is_fault else "outdated", found.why)
            return
        message = Outgoing(f"{one.id}", found.number, found.text, sender)
        state: SmsState = "sent"
        note = gateway_id = None
        try:
            gateway_id = await self._gateway.send(message)
        except NotSent as error:
            note = str(error)
            again = error.again and one.attempts < self._settings.attempts
            state = "waiting" if again else "failed"
        except Unsure as error:
            state, note = "unknown", str(error)
        async with self._store.write() as db:
            if state == "waiting":
                pause = min(FIRST_PAUSE * 2 ** (one.attempts - 1), LONGEST_PAUSE)
                later = self._now() + pause
                await outbox.settle(db, one, state, note=note, next_at=later)
            elif state == "sent":
                sent = {"sent_at": self._now(), "gateway_id": gateway_id, "sender": sender}
                await outbox.settle(db, one, state, note=None, **sent)
            else:
                await self._judge(db, one, state, note or "", sender=sender)

    async def _judge(
        self, db: AsyncConnection, one: Entry, state: SmsState, why: str, **more: str | None
    ) -> None:
        """Ends a message that was not sent for certain."""
        at = self._now()
        if not await outbox.settle(db, one, state, note=why, ended_at=at, **more):
            return
        log.info("message %d (%s): %s: %s", one.id, one.template, state, why)
        if state == "outdated":
            return
        await survey_failed(db, one, why, at, await self._tickets.rules(db, at))


async def survey_failed(
    db: AsyncConnection, one: Entry, why: str, at: datetime, rules: acting.Rules
) -> None:
    """A survey that did not reach the citizen becomes a task for people (T22, A-14).

    That of a ticket that was merged into another concerns the other ticket's people only if
    their own survey is not out.
    """
    if not one.is_survey or one.about != one.ticket_no:
        return
    try:
        await acting.do(db, one.ticket_no, "sms_failed", {"reason": why}, SYSTEM, at, rules, None)
    except Refusal as refusal:  # it was answered or has gone on meanwhile
        log.info("ticket %s: sms_failed refused: %s", one.ticket_no, refusal.code)
