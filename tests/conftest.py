"""What all tests need."""

import asyncio
import gc
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from store.engine import Store
from tests import postgres
from tests.stores import MASTER_KEY, sqlite_url

# A test command that a script runs in the background inherits an ignored Ctrl-C, and so would
# every process that the tests start and interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)

# Thousands of tests make one process large; looked through as often as usual, that alone takes a
# seventh of their time.
gc.set_threshold(50_000, 20, 20)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.Server]:
    """A PostgreSQL of this test process, with a database `ready` that has the newest tables."""
    with postgres.running() as server:
        server.sql("CREATE DATABASE ready")

        async def migrate() -> None:
            async with Store.open(server.url("ready"), key=MASTER_KEY):
                pass

        asyncio.run(migrate())
        yield server


@pytest.fixture(scope="module")
def empty_postgres(postgres_server: postgres.Server) -> Iterator[str]:
    """The URL of a database without anything, as a city writes it into its settings."""
    name = postgres_server.new()
    yield postgres_server.url(name).replace(f"{postgres.USER}@", f"{postgres.USER}:t0p-secret@")
    postgres_server.drop(name)


@pytest.fixture(scope="session")
def ready_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite store with the newest tables, to be copied: making them takes its time."""
    folder = tmp_path_factory.mktemp("ready")

    async def migrate() -> None:
        async with Store.open(sqlite_url(folder), key=MASTER_KEY):
            pass

    asyncio.run(migrate())
    return folder


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty store with the tests' master key, on each database in turn."""
    if request.param == "sqlite":
        ready: Path = request.getfixturevalue("ready_sqlite")
        for file in ready.glob("store.sqlite*"):
            shutil.copy(file, tmp_path)
        yield sqlite_url(tmp_path)
        return
    server: postgres.Server = request.getfixturevalue("postgres_server")
    name = server.new("ready")
    yield server.url(name)
    server.drop(name)
