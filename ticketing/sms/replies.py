"""Messages from citizens, and receipts (短信回复、状态报告): kept before the gateway is told so.

An answer belongs to the one open survey of its phone. Whatever else people write is not lost: it
is a statement on their open ticket, or a new matter that an agent looks at.
"""

import asyncio
import hashlib
import logging
from collections.abc import Mapping, Sequence
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from store.engine import Store, insert
from store.tables_outbox import outbox as outbox_table
from store.tables_outbox import sms_received
from ticketing import outbox
from ticketing.refusal import Refusal
from ticketing.sms.courier import survey_failed
from ticketing.sms.gateway import Incoming, Receipt
from ticketing.sms.surveys import OpenSurvey, open_surveys
from ticketing.sms.texts import one_line
from ticketing.survey_answers import understood
from ticketing.tickets import Tickets

log = logging.getLogger(__name__)

LONGEST = 1000
"""Characters of a message that are kept."""
NAME = "短信"
"""Who acts where a citizen does it by a message."""
LATE = timedelta(days=30)


class Replies:
    """Takes what a gateway brings; when `take` returns, it is committed."""

    def __init__(self, store: Store, tickets: Tickets) -> None:
        self._store = store
        self._tickets = tickets
        self._one_at_a_time = asyncio.Lock()

    async def take(self, told: Incoming | Receipt) -> None:
        """Keeps a message or a receipt; one that is brought again changes nothing."""
        async with self._one_at_a_time:
            match told:
                case Incoming():
                    await self._message(told)
                case Receipt():
                    await self._receipt(told)

    async def _message(self, told: Incoming) -> None:
        key = hashlib.sha256(told.key.encode()).hexdigest()
        text = one_line(told.text[: LONGEST * 2])[:LONGEST]
        async with self._store.as_one() as db:
            if not await _is_new(db, key, told):
                return
            ticket_no = await self._place(db, told, text) if text else ""
            this = sa.update(sms_received).where(sms_received.c.key == key)
            await db.execute(this.values(ticket_no=ticket_no))

    async def _place(self, db: AsyncConnection, told: Incoming, text: str) -> str:
        """Does what a message asks for; the ticket that it went to, "" for none."""
        survey = _addressed(told.to, await open_surveys(db, told.number))
        if survey is not None:
            score = understood(text).score
            answer = {"answer": text} | ({"score": score} if score is not None else {})
            try:
                return await self._do(survey.ticket_no, "sms_score", answer, told)
            except Refusal as refusal:  # its time ran out as it came
                log.info("ticket %s: sms_score refused: %s", survey.ticket_no, refusal.code)
        still_open = await self._tickets.open_for_number(told.number)
        if still_open:
            number = still_open[0].ticket_no
            return await self._do(number, "add_statement", {"content": text}, told)
        before = await self._tickets.list(number=told.number, limit=1, since=told.at - LATE)
        if before and understood(text).settled:
            return before[0].ticket_no  # content, or thanks: nothing is to be done
        new = {"channel": "sms", "contact_phone": told.number, "content": text}
        made = await self._tickets.create(new, actor=NAME, role="system", at=told.at)
        return made.ticket_no

    async def _do(
        self, ticket_no: str, command: str, data: Mapping[str, object], told: Incoming
    ) -> str:
        done = await self._tickets.do(
            ticket_no, command, data, actor=NAME, role="citizen", at=told.at
        )
        return done.ticket_no

    async def _receipt(self, told: Receipt) -> None:
        async with self._store.write() as db:
            query = outbox.select().where(
                outbox_table.c.gateway_id == told.gateway_id,
                outbox_table.c.state.in_(("sent", "unknown")),
            )
            found = await outbox.entries(db, query.with_for_update())
            at = told.at
            for one in found:
                state: outbox.SmsState = "delivered" if told.delivered else "failed"
                settled = await outbox.settle(db, one, state, note=told.note, ended_at=at)
                if settled and not told.delivered:
                    rules = await self._tickets.rules(db, at)
                    await survey_failed(db, one, told.note or "短信未送达", at, rules)


async def _is_new(db: AsyncConnection, key: str, told: Incoming) -> bool:
    row = {"key": key, "at": told.at, "ticket_no": ""}
    added = insert(db.dialect.name, sms_received).values(row).on_conflict_do_nothing()
    return (await db.execute(added)).rowcount > 0


def _addressed(to: str | None, surveys: Sequence[OpenSurvey]) -> OpenSurvey | None:
    """The survey that an answer to that number is for: the last one, where it tells nothing."""
    own = [one for one in surveys if to is not None and one.sender == to]
    return next(iter(own or surveys), None)
