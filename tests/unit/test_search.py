"""Full-text search: Chinese words, odd input, numbers, ranks, excerpts, and the index's upkeep."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from store.engine import Store
from store.tables_search import search_doc
from tests.console_kit import Api
from tests.unit.stored_story import closed
from tests.unit.ticket_story import MATTER, instant
from ticketing.erasure import Erasure
from ticketing.refusal import Refusal
from ticketing.search import excerpts, search
from ticketing.search_index import doc_id
from ticketing.search_upkeep import index_missing, reindex
from ticketing.search_words import spans, terms, words
from ticketing.tickets import Tickets

T0 = instant("10-01 08:00")
AGENT: dict[str, Any] = {"actor": "1001", "role": "agent", "at": T0}
LAMP = {
    **MATTER,
    "title": "路灯不亮",
    "content": "幸福家园5号楼旁的路灯坏了，晚上看不见；LED灯，苏NA1234停在下面",
    "address_text": "宿城区洪泽湖路",
    "contact_phone": "13800000001",
}


async def numbers(store: Store, query: str, **more: Any) -> list[str]:
    found = await search(store, query, viewer=None, **more)
    return [one.ticket_no for one in found.tickets]


@pytest.mark.parametrize(
    ("query", "fits"),
    [
        ("路灯", True),
        ("灯", True),
        ("路灯不亮", True),
        ("灯路", False),
        ("路灯坏", True),
        ("亮", True),  # the end of a run
        ("幸福家园 路灯", True),
        ("幸福家园 漏水", False),
        ("幸福家园5号楼", True),
        ("５号楼", True),
        ("6号楼", False),
        ("苏na1234", True),
        ("led", True),
        ("le", False),
        ("洪泽湖路", True),
        ("湖路路灯", False),  # of two texts
        ("路灯\x00不亮", False),
        ("路灯😀", True),
        ('"路灯" OR *', False),  # words, no operators
        ("title:路灯", False),
        ("路灯)", True),
        ("NEAR(路灯)", False),
        ("%", None),
        ("😀", None),
        ("灯" * 101, None),
        (" ".join("一二三四五六七八九十百"), None),
    ],
)
async def test_words_are_found_and_nothing_is_an_operator(
    store: Store, tickets: Tickets, query: str, fits: bool | None
) -> None:
    one = await tickets.create(LAMP, **AGENT)
    if fits is None:
        with pytest.raises(Refusal) as refused:
            await search(store, query, viewer=None)
        assert (refused.value.code, refused.value.field) == ("invalid_value", "q")
    else:
        assert await numbers(store, query) == ([one.ticket_no] if fits else [])


@given(st.text(max_size=100))
def test_whatever_is_typed_becomes_words_without_signs(query: str) -> None:
    for term in terms(query):
        assert term.words
        for word in term.words:
            assert word and not set(word) & set("\"'\\*:()<>|&!+-^{} \0\n")


@given(st.text(max_size=60))
def test_a_text_has_the_words_that_are_looked_for_in_it(text: str) -> None:
    indexed = words({"m": [text]})
    for term in terms(text):
        wanted = tuple("m" + word for word in term.words)
        size = len(wanted)
        windows = (tuple(indexed[at : at + size]) for at in range(len(indexed)))
        assert any(
            one[:-1] == wanted[:-1] and one and one[-1].startswith(wanted[-1])
            if term.is_prefix
            else one == wanted
            for one in windows
        )
        assert spans(text, [term])


async def test_ends_of_numbers_and_whole_numbers_are_found(store: Store, tickets: Tickets) -> None:
    one = await tickets.create(LAMP, **AGENT)
    other = await tickets.create(
        {**MATTER, "content": "门牌0001", "contact_phone": "13900000002"}, **AGENT
    )
    assert set(await numbers(store, "0001")) == {one.ticket_no, other.ticket_no}
    assert await numbers(store, "0001 路灯") == [one.ticket_no]
    assert await numbers(store, "13800000001") == [one.ticket_no]
    assert await numbers(store, "138-0000-0001") == [one.ticket_no]
    assert await numbers(store, "8000") == []
    async with store.read() as db:
        kept = (await db.execute(sa.select(search_doc.c.words))).scalars().all()
    assert "13800000001" not in str(kept)


async def test_the_best_come_first_and_of_equals_the_newest(store: Store, tickets: Tickets) -> None:
    texts = ("停水三天", "停水三天", "停水停水停水", "停水" + "很久" * 300)
    made = []
    for hour, text in enumerate(texts):
        told = {**MATTER, "title": "停水", "content": text}
        made.append(await tickets.create(told, **{**AGENT, "at": T0 + timedelta(hours=hour)}))
    old, new, best, newest = (one.ticket_no for one in made)
    assert await numbers(store, "停水") == [best, newest, new, old]
    found = await search(store, "停水", viewer=None, limit=2)
    assert (found.total, len(found.tickets)) == (4, 2)


async def test_the_newest_are_those_of_the_latest_numbers(
    store: Store, tickets: Tickets, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever came into the index last: an import brings old tickets."""
    monkeypatch.setattr("ticketing.search_match.MOST_LOOKED_AT", 2)
    days = ("11-03", "11-02", "11-01", "10-30")
    made = [
        (await tickets.create(LAMP, **{**AGENT, "at": instant(f"{day} 08:00")})).ticket_no
        for day in days
    ]
    assert await numbers(store, "路灯") == made[:2]


