"""Nobody finds a ticket by what he may not read of it (domain.md §2.6, R-23-2)."""

from itertools import combinations, product

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from store.engine import Store
from store.tables import call as calls
from store.tables import call_leg, ticket
from store.types import GENESIS
from tests.unit.stored_story import closed
from tests.unit.test_visibility import AT, KINDS, NAME, PHONE, STEPS, TOLD, UNIT_TEXT
from tests.unit.ticket_story import MATTER
from ticketing import unit_rows
from ticketing.erasure import Erasure
from ticketing.model import Ticket
from ticketing.search import results, search
from ticketing.sights import TABLE, Group
from ticketing.tickets import Tickets
from ticketing.visibility import Viewer, sights
from ticketing.visible_rows import facts, own_calls, rows_by_facts, visible_to
from ticketing.workflow.terms import UNIT_ROLES

CALLS = (
    ("inbound", True), ("outbound", False), ("outbound", True), ("outbound", True),
    ("outbound", True),
)  # fmt: skip
"""Further calls of the tickets: direction, and whether the citizen answered."""
AGENT = {"actor": "1001", "role": "agent", "at": AT}


async def _spoken(
    db: AsyncConnection,
    call_id: str,
    agent: str,
    direction: str = "inbound",
    *,
    answered: bool = True,
) -> None:
    """A call in which an agent answered."""
    row = {"call_id": call_id, "direction": direction, "started_at": AT, "chain_seq": 0}
    row |= {"handled_by": "controller", "chain_head": GENESIS}
    await db.execute(sa.insert(calls).values(row | {"answered_at": AT if answered else None}))
    leg = {"leg_id": f"l-{call_id}", "call_id": call_id, "role": "agent", "number": agent}
    await db.execute(sa.insert(call_leg).values(leg | {"dialed_at": AT, "answered_at": AT}))


@pytest.fixture
async def made(store: Store, tickets: Tickets) -> dict[str, Ticket]:
    """One ticket of each kind."""
    found = {}
    for number, (kind, told) in enumerate(KINDS.items()):
        call = {"call_id": f"c{number}", "answer_type": "investigate"}
        one = await tickets.create(TOLD | call | told, **AGENT)
        for role, name, command, data in STEPS:
            one = await tickets.do(one.ticket_no, command, data, actor=name, role=role, at=AT)
        found[kind] = one
    about = {"acceptance_basis": "6.3", "target_unit": "SLJ", "call_id": None}
    one = await tickets.create(TOLD | about, **AGENT)
    found["about a unit"] = await tickets.do(one.ticket_no, "accept", {}, **AGENT)
    one = await tickets.create(TOLD | {"call_id": None}, **AGENT)
    secret = {"reject_code": "N3", "explanation": "涉密", "guidance": "向保密局反映"}
    found["secret"] = await tickets.do(one.ticket_no, "reject", secret, **AGENT)
    one = await tickets.create(TOLD | {"call_id": None}, **AGENT)
    await tickets.do(one.ticket_no, "accept", {}, **AGENT)
    await closed(tickets, one.ticket_no, AT)
    await Erasure(store).ticket(one.ticket_no, "申请", actor="h1", role="center_head", at=AT)
    found["erased"] = await tickets.read(one.ticket_no)
    async with store.write() as db:
        # Whoever wrote the row, units of a complaint about them have to be told apart.
        this = ticket.c.ticket_no == found["about a unit"].ticket_no
        await db.execute(sa.update(ticket).where(this).values(assist_units=["SLJ"]))
        await unit_rows.renew(db, found["about a unit"].ticket_no)
        await _spoken(db, "c1", "1001")
        for number, (direction, answered) in enumerate(CALLS):
            await _spoken(db, f"x{number}", f"200{number}", direction, answered=answered)
    for one in found.values():
        if one.is_erased:
            continue
        # 2000 and 2004 say that a call of theirs concerns it, 2001 and 2002 had the citizen
        # called, 2003 was connected with him as he had asked for.
        for call_id, how in (
            ("x0", {"relation": "statement"}),
            ("x1", {"relation": "callback", "ordered": True}),
            ("x2", {"relation": "callback", "ordered": True}),
            ("x3", {"relation": "callback", "actor": "line", "role": "system"}),
            ("x4", {"relation": "callback"}),
        ):
            await tickets.link_call(one.ticket_no, call_id, **(AGENT | how))  # type: ignore[arg-type]
    return {kind: await tickets.read(one.ticket_no) for kind, one in found.items()}


