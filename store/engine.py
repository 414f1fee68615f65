"""The store: connections, transactions and the group-committing writer.

Reads see one consistent state and can never become writes. Writes take the write lock at once
(BEGIN IMMEDIATE), so that SQLite never answers "database is locked" in the middle of a
transaction. What happens during a call is posted to one writer that commits many posts at once.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from contextvars import ContextVar
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import Insert as PostgresInsert
from sqlalchemy.dialects.sqlite import Insert as SqliteInsert
from sqlalchemy.engine import URL, make_url
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from store import sqlite, sqlite_driver
from store.migrate import migrate
from store.vault import KeyNeeded, MasterKey, Vault
from store.writer import Batch, Work, Writer

_VAULT = "vault"
"""Execution option of a store's connections that holds its vault."""

_dumps = partial(json.dumps, ensure_ascii=False, separators=(",", ":"))


def _loads(text: str) -> Any:
    # Most lists of a ticket are empty.
    return [] if text == "[]" else json.loads(text)


_joined: ContextVar["tuple[Store, AsyncConnection] | None"] = ContextVar("joined", default=None)
"""The transaction that this task's reads and writes belong to."""


class Store:
    """One city's store (SQLite file or PostgreSQL database); made by `Store.open`."""

    def __init__(self, engines: "_Engines", writer: Writer, vault: Vault | None) -> None:
        self._engines = engines
        self._writer = writer
        self._vault = vault

    @classmethod
    @asynccontextmanager
    async def open(cls, url: str, *, key: MasterKey | None = None) -> AsyncIterator["Store"]:
        """Opens the store at an SQLAlchemy URL and brings its tables to the newest form.

        `sqlite+aiosqlite:///FILE` makes the file where there is none (its folder must exist).
        Closing writes everything that was posted. `key`: the city's master key; without it
        tickets and persons can be neither read nor written, and raise KeyNeeded. Raises
        ValueError for a URL without a file, WrongKey for another key than the store's and
        sqlalchemy.exc.SQLAlchemyError where the database cannot be used.
        """
        parsed = make_url(url)
        vault = await migrate(parsed, key)
        make = _sqlite_engines if _is_sqlite(parsed) else _server_engines
        engines = make(parsed, {_VAULT: vault})
        writer = Writer(engines.apply)
        try:
            async with writer.running():
                yield cls(engines, writer, vault)
        finally:
            await engines.dispose()

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self._engines.dialect

    @property
    def vault(self) -> Vault:
        """Keys and hashes of personal data; raises KeyNeeded."""
        if self._vault is None:
            raise KeyNeeded
        return self._vault

    @property
    def rollbacks(self) -> int:
        """Number of rolled-back batches: whoever caches what posts wrote forgets it then."""
        return self._writer.rollbacks

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A connection whose statements see one state of the store and cannot change it."""
        if (connection := self._transaction()) is not None:
            yield connection
            return
        async with self._engines.reader.connect() as connection:
            yield connection

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that commits at exit; sees all that this process posted before.

        Do not wait for a `post` inside: on SQLite the writer waits for this transaction.
        """
        if (connection := self._transaction()) is not None:
            async with connection.begin_nested():
                yield connection
            return
        await self._writer.flush()
        async with self._engines.lock, self._engines.writer.begin() as connection:
            yield connection

    @asynccontextmanager
    async def as_one(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that every `read` and `write` of this task joins until exit.

        For what must be committed together with work that opens its own transactions; a `write`
        inside that fails takes only itself back. Tasks that are started inside must not use the
        store.
        """
        async with self.write() as connection:
            token = _joined.set((self, connection))
            try:
                yield connection
            finally:
                _joined.reset(token)

    def _transaction(self) -> AsyncConnection | None:
        found = _joined.get()
        return found[1] if found is not None and found[0] is self else None

    def post(self, *work: Work) -> asyncio.Future[None]:
        """Hands statements, or functions of a connection, to the writer (≤ 50 ms to commit).

        The work of one post is atomic and posts are applied in their order. The future is done
        after the commit and carries the error of a post that failed; nobody needs to wait for
        it. It may be cancelled without effect on the post. Raises StoreBusy where the disk
        cannot follow and StoreClosed after the end.
        """
        return self._writer.post(work)

    async def forget(self) -> None:
        """After a key was destroyed: takes it out of SQLite's write-ahead log, too.

        As far as readers allow, for whom it waits a little. PostgreSQL keeps its own log.
        """
        await self._engines.forget()

    def insert(self, table: sa.Table) -> SqliteInsert | PostgresInsert:
        """An insert of this dialect, for `on_conflict_do_nothing` and `on_conflict_do_update`."""
        return insert(self.dialect, table)


def vault_of(db: AsyncConnection) -> Vault:
    """The vault of the store that a connection belongs to; raises KeyNeeded."""
    vault = db.sync_connection and db.sync_connection.get_execution_options().get(_VAULT)
    if not isinstance(vault, Vault):
        raise KeyNeeded
    return vault


def insert(dialect: str, table: sa.Table) -> SqliteInsert | PostgresInsert:
    """An insert that knows ON CONFLICT, for the dialect's name."""
    return SqliteInsert(table) if dialect == "sqlite" else PostgresInsert(table)


def among(
    dialect: str, column: sa.ColumnElement[str], values: Sequence[str]
) -> sa.ColumnElement[bool]:
    """`column IN values` as one parameter: a statement of its own for each number of values costs
    more than it finds."""
    if dialect == "sqlite":
        each = sa.func.json_each(json.dumps(list(values))).table_valued("value")
        return column.in_(sa.select(each.c.value))
    return column == sa.any_(sa.bindparam(None, list(values), type_=ARRAY(sa.Text)))


class _Engines:
    """The engines of one store and the way a batch reaches them."""

    def __init__(self, dialect: str, reader: AsyncEngine, writer: AsyncEngine) -> None:
        self.dialect = dialect
        self.reader = reader
        self.writer = writer
        self.lock = asyncio.Lock()

    async def apply(self, batch: Batch) -> None:
        """Runs a batch in one transaction."""
        async with self.writer.begin() as connection:
            await connection.run_sync(batch)

    async def forget(self) -> None:
        """Nothing to do where the database does not write into a file of ours."""

    async def dispose(self) -> None:
        await self.reader.dispose()
        if self.writer is not self.reader:
            await self.writer.dispose()


class _SqliteEngines(_Engines):
    """SQLite: a batch runs on a plain connection in one thread.

    The asynchronous driver crosses threads several times for each statement, which would cost
    more than the statements themselves.
    """

    def __init__(self, reader: AsyncEngine, writer: AsyncEngine, batches: sa.Engine) -> None:
        super().__init__("sqlite", reader, writer)
        self._batches = batches
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="store-writer")

    async def apply(self, batch: Batch) -> None:
        loop = asyncio.get_running_loop()
        async with self.lock:
            await loop.run_in_executor(self._thread, self._run, batch)

    def _run(self, batch: Batch) -> None:
        with self._batches.begin() as connection:
            batch(connection)

    async def forget(self) -> None:
        loop = asyncio.get_running_loop()
        async with self.lock:
            await loop.run_in_executor(self._thread, self._forget)

    def _forget(self) -> None:
        with self._batches.connect() as connection:
            sqlite.forget(connection)

    async def dispose(self) -> None:
        await super().dispose()
        await asyncio.to_thread(self._thread.shutdown)
        self._batches.dispose()