def test_keys_of_the_index_follow_the_numbers() -> None:
    told = ["SQ990101000001", "SQ261130000002", "SQ261130000010", "SQ261201000001"]
    ids = [doc_id(one) for one in told]
    assert ids == sorted(set(ids)) and ids[0] < 0
    assert doc_id("SQ261130000002") != doc_id("SZ261130000002")
    assert doc_id("SQ891231999999999") < 2**63


async def test_excerpts_mark_what_was_found(store: Store, tickets: Tickets) -> None:
    await tickets.create({**LAMP, "content": "很" * 50 + "ＬＥＤ路灯" + "长" * 50}, **AGENT)
    found = await search(store, "led 路灯", viewer=None)
    told = excerpts(found.tickets[0].to_json(), found.terms)
    assert [one.field for one in told] == ["title", "content"]
    marked = [[one.text[a:b] for a, b in one.marks] for one in told]
    assert marked == [["路灯"], ["ＬＥＤ", "路灯"]]
    assert told[1].text.startswith("…很") and told[1].text.endswith("长…")


async def test_the_index_follows_the_ticket(store: Store, tickets: Tickets) -> None:
    one = await tickets.create(LAMP, **AGENT)
    await tickets.set_transcript(one.ticket_no, "市民：楼道也漏水", 0.9, at=T0)
    assert await numbers(store, "漏水") == [one.ticket_no]
    await tickets.do(one.ticket_no, "amend", {"title": "广告牌松动"}, **AGENT)
    assert await numbers(store, "广告牌") == [one.ticket_no]
    assert await numbers(store, "路灯不亮") == []
    with pytest.raises(ZeroDivisionError):
        async with store.as_one():
            await tickets.do(one.ticket_no, "amend", {"title": "井盖"}, **AGENT)
            raise ZeroDivisionError
    assert await numbers(store, "井盖") == []


async def test_a_lost_index_is_made_anew(store: Store, tickets: Tickets) -> None:
    made = [await tickets.create(LAMP, **AGENT) for _ in range(3)]
    async with store.write() as db:
        gone = search_doc.c.ticket_no != made[0].ticket_no
        await db.execute(sa.delete(search_doc).where(gone))
    assert await numbers(store, "路灯") == [made[0].ticket_no]
    assert (await index_missing(store), await index_missing(store)) == (2, 0)
    assert len(await numbers(store, "路灯")) == 3
    assert await reindex(store) == 3
    assert len(await numbers(store, "路灯")) == 3


async def test_erasure_takes_name_and_number_out_of_the_index(
    store: Store, tickets: Tickets
) -> None:
    content = "我是欧阳海棠，电话13800000001，路灯坏了"
    person = {"requester_name": "欧阳海棠", "contact_phone": "13800000001"}
    one = await tickets.create({**LAMP, **person, "content": content}, **AGENT)
    await tickets.do(one.ticket_no, "accept", {}, **AGENT)
    await closed(tickets, one.ticket_no, T0)
    for query in ("欧阳海棠", "13800000001", "0001"):
        assert await numbers(store, query) == [one.ticket_no]
    await Erasure(store).ticket(one.ticket_no, "书面申请", actor="h1", role="center_head", at=T0)
    for again in (False, True):
        if again:
            await reindex(store)
        for query in ("欧阳海棠", "海棠", "13800000001", "0001"):
            assert await numbers(store, query) == []
        assert await numbers(store, "路灯坏了") == [one.ticket_no]


async def test_over_http(api: Api) -> None:
    one = await api.parts.tickets.create(LAMP, **AGENT)
    said = await api.ask("dispatcher", "GET", "/api/tickets/search?q=%E8%B7%AF%E7%81%AF")
    assert (said.status, said.body["total"]) == (200, 1), said.body
    (hit,) = said.body["hits"]
    assert hit["ticket"]["ticket_no"] == one.ticket_no
    assert hit["excerpts"][0] == {"field": "title", "text": "路灯不亮", "marks": [[0, 2]]}
    none = await api.ask("unit_handler", "GET", "/api/tickets/search?q=%E8%B7%AF%E7%81%AF")
    assert none.body == {"total": 0, "hits": []}
    wrong = await api.ask("dispatcher", "GET", "/api/tickets/search?q=%22*")
    assert (wrong.status, wrong.error) == (422, ("invalid_value", "q"))
    masked = await api.ask("auditor", "GET", "/api/tickets/search?q=0001")
    assert masked.body["hits"][0]["ticket"]["contact_phone"] == "138****0001"
