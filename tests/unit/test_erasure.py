"""Erasure: keys are destroyed; everything else of a ticket stays, and its journal is whole."""

import asyncio
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from store.engine import Store
from store.personal import PERSONAL
from store.tables import ticket as ticket_table
from store.tables_outbox import outbox
from tests.console_kit import Api
from tests.stores import MASTER_KEY, ask, content_of, readable, sqlite_url
from tests.unit.stored_story import closed
from tests.unit.ticket_story import MATTER, instant
from ticketing.erasure import Erasure
from ticketing.exchange import stored
from ticketing.exchange.faults import Faults
from ticketing.exchange.restoring import restore
from ticketing.exchange.stored import Selection
from ticketing.exchange.writing import written
from ticketing.model import Ticket
from ticketing.person_flags import PersonFlags
from ticketing.persons import Persons
from ticketing.refusal import Refusal
from ticketing.tickets import Tickets
from ticketing.timekeeper import Timekeeper
from ticketing.visibility import Viewer, view

T0 = instant("10-01 08:00")
NAME, CALLER, CONTACT, OTHER = "欧阳海棠", "13911112222", "052788889999", "13733334444"
PERSON = {"requester_name": NAME, "caller_number": CALLER, "contact_phone": CONTACT}
AGENT: dict[str, Any] = {"actor": "1001", "role": "agent", "at": T0}
HEAD: dict[str, Any] = {"actor": "h1", "role": "center_head", "at": T0 + timedelta(hours=1)}
WHY = "本人书面申请"


@pytest.fixture
def persons(store: Store) -> Persons:
    return Persons(store)


@pytest.fixture
def erasure(store: Store) -> Erasure:
    return Erasure(store)


async def accepted(tickets: Tickets, **other: Any) -> Ticket:
    one = await tickets.create({**MATTER, **PERSON, **other}, **AGENT)
    await tickets.do(one.ticket_no, "accept", {}, **AGENT)
    return await tickets.do(one.ticket_no, "amend", {"contact_phone": OTHER}, **AGENT)


async def keys_of(store: Store) -> list[str]:
    """The wrapped keys and encrypted values of all tickets and persons."""
    query = "select data_key, personal from ticket union all select data_key, name from person"
    return [str(value) for row in await ask(store, query) for value in row if value is not None]


async def test_an_erased_person_is_nowhere_and_every_journal_is_whole(
    tickets: Tickets, persons: Persons, erasure: Erasure, store: Store, tmp_path: Path
) -> None:
    first = await closed(tickets, (await accepted(tickets)).ticket_no, T0)
    second = await closed(tickets, (await accepted(tickets)).ticket_no, T0)
    person = await persons.link(first.ticket_no, None, **AGENT)
    await persons.link(second.ticket_no, person.person_id, **AGENT)
    await PersonFlags(store).set(
        person.person_id, "elderly", "opt_in", "本人申请", expires_at=None, **AGENT
    )
    keys = await keys_of(store)
    assert len(keys) == 6
    assert readable(await content_of(store, tmp_path), NAME, CALLER, CONTACT, OTHER) == []
    assert len(readable(await content_of(store, tmp_path), *keys)) >= len(keys)

    erased = await erasure.person(person.person_id, WHY, **HEAD)

    # Not even with the master key: what was encrypted has no key any more, in no file.
    assert readable(await content_of(store, tmp_path), *keys, NAME, CALLER, CONTACT, OTHER) == []
    assert (erased.name, erased.phones, erased.flags) == (None, (), ())
    assert erased.tickets == (second.ticket_no, first.ticket_no)
    assert erased.erased_at == HEAD["at"]
    whole, journal = await persons.journal(person.person_id)
    assert whole
    assert journal[0]["data"] == {"requester_name": None}
    assert journal[-1]["command"] == "erase"
    assert journal[-1]["data"] == {"tickets": [first.ticket_no, second.ticket_no], "reason": WHY}
    for before in (first, second):
        one = await tickets.read(before.ticket_no)
        assert one.is_erased
        assert nothing_personal(one.to_json())
        assert await tickets.verify(one.ticket_no) == []
        assert kept(one) == kept(before)
        last = one.events[-1]
        assert (last.command, last.actor) == ("erase_personal", "h1")
        assert last.data == {"person_id": person.person_id, "reason": WHY}
    for number in (CALLER, CONTACT, OTHER):
        assert await tickets.list(number=number) == []
        assert await persons.suggest(number, at=T0) == []
        assert await persons.suggest(number[-4:], at=T0) == []
    assert await tickets.by_query_code(first.query_code, OTHER[-4:]) is None
    assert await PersonFlags(store).flagged([OTHER], "elderly", at=T0) == set()
    assert await persons.recent(at=T0) == [erased]