def _is_sqlite(url: URL) -> bool:
    return url.get_backend_name() == "sqlite"


def _server_engines(url: URL, of_connections: dict[str, Any]) -> _Engines:
    engine = create_async_engine(
        url,
        json_serializer=_dumps,
        json_deserializer=_loads,
        pool_pre_ping=True,
        hide_parameters=True,
        execution_options=of_connections,
    )
    reader = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    return _Engines(engine.dialect.name, reader, engine)


def _sqlite_engines(url: URL, of_connections: dict[str, Any]) -> _Engines:
    options: dict[str, Any] = {
        "json_serializer": _dumps,
        "json_deserializer": _loads,
        "hide_parameters": True,  # they are citizens' data, and errors are logged
        "execution_options": of_connections,
    }
    connect = partial(sqlite_driver.connect, str(url.database), **sqlite.CONNECT_ARGS)
    reader = create_async_engine(
        url, async_creator=partial(connect, writes=False), **options, pool_size=4, max_overflow=4
    )
    writer = create_async_engine(
        url, async_creator=partial(connect, writes=True), **options, pool_size=1, max_overflow=0
    )
    batches = sa.create_engine(
        url.set(drivername="sqlite+pysqlite"),
        connect_args=sqlite.CONNECT_ARGS,
        **options,
        pool_size=1,
        max_overflow=0,
    )
    sqlite.prepare(reader.sync_engine, begin="BEGIN", pragmas=("query_only=ON",))
    for engine in (writer.sync_engine, batches):
        sqlite.prepare(engine, begin="BEGIN IMMEDIATE", pragmas=(sqlite.SECURE_DELETE,))
    return _SqliteEngines(reader, writer, batches)
