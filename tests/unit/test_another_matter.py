"""Several matters in one call, several calls on one matter (issue: intake)."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from service.cli import main
from service.paths import Var
from service.runtime import Runtime
from store.call_events import Opened
from store.calls import CallLog
from store.engine import Store
from tests.unit.test_commands_tickets import tickets as command
from tests.unit.test_commands_tickets import var
from tests.unit.ticket_story import MATTER, instant
from ticketing.another import another_matter
from ticketing.model import Ticket
from ticketing.refusal import Refusal
from ticketing.tickets import Tickets

__all__ = ["var"]

T0 = instant("10-01 08:00")
PERSON = {"requester_name": "王芳", "caller_number": "13911112222", "salutation": "女士"}
PLACE = {"address_text": "幸福家园5号楼", "town": "古城街道", "lng": 118.3, "lat": 33.9}
OTHER = {"content": "楼道灯也不亮", "title": "楼道灯"}


async def first(tickets: Tickets, **data: Any) -> Ticket:
    told = {**MATTER, **PERSON, **PLACE, "call_id": "c1", **data}
    return await tickets.create(told, actor="1001", role="agent", at=T0)


async def more(tickets: Tickets, one: Ticket, role: str = "agent", **data: Any) -> Ticket:
    told = {**OTHER, **data}
    return await another_matter(tickets, one.ticket_no, told, actor="1001", role=role, at=T0)


async def test_another_matter_copies_person_and_place_and_shares_the_call(store: Store) -> None:
    tickets = Tickets(store)
    one = await first(tickets)
    two = await more(tickets, one)
    three = await more(tickets, one, address_text="幸福家园门口", region_code="321302")
    for key in PERSON:
        assert getattr(two, key) == getattr(three, key) == getattr(one, key)
    assert two.contact_phone == one.contact_phone
    assert (two.address_text, two.town, two.lng, two.lat, two.region_code) == (
        one.address_text, one.town, one.lng, one.lat, one.region_code,
    )  # fmt: skip
    assert (three.address_text, three.town, three.lng) == ("幸福家园门口", None, None)
    assert (two.content, two.title, two.state) == ("楼道灯也不亮", "楼道灯", "pending_acceptance")
    assert two.request_type != one.request_type
    assert {one.ticket_no for one in await tickets.of_call("c1")} == {
        one.ticket_no, two.ticket_no, three.ticket_no,
    }  # fmt: skip
    for made in (two, three):
        assert [(call.call_id, call.relation) for call in made.calls] == [("c1", "origin")]
        assert await tickets.verify(made.ticket_no) == []


async def test_who_was_hidden_stays_hidden(store: Store) -> None:
    tickets = Tickets(store)
    hidden = await first(tickets, request_type="report")
    assert (await more(tickets, hidden)).confidential
    assert not (await more(tickets, hidden, confidential=False)).confidential
    told = await first(tickets, call_id="c2")
    assert not (await more(tickets, told)).confidential
    assert (await more(tickets, told, request_type="report")).confidential


async def test_another_matter_is_refused_where_nobody_could_file_it(store: Store) -> None:
    tickets = Tickets(store)
    one = await first(tickets)
    for role, data, code, field in (
        ("unit_handler", {}, "not_allowed", "as"),
        ("king", {}, "not_allowed", "as"),
        ("agent", {"content": None}, "missing_field", "content"),
        ("agent", {"region_code": "999999"}, "invalid_value", "region_code"),
        ("agent", {"colour": "red"}, "invalid_value", "colour"),
    ):
        with pytest.raises(Refusal) as found:
            await more(tickets, one, role, **data)
        assert (found.value.code, found.value.field) == (code, field)
    with pytest.raises(Refusal) as found:
        await another_matter(tickets, "SQ0", OTHER, actor="1001", role="agent", at=T0)
    assert found.value.code == "unknown_ticket"
    assert await tickets.numbers() == [one.ticket_no]


async def called(var: Path, *calls: str) -> None:
    async with Runtime.load(Var.at(var)).open_store() as store:
        for call_id in calls:
            opened = Opened("inbound", "13911112222", "12345", "controller")
            await CallLog(store).append(call_id, opened, at=T0)


def test_matters_and_calls_are_linked_by_commands(var: Path) -> None:
    asyncio.run(called(var, "c1", "c3"))
    made = command(var, "create", data={**MATTER, "call_id": "c1"})
    number = json.loads(made.stdout)["ticket_no"]
    done = command(var, "another", number, "--as", "agent:1001", data=OTHER)
    assert done.exit_code == 0, done.output
    two = json.loads(done.stdout)
    assert two["calls"] == [{"call_id": "c1", "relation": "origin"}]
    assert two["events"][0]["actor"] == "1001"
    gone = command(var, "link", number, "c2", "urge")
    assert json.loads(gone.stdout)["error"]["code"] == "unknown_call"
    assert command(var, "link", number, "c2", "scolding").exit_code == 2
    linked = json.loads(command(var, "link", number, "c3", "urge", "--as", "agent:1002").stdout)
    assert linked["calls"] == [
        {"call_id": "c1", "relation": "origin"},
        {"call_id": "c3", "relation": "urge"},
    ]
    assert linked["events"][-1]["actor"] == "1002"
    again = json.loads(command(var, "link", number, "c3", "urge").stdout)
    assert again["version"] == linked["version"]
    show = ["calls", "show", "c1", "--json", "--var", str(var)]
    shown = json.loads(CliRunner().invoke(main, show).stdout)
    assert sorted(shown["tickets"]) == [number, two["ticket_no"]]