def kept(one: Ticket) -> dict[str, Any]:
    """What has nothing to do with the person."""
    return one.model_dump(exclude={"events", "version", *PERSONAL})


def nothing_personal(value: Any) -> bool:
    """Every personal key in it is null, and no text has one of the values."""
    text = json.dumps(value, ensure_ascii=False)
    assert '"requester_name"' in text
    assert not any(secret in text for secret in (NAME, CALLER, CONTACT, OTHER))
    return _all_null(value)


def _all_null(value: Any) -> bool:
    if isinstance(value, dict):
        return all(
            part is None if key in PERSONAL else _all_null(part) for key, part in value.items()
        )
    return all(map(_all_null, value)) if isinstance(value, list) else True


async def test_the_work_goes_on_with_an_erased_ticket(
    tickets: Tickets, erasure: Erasure, store: Store, tmp_path: Path
) -> None:
    one = await closed(tickets, (await accepted(tickets)).ticket_no, T0)
    await erasure.ticket(one.ticket_no, WHY, **HEAD)
    later = T0 + timedelta(days=40)
    await Timekeeper(tickets, lambda: later).fire_due()  # the month of repeats ends (art. 19)
    assert (await tickets.read(one.ticket_no)).events[-1].command == "timer"
    await tickets.do(
        one.ticket_no, "recheck", {"reason": "抽查"}, actor="s1", role="supervisor", at=later
    )
    assert await tickets.verify(one.ticket_no) == []
    (listed,) = await tickets.list()
    assert nothing_personal(listed.to_json())
    roles = frozenset({"supervisor", "unit_handler", "agent", "auditor"})
    for role in roles:
        unit = "SLJ" if role == "unit_handler" else None
        seen = view(listed, Viewer("x", frozenset({role}), unit=unit))  # type: ignore[arg-type]
        assert seen is not None
        assert not any(secret in str(seen) for secret in (NAME, CALLER, CONTACT, OTHER))
    trial = await tickets.try_policy({"sla.resolve_hours": 1}, since=T0, until=later)
    assert trial is not None
    # An export says null and comes back as it is.
    path = tmp_path / "all.json"
    policies = await stored.policies(store)
    with written(path, "json", policies=policies, with_events=True) as write:
        async for batch in stored.batches(store, Selection()):
            for _, record in batch:
                write(record)
    assert readable({path.name: path.read_bytes()}, NAME, CALLER, CONTACT, OTHER) == []
    (folder := tmp_path / "other").mkdir()
    async with Store.open(sqlite_url(folder), key=MASTER_KEY) as other:
        done = await restore(other, path, folder=folder, at=later, faults=Faults())
        assert (done.new, done.faults.count) == (1, 0)
        back = await Tickets(other).read(one.ticket_no)
        assert back.is_erased
        assert back.to_json() | {"events": []} == listed.to_json() | {
            "events": [], "version": back.version, "state": back.state,
        }  # fmt: skip
        assert await Tickets(other).verify(one.ticket_no) == []


async def test_words_that_can_no_longer_be_starred_are_hidden(
    tickets: Tickets, erasure: Erasure
) -> None:
    said = f"我是{NAME}，三天没有水了"
    one = await accepted(tickets, content=said)
    await closed(tickets, one.ticket_no, T0)
    auditor, agent = (Viewer("x", frozenset({role})) for role in ("auditor", "agent"))  # type: ignore[arg-type]
    before = view(await tickets.read(one.ticket_no), auditor)
    assert before is not None
    assert before["content"] == said.replace(NAME, "***")
    await erasure.ticket(one.ticket_no, WHY, **HEAD)
    for viewer in (auditor, agent):
        after = view(await tickets.read(one.ticket_no), viewer)
        assert after is not None
        assert after["content"] == "***"
        assert NAME not in str(after)


async def test_a_complaint_about_an_erased_ticket_begins_anew(
    tickets: Tickets, erasure: Erasure
) -> None:
    one = await closed(tickets, (await accepted(tickets)).ticket_no, T0)
    await erasure.ticket(one.ticket_no, WHY, **HEAD)
    after: dict[str, Any] = AGENT | {"at": T0 + timedelta(days=1)}
    for data in ({"contact_phone": CONTACT}, {}):
        new = await tickets.do(one.ticket_no, "complain_again", data, **after)
        assert (new.requester_name, new.contact_phone) == (None, data.get("contact_phone"))
        assert await tickets.verify(new.ticket_no) == []


async def test_erasing_and_unlinking_never_wait_for_each_other(
    tickets: Tickets, persons: Persons, erasure: Erasure
) -> None:
    for _ in range(8):
        one = await closed(tickets, (await accepted(tickets)).ticket_no, T0)
        person = await persons.link(one.ticket_no, None, **AGENT)
        acts = (
            erasure.person(person.person_id, WHY, **HEAD),
            persons.unlink(one.ticket_no, WHY, **AGENT),
        )
        done = await asyncio.gather(*acts, return_exceptions=True)
        refused = [each for each in done if isinstance(each, BaseException)]
        assert all(isinstance(each, Refusal) for each in refused), refused
        assert len(refused) < 2


