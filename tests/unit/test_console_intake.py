"""Letters of other channels: each becomes one ticket, whoever brings it how often."""

import asyncio
from typing import Any

import pytest

from tests.console_kit import Api

LETTER = {
    "channel": "web",
    "external_id": "W-2026-000017",
    "title": "路灯不亮",
    "content": "宿城区幸福家园门口路灯不亮一周了",
    "request_type": "help",
    "region_code": "321302",
    "contact_phone": "13800000001",
    "requester_name": "王小明",
}


async def bring(api: Api, letter: Any = LETTER, who: str = "system", **headers: str) -> Any:
    return await api.ask(who, "POST", "/api/intake", letter, headers=headers)


async def test_fifty_posts_of_one_letter_make_one_ticket(api: Api) -> None:
    said = await asyncio.gather(*(bring(api) for _ in range(50)))
    assert sorted(one.status for one in said) == [200] * 49 + [201]
    assert len({one.body["ticket_no"] for one in said}) == 1
    (one,) = await api.parts.tickets.list()
    assert (one.channel, one.requester_name, one.version) == ("web", "王小明", 1)
    assert [event.actor for event in one.events] == ["system"]


async def test_the_key_of_the_request_stands_for_a_number(api: Api) -> None:
    letter = {key: LETTER[key] for key in LETTER if key != "external_id"}
    none = await bring(api, letter)
    assert (none.status, none.error) == (422, ("missing_field", "external_id"))
    key = {"Idempotency-Key": "abc"}
    said = await asyncio.gather(*(bring(api, letter, **key) for _ in range(50)))
    assert {one.status for one in said} == {201}, "the same answer, byte for byte"
    assert len({one.body["ticket_no"] for one in said}) == 1
    found = await api.ask("system", "GET", "/api/intake/web/abc")
    assert found.body == said[0].body
    assert len(await api.parts.tickets.list()) == 1


async def test_another_letter_under_the_number_is_refused(api: Api) -> None:
    first = await bring(api)
    other = await bring(api, LETTER | {"content": "别的事"})
    assert (other.status, other.error) == (409, ("duplicate_key", "external_id"))
    # Numbers of another channel, or of another program, are other numbers.
    assert (await bring(api, LETTER | {"channel": "app"})).status == 201
    await api.user("wechat", "system")
    theirs = await bring(api, who="wechat")
    assert theirs.status == 201 and theirs.body["ticket_no"] != first.body["ticket_no"]
    gone = await api.ask("wechat", "GET", "/api/intake/app/W-2026-000017")
    assert (gone.status, gone.error) == (404, ("unknown_letter", "external_id"))


async def test_a_refused_letter_leaves_nothing_and_can_be_corrected(api: Api) -> None:
    wrong = await bring(api, LETTER | {"region_code": "000000"})
    assert (wrong.status, wrong.error) == (422, ("invalid_value", "region_code"))
    assert await api.parts.tickets.list() == []
    assert (await bring(api)).status == 201


@pytest.mark.parametrize("channel", ["province_12345", "national_platform"])
async def test_a_superiors_task_has_its_basis_and_becomes_a_key_matter(
    api: Api, channel: str
) -> None:
    """R-6-4, R-18-3: basis 6.6, and K3 once it is accepted."""
    said = await bring(api, LETTER | {"channel": channel})
    one = await api.parts.tickets.read(said.body["ticket_no"])
    assert (one.acceptance_basis, one.key_categories) == ("6.6", [])
    who = {"actor": "1001", "role": "agent"}
    accepted = await api.parts.tickets.do(one.ticket_no, "accept", {}, at=api.now, **who)
    assert accepted.key_categories == ["K3"]


async def test_a_receipt_tells_the_citizen_what_he_may_know(api: Api) -> None:
    said = await bring(api)
    assert said.body.keys() == {
        "ticket_no", "query_code", "state", "close_result", "created_at", "public_reply",
    }  # fmt: skip
    assert (said.body["state"], said.body["public_reply"]) == ("pending_acceptance", None)
