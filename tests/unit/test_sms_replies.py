"""What citizens write back, over the console's real HTTP; kept once, placed where it belongs."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from store.tables_outbox import outbox
from tests.console_kit import START, Api, Said
from tests.unit.test_sms_courier import clear, dispatched, resolved
from tests.unit.ticket_story import CITIZEN, REPLY
from ticketing.model import State, Ticket

GATEWAY = {"X-Sms-Token": "sms-token"}
AT = START - timedelta(hours=1)


@pytest.fixture
async def surveyed(api: Api) -> str:
    """A ticket whose survey is out."""
    number = await resolved(api.parts.tickets, AT)
    await clear(api.parts.store)
    await out(api, number)
    return number


async def out(api: Api, number: str, **more: Any) -> None:
    async with api.parts.store.write() as db:
        sent = {"state": "sent", "gateway_id": f"g-{number}", "sent_at": AT, **more}
        await db.execute(sa.update(outbox).where(outbox.c.ticket_no == number).values(sent))


async def bring(api: Api, text: str, *, id: str = "m1", **more: Any) -> Said:
    told = {"id": id, "from": CITIZEN, "text": text, **more}
    return await api.ask(None, "POST", "/api/sms", {"messages": [told]}, headers=GATEWAY)


async def read(api: Api, number: str) -> Ticket:
    return await api.parts.tickets.read(number)


async def count(api: Api) -> int:
    return len(await api.parts.tickets.numbers())


@pytest.mark.parametrize(
    ("text", "state", "result"),
    [
        ("1", State.CLOSED, "satisfied"),
        (" 2 谢谢\u200b", State.CLOSED, "satisfied"),
        ("3", State.CLOSED, "satisfied"),
        ("5", State.MANUAL_CALLBACK, None),
        ("没解决", State.MANUAL_CALLBACK, None),
        ("你们是谁", State.MANUAL_CALLBACK, None),
    ],
)
async def test_an_answer_is_the_survey_s(
    api: Api, surveyed: str, text: str, state: State, result: str | None
) -> None:
    said = await bring(api, text)
    assert (said.status, said.body) == (200, {"messages": 1, "receipts": 0})
    one = await read(api, surveyed)
    assert (one.state, one.close_result) == (state, result)
    assert (one.events[-1].command, one.events[-1].role) == ("sms_score", "citizen")
    assert await api.parts.tickets.verify(surveyed) == []


async def test_brought_twice_it_counts_once(api: Api, surveyed: str) -> None:
    await bring(api, "4")
    version = (await read(api, surveyed)).version
    assert (await bring(api, "4")).status == 200
    assert (await read(api, surveyed)).version == version
    await bring(api, "还是没水", id="m2")
    one = await read(api, surveyed)
    assert (one.events[-1].command, one.events[-1].data["content"]) == ("add_statement", "还是没水")


async def test_the_number_that_it_goes_to_says_which_survey(api: Api) -> None:
    first = await resolved(api.parts.tickets, AT)
    second = await resolved(api.parts.tickets, AT)
    await clear(api.parts.store)
    await out(api, first, sender="123450001")
    await out(api, second, sender="123450002")
    await bring(api, "1", to="123450001")
    assert (await read(api, first)).state is State.CLOSED
    assert (await read(api, second)).state is State.SMS_CALLBACK


async def test_the_answer_of_a_merged_citizen_is_kept_with_his_ticket(api: Api) -> None:
    tickets = api.parts.tickets
    master = await dispatched(tickets, AT)
    other = await dispatched(tickets, AT, contact_phone="13900000009")
    merge = {"master_ticket": master}
    await tickets.do(other, "merge", merge, actor="d1", role="dispatcher", at=AT)
    for command, given, role in (
        ("sign", {}, "unit_handler"),
        ("submit_reply", REPLY, "unit_handler"),
        ("audit_pass", {}, "dispatcher"),
    ):
        await tickets.do(master, command, given, actor=role, role=role, at=AT)
    await clear(api.parts.store)
    await out(api, master)
    await bring(api, "5", **{"from": "13900000009"})
    one = await read(api, other)
    assert (one.state, [each.result for each in one.callback]) == (State.MERGED, ["unsatisfied"])
    assert (await read(api, master)).state is State.SMS_CALLBACK
    assert await tickets.verify(other) == []
    assert await count(api) == 2


async def test_without_a_survey_it_is_a_statement_on_the_open_ticket(api: Api) -> None:
    number = await dispatched(api.parts.tickets, AT)
    await bring(api, "水还是没有来", **{"from": f"+86{CITIZEN}"})
    event = (await read(api, number)).events[-1]
    assert (event.command, event.role) == ("add_statement", "citizen")


async def test_of_a_stranger_it_is_a_new_matter(api: Api) -> None:
    await bring(api, "路灯坏了")
    (number,) = await api.parts.tickets.numbers()
    one = await read(api, number)
    assert (one.state, one.channel, one.content) == (
        State.PENDING_ACCEPTANCE,
        "sms",
        "路灯坏了",
    )
    assert one.contact_phone == CITIZEN


async def test_thanks_after_the_end_are_no_new_matter(api: Api, surveyed: str) -> None:
    await bring(api, "1")
    before = (await read(api, surveyed)).version
    await bring(api, "满意，谢谢", id="m2")
    assert ((await read(api, surveyed)).version, await count(api)) == (before, 1)
    await bring(api, "又停水了", id="m3")
    assert await count(api) == 2


async def test_an_empty_message_is_kept_and_does_nothing(api: Api, surveyed: str) -> None:
    assert (await bring(api, "\u200b \n")).status == 200
    assert (await read(api, surveyed)).state is State.SMS_CALLBACK
    assert await count(api) == 1


@pytest.mark.parametrize("delivered", [True, False])
async def test_a_receipt_tells_what_became_of_it(api: Api, surveyed: str, delivered: bool) -> None:
    told = {"receipts": [{"id": f"g-{surveyed}", "delivered": delivered, "note": "关机"}]}
    for _ in range(2):
        said = await api.ask(None, "POST", "/api/sms", told, headers=GATEWAY)
        assert (said.status, said.body["receipts"]) == (200, 1)
    one = await read(api, surveyed)
    if delivered:
        assert one.state is State.SMS_CALLBACK
    else:
        assert one.state is State.MANUAL_CALLBACK
        assert one.events[-1].data["reason"] == "关机"


@pytest.mark.parametrize("shown", [None, "", "wrong", "sms-tokenx"])
async def test_nobody_else_may_bring_any(api: Api, surveyed: str, shown: str | None) -> None:
    headers = {} if shown is None else {"X-Sms-Token": shown}
    told = {"messages": [{"id": "m1", "from": CITIZEN, "text": "1"}]}
    said = await api.ask(None, "POST", "/api/sms", told, headers=headers)
    assert (said.status, said.error) == (401, ("unauthenticated", "X-Sms-Token"))
    assert (await read(api, surveyed)).state is State.SMS_CALLBACK


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"from": "abc"}, "messages.0.from"),
        ({"text": "x" * 5001}, "messages.0.text"),
        ({"id": ""}, "messages.0.id"),
        ({"at": "2026-10-01T08:00:00"}, "messages.0.at"),
    ],
)
async def test_wrong_ones_are_refused_whole(
    api: Api, surveyed: str, wrong: dict[str, Any], field: str
) -> None:
    right = {"id": "m1", "from": CITIZEN, "text": "1"}
    told = {"messages": [{**right, **wrong}]}
    said = await api.ask(None, "POST", "/api/sms", told, headers=GATEWAY)
    assert (said.status, said.error[1]) == (422, field)
    assert (await read(api, surveyed)).state is State.SMS_CALLBACK
