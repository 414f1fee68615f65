"""The store: transactions, group commit, isolation of failures, crash, many processes."""

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta, timezone
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

from store import sqlite
from store.engine import Store
from store.migrate import HEAD
from store.tables import metadata, ticket_serial
from store.types import SHANGHAI, UtcDateTime, local_iso
from store.writer import StoreBusy, StoreClosed


def url(path: Path) -> str:
    return f"sqlite+aiosqlite:///{path}"


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with Store.open(url(tmp_path / "store.sqlite")) as opened:
        yield opened


def add(day: str, last: int = 1) -> sa.Insert:
    return sa.insert(ticket_serial).values(day=day, last=last)


async def days(store: Store) -> list[str]:
    async with store.read() as db:
        rows = await db.execute(sa.select(ticket_serial.c.day).order_by(ticket_serial.c.day))
        return list(rows.scalars())


async def test_a_post_is_committed_within_50_ms(store: Store, tmp_path: Path) -> None:
    await store.post(add("warm"))
    took = []
    for n in range(20):
        begin = time.monotonic()
        await store.post(add(f"d{n}"))
        took.append(time.monotonic() - begin)
    assert min(took) < 0.05
    other = sqlite3.connect(tmp_path / "store.sqlite")
    assert other.execute("select count(*) from ticket_serial").fetchone() == (21,)


async def test_posts_of_one_moment_are_one_commit(store: Store) -> None:
    commits = 0

    def count(_: object) -> None:
        nonlocal commits
        commits += 1

    sa.event.listen(store._engines._batches, "commit", count)  # type: ignore[attr-defined]
    await asyncio.gather(*(store.post(add(f"{n:06}")) for n in range(100)))
    assert commits == 1
    assert len(await days(store)) == 100


async def test_a_bad_post_fails_alone_and_whole(store: Store) -> None:
    good = store.post(add("a"))
    bad = store.post(add("b"), add("a"))
    late = store.post(add("c"))
    with pytest.raises(sa.exc.IntegrityError):
        await bad
    await good
    await late
    assert await days(store) == ["a", "c"]
    assert store.rollbacks >= 1


async def test_posts_are_applied_in_order(store: Store) -> None:
    seen: list[int] = []

    def note(n: int, _: sa.Connection) -> None:
        seen.append(n)

    await asyncio.gather(*(store.post(partial(note, n)) for n in range(50)))
    assert seen == list(range(50))


async def test_what_a_post_returns_runs_once_a_batch_and_in_its_transaction(store: Store) -> None:
    calls = 0

    def finish(db: sa.Connection) -> None:
        nonlocal calls
        calls += 1
        db.execute(add("end"))

    await asyncio.gather(*(store.post(lambda _: finish) for _ in range(5)))
    assert calls == 1
    assert await days(store) == ["end"]


async def test_a_cancelled_waiter_does_not_cancel_the_post(store: Store) -> None:
    post = store.post(add("a"))
    post.cancel()
    async with store.write() as db:
        assert await db.scalar(sa.select(ticket_serial.c.day)) == "a"


async def test_closing_writes_what_waits(tmp_path: Path) -> None:
    async with Store.open(url(tmp_path / "s.sqlite")) as store:
        posts = [store.post(add(f"{n:06}")) for n in range(1200)]
    assert all(post.done() and post.exception() is None for post in posts)
    with pytest.raises(StoreClosed):
        store.post(add("late"))
    async with Store.open(url(tmp_path / "s.sqlite")) as store:
        assert len(await days(store)) == 1200


async def test_a_cancelled_close_still_writes_what_waits(tmp_path: Path) -> None:
    posted = asyncio.Event()

    async def use() -> None:
        async with Store.open(url(tmp_path / "s.sqlite")) as store:
            for n in range(2000):
                store.post(add(f"{n:06}"))
            posted.set()
            await asyncio.sleep(60)

    user = asyncio.create_task(use())
    await posted.wait()
    for _ in range(3):
        user.cancel()
        await asyncio.sleep(0.01)
    with pytest.raises(asyncio.CancelledError):
        await user
    async with Store.open(url(tmp_path / "s.sqlite")) as store:
        assert len(await days(store)) == 2000


