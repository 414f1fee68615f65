"""Persons: suggested by a number, confirmed by somebody, flagged for some time."""

from datetime import timedelta
from typing import Any

import pytest

from store.engine import Store
from tests.stores import tamper
from tests.unit.ticket_story import MATTER, instant
from ticketing.model import Ticket
from ticketing.person import Person
from ticketing.person_flags import PersonFlags
from ticketing.persons import Persons
from ticketing.refusal import Refusal
from ticketing.tickets import Tickets

T0 = instant("10-01 08:00")
NAME, PHONE, OTHER = "欧阳海棠", "13911112222", "052788889999"
AGENT: dict[str, Any] = {"actor": "1001", "role": "agent", "at": T0}
SUPERVISOR = AGENT | {"actor": "s1", "role": "supervisor"}


@pytest.fixture
def persons(store: Store) -> Persons:
    return Persons(store)


@pytest.fixture
def flags(store: Store) -> PersonFlags:
    return PersonFlags(store)


async def made(tickets: Tickets, phone: str = PHONE, name: str | None = NAME) -> Ticket:
    said = {**MATTER, "contact_phone": phone, "requester_name": name}
    return await tickets.create(
        {key: value for key, value in said.items() if value is not None}, **AGENT
    )


async def test_a_number_suggests_and_somebody_confirms(tickets: Tickets, persons: Persons) -> None:
    first, second = await made(tickets), await made(tickets, name=None)
    assert await persons.suggest(PHONE, at=T0) == []
    one = await persons.link(first.ticket_no, None, **AGENT)
    assert (one.name, one.phones, one.tickets) == (NAME, (PHONE,), (first.ticket_no,))
    assert await persons.of_ticket(second.ticket_no, at=T0) is None
    (found,) = await persons.suggest(PHONE, at=T0)
    assert (found.person, found.matched, found.evidence) == (one, "number", (first.ticket_no,))
    linked = await persons.link(second.ticket_no, one.person_id, **AGENT)
    assert linked.tickets == (second.ticket_no, first.ticket_no)
    # What was said in the second ticket stays as it is.
    assert (await tickets.read(second.ticket_no)).requester_name is None
    assert await persons.of_ticket(second.ticket_no, at=T0) == linked
    assert await persons.link(second.ticket_no, None, **AGENT) == linked
    (by_tail,) = await persons.suggest(PHONE[-4:], at=T0)
    assert (by_tail.matched, by_tail.evidence) == ("tail4", linked.tickets)
    assert await persons.suggest("2222333", at=T0) == []


async def test_the_more_tickets_with_the_number_the_earlier_it_is_suggested(
    tickets: Tickets, persons: Persons
) -> None:
    few = await persons.link((await made(tickets)).ticket_no, None, **AGENT)
    many = await persons.link((await made(tickets, name="王五")).ticket_no, None, **AGENT)
    await persons.link((await made(tickets)).ticket_no, many.person_id, **AGENT)
    entered = await persons.add("赵六", ["+86 139 1111 2222"], **AGENT)
    found = [one.person.person_id for one in await persons.suggest(PHONE, at=T0)]
    assert found == [many.person_id, few.person_id, entered.person_id]


async def test_both_journals_say_who_linked_and_unlinked(
    tickets: Tickets, persons: Persons
) -> None:
    one = await made(tickets)
    person = await persons.link(one.ticket_no, None, **AGENT)
    left = await persons.unlink(one.ticket_no, "同号不同人", **SUPERVISOR)
    assert (left.tickets, left.phones) == ((), ())
    assert await persons.suggest(PHONE, at=T0) == []
    assert await tickets.verify(one.ticket_no) == []
    told = [(event.command, event.actor, event.data) for event in await events(tickets, one)]
    unlinked = {"person_id": person.person_id, "reason": "同号不同人"}
    assert told[1:] == [
        ("link_person", "1001", {"person_id": person.person_id}),
        ("unlink_person", "s1", unlinked),
    ]
    whole, journal = await persons.journal(person.person_id)
    assert whole
    assert [(event["command"], event["role"]) for event in journal] == [
        ("add", "agent"),
        ("link_person", "agent"),
        ("unlink_person", "supervisor"),
    ]
    assert journal[0]["data"] == {"requester_name": NAME}