def viewers() -> list[Viewer]:
    single = [frozenset({role}) for role in TABLE]
    several = [frozenset(two) for two in combinations(TABLE, 2)]
    nobody = [frozenset({"admin"}), frozenset({"kb_editor", "security_admin"})]
    return [
        Viewer(name, roles, unit=unit, agent_no=agent_no)
        for roles in [*single, *several, *nobody]
        for name, agent_no in (("x", None), ("x", "1001"), ("1001", None))
        for unit in (("SLJ", "ZJJ", None) if roles & UNIT_ROLES else (None,))
    ]


async def test_queries_and_views_follow_the_same_rules(
    store: Store, made: dict[str, Ticket]
) -> None:
    callers = [Viewer("x", frozenset({"agent"}), agent_no=f"200{n}") for n in range(len(CALLS))]
    async with store.read() as db:
        for who in [*viewers(), *callers]:
            expected, found = {}, {}
            own = await own_calls(db, who, made.values())
            for one in made.values():
                row = sights(one, who, own)
                if row is not None:
                    expected[one.ticket_no] = tuple(row[group] for group in Group)
            rows = rows_by_facts(who)
            query = sa.select(ticket.c.ticket_no, *facts(who).values()).where(visible_to(who))
            for number, *answers in await db.execute(query):
                row = rows.get(tuple(map(bool, answers)))
                if row is not None:
                    found[number] = tuple(row[group] for group in Group)
            assert found == expected, who


QUERIES = {
    "name": NAME,
    "phone": PHONE,
    "place": "幸福家园3栋",
    "matter": "夜里施工",
    "speech": "我是",
    "unit text": UNIT_TEXT,
    "tail": "0002",
    "neutral": "投诉事项",
}


async def test_what_is_found_can_be_read_in_the_view(store: Store, made: dict[str, Ticket]) -> None:
    """Every hit shows where the words stand, or as much of the number as was looked for."""
    some = [who for who in viewers() if len(who.roles) == 1 and who.name == "x"]
    for who, (name, query) in product(some, QUERIES.items()):
        told = await results(store, query, viewer=who, limit=50)
        assert told["total"] == len(told["hits"])
        for hit in told["hits"]:
            one = hit["ticket"]
            number = str(one["contact_phone"])
            by_number = number == PHONE if name == "phone" else number.endswith("0002")
            assert hit["excerpts"] or (name in ("phone", "tail") and by_number), (who, name)


async def test_r_23_2_a_unit_finds_a_hidden_reporter_by_its_own_text_only(
    store: Store, made: dict[str, Ticket]
) -> None:
    unit = Viewer("u1", frozenset({"unit_handler"}), unit="SLJ")
    hidden = {made["confidential"].ticket_no, made["report"].ticket_no}
    normal = made["normal"].ticket_no

    async def found(query: str) -> set[str]:
        return {one.ticket_no for one in (await search(store, query, viewer=unit)).tickets}

    assert await found(UNIT_TEXT) == hidden | {normal}
    for query in (NAME, "夜里施工", "幸福家园", "0002", "5678"):
        assert not await found(query) & hidden, query
    assert normal in await found("夜里施工") and normal in await found("0002")
    stranger = Viewer("u2", frozenset({"unit_handler"}), unit="GDGS")
    assert (await search(store, UNIT_TEXT, viewer=stranger)).total == 0
    assert MATTER["title"] != TOLD["title"]


@pytest.mark.parametrize(("number", "is_found"), [("84335555", True), ("665555", False)])
async def test_who_sees_only_stars_of_a_number_finds_it_by_none_of_its_digits(
    store: Store, tickets: Tickets, number: str, is_found: bool
) -> None:
    told = MATTER | {"confidential": True, "contact_phone": number}
    one = await tickets.create(told, **AGENT)
    head = Viewer("d1", frozenset({"dispatcher"}))
    found = await results(store, "5555", viewer=head, limit=5)
    assert [hit["ticket"]["ticket_no"] for hit in found["hits"]] == [one.ticket_no] * is_found
    assert (await search(store, "5555", viewer=None)).total == 1


async def test_what_may_not_be_read_does_not_change_the_order(
    store: Store, tickets: Tickets
) -> None:
    agent = Viewer("1002", frozenset({"agent"}))
    made = [await tickets.create(MATTER, **AGENT) for _ in range(2)]
    for one, text in zip(made, ("一句", "很长的话" * 500), strict=True):
        await tickets.set_transcript(one.ticket_no, text, 0.9, at=AT)
    found = await search(store, str(MATTER["title"]), viewer=agent)
    assert [one.ticket_no for one in found.tickets] == [one.ticket_no for one in reversed(made)]