async def test_a_lock_of_another_process_fails_nobody_before_its_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sqlite.CONNECT_ARGS, "timeout", 0.3)
    async with Store.open(url(tmp_path / "s.sqlite")) as store:
        other = sqlite3.connect(tmp_path / "s.sqlite", isolation_level=None)
        other.execute("begin immediate")
        posts = [store.post(add(f"{n}")) for n in range(20)]
        await asyncio.sleep(0.45)
        other.execute("rollback")
        await asyncio.gather(*posts)
        other.execute("begin immediate")
        begin = time.monotonic()
        posts = [store.post(add(f"x{n}")) for n in range(20)]
        results = await asyncio.gather(*posts, return_exceptions=True)
        assert all(isinstance(one, sa.exc.OperationalError) for one in results)
        assert time.monotonic() - begin < 3
        other.execute("rollback")
        await store.post(add("y"))
        assert len(await days(store)) == 21


async def test_the_queue_is_bounded(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("store.writer.QUEUE_POSTS", 3)
    posts = [store.post(add(f"{n}")) for n in range(3)]
    with pytest.raises(StoreBusy):
        store.post(add("x"))
    await asyncio.gather(*posts)
    await store.post(add("x"))


async def test_a_write_sees_earlier_posts_and_rolls_back_whole(store: Store) -> None:
    store.post(add("a"))
    with pytest.raises(RuntimeError, match="stop"):
        async with store.write() as db:
            assert await db.scalar(sa.select(ticket_serial.c.last)) == 1
            await db.execute(sa.update(ticket_serial).values(last=9))
            raise RuntimeError("stop")
    async with store.read() as db:
        assert await db.scalar(sa.select(ticket_serial.c.last)) == 1


async def test_a_reader_cannot_write(store: Store) -> None:
    async with store.read() as db:
        with pytest.raises(sa.exc.OperationalError, match="readonly"):
            await db.execute(add("a"))


async def test_a_reader_sees_one_state(store: Store) -> None:
    count = sa.select(sa.func.count()).select_from(ticket_serial)
    async with store.read() as db:
        assert await db.scalar(count) == 0
        await store.post(add("a"))
        assert await db.scalar(count) == 0
    assert await days(store) == ["a"]


async def test_writers_and_readers_together_never_lock(store: Store) -> None:
    await store.post(add("n", 0))
    plus = sa.update(ticket_serial).values(last=ticket_serial.c.last + 1)

    async def write() -> None:
        async with store.write() as db:
            await db.execute(sa.select(ticket_serial))
            await asyncio.sleep(0)
            await db.execute(plus)

    async def read() -> None:
        async with store.read() as db:
            await db.execute(sa.select(ticket_serial))
            await asyncio.sleep(0.005)

    await asyncio.gather(
        *(write() for _ in range(20)),
        *(read() for _ in range(20)),
        *(store.post(plus) for _ in range(20)),
    )
    async with store.read() as db:
        assert await db.scalar(sa.select(ticket_serial.c.last)) == 40


WRITER = """
import asyncio, sys
import sqlalchemy as sa
from store import sqlite
from store.engine import Store
from store.tables import ticket_serial

async def main():
    async with Store.open(sys.argv[1]) as store:
        for n in range(10**6):
            await asyncio.sleep(0.0005)
            day = f"{n:06}"
            post = store.post(sa.insert(ticket_serial).values(day=day, last=n))
            post.add_done_callback(lambda _, day=day: print(day, flush=True))

asyncio.run(main())
"""


def test_kill_9_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite"
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, url(path)], stdout=subprocess.PIPE, text=True
    )
    assert writer.stdout is not None
    acknowledged = [writer.stdout.readline().strip() for _ in range(300)]
    os.kill(writer.pid, signal.SIGKILL)
    acknowledged += writer.stdout.read().split()
    writer.wait()
    kept = {day for (day,) in sqlite3.connect(path).execute("select day from ticket_serial")}
    assert len(acknowledged) >= 300
    # The last line may have been cut off in the pipe.
    assert {day for day in acknowledged if len(day) == 6} <= kept