async def test_what_was_answered_is_not_given_again_after_an_erasure(
    api: Api, tmp_path: Path
) -> None:
    key = {"Idempotency-Key": "k"}
    said = await api.ask("agent", "POST", "/api/tickets", MATTER | PERSON, headers=key)
    assert said.body["requester_name"] == NAME
    number = said.body["ticket_no"]
    await closed(api.parts.tickets, await _accept(api, number), T0)
    await Erasure(api.parts.store).ticket(number, WHY, **HEAD)
    again = await api.ask("agent", "POST", "/api/tickets", MATTER | PERSON, headers=key)
    assert (again.status, again.error) == (409, ("duplicate_key", "Idempotency-Key"))
    assert len(await api.parts.tickets.list()) == 1


async def _accept(api: Api, number: str) -> str:
    return (await api.parts.tickets.do(number, "accept", {}, **AGENT)).ticket_no


async def test_erasure_waits_for_the_end_of_open_tickets(
    tickets: Tickets, persons: Persons, erasure: Erasure
) -> None:
    done = await closed(tickets, (await accepted(tickets)).ticket_no, T0)
    person = await persons.link(done.ticket_no, None, **AGENT)
    master, merged = await accepted(tickets), await accepted(tickets)
    await tickets.do(
        merged.ticket_no, "merge", {"master_ticket": master.ticket_no},
        actor="d1", role="dispatcher", at=T0,
    )  # fmt: skip
    person = await persons.link(merged.ticket_no, person.person_id, **AGENT)
    # Whoever was merged is told the result of the other ticket.
    with pytest.raises(Refusal, match=f"工单{master.ticket_no}尚未办结") as refused:
        await erasure.person(person.person_id, WHY, **HEAD)
    assert (refused.value.code, refused.value.field) == ("wrong_state", "ticket_no")
    with pytest.raises(Refusal, match="尚未办结"):
        await erasure.ticket(master.ticket_no, WHY, **HEAD)
    assert await persons.get(person.person_id, at=T0) == person
    assert (await tickets.read(done.ticket_no)).requester_name == NAME
    await closed(tickets, master.ticket_no, T0)
    erased = await erasure.person(person.person_id, WHY, **HEAD)
    assert erased.name is None
    assert (await tickets.read(merged.ticket_no)).contact_phone is None
    assert (await tickets.read(master.ticket_no)).contact_phone == OTHER
    for number in (done.ticket_no, merged.ticket_no, master.ticket_no):
        assert await tickets.verify(number) == []


async def test_what_cannot_be_erased_is_refused(
    tickets: Tickets, persons: Persons, erasure: Erasure
) -> None:
    one = await closed(tickets, (await accepted(tickets)).ticket_no, T0)
    for reason, role, field in (
        (f"{NAME}申请", "center_head", "reason"),
        ("139-1111-2222来电申请", "center_head", "reason"),
        (" ", "center_head", "reason"),
        (WHY, "supervisor", "as"),
    ):
        with pytest.raises(Refusal) as refused:
            await erasure.ticket(one.ticket_no, reason, actor="x", role=role, at=T0)
        assert refused.value.field == field
    with pytest.raises(Refusal, match="没有工单"):
        await erasure.ticket("SQ261001999999", WHY, **HEAD)
    person = await persons.link(one.ticket_no, None, **AGENT)
    with pytest.raises(Refusal, match=f"已关联人员{person.person_id}"):
        await erasure.ticket(one.ticket_no, WHY, **HEAD)
    with pytest.raises(Refusal, match="没有人员P0"):
        await erasure.person("P0", WHY, **HEAD)
    assert (await tickets.read(one.ticket_no)).requester_name == NAME
    await erasure.person(person.person_id, WHY, **HEAD)
    with pytest.raises(Refusal, match="已删除"):
        await erasure.person(person.person_id, WHY, **HEAD)
    with pytest.raises(Refusal, match="已删除"):
        await persons.unlink(one.ticket_no, "x", **AGENT)


async def test_an_erased_citizen_gets_no_message_any_more(
    tickets: Tickets, erasure: Erasure, store: Store
) -> None:
    one = await closed(tickets, (await accepted(tickets)).ticket_no, T0)
    await erasure.ticket(one.ticket_no, WHY, **HEAD)
    query = sa.select(outbox.c.state).where(outbox.c.to_role == "citizen")
    async with store.read() as db:
        assert set((await db.execute(query)).scalars()) == {"outdated"}
        empty = await db.scalar(sa.select(ticket_table.c.contact_hash))
    assert empty is None
