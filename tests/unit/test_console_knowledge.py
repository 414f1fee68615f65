"""The knowledge base over HTTP: who sees what, search, approval, citing."""

from typing import Any

from tests.console_kit import Api, Said
from tests.knowledge_kit import EDITOR, HEAD, content, seeded
from tests.unit.ticket_story import MATTER

ROOT = "/api/knowledge"
SAID = content().model_dump(mode="json")
SLJ = content(title="水表过户", unit="SLJ", categories=["0401"], questions=["水表怎么改名字"])


async def told(
    api: Api, who: str, code: str, command: str, seq: int, body: dict[str, Any] | None = None
) -> Said:
    return await api.ask(
        who, "POST", f"{ROOT}/{code}/{command}", body or {}, headers={"If-Match": f'"{seq}"'}
    )


async def proposed(api: Api, who: str = "unit_handler") -> str:
    made = await api.ask(who, "POST", ROOT, SLJ.model_dump(mode="json") | {"note": "新业务"})
    assert made.status == 201, made.body
    assert made.headers["Location"] == f"{ROOT}/{made.body['code']}"
    assert isinstance(made.body["code"], str)
    return str(made.body["code"])


async def codes(api: Api, who: str, query: str = "") -> list[str]:
    said = await api.ask(who, "GET", ROOT + query)
    assert said.status == 200, said.body
    return [one["code"] for one in said.body["entries"]]


async def test_a_proposal_is_seen_by_its_unit_and_the_keepers_until_it_is_published(
    api: Api,
) -> None:
    await api.user("y1", "unit_handler", unit="YBJ")
    code = await proposed(api)
    for who, sees in (
        ("unit_leader", True),
        ("kb_editor", True),
        ("auditor", True),
        ("agent", False),
        ("y1", False),
    ):
        assert (await codes(api, who) == [code]) is sees, who
        assert ((await api.ask(who, "GET", f"{ROOT}/{code}")).status == 200) is sees, who
    waiting = (await api.ask("kb_editor", "GET", f"{ROOT}?state=proposed")).body["entries"][0]
    assert (waiting["state"], waiting["standing"], waiting["ref"]) == ("proposed", None, None)
    assert waiting["pending"]["note"] == "新业务"
    assert waiting["may"] == ["revise", "approve", "reject"]
    done = await told(api, "kb_editor", code, "approve", 1)
    assert (done.status, done.body["state"], done.headers["ETag"]) == (200, "published", '"2"')
    assert [one["command"] for one in done.body["events"]] == ["propose", "approve"]
    seen = (await api.ask("y1", "GET", f"{ROOT}/{code}")).body
    assert (seen["ref"], seen["unit_name"], seen["category_names"]) == (
        f"{code}@1", "市水利局(市水务)", ["供水"],
    )  # fmt: skip
    assert (seen["events"], seen["proposed_by"], seen["may"]) == ([], None, [])
    await told(api, "unit_handler", code, "revise", 2, SLJ.model_dump(mode="json"))
    assert (await api.ask("agent", "GET", f"{ROOT}/{code}")).body["pending"] is None
    assert (await api.ask("unit_leader", "GET", f"{ROOT}/{code}")).body["pending"]["version"] == 2


async def test_refusals_name_what_is_wrong(api: Api) -> None:
    other = await api.ask("unit_handler", "POST", ROOT, SAID)
    assert (other.status, other.error) == (403, ("not_allowed", "unit"))
    wrong = await api.ask("kb_editor", "POST", ROOT, SAID | {"unit": "XXX"})
    assert (wrong.status, wrong.error) == (422, ("unknown_unit", "unit"))
    own = await proposed(api, "kb_editor")
    said = await told(api, "kb_editor", own, "approve", 1)
    assert (said.status, said.error) == (403, ("same_person", None))
    said = await told(api, "center_head", own, "reject", 1)
    assert (said.status, said.error) == (422, ("missing_field", "reason"))
    said = await told(api, "center_head", own, "approve", 9)
    assert (said.status, said.error) == (409, ("stale_version", None))
    said = await api.ask("center_head", "POST", f"{ROOT}/{own}/approve", {})
    assert (said.status, said.error) == (428, ("version_required", "If-Match"))
    said = await told(api, "center_head", "ZS9999", "approve", 1)
    assert (said.status, said.error) == (404, ("unknown_knowledge", "code"))
    assert (await api.ask("agent", "GET", f"{ROOT}/{own}")).error == ("unknown_knowledge", "code")


