"""The knowledge base in the store: journals, the program's entries, citing, moving."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from store.engine import Store
from tests.knowledge_kit import AT, EDITOR, HEAD, UNIT, content, seeded
from tests.stores import tamper
from tests.unit.ticket_story import MATTER
from ticketing import citydata
from ticketing.citydata import CITY_FOLDER, CityDataError
from ticketing.knowledge import files
from ticketing.knowledge.base import KnowledgeBase
from ticketing.model import Ticket
from ticketing.refusal import Refusal
from ticketing.tickets import Tickets
from ticketing.workflow.terms import Actor


@pytest.fixture
def base(store: Store, tickets: Tickets) -> KnowledgeBase:
    return KnowledgeBase(store, tickets.city)


async def accepted(tickets: Tickets, **policy: str) -> Ticket:
    if policy:
        switches = {key.replace("_", "."): value for key, value in policy.items()}
        await tickets.add_policy(
            switches, policy_id="p2", effective_from=AT, by="h1", at=AT - timedelta(days=1)
        )
    made = await tickets.create(MATTER | {"call_id": "c1"}, actor="1001", role="agent", at=AT)
    said = {"acceptance_basis": "6.1"}
    return await tickets.do(made.ticket_no, "accept", said, actor="1001", role="agent", at=AT)


async def answer(tickets: Tickets, source: str, at: object = AT, **policy: str) -> Ticket:
    one = await accepted(tickets, **policy)
    said = {"answer": "请带身份证到窗口办理", "knowledge_ref": source}
    return await tickets.do(one.ticket_no, "answer_direct", said, actor="1001", role="agent", at=AT)


async def refusal(tickets: Tickets, source: str, **policy: str) -> Refusal:
    with pytest.raises(Refusal) as caught:
        await answer(tickets, source, **policy)
    return caught.value


async def test_codes_follow_each_other_and_are_given_once(base: KnowledgeBase) -> None:
    made = await asyncio.gather(*(base.propose(content(), UNIT, AT) for _ in range(5)))
    assert sorted(one.code for one in made) == [f"ZS000{number}" for number in range(1, 6)]


async def test_journals_are_whole_and_tampering_is_found(store: Store, base: KnowledgeBase) -> None:
    made = await base.propose(content(), UNIT, AT, note="新业务")
    await base.do(made.code, "approve", EDITOR, AT)
    await base.do(made.code, "revise", UNIT, AT, content=content(title="社保卡补办"))
    await base.do(made.code, "reject", HEAD, AT, reason="请补充网点")
    other = await base.propose(content(), UNIT, AT)
    told = [(one.command, one.version, one.actor) for one in await base.events(made.code)]
    assert told == [
        ("propose", 1, "rsj1"), ("approve", 1, "k1"), ("revise", 2, "rsj1"), ("reject", 2, "h1")
    ]  # fmt: skip
    assert await base.problems() == {}
    await tamper(store, "UPDATE knowledge_event SET reason = 'x' WHERE seq = 4")
    assert await base.problems() == {made.code: ["event 4 (reject) was changed"]}
    await tamper(store, f"DELETE FROM knowledge_event WHERE code = '{other.code}'")
    assert list(await base.problems()) == [made.code, other.code]


async def test_who_did_not_see_the_last_change_is_told_whose_it_was(base: KnowledgeBase) -> None:
    made = await base.propose(content(), UNIT, AT)
    await base.do(made.code, "revise", UNIT, AT, content=content(), seen=1)
    with pytest.raises(Refusal) as caught:
        await base.do(made.code, "approve", EDITOR, AT, seen=1)
    assert (caught.value.code, "rsj1刚刚修订" in caught.value.message) == ("stale_version", True)
    assert (await base.read(made.code)).state == "proposed"


async def test_changes_of_another_process_are_seen(store: Store, base: KnowledgeBase) -> None:
    assert (await base.known()).entries == {}
    other = KnowledgeBase(store, base._city)
    made = await other.propose(content(), UNIT, AT)
    assert list((await base.known()).entries) == [made.code]
    first = await base.known()
    assert await base.known() is first
    await other.do(made.code, "approve", EDITOR, AT)
    assert (await base.known()).entries[made.code].state == "published"


async def test_the_programs_entries_are_published_once(store: Store, base: KnowledgeBase) -> None:
    count = await seeded(store)
    assert count == len(files.read(CITY_FOLDER / files.FILE)) >= 60
    assert await seeded(store) == 0
    known = (await base.known()).entries
    assert all(one.state == "published" for one in known.values())
    city = citydata.load()
    assert {one.content.unit for one in known.values()} <= city.units.keys()
    assert await base.problems() == {}


async def test_an_answer_keeps_the_version_that_it_cites(
    base: KnowledgeBase, tickets: Tickets
) -> None:
    made = await base.propose(content(), UNIT, AT)
    assert "没有已发布" in (await refusal(tickets, made.code)).message
    await base.do(made.code, "approve", EDITOR, AT)
    one = await answer(tickets, made.code)
    assert one.knowledge_ref == f"{made.code}@1"
    assert await tickets.verify(one.ticket_no) == []
    (kept,) = await base.citations(made.code, 10)
    assert (kept.ticket_no, kept.version, kept.standing, kept.call_id, kept.actor) == (
        one.ticket_no, 1, "valid", "c1", "1001",
    )  # fmt: skip
    assert await base.cited([made.code, "ZS9999"]) == {made.code: 1}


async def test_what_expired_or_was_retired_is_no_answer(
    base: KnowledgeBase, tickets: Tickets
) -> None:
    old = AT - timedelta(days=60)
    made = await base.propose(content(valid_to="2026-09-30", review_by="2026-12-31"), UNIT, old)
    await base.do(made.code, "approve", EDITOR, old)
    told = await refusal(tickets, f"{made.code}@1")
    assert (told.code, told.field) == ("invalid_value", "knowledge_ref")
    assert "已于2026-09-30到期" in told.message
    assert await base.citations(made.code, 10) == []


async def test_what_is_to_be_reviewed_may_be_cited_and_is_marked(
    base: KnowledgeBase, tickets: Tickets
) -> None:
    old = AT - timedelta(days=60)
    made = await base.propose(content(review_by="2026-09-30"), UNIT, old)
    await base.do(made.code, "approve", EDITOR, old)
    await answer(tickets, made.code)
    (kept,) = await base.citations(made.code, 10)
    assert kept.standing == "review_due"


async def test_another_source_may_be_named_until_the_city_forbids_it(tickets: Tickets) -> None:
    one = await answer(tickets, "《工伤保险条例》第十七条")
    assert one.knowledge_ref == "《工伤保险条例》第十七条"
    told = await refusal(tickets, "《工伤保险条例》第十七条", answer_source="entry")
    assert (told.code, told.field, told.article) == ("invalid_value", "knowledge_ref", "3")


async def test_entries_move_in_files(
    store: Store, base: KnowledgeBase, tickets: Tickets, tmp_path: Path
) -> None:
    await seeded(store)
    file, city = tmp_path / "k.json", await tickets.city()
    file.write_text(files.text((await base.known()).entries.values()))
    given = files.read(file)
    given["ZS0001"] = content(title="社保卡补办（新）")
    given["ZS9000"] = content()
    by = Actor("kb_editor", "k1")

    async def bring(approver: Actor | None, dry_run: bool = False) -> files.Brought:
        return await files.bring_in(
            store, city, given, by=by, approver=approver, reason="迁移", at=AT, dry_run=dry_run
        )

    with pytest.raises(Refusal) as caught:
        await bring(by)
    assert caught.value.code == "same_person"
    tried = await bring(None, dry_run=True)
    assert (tried.new, tried.revised, tried.unchanged) == (["ZS9000"], ["ZS0001"], len(given) - 2)
    assert "ZS9000" not in (await base.known()).entries
    assert await bring(HEAD) == tried
    known = (await base.known()).entries
    assert known["ZS0001"].content.title == "社保卡补办（新）"
    assert (known["ZS9000"].state, (await bring(HEAD)).unchanged) == ("published", len(given))
    assert (await base.propose(content(), UNIT, AT)).code == "ZS9001"
    assert await base.problems() == {}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "not JSON"),
        ("{}", "must be a list"),
        ("[1]", "entry 1 is no object"),
        ('[{"code": "A1"}]', "the code must be like ZS0012"),
        ('[{"code": "ZS0001"}]', "entry 1 (ZS0001)"),
    ],
)
def test_a_wrong_file_names_the_entry(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "k.json"
    file.write_text(text)
    with pytest.raises(CityDataError, match=told.replace("(", r"\(").replace(")", r"\)")):
        files.read(file)
