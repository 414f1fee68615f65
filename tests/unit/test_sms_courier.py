"""The courier sends the outbox through a gateway over real HTTP; surveys that fail go to people."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from store.engine import Store
from store.tables_outbox import outbox
from tests.sms_platform import Platform
from tests.unit.ticket_story import MATTER, REPLY, instant
from ticketing.line_book import LineBook
from ticketing.model import State
from ticketing.outbox import Entry, Outbox
from ticketing.sms.courier import LEASE, Courier
from ticketing.sms.gateway import NotSent, Outgoing
from ticketing.sms.gateways import NoGateway
from ticketing.sms.http import HttpGateway
from ticketing.tickets import Tickets

T0 = instant("10-01 08:00")
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
SENT = {"unit": "SLJ", "answer_type": "investigate"}
CONTACTS = [{"number": "8105"}, {"number": "13900000105"}]


def line_of(store: Store, contacts: list[dict[str, str]] = CONTACTS) -> LineBook:
    """The line's data of a city whose config.yaml names one unit's duty phones."""
    return LineBook(store, lambda: {"contacts": {"SLJ": {"unit": "SLJ", "contacts": contacts}}})


@dataclass
class Post:
    """A courier, its clock and its gateway."""

    courier: Courier
    platform: Platform
    store: Store
    at: datetime = T0

    async def deliver(self, after: timedelta = MINUTE) -> list[Entry]:
        """A round, later; the outbox, the oldest first."""
        self.at += after
        await self.courier.deliver()
        return (await Outbox(self.store).list())[::-1]


@asynccontextmanager
async def post(store: Store, tickets: Tickets, **more: Any) -> AsyncIterator[Post]:
    async with Platform().running() as platform:
        settings = platform.settings(**more)
        gateway = HttpGateway(settings.http)
        one = Post(
            Courier(store, tickets, gateway, settings, line_of(store), lambda: one.at),
            platform,
            store,
        )
        async with gateway.running():
            yield one


async def dispatched(tickets: Tickets, at: datetime = T0, **data: Any) -> str:
    made = await tickets.create({**MATTER, **data}, actor="1001", role="agent", at=at)
    for command, given, role in (("accept", {}, "agent"), ("dispatch", SENT, "dispatcher")):
        if command == "dispatch" and data.get("confidential"):
            given = {**SENT, "unit_content": "有人反映停水"}
        await tickets.do(made.ticket_no, command, given, actor=role, role=role, at=at)
    return made.ticket_no


async def resolved(tickets: Tickets, at: datetime = T0, **data: Any) -> str:
    number = await dispatched(tickets, at, **data)
    for command, given, role in (
        ("sign", {}, "unit_handler"),
        ("submit_reply", REPLY, "unit_handler"),
        ("audit_pass", {}, "dispatcher"),
    ):
        await tickets.do(number, command, given, actor=role, role=role, at=at)
    return number


async def clear(store: Store) -> None:
    """Takes what the way to the survey has sent out of the outbox."""
    async with store.write() as db:
        await db.execute(sa.delete(outbox).where(outbox.c.template != "sms_survey"))


async def test_citizen_and_unit_are_told(store: Store, tickets: Tickets) -> None:
    number = await dispatched(tickets)
    async with post(store, tickets) as one:
        rows = await one.deliver()
        code = (await tickets.read(number)).query_code
        assert [(told["to"], told["text"]) for told in one.platform.taken] == [
            (
                MATTER["contact_phone"],
                f"【宿迁12345】您好，您反映的“小区停水”已登记，工单号{number}，查询码{code}。"
                "办理进度可拨打12345按3查询。",
            ),
            (
                MATTER["contact_phone"],
                f"【宿迁12345】您的工单{number}已派往市水利局(市水务)办理，答复时限10月1日20:00。",
            ),
            (
                "13900000105",
                f"【宿迁12345】市水利局(市水务)：工单{number}已派单，请于10月1日09:00前签收。",
            ),
        ]
        assert [(row.state, row.gateway_id, row.attempts) for row in rows] == [
            ("sent", "g1", 1),
            ("sent", "g2", 1),
            ("sent", "g3", 1),
        ]
        assert one.platform.keys == [str(row.id) for row in rows]
        await one.deliver()
        assert len(one.platform.taken) == 3


async def test_of_a_hidden_matter_nothing_is_told(store: Store, tickets: Tickets) -> None:
    await dispatched(tickets, confidential=True, identity_level="self_declared")
    async with post(store, tickets) as one:
        await one.deliver()
        texts = "".join(told["text"] for told in one.platform.taken)
        assert len(one.platform.taken) == 3
        assert "停水" not in texts
        assert "水利局" not in "".join(told["text"] for told in one.platform.taken[:2])


async def test_no_more_are_sent_in_a_round_than_in_a_second(store: Store, tickets: Tickets) -> None:
    await dispatched(tickets)
    async with post(store, tickets, per_second=2) as one:
        await one.deliver()
        assert len(one.platform.taken) == 2
        await one.deliver()
        assert len(one.platform.taken) == 3


async def test_a_gateway_that_is_away_is_tried_again_later_each_time(
    store: Store, tickets: Tickets
) -> None:
    number = await resolved(tickets)
    await clear(store)
    async with post(store, tickets, attempts=3) as one:
        one.platform.status = 503
        (row,) = await one.deliver()
        assert (row.state, row.note) == ("waiting", "短信网关拒绝：HTTP 503")
        assert row.next_at == one.at + MINUTE
        await one.deliver(MINUTE / 2)
        assert len(one.platform.taken) == 1
        (row,) = await one.deliver()
        assert row.next_at == one.at + 2 * MINUTE
        assert (await tickets.read(number)).state is State.SMS_CALLBACK
        (row,) = await one.deliver(3 * MINUTE)
        assert (row.state, row.attempts) == ("failed", 3)
        after = await tickets.read(number)
        assert after.state is State.MANUAL_CALLBACK
        assert after.events[-1].data["reason"] == "短信网关拒绝：HTTP 503"
        assert await tickets.verify(number) == []


async def test_pauses_between_attempts_are_an_hour_at_most(store: Store, tickets: Tickets) -> None:
    await resolved(tickets)
    await clear(store)
    async with post(store, tickets, attempts=20) as one:
        one.platform.status = 503
        pauses = []
        for _ in range(9):
            (row,) = await one.deliver(60 * MINUTE)
            pauses.append((row.next_at - one.at) / MINUTE)
        assert pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60]


async def test_what_is_refused_for_good_is_not_tried_again(store: Store, tickets: Tickets) -> None:
    number = await resolved(tickets)
    await clear(store)
    async with post(store, tickets) as one:
        one.platform.status = 400
        (row,) = await one.deliver()
        assert (row.state, row.attempts) == ("failed", 1)
        assert (await tickets.read(number)).state is State.MANUAL_CALLBACK


async def test_a_message_of_unknown_fate_is_not_sent_twice(store: Store, tickets: Tickets) -> None:
    number = await resolved(tickets)
    await clear(store)
    async with post(store, tickets) as one:
        one.platform.is_mute = True
        (row,) = await one.deliver()
        assert row.state == "unknown"
        assert (await tickets.read(number)).state is State.MANUAL_CALLBACK
        await one.deliver(HOUR)
        assert len(one.platform.taken) == 1


async def test_a_courier_that_died_with_a_message_leaves_it_to_people(
    store: Store, tickets: Tickets
) -> None:
    number = await resolved(tickets)
    await clear(store)
    async with store.write() as db:
        await db.execute(sa.update(outbox).values(state="sending", claimed_at=T0, attempts=1))
    async with post(store, tickets) as one:
        (row,) = await one.deliver()
        assert row.state == "sending"
        (row,) = await one.deliver(LEASE)
        assert (row.state, one.platform.taken) == ("unknown", [])
        assert (await tickets.read(number)).state is State.MANUAL_CALLBACK


async def test_what_is_no_longer_so_is_not_told(store: Store, tickets: Tickets) -> None:
    number = await dispatched(tickets)
    await tickets.do(number, "sign", {}, actor="u1", role="unit_handler", at=T0)
    async with post(store, tickets) as one:
        rows = await one.deliver()
        assert [(row.template, row.state) for row in rows] == [
            ("sms_created", "sent"),
            ("sms_dispatched", "sent"),
            ("sms_unit_sign", "outdated"),
        ]


async def test_what_waited_too_long_is_not_told(store: Store, tickets: Tickets) -> None:
    await dispatched(tickets)
    async with post(store, tickets) as one:
        rows = await one.deliver(49 * HOUR)
        assert {row.state for row in rows} == {"outdated"}
        assert one.platform.taken == []


async def test_a_unit_without_a_mobile_phone_cannot_be_told(store: Store, tickets: Tickets) -> None:
    await dispatched(tickets)
    async with post(store, tickets) as one:
        one.courier._line = line_of(store, CONTACTS[:1])
        rows = await one.deliver()
        assert (rows[-1].state, rows[-1].note) == ("failed", "承办单位没有可收短信的值班手机")


async def test_one_phone_has_one_open_survey(store: Store, tickets: Tickets) -> None:
    first, second = await resolved(tickets), await resolved(tickets)
    await clear(store)
    async with post(store, tickets) as one:
        rows = await one.deliver()
        assert [(row.ticket_no, row.state) for row in rows] == [(first, "sent"), (second, "failed")]
        assert (await tickets.read(second)).state is State.MANUAL_CALLBACK


async def test_with_extensions_each_survey_has_its_number(store: Store, tickets: Tickets) -> None:
    await resolved(tickets)
    await resolved(tickets)
    await clear(store)
    async with post(store, tickets, sender="12345", extensions=True) as one:
        rows = await one.deliver()
        assert {row.state for row in rows} == {"sent"}
        assert [told["from"] for told in one.platform.taken] == [
            f"12345{row.id:04d}" for row in rows
        ]


async def test_two_couriers_send_each_message_once(store: Store, tickets: Tickets) -> None:
    for _ in range(4):
        await dispatched(tickets)
    async with post(store, tickets) as one:
        settings = one.platform.settings()
        other = Courier(
            store, tickets, one.courier._gateway, settings, line_of(store), lambda: one.at
        )
        one.at += MINUTE
        await asyncio.gather(one.courier.deliver(), other.deliver())
        assert sorted(one.platform.keys, key=int) == [
            str(row.id) for row in (await Outbox(store).list())[::-1]
        ]


async def test_without_a_gateway_people_call_back(store: Store, tickets: Tickets) -> None:
    number = await resolved(tickets)
    await clear(store)
    async with post(store, tickets, attempts=2) as one:
        one.courier._gateway = NoGateway()
        await one.deliver()
        assert (await tickets.read(number)).state is State.SMS_CALLBACK
        (row,) = await one.deliver(2 * MINUTE)
        assert (row.state, row.note) == ("failed", "没有配置短信网关")
        assert (await tickets.read(number)).state is State.MANUAL_CALLBACK


@pytest.mark.parametrize("answer", [None, [], "x", {"id": None}, {"id": 7}, {"id": "y" * 500}])
async def test_any_answer_of_a_gateway_that_took_it_will_do(answer: Any) -> None:
    async with Platform(answer=answer).running() as platform:
        gateway = HttpGateway(platform.settings().http)
        async with gateway.running():
            name = await gateway.send(Outgoing("1", "13800000001", "您好", None))
    wanted = "g1" if answer is None else answer.get("id") if isinstance(answer, dict) else None
    assert name == (None if wanted is None else str(wanted)[:160])


async def test_a_gateway_that_does_not_listen_is_away() -> None:
    async with Platform().running() as platform:
        settings = platform.settings().http
    gateway = HttpGateway(settings)
    async with gateway.running():
        with pytest.raises(NotSent) as refused:
            await gateway.send(Outgoing("1", "13800000001", "您好", None))
    assert refused.value.again
