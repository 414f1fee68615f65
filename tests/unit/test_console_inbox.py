"""Inboxes over HTTP: who sees what in which order, snapshots, leases, bulk dispatch, filters."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from tests.console_kit import Api
from tests.unit.test_console_tickets import do
from tests.unit.ticket_story import REPLY

LETTER = {
    "title": "停水",
    "content": "幸福家园停水三天",
    "request_type": "complaint",
    "region_code": "321302",
    "acceptance_basis": "6.2",
    "contact_phone": "13800000001",
}
TO_SLJ = {"unit": "SLJ", "answer_type": "investigate"}


async def letters(api: Api, count: int, **more: Any) -> list[str]:
    """Letters that wait for acceptance, a minute after each other."""
    made = []
    for _ in range(count):
        one = await api.parts.tickets.create(LETTER | more, actor="web", role="system", at=api.now)
        # As a letter comes (POST /api/intake), without an agent.
        made.append(one.ticket_no)
        api.now += timedelta(minutes=1)
    return made


async def accepted(api: Api, count: int, **more: Any) -> list[str]:
    made = await letters(api, count, **more)
    for number in made:
        told = await do(api, "dispatcher", number, "accept")
        assert told.status == 200, told.body
    return made


async def inbox(api: Api, who: str, queue: str, query: str = "") -> dict[str, Any]:
    said = await api.ask(who, "GET", f"/api/inbox/{queue}{query}")
    assert said.status == 200, said.body
    return dict(said.body)


def numbers(page: dict[str, Any]) -> list[str]:
    return [row["ticket_no"] for row in page["rows"]]


async def test_a_row_says_what_to_do_and_until_when(api: Api) -> None:
    (number,) = await accepted(api, 1)
    (row,) = (await inbox(api, "dispatcher", "dispatcher"))["rows"]
    assert (row["kind"], row["deadline"], row["title"]) == ("dispatch", "dispatch", "停水")
    assert (row["due"], row["left_s"]) == ("2026-10-01T16:31:00+08:00", 1800)
    assert row["repeat_after"] == "2026-10-07T16:00:00+08:00"
    assert (row["holder"], row["extension"], row["returns"]) == (None, None, 0)
    await do(api, "dispatcher", number, "dispatch", TO_SLJ)
    assert (await inbox(api, "dispatcher", "dispatcher"))["rows"] == []
    (row,) = (await inbox(api, "unit_handler", "unit"))["rows"]
    assert (row["kind"], row["due"]) == ("sign", "2026-10-01T17:01:00+08:00")
    await do(api, "unit_handler", number, "sign")
    asked = {"new_due": "2026-10-04T16:01:00+08:00", "reason": "须开挖"}
    await do(api, "unit_handler", number, "request_extension", asked)
    (row,) = (await inbox(api, "dispatcher", "dispatcher?kind=extension"))["rows"]
    told = {"status": "pending", "asked_days": 2.5, "new_due": "2026-10-04T16:01:00+08:00",
            "used_days": 0, "most_days": 6, "is_beyond_repeat": False}  # fmt: skip
    assert (row["kind"], row["extension"], row["is_paused"]) == ("extension", told, True)
    await do(api, "dispatcher", number, "approve_extension")
    (row,) = (await inbox(api, "unit_handler", "unit"))["rows"]
    assert (row["kind"], row["extension"]["used_days"]) == ("extended", 2.5)


async def test_a_ticket_says_what_waits_on_it(api: Api) -> None:
    (number,) = await accepted(api, 1)
    sent = TO_SLJ | {"assist_units": ["ZJJ"]}
    await do(api, "dispatcher", number, "dispatch", sent)
    path = f"/api/tickets/{number}/situation"
    all_tasks = (await api.ask("supervisor", "GET", path)).body
    assert [(one["owner"], one["kind"]) for one in all_tasks["tasks"]] == [
        ("SLJ", "sign"),
        ("ZJJ", "assist"),
    ]
    assert all_tasks["repeat_after"] == "2026-10-07T16:00:00+08:00"
    own = (await api.ask("unit_handler", "GET", path)).body
    (task,) = own["tasks"]
    assert (task["queue"], task["kind"], task["left_s"]) == ("unit", "sign", 3600)
    await api.user("gaj", "unit_handler", unit="GAJ")
    assert (await api.ask("gaj", "GET", path)).status == 404


async def test_what_is_due_first_comes_first_and_pages_do_not_shift(api: Api) -> None:
    made = await letters(api, 5)
    whole = await inbox(api, "dispatcher", "dispatcher")
    assert numbers(whole) == made
    first = await inbox(api, "dispatcher", "dispatcher?limit=2")
    assert numbers(first) == made[:2]
    later = await letters(api, 3)
    await do(api, "dispatcher", made[0], "accept")  # its new task is due after the others
    seen, page = numbers(first), first
    while page["next"] is not None:
        query = f"?limit=2&after={page['next']}&snapshot={page['snapshot']}"
        page = await inbox(api, "dispatcher", f"dispatcher{query}")
        assert page["snapshot"] == first["snapshot"]
        seen += numbers(page)
    assert seen == made
    news = await inbox(api, "dispatcher", f"dispatcher/news?since={first['snapshot']}")
    assert news == {"count": 4}
    only = f"dispatcher/news?kind=dispatch&since={first['snapshot']}"
    assert await inbox(api, "dispatcher", only) == {"count": 1}
    again = await inbox(api, "dispatcher", "dispatcher")
    assert sorted(numbers(again)) == sorted(made + later)
    nothing = await inbox(api, "dispatcher", f"dispatcher/news?since={again['snapshot']}")
    assert nothing == {"count": 0}


@pytest.mark.parametrize("wrong", ["after=x", "snapshot=x", "after=MQ==", "limit=0"])
async def test_wrong_marks_are_refused(api: Api, wrong: str) -> None:
    said = await api.ask("dispatcher", "GET", f"/api/inbox/dispatcher?{wrong}")
    assert said.status == 422, said.body
    assert said.error == ("invalid_value", wrong.partition("=")[0])


async def test_lists_are_filtered(api: Api) -> None:
    urgent = await letters(api, 1, urgency="urgent")
    normal = await letters(api, 1)
    assert numbers(await inbox(api, "dispatcher", "dispatcher?urgency=urgent")) == urgent
    assert numbers(await inbox(api, "dispatcher", "dispatcher?is_overdue=true")) == []
    api.now += timedelta(minutes=28, seconds=30)
    assert numbers(await inbox(api, "dispatcher", "dispatcher?is_overdue=true")) == urgent
    assert numbers(await inbox(api, "dispatcher", "dispatcher?is_overdue=false")) == normal
    assert numbers(await inbox(api, "dispatcher", "dispatcher?unit=SLJ")) == []
    counted = await api.ask("dispatcher", "GET", "/api/inbox")
    assert counted.body == [{"queue": "dispatcher", "kind": "accept", "count": 2, "late": 1}]


async def test_lists_belong_to_roles_and_units(api: Api) -> None:
    (number,) = await accepted(api, 1)
    await do(api, "dispatcher", number, "dispatch", TO_SLJ)
    await api.user("zjj", "unit_handler", unit="ZJJ")
    assert numbers(await inbox(api, "unit_handler", "unit")) == [number]
    assert numbers(await inbox(api, "zjj", "unit")) == []
    assert (await api.ask("zjj", "GET", "/api/inbox")).body == []
    for who, queue in (("agent", "dispatcher"), ("unit_handler", "supervisor"),
                       ("dispatcher", "callback"), ("callback_agent", "unit")):  # fmt: skip
        for method, path in (("GET", ""), ("POST", "/take")):
            body = {} if method == "POST" else None
            said = await api.ask(who, method, f"/api/inbox/{queue}{path}", body)
            assert (said.status, said.error) == (403, ("not_allowed", None)), (who, queue)


async def test_a_unit_sees_of_a_hidden_ticket_only_its_text(api: Api) -> None:
    (number,) = await accepted(api, 1, confidential=True)
    await do(api, "dispatcher", number, "dispatch", TO_SLJ | {"unit_content": "一处停水"})
    (row,) = (await inbox(api, "unit_handler", "unit"))["rows"]
    assert row["title"] == "投诉事项"


async def test_an_agent_has_his_own_drafts(api: Api) -> None:
    said = await api.ask("agent", "POST", "/api/tickets", LETTER)
    await api.user("other", "agent", agent_no="1002")
    assert numbers(await inbox(api, "agent", "agent")) == [said.body["ticket_no"]]
    assert numbers(await inbox(api, "other", "agent")) == []
    left = await api.parts.tickets.draft_from_call(
        "c1", "message", caller_number="13800000001", called_number="12345", at=api.now
    )
    for who in ("agent", "other", "dispatcher"):
        assert numbers(await inbox(api, who, "messages")) == [left.ticket_no]


async def test_what_became_of_an_emergency_is_asked_within_half_an_hour(api: Api) -> None:
    left = await api.parts.tickets.draft_from_call(
        "c1", "emergency", caller_number="13800000001", called_number="12345", at=api.now
    )
    (number,) = await letters(api, 1)
    sent = await do(api, "agent", number, "emergency_transfer", {"service": "110"})
    assert sent.body["state"] == "emergency_transferred", sent.body
    rows = (await inbox(api, "agent", "emergency"))["rows"]
    assert [(row["ticket_no"], row["kind"]) for row in rows] == [
        (left.ticket_no, "accept"), (number, "follow_up"),
    ]  # fmt: skip
    assert rows[1]["left_s"] == 1800
    offers = await api.ask("agent", "GET", f"/api/tickets/{number}/commands")
    assert "follow_up" in [one["command"] for one in offers.body]
    empty = await do(api, "agent", number, "follow_up")
    assert (empty.status, empty.error) == (422, ("missing_field", "comment"))
    told = await do(api, "agent", number, "follow_up", {"comment": "民警已到场，人员平安"})
    assert told.status == 200, told.body
    assert numbers(await inbox(api, "agent", "emergency")) == [left.ticket_no]
    twice = await do(api, "agent", number, "follow_up", {"comment": "再问一次"})
    assert (twice.status, twice.error) == (409, ("wrong_state", None))
    assert await api.parts.tickets.verify(number) == []


async def test_everybody_takes_another_one(api: Api) -> None:
    made = await letters(api, 4)
    await api.user("second", "dispatcher", full_name="李四")
    who = ["dispatcher", "second", "dispatcher", "second", "dispatcher"]
    said = await asyncio.gather(
        *(api.ask(name, "POST", "/api/inbox/dispatcher/take", {}) for name in who)
    )
    rows = [one.body["row"] for one in said]
    got = [row["ticket_no"] for row in rows if row is not None]
    assert sorted(got) == made
    assert rows.count(None) == 1
    listed = (await inbox(api, "dispatcher", "dispatcher"))["rows"]
    by_name = {row["holder"]["name"] for row in listed}
    assert by_name == {"dispatcher", "second"}
    assert {row["holder"]["full_name"] for row in listed} == {None, "李四"}
    assert {row["holder"]["is_mine"] for row in listed if row["holder"]["name"] == "second"} == {
        False
    }
    api.now += timedelta(minutes=10)
    again = await api.ask("second", "POST", "/api/inbox/dispatcher/take", {})
    assert again.body["row"]["ticket_no"] == made[0], "ten minutes have passed"


async def test_commands_on_what_somebody_else_has_are_refused(api: Api) -> None:
    (number,) = await letters(api, 1)
    await api.user("second", "dispatcher", full_name="李四")
    path = f"/api/tickets/{number}/lease"
    taken = await api.ask("second", "POST", path, {"action": "take"})
    assert taken.body["holder"] == {
        "name": "second", "full_name": "李四", "until": "2026-10-01T16:11:00+08:00",
        "is_mine": True,
    }  # fmt: skip
    other = await api.ask("dispatcher", "POST", path, {"action": "take"})
    refused = await do(api, "dispatcher", number, "accept")
    for said in (other, refused):
        assert (said.status, said.error) == (409, ("leased", None))
        assert "李四正在处理，占用至16:11" in said.body["error"]["message"]
        assert said.body["holder"] == {"name": "second", "full_name": "李四"}
    assert (await do(api, "dispatcher", number, "add_note", {"comment": "已核"})).status == 200
    given = await api.ask("dispatcher", "POST", path, {"action": "release"})
    assert given.body["holder"]["name"] == "second", "nobody gives back what another has"
    assert (await do(api, "second", number, "accept")).status == 200
    dispatched = await do(api, "dispatcher", number, "dispatch", TO_SLJ)
    assert dispatched.status == 200, "the lease ended with the command"


async def test_a_supervisor_takes_over(api: Api) -> None:
    (number,) = await accepted(api, 1)
    path = f"/api/tickets/{number}/lease"
    await api.ask("dispatcher", "POST", path, {"action": "take"})
    told = await api.ask("supervisor", "POST", path, {"action": "take"})
    assert (told.status, told.error) == (409, ("leased", None)), "not unless he says so"
    assert "接手" in told.body["error"]["fix"]
    over = {"action": "take", "take_over": True}
    await api.user("second", "dispatcher")
    assert (await api.ask("second", "POST", path, over)).error == ("leased", None)
    taken = await api.ask("supervisor", "POST", path, over)
    assert taken.body["holder"]["name"] == "supervisor"
    assert (await do(api, "dispatcher", number, "dispatch", TO_SLJ)).error == ("leased", None)
    assert (await api.ask("supervisor", "POST", path, {"action": "release"})).body == {
        "holder": None
    }
    await api.ask("dispatcher", "POST", path, {"action": "take"})
    order = {"key_categories": ["K2"], "reason": "群众来电三次"}
    told = await do(api, "supervisor", number, "supervise", order)
    assert told.status == 200, told.body


async def test_the_hotline_and_a_unit_are_not_in_each_others_way(api: Api) -> None:
    (number,) = await accepted(api, 1)
    await do(api, "dispatcher", number, "dispatch", TO_SLJ)
    await api.ask("dispatcher", "POST", f"/api/tickets/{number}/lease", {"action": "take"})
    (row,) = (await inbox(api, "unit_handler", "unit"))["rows"]
    assert row["holder"] is None
    assert (await do(api, "unit_handler", number, "sign")).status == 200
    taken = await api.ask("unit_leader", "POST", f"/api/tickets/{number}/lease", {"action": "take"})
    assert taken.body["holder"]["is_mine"]
    replied = await do(api, "unit_handler", number, "submit_reply", REPLY)
    assert (replied.status, replied.error) == (409, ("leased", None))


async def test_many_are_dispatched_each_by_itself(api: Api) -> None:
    made = await accepted(api, 3)
    await api.user("second", "dispatcher")
    await api.ask("second", "POST", f"/api/tickets/{made[2]}/lease", {"action": "take"})
    items = [
        {"ticket_no": made[0], "version": 2, **TO_SLJ, "assist_units": ["ZJJ"]},
        {"ticket_no": made[1], "version": 2, **TO_SLJ, "unit": "NONE"},
        {"ticket_no": made[2], "version": 2, **TO_SLJ},
        {"ticket_no": "SQ260101000001", "version": 1, **TO_SLJ},
    ]
    key = {"Idempotency-Key": "k1"}
    said = await api.ask("dispatcher", "POST", "/api/dispatches", {"items": items}, headers=key)
    assert said.status == 200, said.body
    told = said.body["results"]
    assert [one["ticket_no"] for one in told] == [one["ticket_no"] for one in items]
    assert (told[0]["version"], told[0]["state"], told[0]["error"]) == (3, "dispatched", None)
    codes = [one["error"]["code"] for one in told[1:]]
    assert codes == ["unknown_unit", "leased", "unknown_ticket"]
    states = [(await api.parts.tickets.read(number)).state.value for number in made]
    assert states == ["dispatched", "accepted", "accepted"]
    again = await api.ask("dispatcher", "POST", "/api/dispatches", {"items": items}, headers=key)
    assert again.body == said.body
    none = await api.ask("dispatcher", "POST", "/api/dispatches", {"items": []})
    assert (none.status, none.error) == (422, ("invalid_value", "items"))


async def test_filters_are_kept(api: Api) -> None:
    mine = {"page": "inbox/dispatcher", "label": "我的超期", "query": {"is_overdue": True}}
    saved = await api.ask("dispatcher", "PUT", "/api/filters/a", mine)
    assert saved.body == {"key": "a", **mine}
    changed = mine | {"label": "退单和延期", "query": {"kind": ["return", "extension"]}}
    await api.ask("dispatcher", "PUT", "/api/filters/a", changed)
    assert (await api.ask("dispatcher", "GET", "/api/filters")).body == [{"key": "a", **changed}]
    assert (await api.ask("supervisor", "GET", "/api/filters")).body == []
    foreign = await api.ask("supervisor", "DELETE", "/api/filters/a")
    assert (foreign.status, foreign.error) == (404, ("unknown_filter", "key"))
    for number in range(49):
        await api.ask("dispatcher", "PUT", f"/api/filters/f{number}", mine)
    many = await api.ask("dispatcher", "PUT", "/api/filters/more", mine)
    assert (many.status, many.error) == (409, ("too_many", "key"))
    assert (await api.ask("dispatcher", "DELETE", "/api/filters/a")).status == 204
