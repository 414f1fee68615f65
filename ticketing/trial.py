"""A policy tried on tickets of the past (政策试算) before the city enacts it.

What people did with each ticket, at the times when they did it, is rehearsed twice on a private
store: under the rules that were in force, and under the changed ones. Timers fire by themselves
in both, so what differs comes from the policy alone. A deed that is refused in the first run was
done under other city data or by another release; such tickets are counted apart.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, get_args

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from store.tables import ticket, ticket_event
from store.types import JsonObject, local_iso
from ticketing import rows
from ticketing.citydata import CityData
from ticketing.deadlines import CLOCKS, due_of, overdue
from ticketing.model import Ticket, TicketEvent
from ticketing.policy import Policies
from ticketing.rehearsal import Rehearsal
from ticketing.workflow.terms import Role

_BATCH = 200
_NOT_DONE_BY_PEOPLE = frozenset({"timer", "link_call", "transcribe", "import"})
_LINKS = ("repeat_of", "same_matter_as", "master_ticket", "corrects")
_EXPIRY = {"tm_answer", "tm_sign", "tm_resolve", "tm_supplement", "tm_rectify"}
"""Timers that stand for a limit that was missed."""


@dataclass
class Trial:
    """What a changed policy would have made of the tickets."""

    tickets: int = 0
    missed: tuple[Counter[str], Counter[str]] = field(
        default_factory=lambda: (Counter(), Counter())
    )
    """Limits missed, by timer: as it was, and under the change."""
    changed: list[JsonObject] = field(default_factory=list)
    """Tickets with another state, due time, missed limit or result: `before` and `after`."""
    refused: list[JsonObject] = field(default_factory=list)
    """What people did and could not have done under the change."""
    not_replayable: list[JsonObject] = field(default_factory=list)
    """Tickets that cannot be rehearsed even as they were, with the reason; not in `changed`."""

    def add(self, group: Sequence[Ticket], before: "_Run", after: "_Run") -> None:
        """Adds tickets that concern one another, with their two runs."""
        self.tickets += len(group)
        broken = {one["ticket_no"]: one for one in before.refused}
        for number in (one.ticket_no for one in group):
            if number in broken:
                self.not_replayable.append(broken[number])
                continue
            for counted, run in zip(self.missed, (before, after), strict=True):
                counted.update(name for name, _ in run.missed.get(number, ()))
            was, would = before.told(number), after.told(number)
            if was != would:
                self.changed.append({"ticket_no": number, "before": was, "after": would})
        self.refused += [one for one in after.refused if one["ticket_no"] not in broken]

    def to_json(self) -> JsonObject:
        """Counts and lists, without personal data."""
        was, would = self.missed
        return {
            "tickets": self.tickets,
            "missed": {
                name: {"before": was[name], "after": would[name]}
                for name in sorted(_EXPIRY & (was.keys() | would.keys()))
            },
            "changed": self.changed,
            "refused": self.refused,
            "not_replayable": self.not_replayable,
        }


@dataclass
class _Run:
    """One rehearsal of a group of tickets."""

    rehearsal: Rehearsal
    refused: list[JsonObject] = field(default_factory=list)
    missed: dict[str, list[tuple[str, str]]] = field(default_factory=dict)

    @classmethod
    def of(cls, steps: Sequence[JsonObject], city: CityData, policies: Policies) -> "_Run":
        run = cls(Rehearsal(city, policies))
        for entry in run.rehearsal.run(steps):
            for timer in entry["timers_fired"]:
                if timer["id"] in _EXPIRY:
                    told = (timer["id"], timer["due_at"])
                    run.missed.setdefault(timer["ticket"], []).append(told)
            if entry["refused"] is not None and entry["ticket"] is not None:
                why = {key: entry["refused"][key] for key in ("code", "field", "message")}
                at = {"at": entry["at"], "command": entry["command"]}
                run.refused.append({"ticket_no": entry["ticket"], **at, **why})
        return run

    def told(self, number: str) -> JsonObject | None:
        one = self.rehearsal.tickets.get(number)
        if one is None:
            return None
        due = {name: local_iso(due_of(one, name)) for name in CLOCKS}
        return {
            "state": one.state.value,
            "close_result": one.close_result,
            "due": {**due, "original": local_iso(one.original_due)},
            "overdue": overdue(one, self.rehearsal.now),
            "missed": [{"timer": name, "due_at": at} for name, at in self.missed.get(number, ())],
        }


async def tried(
    db: AsyncConnection,
    city: CityData,
    policies: tuple[Policies, Policies],
    *,
    since: datetime,
    until: datetime,
) -> Trial:
    """Tries a policy on the tickets made from `since` to before `until`, and those they concern.

    `policies`: those in force, and those of the trial. Memory holds one group of tickets.
    """
    trial = Trial()
    before, after = policies
    async for group in _groups(db, since, until):
        steps = list(steps_of(group, until))
        await asyncio.sleep(0)  # others of the process have their turn
        trial.add(group, _Run.of(steps, city, before), _Run.of(steps, city, after))
    return trial


def steps_of(group: Sequence[Ticket], until: datetime) -> Iterator[JsonObject]:
    """What people did with some tickets before `until`, as steps of a rehearsal, in order."""
    deeds = sorted(
        (event.at, one.ticket_no, event.seq, event, one)
        for one in group
        for event in one.events
        if event.at < until and _is_deed(event)
    )
    for at, number, seq, event, one in deeds:
        first = seq == 1
        yield {
            "at": at.isoformat(),
            "as": _who(event),
            "command": event.command,
            "ticket": number,
            "data": _first_data(one, event) if first else _data(event.data),
        }
    yield {"at": until.isoformat(), "command": "tick"}


def _is_deed(event: TicketEvent) -> bool:
    return event.command not in _NOT_DONE_BY_PEOPLE and "_timer" not in event.data


def _who(event: TicketEvent) -> JsonObject:
    role = event.role if event.role in get_args(Role) else "system"
    unit = event.data.get("_facts", {}).get("unit")
    return {"role": role, "name": event.actor, **({"unit": unit} if unit else {})}


def _data(told: Mapping[str, Any]) -> JsonObject:
    return {key: value for key, value in told.items() if not key.startswith("_")}


def _first_data(one: Ticket, event: TicketEvent) -> JsonObject:
    """What made the ticket, with what the recogniser heard afterwards."""
    told = _data(event.data)
    for later in one.events:
        if later.command == "transcribe":
            told |= {key: value for key, value in later.data.items() if value is not None}
    named = told.pop("same_matter_as", None) or told.get("repeat_of")
    told.pop("suggestion", None)
    return told | ({"repeat_of": named} if named else {})


async def _groups(
    db: AsyncConnection, since: datetime, until: datetime
) -> AsyncIterator[list[Ticket]]:
    """The tickets of a time, each together with all that name it or that it names."""
    window = (ticket.c.created_at >= since, ticket.c.created_at < until)
    columns = (ticket.c.ticket_no, *(ticket.c[name] for name in _LINKS))
    linked = sa.or_(*(ticket.c[name].is_not(None) for name in _LINKS))
    edges = [tuple(row) for row in await db.execute(sa.select(*columns).where(linked))]
    # A merge that was taken back has left its trace in the journal only.
    merges = sa.select(ticket_event.c.ticket_no, ticket_event.c.data).where(
        ticket_event.c.command == "merge", ticket_event.c.at >= since
    )
    edges += [(row.ticket_no, row.data.get("master_ticket")) for row in await db.execute(merges)]
    group_of: dict[str, set[str]] = {}
    for number, *names in edges:
        together = {number, *(name for name in names if name is not None)}
        for name in tuple(together):
            together |= group_of.get(name, set())
        group_of |= dict.fromkeys(together, together)
    query = sa.select(ticket.c.ticket_no).where(*window).order_by(ticket.c.ticket_no)
    done: set[str] = set()
    numbers = (await db.execute(query)).scalars().all()
    for start in range(0, len(numbers), _BATCH):
        batch = numbers[start : start + _BATCH]
        alone = [number for number in batch if number not in group_of]
        for one in await _read(db, alone):
            yield [one]
        for number in batch:
            if number in group_of and number not in done:
                done |= group_of[number]
                yield await _read(db, sorted(group_of[number]))


async def _read(db: AsyncConnection, numbers: Sequence[str]) -> list[Ticket]:
    query = sa.select(ticket).where(ticket.c.ticket_no.in_(numbers))
    return await rows.tickets(db, query.order_by(ticket.c.ticket_no))