async def events(tickets: Tickets, one: Ticket) -> list[Any]:
    return (await tickets.read(one.ticket_no)).events


async def test_a_link_does_not_make_what_somebody_sees_stale(
    tickets: Tickets, persons: Persons
) -> None:
    one = await made(tickets)
    await persons.link(one.ticket_no, None, **AGENT)
    accepted = await tickets.do(one.ticket_no, "accept", {}, **AGENT, expected_version=one.version)
    assert accepted.state == "accepted"


async def test_a_changed_journal_is_found(tickets: Tickets, persons: Persons, store: Store) -> None:
    person = await persons.link((await made(tickets)).ticket_no, None, **AGENT)
    await tamper(store, "update person_event set actor = 'x' where seq = 1")
    assert (await persons.journal(person.person_id))[0] is False


async def test_flags_hold_until_they_expire(persons: Persons, flags: PersonFlags) -> None:
    one = await persons.add(NAME, [PHONE, OTHER], **AGENT)
    assert set(one.phones) == {PHONE, OTHER}
    until = T0 + timedelta(days=30)
    flagged = await flags.set(
        one.person_id, "elderly", "civil_affairs", "高龄老人名单", expires_at=until, **AGENT
    )
    (flag,) = flagged.flags
    assert (flag.flag, flag.source, flag.set_by) == ("elderly", "civil_affairs", "1001")
    later = until + timedelta(seconds=1)
    for at, held in ((T0, {PHONE, OTHER}), (until, set()), (later, set())):
        assert await flags.flagged([PHONE, OTHER, "110", ""], "elderly", at=at) == held
        assert bool((await persons.get(one.person_id, at=at)).flags) == bool(held)
    assert await flags.flagged([PHONE], "abuse", at=T0) == set()
    forever = await flags.set(
        one.person_id, "elderly", "opt_in", "本人申请", expires_at=None, **AGENT
    )
    assert [flag.source for flag in forever.flags] == ["opt_in"]
    assert await flags.flagged([OTHER], "elderly", at=later) == {OTHER}
    ended = await flags.end(one.person_id, "elderly", "本人要求取消", **AGENT)
    assert ended.flags == ()
    assert await flags.end(one.person_id, "elderly", "本人要求取消", **AGENT) == ended
    _, journal = await persons.journal(one.person_id)
    assert [event["command"] for event in journal] == ["add", "flag", "flag", "end_flag"]


@pytest.mark.parametrize(
    ("flag", "source", "reason", "days", "role", "code", "field"),
    [
        ("old", "opt_in", "x", None, "agent", "invalid_value", "flag"),
        ("elderly", "voice", "x", None, "agent", "invalid_value", "source"),
        ("elderly", "opt_in", " ", None, "agent", "invalid_value", "reason"),
        ("elderly", "opt_in", "x", -1, "agent", "invalid_value", "expires_at"),
        ("elderly", "opt_in", "x", None, "unit_handler", "not_allowed", "as"),
        ("abuse", "supervisor", "x", 30, "agent", "not_allowed", "as"),
        ("abuse", "supervisor", "x", None, "supervisor", "invalid_value", "expires_at"),
        ("abuse", "supervisor", "x", 400, "supervisor", "invalid_value", "expires_at"),
    ],
)
async def test_a_wrong_flag_is_refused(
    persons: Persons, flags: PersonFlags, flag: str, source: str, reason: str, days: int | None,
    role: str, code: str, field: str,
) -> None:  # fmt: skip
    one = await persons.add(NAME, [], **AGENT)
    expires_at = None if days is None else T0 + timedelta(days=days)
    with pytest.raises(Refusal) as refused:
        await flags.set(
            one.person_id, flag, source, reason, expires_at=expires_at, actor="x", role=role, at=T0
        )
    assert (refused.value.code, refused.value.field) == (code, field)
    assert await persons.get(one.person_id, at=T0) == one
    assert len((await persons.journal(one.person_id))[1]) == 1