async def test_a_retired_entry_is_out_of_use_but_not_gone(api: Api) -> None:
    code = await proposed(api)
    await told(api, "kb_editor", code, "approve", 1)
    done = await told(api, "center_head", code, "retire", 2, {"reason": "业务取消"})
    assert (done.body["state"], done.body["ref"]) == ("retired", None)
    assert await codes(api, "agent") == await codes(api, "agent", "?q=水表") == []
    assert await codes(api, "agent", "?state=retired") == [code]
    shown = (await api.ask("agent", "GET", f"{ROOT}/{code}")).body
    assert shown["retired_because"] == "业务取消"


async def test_entries_are_found_as_people_speak_and_type(api: Api) -> None:
    await seeded(api.parts.store)
    for query, code in (
        ("?q=医保卡丢了咋整", "ZS0001"),
        ("?q=社宝卡丢了", "ZS0001"),  # a homophone of a recogniser
        ("?q=sbkgs", "ZS0001"),
        ("?q=zs0026", "ZS0026"),
        ("?q=我的车让人堵住了出不来", "ZS0026"),
        ("?q=路灯&unit=CGJ&category=0305", "ZS0055"),
    ):
        said = await api.ask("agent", "GET", ROOT + query)
        assert said.body["entries"][0]["code"] == code, query
    best = (await api.ask("agent", "GET", f"{ROOT}?q=医保卡丢了咋整")).body["entries"][0]
    assert (best["question"], best["standing"]) == ("医保卡丢了咋整", "valid")
    assert await codes(api, "agent", "?unit=GJJ&limit=2") == ["ZS0020", "ZS0021"]


async def test_what_expired_comes_after_what_holds_and_is_not_proposed(api: Api) -> None:
    await seeded(api.parts.store)
    at, base = api.now.replace(month=3), api.parts.knowledge
    made = await base.propose(content(valid_to="2026-06-30"), EDITOR, at)
    await base.do(made.code, "approve", HEAD, at)
    query = "?q=社保卡丢了怎么补办&limit=500"
    found = (await api.ask("agent", "GET", ROOT + query)).body["entries"]
    assert (found[0]["code"], found[0]["standing"]) == ("ZS0001", "valid")
    assert (found[-1]["code"], found[-1]["standing"], found[-1]["ref"]) == (
        "ZS0111", "expired", None,
    )  # fmt: skip
    assert await codes(api, "agent", "?standing=expired") == ["ZS0111"]
    said = await api.ask("agent", "POST", f"{ROOT}/suggest", {"text": "社保卡丢了怎么补办"})
    assert (said.body[0]["code"], len(said.body)) == ("ZS0001", 3)
    assert "ZS0111" not in [one["code"] for one in said.body]


async def test_a_running_transcript_proposes_three_entries_at_most(api: Api) -> None:
    await seeded(api.parts.store)
    text = "话务员：您好，请讲\n市民：你好我在工地上干了半年\n话务员：嗯\n市民：老板到现在工资没给"
    said = await api.ask("agent", "POST", f"{ROOT}/suggest", {"text": text})
    assert 0 < len(said.body) <= 3
    assert said.body[0]["code"] == "ZS0017"
    assert (await api.ask("agent", "POST", f"{ROOT}/suggest", {"text": "你好，有人吗"})).body == []
    assert (await api.ask("agent", "POST", f"{ROOT}/suggest", {"text": "话务员：您好"})).body == []


async def test_where_an_entry_was_cited_is_known(api: Api) -> None:
    await seeded(api.parts.store)
    made = (await api.ask("agent", "POST", "/api/tickets", MATTER)).body["ticket_no"]
    path, match = f"/api/tickets/{made}/commands", {"If-Match": '"1"'}
    await api.ask("agent", "POST", f"{path}/accept", {"acceptance_basis": "6.1"}, headers=match)
    said = {"answer": "请先挂失再补办", "knowledge_ref": "ZS0001@7"}
    match = {"If-Match": '"2"'}
    old = await api.ask("agent", "POST", f"{path}/answer_direct", said, headers=match)
    assert (old.status, old.error) == (422, ("invalid_value", "knowledge_ref"))
    said["knowledge_ref"] = "ZS0001"
    done = await api.ask("agent", "POST", f"{path}/answer_direct", said, headers=match)
    assert (done.status, done.body["knowledge_ref"]) == (200, "ZS0001@1")
    (cited,) = (await api.ask("supervisor", "GET", f"{ROOT}/ZS0001/citations")).body
    assert (cited["ticket_no"], cited["version"], cited["standing"]) == (made, 1, "valid")
    assert (await api.ask("agent", "GET", f"{ROOT}/ZS0001")).body["cited"] == 1
