"""Names and numbers of tickets are encrypted in the store, and found and read all the same."""

import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest

from store.engine import Store
from store.vault import KeyNeeded, MasterKey, WrongKey
from tests.stores import MASTER_KEY, content_of, files_of, make_older, readable, sqlite_url, tamper
from tests.unit.stored_story import closed
from tests.unit.ticket_story import MATTER, instant
from ticketing.model import Ticket
from ticketing.tickets import Tickets

T0 = instant("10-01 08:00")
NAME, CALLER, CONTACT, OTHER = "欧阳海棠", "13911112222", "052788889999", "13733334444"
PERSON = {"requester_name": NAME, "caller_number": CALLER, "contact_phone": CONTACT}


async def made(tickets: Tickets) -> Ticket:
    """A ticket with a planted person, then with another number, and a draft of the line."""
    one = await tickets.create({**MATTER, **PERSON}, actor="1001", role="agent", at=T0)
    await tickets.do(one.ticket_no, "accept", {}, actor="1001", role="agent", at=T0)
    await tickets.draft_from_call(
        "c", "message", caller_number=CALLER, called_number="12345", at=T0
    )
    return await tickets.do(
        one.ticket_no, "amend", {"contact_phone": OTHER}, actor="1001", role="agent", at=T0
    )


async def planted(store: Store, folder: Path) -> list[str]:
    """What of the planted person can be read in what the store keeps."""
    return readable(await content_of(store, folder), NAME, CALLER, CONTACT, OTHER)


async def test_what_is_kept_does_not_tell_who(
    store: Store, tickets: Tickets, tmp_path: Path
) -> None:
    one = await made(tickets)
    await tickets.list(number=OTHER)
    assert one.ticket_no.encode() in b"".join((await content_of(store, tmp_path)).values())
    assert await planted(store, tmp_path) == []
    assert one.requester_name == NAME
    assert await tickets.verify(one.ticket_no) == []


async def test_whoever_may_read_a_ticket_reads_it_all(tickets: Tickets) -> None:
    one = await made(tickets)
    assert (one.requester_name, one.caller_number, one.contact_phone) == (NAME, CALLER, OTHER)
    create, _, amend = one.events
    assert {key: create.data[key] for key in PERSON} == PERSON
    assert amend.data["contact_phone"] == OTHER
    assert await tickets.read(one.ticket_no) == one


async def test_tickets_are_found_by_number_and_tail(tickets: Tickets) -> None:
    one = await made(tickets)
    (draft,) = await tickets.of_call("c")
    assert await tickets.list(number=OTHER) == [one]
    assert await tickets.list(number=CALLER) == [draft, one]
    assert await tickets.open_for_number(CALLER) == [draft, one]
    assert await tickets.list(number=CONTACT) == []
    for tail, found in (("4444", one), ("2222", one), ("9999", None), ("", None)):
        assert await tickets.by_query_code(one.query_code, tail) == found


async def test_a_complaint_about_a_closed_ticket_keeps_the_person_secret(
    store: Store, tickets: Tickets, tmp_path: Path
) -> None:
    one = await made(tickets)
    await closed(tickets, one.ticket_no, T0)
    new = await tickets.do(
        one.ticket_no,
        "complain_again",
        {},
        actor="1001",
        role="agent",
        at=T0 + timedelta(days=1),
    )
    assert (new.requester_name, new.contact_phone) == (NAME, OTHER)
    assert await planted(store, tmp_path) == []
    assert await tickets.verify(new.ticket_no) == []


async def test_another_master_key_is_refused(tmp_path: Path) -> None:
    async with Store.open(sqlite_url(tmp_path), key=MASTER_KEY) as store:
        one = await made(Tickets(store))
    other = MasterKey(bytes(32))
    with pytest.raises(WrongKey, match=f"{MASTER_KEY.id}, not under {other.id}"):
        async with Store.open(sqlite_url(tmp_path), key=other):
            pass
    async with Store.open(sqlite_url(tmp_path), key=MASTER_KEY) as store:
        assert await Tickets(store).read(one.ticket_no) == one


async def test_without_a_key_tickets_are_closed(tmp_path: Path) -> None:
    async with Store.open(sqlite_url(tmp_path), key=MASTER_KEY) as store:
        await made(Tickets(store))
    async with Store.open(sqlite_url(tmp_path)) as store:
        with pytest.raises(KeyNeeded):
            await Tickets(store).list()
        with pytest.raises(KeyNeeded):
            await Tickets(store).create(MATTER, actor="1", role="agent", at=T0)


@pytest.mark.parametrize("column", ["personal", "data_key"])
async def test_an_encrypted_value_that_was_moved_is_found(
    tickets: Tickets, store: Store, column: str
) -> None:
    one = await made(tickets)
    moved = f"select {column} from ticket where call_id = 'c'"
    this = f"where ticket_no = '{one.ticket_no}'"
    await tamper(store, f"update ticket set {column} = ({moved}) {this}")
    (problem,) = await tickets.verify(one.ticket_no)
    assert "was changed or belongs to something else" in problem


async def test_an_older_store_is_encrypted_when_it_is_opened(tmp_path: Path) -> None:
    file = tmp_path / "store.sqlite"
    async with Store.open(sqlite_url(tmp_path), key=MASTER_KEY) as store:
        one = await made(Tickets(store))
    make_older(file, "0004")
    found = readable(files_of(tmp_path), NAME, CALLER, CONTACT, OTHER)
    assert {one.split()[0] for one in found} == {NAME, CALLER, CONTACT, OTHER}
    with sqlite3.connect(file) as db:
        other = "select ticket_no from ticket where call_id = 'c'"
        db.execute(f"update ticket_event set actor = 'x' where ticket_no = ({other})")
    with pytest.raises(KeyNeeded):
        async with Store.open(sqlite_url(tmp_path)):
            pass
    async with Store.open(sqlite_url(tmp_path), key=MASTER_KEY) as store:
        tickets = Tickets(store)
        assert await planted(store, tmp_path) == []
        now = await tickets.read(one.ticket_no)
        assert now.model_dump(exclude={"events"}) == one.model_dump(exclude={"events"})
        assert [event.data for event in now.events] == [event.data for event in one.events]
        assert await tickets.verify(one.ticket_no) == []
        # What was changed before the migration is found after it, too.
        (draft,) = await tickets.of_call("c")
        assert await tickets.verify(draft.ticket_no) == ["event 1 (create) was changed"]
