"""Plays the steps of a story (tests/unit/ticket_story.py) on tickets in a store."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from store.types import local_iso
from tests.unit.ticket_story import REPLY
from ticketing.deadlines import CLOCKS, due_of, overdue
from ticketing.model import Ticket
from ticketing.new_ticket import NewTicket
from ticketing.refusal import Refusal
from ticketing.tickets import Tickets
from ticketing.timekeeper import Timekeeper
from ticketing.timers import Timer

Entry = dict[str, Any]
COMPARED = ("ok", "code", "state", "due", "overdue", "close_result", "supervision_level", "fired")
"""What a rehearsal and the store have to tell alike."""


@dataclass
class Stage:
    """Aliases of the story and the numbers of their tickets."""

    tickets: Tickets
    numbers: dict[str, str] = field(default_factory=dict)

    async def play(self, steps: Sequence[Mapping[str, Any]]) -> list[Entry]:
        return [await self._step(step) for step in steps]

    async def let_pass(self, at: datetime) -> list[tuple[str, Timer]]:
        """Fires what was due before `at`, at `at`: as late as a poller can be."""
        return await Timekeeper(self.tickets, lambda: at).fire_due()

    async def _step(self, step: Mapping[str, Any]) -> Entry:
        at = datetime.fromisoformat(step["at"])
        aliases = {number: alias for alias, number in self.numbers.items()}
        fired = [(aliases[no], one.id, one.due_at) for no, one in await self.let_pass(at)]
        alias, code = step.get("ticket"), None
        if alias is not None:
            try:
                await self._do(alias, step["command"], step["as"], step.get("data", {}), at)
            except Refusal as refusal:
                code = refusal.code
        ticket = None
        if alias in self.numbers:
            ticket = await self.tickets.read(self.numbers[alias])
        return {"ok": code is None, "code": code, "fired": fired, **_situation(ticket, at)}

    async def _do(
        self, alias: str, command: str, who: Mapping[str, Any], data: Entry, at: datetime
    ) -> None:
        data = {
            key: self.numbers.get(value, value) if isinstance(value, str) else value
            for key, value in data.items()
        }
        known = alias in self.numbers
        if command == "create" and not known:
            known_keys = {*NewTicket.model_fields, "repeat_of"}
            told = {key: data[key] for key in data if key in known_keys and data[key]}
            made = await self.tickets.create(told, actor=who["name"], role=who["role"], at=at)
            self.numbers[alias] = made.ticket_no
            return
        number = self.numbers.get(alias, alias)
        if command == "complain_again" and not known:
            number = str(data.pop("repeat_of", alias))
        done = await self.tickets.do(
            number,
            command,
            data,
            actor=who["name"],
            role=who["role"],
            unit=who.get("unit"),
            at=at,
        )
        assert done == await self.tickets.read(done.ticket_no), command
        if command == "complain_again":
            self.numbers[alias] = done.ticket_no


def rehearsed(entry: Mapping[str, Any]) -> Entry:
    """An entry of `tickets simulate`, in the same words."""
    refused = entry["refused"]
    fired = [
        (one["ticket"], one["id"], datetime.fromisoformat(one["due_at"]))
        for one in entry["timers_fired"]
    ]
    return {
        **{key: entry[key] for key in COMPARED if key in entry},
        "code": refused and refused["code"],
        "fired": fired,
    }


def _situation(ticket: Ticket | None, at: datetime) -> Entry:
    if ticket is None:
        return dict.fromkeys(("state", "due", "overdue", "close_result", "supervision_level"))
    due = {name: local_iso(due_of(ticket, name)) for name in CLOCKS}
    return {
        "state": ticket.state.value,
        "due": {**due, "original": local_iso(ticket.original_due)},
        "overdue": overdue(ticket, at),
        "close_result": ticket.close_result,
        "supervision_level": ticket.supervision_level,
    }


CLOSING: tuple[tuple[str, Entry, str], ...] = (
    ("dispatch", {"unit": "SLJ", "answer_type": "investigate"}, "dispatcher"),
    ("sign", {}, "unit_handler"),
    ("submit_reply", REPLY, "unit_handler"),
    ("audit_pass", {}, "dispatcher"),
    ("sms_score", {"score": 1}, "citizen"),
)


async def closed(tickets: Tickets, ticket_no: str, at: datetime) -> Ticket:
    """An accepted ticket handled to its end, to the citizen's satisfaction."""
    for command, data, role in CLOSING:
        await tickets.do(ticket_no, command, data, actor=f"{role}1", role=role, at=at)
    return await tickets.read(ticket_no)