async def test_what_cannot_be_linked_is_refused(tickets: Tickets, persons: Persons) -> None:
    one = await made(tickets)
    nobody = await tickets.draft_from_call(
        "c", "message", caller_number=None, called_number="12345", at=T0
    )
    mine = await persons.link(one.ticket_no, None, **AGENT)
    other = await persons.add("王五", [], **AGENT)
    for ticket_no, person_id, code, field in (
        ("SQ261001999999", None, "unknown_ticket", "ticket"),
        (one.ticket_no, "P0", "wrong_state", "person_id"),
        (one.ticket_no, other.person_id, "wrong_state", "person_id"),
        (nobody.ticket_no, "P0", "invalid_value", "person_id"),
        (nobody.ticket_no, None, "missing_field", "person_id"),
    ):
        with pytest.raises(Refusal) as refused:
            await persons.link(ticket_no, person_id, **AGENT)
        assert (refused.value.code, refused.value.field) == (code, field)
    with pytest.raises(Refusal, match="不能做这件事"):
        await persons.link(one.ticket_no, None, actor="u1", role="unit_handler", at=T0)
    with pytest.raises(Refusal, match="没有关联人员"):
        await persons.unlink(nobody.ticket_no, "x", **AGENT)
    assert await listed(persons) == {mine.person_id, other.person_id}


async def listed(persons: Persons) -> set[str]:
    return {one.person_id for one in await persons.recent(at=T0)}


@pytest.mark.parametrize(
    ("name", "phones", "code", "field"),
    [
        (None, [], "missing_field", "name"),
        ("x" * 201, [], "invalid_value", "name"),
        ("a\x00b", [], "invalid_value", "name"),
        (None, ["12"], "invalid_value", "phones"),
        (None, ["139111122229999999999"], "invalid_value", "phones"),
        (None, [PHONE] * 21, "invalid_value", "phones"),
    ],
)
async def test_a_wrong_person_is_refused(
    persons: Persons, name: str | None, phones: list[str], code: str, field: str
) -> None:
    with pytest.raises(Refusal) as refused:
        await persons.add(name, phones, **AGENT)
    assert (refused.value.code, refused.value.field) == (code, field)
    assert await listed(persons) == set()


async def test_reasons_name_nobody(tickets: Tickets, persons: Persons, flags: PersonFlags) -> None:
    one = await made(tickets)
    person = await persons.link(one.ticket_no, None, **AGENT)
    for why in (f"{NAME}说不是他", f"号码{PHONE[:3]}-{PHONE[3:]}换人了"):
        for act in (
            persons.unlink(one.ticket_no, why, **AGENT),
            flags.set(person.person_id, "elderly", "opt_in", why, expires_at=None, **AGENT),
            flags.end(person.person_id, "elderly", why, **AGENT),
        ):
            with pytest.raises(Refusal) as refused:
                await act
            assert (refused.value.code, refused.value.field) == ("invalid_value", "reason")
    assert await persons.of_ticket(one.ticket_no, at=T0) == person


async def test_more_persons_than_a_statement_has_parameters(
    persons: Persons, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ticketing.rows._MOST_NUMBERS", 2)
    ids = {(await persons.add(f"王{n}", [f"1390000000{n}"], **AGENT)).person_id for n in range(5)}
    found = await persons.recent(at=T0, limit=1_000_000)
    assert {one.person_id for one in found} == ids
    assert {one.phones for one in found} == {(f"1390000000{n}",) for n in range(5)}


async def test_persons_are_listed_newest_first(persons: Persons) -> None:
    made = [
        await persons.add(name, [], actor="1001", role="agent", at=T0 + timedelta(hours=hours))
        for hours, name in enumerate(("甲", "乙", "丙"))
    ]

    async def found(**wanted: Any) -> list[Person]:
        return await persons.recent(at=T0, **wanted)

    assert await found() == made[::-1]
    assert await found(limit=1) == [made[2]]
    assert await found(since=T0 + timedelta(hours=1)) == [made[2], made[1]]
