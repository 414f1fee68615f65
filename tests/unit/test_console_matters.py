"""Several matters in one call and several calls on one matter, over HTTP."""

import asyncio

import sqlalchemy as sa

from store.tables import call, call_leg
from store.types import GENESIS
from tests.console_kit import Api
from tests.unit.ticket_story import MATTER

WHO = ("agent", "second")
REPORT = MATTER | {"request_type": "report", "requester_name": "欧阳海棠"}


async def called(api: Api, call_id: str, agent_no: str = "1001") -> None:
    """A call in which the agent spoke."""
    async with api.parts.store.write() as db:
        row = {"call_id": call_id, "direction": "inbound", "started_at": api.now, "chain_seq": 0}
        row |= {"handled_by": "controller", "chain_head": GENESIS}
        await db.execute(sa.insert(call).values(row))
        leg = {"leg_id": f"l-{call_id}", "call_id": call_id, "role": "agent", "number": agent_no}
        await db.execute(
            sa.insert(call_leg).values(leg | {"dialed_at": api.now, "answered_at": api.now})
        )


async def test_another_matter_takes_over_person_place_and_call(api: Api) -> None:
    await called(api, "c1")
    told = MATTER | {"call_id": "c1", "requester_name": "王芳", "address_text": "幸福家园5号楼"}
    first = (await api.ask("agent", "POST", "/api/tickets", told)).body
    path = f"/api/tickets/{first['ticket_no']}/another"
    made = await api.ask("agent", "POST", path, {"content": "路灯也坏了"})
    assert (made.status, made.headers["Location"]) == (
        201,
        f"/api/tickets/{made.body['ticket_no']}",
    )
    for name in ("requester_name", "contact_phone", "address_text", "call_id", "first_agent_no"):
        assert made.body[name] == first[name], name
    assert (made.body["content"], first["first_agent_no"]) == ("路灯也坏了", "1001")
    missing = await api.ask("agent", "POST", path, {"title": "x"})
    assert (missing.status, missing.error) == (422, ("missing_field", "content"))


async def test_another_matter_may_have_been_brought_when_he_was_called_back(api: Api) -> None:
    await called(api, "c1")
    await called(api, "c2")
    told = MATTER | {"call_id": "c1", "requester_name": "王芳"}
    first = (await api.ask("agent", "POST", "/api/tickets", told)).body
    path = f"/api/tickets/{first['ticket_no']}"
    link = {"call_id": "c2", "relation": "callback"}
    assert (await api.ask("agent", "POST", f"{path}/calls", link)).status == 200
    same = {"content": MATTER["content"], "call_id": "c2"}
    asked = await api.ask("agent", "POST", f"{path}/another", same)
    assert (asked.status, asked.error) == (409, ("same_matter", "content"))
    assert asked.body["ticket_no"] == first["ticket_no"]
    other = {"content": "路灯也坏了", "call_id": "c2"}
    made = (await api.ask("agent", "POST", f"{path}/another", other)).body
    assert (made["call_id"], made["first_agent_no"]) == ("c2", "1001")
    assert (made["requester_name"], made["channel"]) == ("王芳", "phone")


async def test_what_else_is_said_in_a_call_about_a_hidden_citizen_is_hidden_too(api: Api) -> None:
    await called(api, "c1")
    number = (await api.ask("agent", "POST", "/api/tickets", REPORT)).body["ticket_no"]
    link = {"call_id": "c1", "relation": "callback"}
    linked = await api.ask("agent", "POST", f"/api/tickets/{number}/calls", link)
    assert linked.status == 200
    other = {"content": "路灯也坏了", "call_id": "c1"}
    said = {"content": "井盖丢失", "call_id": "c1", "confidential": False}
    plain = {"content": "垃圾没有人清运"}
    made = [
        (await api.ask("agent", "POST", "/api/tickets", one)).body for one in (other, said, plain)
    ]
    assert [one["confidential"] for one in made] == [True, False, False]
    for one in made:
        assert await api.parts.tickets.verify(one["ticket_no"]) == []


async def test_nobody_gets_at_a_hidden_citizen_by_another_matter_or_a_call(api: Api) -> None:
    await api.user("a2", "agent", agent_no="1002")
    await called(api, "c2", "1002")
    number = (await api.ask("agent", "POST", "/api/tickets", REPORT)).body["ticket_no"]
    path = f"/api/tickets/{number}"
    for who in ("a2", "dispatcher"):
        for what, body in (
            ("another", {"content": "路灯"}),
            ("calls", {"call_id": "c2", "relation": "urge"}),
        ):
            said = await api.ask(who, "POST", f"{path}/{what}", body)
            assert (said.status, said.error[0]) == (403, "not_allowed"), (who, what)
    assert len(await api.parts.tickets.list()) == 1


async def test_a_call_is_linked_with_a_ticket_once(api: Api) -> None:
    await called(api, "c1")
    number = (await api.ask("agent", "POST", "/api/tickets", MATTER)).body["ticket_no"]
    path, body = f"/api/tickets/{number}/calls", {"call_id": "c1", "relation": "urge"}
    for _ in range(2):
        said = await api.ask("agent", "POST", path, body)
        assert (said.status, said.body.get("version")) == (200, 2), said.body
    assert said.body["calls"] == [{"call_id": "c1", "relation": "urge"}]
    for wrong, field in (
        (body | {"call_id": "none"}, "call_id"),
        (body | {"relation": "friend"}, "relation"),
        (body | {"relation": "origin"}, "relation"),
    ):
        said = await api.ask("agent", "POST", path, wrong)
        assert (said.status, said.error) == (422, ("invalid_value", field))
    said = await api.ask("agent", "POST", "/api/tickets", {"call_id": "none"})
    assert (said.status, said.error) == (422, ("invalid_value", "call_id"))
    filed = await api.ask("agent", "POST", "/api/tickets", {"call_id": "c1"})
    assert filed.status == 201


