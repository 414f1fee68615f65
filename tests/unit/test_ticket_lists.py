"""Lists of tickets: what the indexes bring page by page is what the tickets say one by one."""

import random
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from console.ticket_lists import Wanted, page
from store.engine import Store
from tests.stores import MASTER_KEY, ask, make_older, sqlite_url
from tests.unit.ticket_story import MATTER, REPLY, instant
from ticketing.model import TERMINAL, State, Ticket
from ticketing.tickets import Tickets
from ticketing.visibility import Viewer, units_of, view

T0 = instant("10-01 08:00")
NOW = T0 + timedelta(days=1)
Step = tuple[str, str, dict[str, Any]]
REJECT = {"reject_code": "N1", "explanation": "不属本市", "guidance": "请向外市热线反映"}
STEPS: Sequence[Step] = (
    ("accept", "agent", {}),
    ("dispatch", "dispatcher", {"unit": "SLJ", "answer_type": "investigate"}),
    ("sign", "unit_handler", {}),
    ("sub_dispatch", "unit_handler", {"unit": "SCQ"}),
    ("submit_reply", "unit_handler", REPLY),
    ("audit_pass", "dispatcher", {}),
    ("sms_score", "citizen", {"score": 1}),
)
VIEWERS = (
    Viewer("d1", frozenset({"dispatcher"})),
    Viewer("1001", frozenset({"agent"}), agent_no="1001"),
    Viewer("a", frozenset({"admin"})),
    *(Viewer("u1", frozenset({"unit_handler"}), unit=unit) for unit in ("SLJ", "ZJJ", None)),
)
FILTERS: Sequence[dict[str, Any]] = (
    {},
    {"is_open": True},
    {"is_open": False},
    {"is_overdue": True},
    {"is_overdue": False},
    {"unit": "SLJ"},
    {"unit": "SLJ", "is_open": True},
    {"state": ["in_progress", "accepted", "closed"]},
    {"state": ["closed"], "is_open": True},
    {"since": "2026-10-01T08:30:00+08:00", "until": "2026-10-01T09:00:00+08:00"},
    {"region_code": "321302", "state": ["closed"]},
)


async def walk(tickets: Tickets, number: str, steps: Sequence[Step], unit: str) -> None:
    at = T0 + timedelta(hours=2)
    for command, role, data in steps:
        sent = data | {"unit": unit} if command == "dispatch" else data
        name = "1001" if role == "agent" else f"{role}1"
        await tickets.do(number, command, sent, actor=name, role=role, unit=None, at=at)


async def many(tickets: Tickets) -> list[Ticket]:
    """Tickets in many states of two units, two of them made at the same time each."""
    chance = random.Random(5)
    numbers = []
    for index in range(40):
        at = T0 + timedelta(minutes=index // 2)
        told = MATTER | {"region_code": chance.choice(["321302", "321311"])}
        one = await tickets.create(told, actor="1001", role="agent", at=at)
        numbers.append(one.ticket_no)
        if index % 8 == 7:
            await walk(tickets, one.ticket_no, [("reject", "agent", REJECT)], "")
            continue
        steps = [step for step in STEPS if step[0] != "sub_dispatch"][: index % 7]
        await walk(tickets, one.ticket_no, steps, chance.choice(["SLJ", "ZJJ"]))
    return [await tickets.read(number) for number in numbers]


def is_late(one: Ticket) -> bool:
    """Whether the unit that holds it should have been done."""
    waiting = {
        State.ACCEPTED: [one.answer_due],
        State.DISPATCHED: [one.sign_due, one.answer_due, one.resolve_due],
        State.IN_PROGRESS: [one.answer_due, one.resolve_due],
        State.SUPPLEMENTING: [one.supplement_due],
        State.RECTIFYING: [one.rectify_due],
    }
    return any(due is not None and due < NOW for due in waiting.get(one.state, []))


def fits(one: Ticket, viewer: Viewer, wanted: Wanted) -> bool:
    return all(
        (
            view(one, viewer) is not None,
            not wanted.state or one.state in wanted.state,
            wanted.is_open in (None, one.state not in TERMINAL),
            wanted.is_overdue in (None, is_late(one)),
            wanted.unit in (None, one.unit),
            wanted.region_code in (None, one.region_code),
            wanted.since is None or one.created_at >= wanted.since,
            wanted.until is None or one.created_at < wanted.until,
        )
    )


@pytest.mark.parametrize("limit", [3, 200])
async def test_pages_hold_what_fits_the_newest_first(
    store: Store, tickets: Tickets, limit: int
) -> None:
    made = await many(tickets)
    made.sort(key=lambda one: (one.created_at, one.ticket_no), reverse=True)
    hits = 0
    for viewer in VIEWERS:
        for told in FILTERS:
            wanted = Wanted.model_validate(told | {"limit": limit})
            expected = [one.ticket_no for one in made if fits(one, viewer, wanted)]
            found: list[str] = []
            while True:
                some, after = await page(store, viewer, wanted, NOW)
                assert len(some) <= limit
                found += [one.ticket_no for one in some]
                if after is None:
                    break
                wanted = wanted.model_copy(update={"after": after})
            assert found == expected, (viewer, told)
            hits += len(found)
    assert hits > 200


async def kept_units(store: Store) -> list[tuple[object, ...]]:
    query = "select ticket_no, unit, created_at, is_open from ticket_unit order by ticket_no, unit"
    return await ask(store, query)


def units(one: Ticket) -> set[tuple[str, str, bool]]:
    return {(one.ticket_no, unit, one.state not in TERMINAL) for unit in units_of(one)}


async def test_units_are_kept_with_every_act_and_found_in_an_older_store(tmp_path: Path) -> None:
    async with Store.open(sqlite_url(tmp_path), key=MASTER_KEY) as store:
        tickets = Tickets(store)
        whole = await tickets.create(MATTER, actor="1001", role="agent", at=T0)
        for step in STEPS:
            await walk(tickets, whole.ticket_no, [step], "SLJ")
            one = await tickets.read(whole.ticket_no)
            assert {
                (no, unit, bool(is_open)) for no, unit, _, is_open in await kept_units(store)
            } == units(one), step
        assert units_of(one) == {"SLJ", "SCQ"}
        assert one.state is State.CLOSED
        assisted = await tickets.create(MATTER, actor="1001", role="agent", at=T0)
        await walk(tickets, assisted.ticket_no, STEPS[:1], "")
        sent = {"unit": "SLJ", "answer_type": "investigate", "assist_units": ["CGJ", "GAJ"]}
        await walk(tickets, assisted.ticket_no, [("dispatch", "dispatcher", sent)], "ZJJ")
        kept = await kept_units(store)
        assert {unit for no, unit, *_ in kept if no == assisted.ticket_no} == {"CGJ", "GAJ", "ZJJ"}
    make_older(tmp_path / "store.sqlite", "0015")
    async with Store.open(sqlite_url(tmp_path), key=MASTER_KEY) as store:
        assert await kept_units(store) == kept
