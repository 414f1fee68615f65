"""What people do with tickets all day, one after the other: each a timed act on a full store."""

import json
import random
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import sqlalchemy as sa

from console.ticket_lists import Wanted, page
from service.bench_tickets.filling import Texts
from store.engine import Store
from store.tables import ticket
from ticketing.model import State, Ticket
from ticketing.repeat_likeness import FindPlace
from ticketing.repeat_suggestions import suggest
from ticketing.search import results
from ticketing.tickets import Tickets
from ticketing.visibility import Viewer, view
from ticketing.visible_rows import own_calls

Act = Callable[[], Awaitable[object]]
TRANSITIONS: Sequence[tuple[str, str, Mapping[str, Any]]] = (
    ("accept", "agent", {}),
    ("dispatch", "dispatcher", {"unit": "SLJ", "answer_type": "investigate"}),
    ("sign", "unit_handler", {}),
    (
        "submit_reply",
        "unit_handler",
        {
            "reply": "已派人到现场核实处理，并电话告知市民。",
            "public_reply": "您好，您反映的问题已核实处理，感谢您的监督。",
            "contacted": True,
            "solved": True,
        },
    ),
    ("audit_pass", "dispatcher", {}),
)
"""A ticket's usual way through the hotline and the unit."""
_DISPATCHER = Viewer("d1", frozenset({"dispatcher"}))
_AGENT = Viewer("1001", frozenset({"agent"}), agent_no="1001")
_UNITS = ("GAJ", "CGJ", "ZJJ", "SLJ", "SCQ")
_WORDS = ("停水", "路灯", "噪音", "垃圾", "工资", "社保", "占道经营")


@dataclass(frozen=True)
class Desk:
    """A full store and what work on it needs."""

    store: Store
    tickets: Tickets
    texts: Texts
    find: FindPlace
    now: datetime

    def matter(self, chance: random.Random) -> dict[str, Any]:
        """What an agent fills in."""
        category = chance.choice(sorted(self.texts.said))
        return {
            **self.texts.matter(category, chance),
            "category_l2": category,
            "region_code": chance.choice(sorted(self.texts.city.regions)),
            "request_type": "complaint",
            "acceptance_basis": "6.2",
            "contact_phone": f"139{chance.randrange(10**8):08d}",
            "requester_name": "陈静",
        }

    async def create(self, matter: Mapping[str, Any]) -> Ticket:
        """One new ticket."""
        return await self.tickets.create(matter, actor="1001", role="agent", at=self.now)

    async def command(self, ticket_no: str, step: int) -> Ticket:
        """One step of TRANSITIONS."""
        command, role, data = TRANSITIONS[step]
        at = self.now + timedelta(minutes=step + 1)
        return await self.tickets.do(ticket_no, command, data, actor=f"{role}1", role=role, at=at)

    def inbox(self, chance: random.Random) -> Iterator[Act]:
        """Pages of lists, as the pages of dispatchers, agents and units ask for them, in turn."""
        while True:
            unit = chance.choice(_UNITS)
            handler = Viewer("u1", frozenset({"unit_handler"}), unit=unit)
            category = chance.choice(sorted(self.texts.said))
            region = chance.choice(sorted(self.texts.city.regions))
            waiting = [State.PENDING_ACCEPTANCE, State.REPLY_REVIEW, State.RETURN_REVIEW]
            for viewer, wanted in (
                (_DISPATCHER, Wanted(state=waiting)),
                (_DISPATCHER, Wanted(state=[State.ACCEPTED])),
                (handler, Wanted(is_open=True)),
                (handler, Wanted()),
                (_DISPATCHER, Wanted(is_open=True, unit=unit)),
                (_DISPATCHER, Wanted(is_open=True, is_overdue=True)),
                (_AGENT, Wanted(category_l2=category, region_code=region)),
                (_DISPATCHER, Wanted()),
            ):
                yield partial(self._page, viewer, wanted)

    def searches(self, chance: random.Random) -> Iterator[Act]:
        """Words, places, names of places with words, ends of phone numbers, in turn."""
        while True:
            place = chance.choice(self.texts.places).name
            word = chance.choice(_WORDS)
            unit = Viewer("u1", frozenset({"unit_handler"}), unit=chance.choice(_UNITS))
            for viewer, query in (
                (_AGENT, f"{place} {word}"),
                (_DISPATCHER, place),
                (_AGENT, f"{chance.randrange(10**4):04d}"),
                (unit, word),
                (_DISPATCHER, word),
            ):
                yield partial(self._search, viewer, query)

    def repeats(self, chance: random.Random, numbers: Sequence[str]) -> Iterator[Act]:
        """Earlier tickets like one of the newest."""
        while True:
            number = chance.choice(numbers)
            yield partial(self._repeats, number)

    async def newest(self, count: int) -> Sequence[str]:
        """The numbers of the newest tickets."""
        query = sa.select(ticket.c.ticket_no).order_by(ticket.c.created_at.desc()).limit(count)
        async with self.store.read() as db:
            return (await db.execute(query)).scalars().all()

    async def _page(self, viewer: Viewer, wanted: Wanted) -> str:
        found, following = await page(self.store, viewer, wanted, self.now)
        async with self.store.read() as db:
            own = await own_calls(db, viewer, found)
        shown = [view(one, viewer, own_calls=own) for one in found]
        return json.dumps({"tickets": shown, "next": following}, ensure_ascii=False)

    async def _search(self, viewer: Viewer, query: str) -> str:
        found = await results(self.store, query, viewer=viewer, limit=20)
        return json.dumps(found, ensure_ascii=False)

    async def _repeats(self, number: str) -> object:
        one = await self.tickets.read(number)
        async with self.store.read() as db:
            rules = await self.tickets.rules_now(db)
        return await suggest(self.store, one, rules, self.find, viewer=_DISPATCHER)
