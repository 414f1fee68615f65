"""Earlier tickets of the same matter are proposed with what speaks for it (art. 19, R-19)."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from store.engine import Store
from tests.console_kit import Api
from tests.suggesting import ready
from tests.unit.stored_story import closed
from tests.unit.ticket_story import instant
from ticketing.model import Ticket
from ticketing.refusal import Refusal
from ticketing.repeat_suggestions import MOST_COMPARED, Suggestion, suggest
from ticketing.tickets import Tickets
from ticketing.visibility import Viewer

T0 = instant("10-01 08:00")
NOISE = {
    "title": "工地夜间施工",
    "content": "幸福家园旁边的工地凌晨两点还在打桩，吵得睡不着觉",
    "request_type": "complaint",
    "category_l2": "0501",
    "category_l1": "05",
    "region_code": "321302",
    "acceptance_basis": "6.2",
    "contact_phone": "13800000001",
}
AGAIN = {**NOISE, "title": "又在打桩", "content": "幸福家园的工地昨天凌晨又打桩，吵得没法睡觉"}
OTHER = {
    **NOISE,
    "title": "公积金提取",
    "content": "提取公积金要带什么材料",
    "request_type": "consult",
    "category_l2": "0204",
    "category_l1": "02",
    "region_code": "321300",
}


async def made(tickets: Tickets, told: dict[str, Any], at: datetime = T0, **more: Any) -> Ticket:
    return await tickets.create({**told, **more}, actor="1001", role="agent", at=at)


async def proposed(
    store: Store, tickets: Tickets, one: Ticket, viewer: Viewer | None = None
) -> list[Suggestion]:
    async with store.read() as db:
        rules = await tickets.rules_now(db)
    return await suggest(store, one, rules, ready().place_in, viewer=viewer)


@pytest.fixture
async def first(tickets: Tickets) -> Ticket:
    one = await made(tickets, NOISE)
    await made(tickets, OTHER)
    return await tickets.do(one.ticket_no, "accept", {}, actor="1001", role="agent", at=T0)


async def test_r_19_the_same_matter_is_proposed_with_its_evidence(
    store: Store, tickets: Tickets, first: Ticket
) -> None:
    again = await made(tickets, AGAIN, T0 + timedelta(days=7))
    (found,) = await proposed(store, tickets, again)
    assert found.ticket_no == first.ticket_no
    assert found.likeness.grounds == ("phone", "place", "category", "text")
    assert found.likeness.place == "幸福家园"
    assert {"工地", "打桩"} <= set(found.likeness.shared)
    assert 80 <= found.likeness.score <= 100
    assert (found.rule, found.root) == ("b", first.ticket_no)
    told = found.to_json()
    assert told["score"] == found.likeness.score and told["grounds"][0] == "phone"


@pytest.mark.parametrize(("days", "rule"), [(6, None), (7, "b")])
async def test_r_19_rule_b_begins_after_six_days(
    store: Store, tickets: Tickets, first: Ticket, days: int, rule: str | None
) -> None:
    again = await made(tickets, AGAIN, T0 + timedelta(days=days))
    assert [one.rule for one in await proposed(store, tickets, again)] == [rule]


@pytest.mark.parametrize(
    ("at", "rule"), [("10-31 23:00", "a"), ("11-01 23:59", "a"), ("11-02 00:00", None)]
)
async def test_r_19_rule_a_holds_a_month_after_the_closing_reply(
    store: Store, tickets: Tickets, first: Ticket, at: str, rule: str | None
) -> None:
    await closed(tickets, first.ticket_no, T0)
    other = {"contact_phone": "13900000009"}  # whoever complains of it
    again = await made(tickets, AGAIN, instant(at), **other)
    (found,) = await proposed(store, tickets, again)
    assert (found.rule, found.likeness.grounds) == (rule, ("place", "category", "text"))


async def test_what_is_confirmed_is_what_was_proposed(
    store: Store, tickets: Tickets, first: Ticket
) -> None:
    again = await made(tickets, AGAIN, T0 + timedelta(days=7))
    (found,) = await proposed(store, tickets, again)
    done = await tickets.do(
        again.ticket_no,
        "accept",
        {"repeat_of": found.ticket_no},
        actor="1001",
        role="agent",
        at=T0 + timedelta(days=7),
    )
    assert (done.repeat_of, done.repeat_rule) == (found.root, found.rule)


async def test_one_ground_alone_is_not_enough(
    store: Store, tickets: Tickets, first: Ticket
) -> None:
    """The same citizen, the same estate: each with a matter of its own."""
    by_phone = {**OTHER, "title": "护照", "content": "请问护照怎么办", "category_l2": "1001"}
    by_phone["category_l1"] = "10"
    assert await proposed(store, tickets, await made(tickets, by_phone, T0)) == []
    lamp = {"title": "路灯不亮", "content": "幸福家园路灯不亮", "contact_phone": "13700000007"}
    lamp |= {"category_l2": "0301", "category_l1": "03"}
    assert await proposed(store, tickets, await made(tickets, {**NOISE, **lamp}, T0)) == []


async def test_the_work_is_bounded_and_the_likest_are_not_lost(
    store: Store, tickets: Tickets, first: Ticket
) -> None:
    later = T0 + timedelta(days=1)
    for _ in range(MOST_COMPARED + 10):  # all of the same category and region, and newer
        told = {"content": "工地噪声", "title": "噪声", "contact_phone": "13900000009"}
        await made(tickets, NOISE, later, **told)
    found = await proposed(store, tickets, await made(tickets, AGAIN, T0 + timedelta(days=7)))
    assert found[0].ticket_no == first.ticket_no
    assert len(found) <= 10


async def test_nobody_learns_what_he_may_not_read(
    store: Store, tickets: Tickets, first: Ticket
) -> None:
    """Two reports of one citizen: a unit is not told that they are of one."""
    at = T0 + timedelta(days=7)
    sent = {"unit": "CGJ", "answer_type": "investigate", "unit_content": "反映某处夜间噪声"}
    numbers = []
    for when in (T0, at):
        one = await made(tickets, NOISE, when, request_type="report")
        who: dict[str, Any] = {"role": "dispatcher", "actor": "d1", "at": when}
        await tickets.do(one.ticket_no, "accept", {}, **{**who, "role": "agent"})
        await tickets.do(one.ticket_no, "dispatch", sent, **who)
        numbers.append(one.ticket_no)
    again = await tickets.read(numbers[1])
    unit = Viewer("u1", frozenset({"unit_handler"}), unit="CGJ")
    (found,) = await proposed(store, tickets, again, unit)
    assert found.ticket_no == numbers[0]  # not `first`, which the unit does not know
    assert found.likeness.grounds == ("category", "text")  # of the text made for it
    assert (found.rule, found.root, found.likeness.place) == (None, None, None)
    assert "打桩" not in found.likeness.shared
    stranger = Viewer("u2", frozenset({"unit_handler"}), unit="GDGS")
    with pytest.raises(Refusal):
        await proposed(store, tickets, again, stranger)
    for role in ("dispatcher", "supervisor"):
        told = await proposed(store, tickets, again, Viewer("x", frozenset({role})))
        assert {one.ticket_no for one in told} == {numbers[0], first.ticket_no}
        assert all("phone" in one.likeness.grounds for one in told)


async def test_r_23_2_an_agent_is_not_told_whose_a_hidden_ticket_is(
    store: Store, tickets: Tickets
) -> None:
    """He sees the citizen of his own ticket in full; the report of the same citizen he does not."""
    for kind in ({"request_type": "report"}, {"confidential": True}, {}):
        one = await made(tickets, NOISE, T0, **kind)
    own = await made(tickets, {**NOISE, "content": AGAIN["content"]}, T0 + timedelta(days=7))
    agent = Viewer("2002", frozenset({"agent"}))
    told = await proposed(store, tickets, own, agent)
    by_phone = [found.ticket_no for found in told if "phone" in found.likeness.grounds]
    assert by_phone == [one.ticket_no]
    assert all(found.rule is None for found in told if found.ticket_no != one.ticket_no)


async def test_over_http(api: Api) -> None:
    tickets = api.parts.tickets
    one = await made(tickets, NOISE)
    again = await made(tickets, AGAIN, T0 + timedelta(days=7))
    said = await api.ask("dispatcher", "GET", f"/api/tickets/{again.ticket_no}/repeats")
    assert (said.status, [hit["ticket_no"] for hit in said.body]) == (200, [one.ticket_no])
    assert said.body[0]["rule"] == "b"
    hidden = await api.ask("unit_handler", "GET", f"/api/tickets/{again.ticket_no}/repeats")
    assert (hidden.status, hidden.error) == (404, ("unknown_ticket", "ticket_no"))
