"""The same SQL again: what the product sent to the database, sent by the plain driver.

The statements of an act are written down with their values as the driver got them. Rows that the
act made are then taken away and the driver alone does it again, each transaction with its commit,
so that both did the same work on the same store and differ in everything around it.
"""

import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

import asyncpg
import sqlalchemy as sa
from sqlalchemy.engine import make_url

from store.engine import Store
from store.tables import metadata

Statements = Sequence[tuple[str, Any]]
"""What the driver got, with its values."""
_COMMIT, _ROLLBACK = "COMMIT", "ROLLBACK"


@dataclass
class Recorder:
    """Statements in the order in which the driver got them."""

    statements: list[tuple[str, Any]] = field(default_factory=list)

    def taken(self) -> Statements:
        """What came since it was asked last."""
        found, self.statements = self.statements, []
        return found


@contextmanager
def recording() -> Iterator[Recorder]:
    """Writes down what every engine of this process sends."""
    recorder = Recorder()

    def sent(*args: Any) -> None:
        statement, parameters, many = args[2], args[3], args[5]
        recorder.statements += [(statement, one) for one in (parameters if many else [parameters])]

    def ended(how: str) -> Callable[[sa.Connection], None]:
        return lambda _connection: recorder.statements.append((how, ()))

    listeners = {
        "before_cursor_execute": sent,
        "commit": ended(_COMMIT),
        "rollback": ended(_ROLLBACK),
    }
    for name, listener in listeners.items():
        sa.event.listen(sa.Engine, name, listener)
    try:
        yield recorder
    finally:
        for name, listener in listeners.items():
            sa.event.remove(sa.Engine, name, listener)


class Driver(Protocol):
    """A plain driver's connection."""

    async def run(self, statements: Statements) -> None:
        """Does what was written down; rows of queries are fetched."""
        ...


@asynccontextmanager
async def driver(url: str) -> AsyncIterator[Driver]:
    """Connects to the store at an SQLAlchemy URL."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        assert parsed.database is not None
        with closing(sqlite3.connect(parsed.database, isolation_level=None)) as connection:
            connection.execute("PRAGMA foreign_keys=ON")
            connection.execute("PRAGMA synchronous=FULL")
            connection.execute("PRAGMA secure_delete=ON")
            yield _Sqlite(connection)
        return
    plain = parsed.set(drivername="postgresql").render_as_string(hide_password=False)
    server = await asyncpg.connect(plain)
    try:
        yield _Postgres(server)
    finally:
        await server.close()


class _Sqlite:
    """Begins and ends of transactions are statements among the others."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    async def run(self, statements: Statements) -> None:
        for statement, values in statements:
            self._connection.execute(statement, values).fetchall()


class _Postgres:
    """Transactions begin with their first statement; their begin was not a statement."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def run(self, statements: Statements) -> None:
        transaction = None
        for statement, values in statements:
            if statement in (_COMMIT, _ROLLBACK):
                if transaction is not None:
                    end = transaction.commit if statement == _COMMIT else transaction.rollback
                    await end()
                transaction = None
                continue
            if transaction is None:
                transaction = self._connection.transaction()
                await transaction.start()
            await self._connection.fetch(statement, *values)


async def take_away(store: Store, numbers: Sequence[str]) -> None:
    """Deletes all rows of these tickets."""
    async with store.write() as db:
        for table in reversed(metadata.sorted_tables):
            if "ticket_no" in table.c:
                await db.execute(sa.delete(table).where(table.c.ticket_no.in_(numbers)))
