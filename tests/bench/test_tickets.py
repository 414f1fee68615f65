"""The bench of the tickets works on both databases. Numbers are for `hotline bench tickets`."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from service.bench_tickets.bench import Bench, sqlite_url
from service.bench_tickets.stories import LIVES
from service.errors import Failure
from store.engine import Store
from tests.postgres import Server
from tests.stores import MASTER_KEY
from ticketing.model import State

ACTS = ["create", "transition", "inbox page", "search", "repeats"]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return asyncio.run(Bench.prepared(tmp_path_factory.mktemp("stories"), categories=2))


def test_stories_are_whole_lives(prepared: Bench) -> None:
    assert {story.life for story in prepared.stories} == LIVES.keys()
    for story in prepared.stories:
        assert story.stages[-1].state == story.whole.state
        assert story.whole.state in (State.CLOSED, State.REJECTED)
    assert sum(share for share, _ in LIVES.values()) == 100


async def test_both_databases(prepared: Bench, tmp_path: Path, postgres_server: Server) -> None:
    for url in (sqlite_url(tmp_path / "bench.sqlite"), postgres_server.url(postgres_server.new())):
        found = await prepared.run(url, count=300, rounds=10)
        assert [one.act for one in found] == ACTS
        for one in found:
            assert one.statements >= 2
            count = 50 if one.act == "transition" else 10
            assert len(one.product.ms) == len(one.bare.ms) == count
            assert 0 < one.product.percentile(50) <= one.product.percentile(99)
            assert one.ratio == one.product.per_second / one.bare.per_second


async def test_a_store_of_a_city_is_left_alone(prepared: Bench, tmp_path: Path) -> None:
    url = sqlite_url(tmp_path / "bench.sqlite")
    async with Store.open(url, key=MASTER_KEY):
        pass
    before = content(tmp_path)
    with pytest.raises(Failure, match="belongs to a city"):
        await prepared.run(url, count=300, rounds=10)
    assert content(tmp_path) == before


def content(folder: Path) -> bytes:
    with closing(sqlite3.connect(folder / "bench.sqlite")) as db:
        return "\n".join(db.iterdump()).encode()