OPENER = """
import asyncio, sys
from store import sqlite
from store.engine import Store

async def main():
    async with Store.open(sys.argv[1]):
        pass

asyncio.run(main())
"""


def test_several_processes_may_open_a_new_store_at_once(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite"
    openers = [subprocess.Popen([sys.executable, "-c", OPENER, url(path)]) for _ in range(4)]
    assert [one.wait(60) for one in openers] == [0, 0, 0, 0]
    db = sqlite3.connect(path)
    assert db.execute("select version_num from alembic_version").fetchall() == [(HEAD,)]
    assert db.execute("pragma journal_mode").fetchone() == ("wal",)


async def test_migrations_make_exactly_the_tables(store: Store) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    def is_compared(_object: object, name: str, kind: str, *_more: object) -> bool:
        """Not what the databases have each for itself: FTS5's tables, the GIN index."""
        return not name.startswith("search_words") and name != "ix_search_doc_words"

    def differences(connection: sa.Connection) -> list[object]:
        options = {"compare_type": True, "include_object": is_compared}
        context = MigrationContext.configure(connection, opts=options)
        return list(compare_metadata(context, metadata))

    async with store.read() as db:
        assert await db.run_sync(differences) == []


def test_head_is_the_newest_migration() -> None:
    from alembic.script import ScriptDirectory

    import store.migrate

    folder = Path(store.migrate.__file__).parent / "migrations"
    assert ScriptDirectory(str(folder)).get_heads() == [HEAD]


def test_the_tables_can_be_made_in_postgresql() -> None:
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    for table in metadata.sorted_tables:
        assert "CREATE TABLE" in str(CreateTable(table).compile(dialect=dialect))
        for index in table.indexes:
            assert "CREATE" in str(CreateIndex(index).compile(dialect=dialect))


async def test_a_store_without_a_file_or_folder_is_refused(tmp_path: Path) -> None:
    for wrong in ("sqlite+aiosqlite://", url(tmp_path / "no" / "s.sqlite")):
        with pytest.raises(ValueError, match="store"):
            async with Store.open(wrong):
                pass


async def test_naive_datetimes_are_refused(store: Store) -> None:
    table = sa.Table("t", sa.MetaData(), sa.Column("at", UtcDateTime))
    async with store.read() as db:
        with pytest.raises(sa.exc.StatementError, match="without a time zone"):
            await db.execute(sa.select(table).where(table.c.at == datetime(2026, 1, 1)))


@given(
    st.datetimes(
        min_value=datetime(1971, 1, 1),
        max_value=datetime(2200, 1, 1),
        timezones=st.sampled_from([UTC, SHANGHAI, timezone(timedelta(hours=-5))]),
    )
)
def test_an_instant_comes_back_as_it_was(at: datetime) -> None:
    engine = sa.create_engine("sqlite://")
    table = sa.Table("t", sa.MetaData(), sa.Column("at", UtcDateTime))
    with engine.begin() as db:
        table.create(db)
        db.execute(sa.insert(table).values(at=at))
        back = db.scalar(sa.select(table.c.at))
    assert back == at
    assert back is not None
    assert back.tzinfo is UTC


def test_times_at_the_edge_are_local() -> None:
    at = datetime(2026, 9, 30, 16, 0, tzinfo=UTC)
    assert local_iso(at) == "2026-10-01T00:00:00+08:00"
    assert local_iso(at.replace(microsecond=120_000)) == "2026-10-01T00:00:00.120+08:00"
    assert local_iso(None) is None
