"""Who is on the line: what an agent sees of a caller, and what nobody else does."""

import sqlalchemy as sa

from store.tables import ticket
from tests.console_kit import Api
from tests.unit.test_console_calls import STARRED, called, concerning
from tests.unit.ticket_story import CITIZEN, MATTER
from ticketing.model import State


async def test_the_agent_of_a_call_sees_who_calls(api: Api) -> None:
    await called(api, "first")
    await concerning(api, "first", caller_number=CITIZEN, address_text="幸福路1号")
    await called(api, "now")
    said = await api.ask("agent", "GET", "/api/calls/now/caller")
    assert said.status == 200
    card = said.body
    assert (card["number"], card["open_tickets"], card["place"]) == (CITIZEN, 1, "幸福路1号")
    assert (card["is_elderly"], card["is_abusive"]) == (False, False)
    assert [one["call_id"] for one in card["calls"]] == ["first"]
    assert card["calls"][0]["outcome"] == "agent_answered"


async def test_open_tickets_come_first(api: Api) -> None:
    await called(api, "now")
    await concerning(api, "now", caller_number=CITIZEN, content="路灯不亮了，请维修")
    await concerning(api, "now", caller_number=CITIZEN, content="小区门口有积水")
    card = (await api.ask("agent", "GET", "/api/calls/now/caller")).body
    newest = card["tickets"][0]
    rejected = {"reject_code": "N6", "explanation": "不在受理范围"}
    done = await api.ask(
        "agent",
        "POST",
        f"/api/tickets/{newest['ticket_no']}/commands/reject",
        rejected,
        headers={"If-Match": str(newest["version"])},
    )
    assert done.status == 200, done.body
    card = (await api.ask("agent", "GET", "/api/calls/now/caller")).body
    assert card["open_tickets"] == 1
    assert [one["state"] == "rejected" for one in card["tickets"]] == [False, True]


async def test_an_agent_sees_nothing_of_calls_of_others(api: Api) -> None:
    await called(api, "other", agent="1002")
    said = await api.ask("agent", "GET", "/api/calls/other/caller")
    assert (said.status, said.error) == (404, ("unknown_call", "call_id"))


async def test_a_callback_agent_sees_who_calls_where_he_talks(api: Api) -> None:
    await api.user("cb", "callback_agent", agent_no="1003")
    await called(api, "other")
    await concerning(api, "other", caller_number=CITIZEN)
    await called(api, "own", agent="1003")
    assert (await api.ask("cb", "GET", "/api/calls/own/caller")).body["number"] == CITIZEN
    one = (await api.parts.tickets.list())[0]
    async with api.parts.store.write() as db:  # its calls may be known, their caller not
        row = sa.update(ticket).where(ticket.c.ticket_no == one.ticket_no)
        await db.execute(row.values(state=State.MANUAL_CALLBACK.value))
    assert (await api.ask("cb", "GET", "/api/calls/other")).status == 200
    said = await api.ask("cb", "GET", "/api/calls/other/caller")
    assert (said.status, said.error) == (404, ("unknown_call", "call_id"))


async def test_r_23_2_a_starred_number_leads_to_no_other_matter(api: Api) -> None:
    await called(api, "first")
    await concerning(api, "first", caller_number=CITIZEN)
    await called(api, "now")
    await concerning(api, "now", caller_number=CITIZEN, confidential=True)
    card = (await api.ask("supervisor", "GET", "/api/calls/now/caller")).body
    assert (card["number"], card["tickets"], card["calls"]) == (STARRED, [], [])
    own = (await api.ask("agent", "GET", "/api/calls/now/caller")).body
    assert own["number"] == CITIZEN
    assert len(own["tickets"]) == 2