async def test_nobody_sees_more_of_a_ticket_by_saying_that_his_call_concerns_it(api: Api) -> None:
    await api.user("a2", "agent", agent_no="1002")
    told = MATTER | {"requester_name": "欧阳海棠", "contact_phone": "13911112222"}
    number = (await api.ask("agent", "POST", "/api/tickets", told)).body["ticket_no"]
    path = f"/api/tickets/{number}"
    before = (await api.ask("a2", "GET", path)).body
    assert before["requester_name"] == "***"
    await called(api, "in", "1002")
    await called(api, "out", "1002")
    async with api.parts.store.write() as db:
        outbound = {"direction": "outbound", "answered_at": api.now}
        await db.execute(sa.update(call).where(call.c.call_id == "out").values(outbound))
    for call_id in ("in", "out"):
        for relation in ("statement", "urge", "callback", "relay"):
            body = {"call_id": call_id, "relation": relation}
            said = await api.ask("a2", "POST", f"{path}/calls", body)
            assert said.status == 200, said.body
            for name in ("requester_name", "contact_phone", "calls", "transcript"):
                assert said.body[name] == before[name], (relation, name)
    assert len((await api.parts.tickets.read(number)).calls) == 8


async def test_nobody_gives_himself_a_part_in_a_call_or_a_matter_of_others(api: Api) -> None:
    """By a ticket of one's own one would hear the call; as its first agent see a hidden citizen."""
    await api.user("a2", "agent", agent_no="1002")
    await called(api, "c1")
    first = (await api.ask("agent", "POST", "/api/tickets", MATTER)).body
    hidden = (await api.ask("agent", "POST", "/api/tickets", REPORT)).body["ticket_no"]
    mine = (await api.ask("a2", "POST", "/api/tickets", MATTER)).body["ticket_no"]
    another = f"/api/tickets/{first['ticket_no']}/another"
    foreign = {"call_id": "c1"}, {"first_agent_no": "1001"}
    takes_over = {"first_agent_no": "1002", "acceptance_basis": "6.2"}
    for who, path, wrong in (
        *(("a2", "/api/tickets", MATTER | one) for one in foreign),
        *(("a2", f"/api/tickets/{mine}/another", {"content": "路灯"} | one) for one in foreign),
        *(("dispatcher", another, {"content": "路灯"} | one) for one in foreign),
        *(("a2", f"/api/tickets/{mine}/commands/accept", one) for one in foreign),
        ("a2", f"/api/tickets/{hidden}/commands/accept", takes_over),
    ):
        said = await api.ask(who, "POST", path, wrong, headers={"If-Match": "1"})
        field = "call_id" if "call_id" in wrong else "first_agent_no"
        assert (said.status, said.error) == (422, ("invalid_value", field)), (who, path, wrong)
    assert (await api.ask("dispatcher", "GET", "/api/calls/c1")).status == 404
    assert len(await api.parts.tickets.list()) == 3
    own = await api.ask("agent", "POST", "/api/tickets", MATTER | foreign[0] | foreign[1])
    assert own.status == 201


async def test_the_same_matter_of_a_call_is_asked_about_and_another_one_is_not(api: Api) -> None:
    await called(api, "c1")
    await api.user("second", "agent", agent_no="1002")
    async with api.parts.store.write() as db:
        leg = {"leg_id": "l-2", "call_id": "c1", "role": "agent", "number": "1002"}
        at = {"dialed_at": api.now, "answered_at": api.now}
        await db.execute(sa.insert(call_leg).values(leg | at))
    draft = await api.parts.tickets.draft_from_call(
        "c1", "agent", caller_number="13911112222", called_number="12345", at=api.now
    )
    path = f"/api/tickets/{draft.ticket_no}"
    text = {"content": "幸福家园小区停水三天"}
    seen = {"If-Match": f'"{draft.version}"'}
    accepted = await api.ask(
        "agent", "POST", f"{path}/commands/accept", {**MATTER, **text}, headers=seen
    )
    assert accepted.status == 200, accepted.body

    same = {"content": "幸福家园小区，停水三天。"}
    for way, body in ((f"{path}/another", same), ("/api/tickets", {**same, "call_id": "c1"})):
        asked = await api.ask("second", "POST", way, body)
        assert (asked.status, asked.error) == (409, ("same_matter", "content")), asked.body
        assert asked.body["ticket_no"] == draft.ticket_no
        told = asked.body["error"]["message"]
        assert told.startswith(f"agent已于16:00就本次通话登记了相同的工单{draft.ticket_no}")
    assert await api.parts.tickets.numbers() == [draft.ticket_no]
    other = await api.ask("second", "POST", f"{path}/another", {"content": "楼道灯不亮"})
    meant = await api.ask("second", "POST", f"{path}/another?is_another=true", same)
    assert (other.status, meant.status) == (201, 201)
    assert (meant.body["call_id"], meant.body["content"]) == ("c1", same["content"])
    both = await asyncio.gather(
        *(api.ask(who, "POST", f"{path}/another", {"content": "井盖丢失"}) for who in WHO)
    )
    assert sorted(one.status for one in both) == [201, 409]
