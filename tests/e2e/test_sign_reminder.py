"""签收提醒: a unit's duty phone rings for what nobody has signed; 1 signs it."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.e2e.line import Line, wait_for
from tests.e2e.phones import Phones
from tests.e2e.records import Records
from tests.e2e.test_ticket_calls import DRAFT, kill_controller
from ticketing.model import Ticket
from ticketing.tickets import Tickets

SENT: dict[str, Any] = {"unit": "SLJ", "answer_type": "investigate", "unit_content": "路灯不亮"}


@pytest.fixture(scope="module")
def line_config() -> Mapping[str, Any]:
    return {
        "ivr": {"sign_reminders": {"retry_seconds": 0.1, "ring_seconds": 6, "answer_seconds": 2}}
    }


async def unsigned(records: Records) -> Ticket:
    """A ticket that has to be signed within the next 10 minutes."""
    tickets, at = Tickets(records.store), datetime.now(UTC) - timedelta(minutes=50)
    one = await tickets.create(
        {**DRAFT, "contact_phone": "13800000001"}, actor="1001", role="agent", at=at
    )
    for command, data, role in (("accept", {}, "agent"), ("dispatch", SENT, "dispatcher")):
        one = await tickets.do(one.ticket_no, command, data, actor=role, role=role, at=at)
    return one


async def signed(records: Records, one: Ticket) -> Ticket:
    tickets = Tickets(records.store)

    async def look() -> Ticket | None:
        now = await tickets.read(one.ticket_no)
        return now if now.state == "in_progress" else None

    found: Ticket = await wait_for(look, within=10, what="the signature")
    return found


async def test_who_says_nothing_has_not_signed_and_the_second_contact_is_rung(
    phones: Phones, records: Records
) -> None:
    first, second = await phones.unit("SLJ", 1), await phones.unit("SLJ", 2)
    one = await unsigned(records)
    rung = await first.incoming(within=40)
    assert rung.peer == "12345"
    await rung.answer()
    await rung.hears("sign_reminder", within=8)
    await rung.hears("goodbye", within=40)
    await rung.ended(10)
    assert (await Tickets(records.store).read(one.ticket_no)).state == "dispatched"

    rung = await second.incoming(within=40)
    await rung.answer()
    await rung.hears("sign_reminder", within=8)
    await rung.press("21")  # 2 is no answer
    await rung.hears("sign_done", within=8)
    await rung.ended(10)
    told = await signed(records, one)
    event = next(event for event in told.events if event.command == "sign")
    assert (event.actor, event.role) == ("值班电话8605", "unit_handler")
    assert [call.relation for call in told.calls] == ["urge"] * 2
    row = await records.closed("8605")
    assert (row["direction"], row["outcome"]) == ("outbound", "query_answered")
    kept = await records.archived(row["call_id"], 2)
    assert {r["kind"] for r in kept} == {"mix", "speaker"}


async def test_a_controller_that_dies_costs_no_reminder(
    line: Line, phones: Phones, records: Records
) -> None:
    """Who is on the phone hears it anew."""
    contact = await phones.unit("SLJ", 1)
    one = await unsigned(records)
    call = await contact.incoming(within=40)
    await call.answer()
    await call.hears("sign_reminder", within=8)
    await kill_controller(line)
    await call.hears("sign_reminder", within=15, since=call.now)
    await call.press("1")
    await call.hears("sign_done", within=8)
    await call.ended(10)
    assert [call.relation for call in (await signed(records, one)).calls] == ["urge"]