async def test_r_23_2_a_number_does_not_tell_whose_hidden_ticket_it_is(api: Api) -> None:
    """Somebody else heard a report weeks ago; now its citizen calls about a street lamp."""
    await api.user("other", "agent", agent_no="1002")
    await api.user("head", "supervisor", agent_no="1003")
    for call_id, agent in (("first", "1001"), ("now", "1002"), ("heard", "1003")):
        await called(api, call_id, agent=agent)
    tickets = api.parts.tickets
    told = MATTER | {"caller_number": CITIZEN, "contact_phone": CITIZEN}
    who = {"actor": "1001", "role": "agent", "at": api.now}
    for kind in ({"confidential": True}, {"request_type": "report"}):
        await tickets.create(told | kind | {"call_id": "first"}, **who)
    lamp = await tickets.create(told | {"content": "路灯不亮"}, **who)
    for name, call_id in (("other", "now"), ("head", "heard")):
        card = (await api.ask(name, "GET", f"/api/calls/{call_id}/caller")).body
        assert card["number"] == CITIZEN
        assert [one["ticket_no"] for one in card["tickets"]] == [lamp.ticket_no]
        assert card["open_tickets"] == 1
    own = (await api.ask("agent", "GET", "/api/calls/first/caller")).body
    assert (len(own["brought"]), len(own["tickets"])) == (2, 1)
    mine = await tickets.create(told | {"call_id": "heard", "confidential": True}, **who)
    card = (await api.ask("head", "GET", "/api/calls/heard/caller")).body
    assert [one["ticket_no"] for one in card["brought"]] == [mine.ticket_no]


async def test_a_caller_may_tell_the_number_of_his_hidden_ticket_and_urge_it(api: Api) -> None:
    await api.user("other", "agent", agent_no="1002")
    await called(api, "first")
    told = MATTER | {"request_type": "report", "call_id": "first", "caller_number": CITIZEN}
    one = (await api.ask("agent", "POST", "/api/tickets", told)).body
    await called(api, "now", agent="1002")
    path = f"/api/tickets/{one['ticket_no']}"
    seen = await api.ask("other", "GET", path)
    assert (seen.status, seen.body["caller_number"]) == (200, STARRED)
    said = await api.ask(
        "other", "POST", f"{path}/commands/add_statement", {"content": "来电催办：还没有回复"},
        headers={"If-Match": seen.headers["ETag"]},
    )  # fmt: skip
    assert said.status == 200, said.body


async def test_phrases_and_categories_are_found_as_one_types(api: Api) -> None:
    told = (await api.ask("agent", "GET", "/api/phrases")).body
    assert {"name": "复述确认", "initials": "fsqr", "use": "say"}.items() <= next(
        one for one in told if one["initials"] == "fsqr"
    ).items()
    found = (await api.ask("agent", "GET", "/api/categories?q=zdnc")).body
    assert found[0]["name"] == "占道挪车"
    everything = (await api.ask("agent", "GET", "/api/categories")).body
    assert len(everything) > 40


async def test_who_has_the_call_next_sees_what_it_brought(api: Api) -> None:
    await called(api, "now")
    path = "/api/calls/now/caller"
    first = (await api.ask("agent", "GET", path)).body
    assert (first["is_first"], first["brought"]) == (True, [])
    line = {"caller_number": CITIZEN, "called_number": "12345", "at": api.now}
    await api.parts.tickets.draft_from_call("now", "agent", **line)
    assert (await api.ask("agent", "GET", path)).body == first, "the line's draft is no matter"
    matter = MATTER | {"caller_number": CITIZEN, "call_id": "now", "content": "小区停水"}
    await api.parts.tickets.create(matter, actor="1001", role="agent", at=api.now)
    card = (await api.ask("agent", "GET", path)).body
    assert ([one["content"] for one in card["brought"]], card["tickets"]) == (["小区停水"], [])
    assert not card["is_first"]


async def test_a_number_of_which_one_may_not_know_is_not_called_new(api: Api) -> None:
    await called(api, "now")
    await concerning(api, "now", caller_number=CITIZEN, confidential=True)
    assert not (await api.ask("supervisor", "GET", "/api/calls/now/caller")).body["is_first"]
