"""aiosqlite with fewer ways between threads.

The driver hands each step of a statement to the connection's thread: make a cursor, execute, fetch,
close. On short statements that costs many times what SQLite needs. Here a query with its first rows
is one hand-over. Inside of a transaction that has the write lock a statement waits for nobody and,
as a rule, touches a few rows, so that it is done at once, in the caller's thread; beginning and
commit, which wait for others and for the disk, and `executemany` never are.
"""

import sqlite3
from collections.abc import Iterable
from functools import partial
from typing import Any

import aiosqlite
from aiosqlite.context import contextmanager

_AT_ONCE = 256
"""Rows that come with the statement; more are fetched as they are asked for."""


def connect(file: str, *, writes: bool, **options: Any) -> "Connection":
    """What `aiosqlite.connect` gives: to be awaited. `writes`: its transactions have the lock."""
    made = Connection(partial(sqlite3.connect, file, check_same_thread=False, **options), 64)
    made.writes = writes
    made._thread.daemon = True  # as SQLAlchemy does: an engine forgotten open must not hang us
    return made


class Connection(aiosqlite.Connection):
    """A connection whose cursors are `Cursor`."""

    writes = False

    @contextmanager
    async def cursor(self) -> aiosqlite.Cursor:
        """A cursor; nothing is done yet."""
        return Cursor(self, self._conn.cursor())


class Cursor(aiosqlite.Cursor):
    """A cursor that fetches while it executes."""

    def __init__(self, connection: Connection, cursor: sqlite3.Cursor) -> None:
        super().__init__(connection, cursor)
        self._connection = connection
        self._rows: list[Any] = []
        self._has_more = False

    async def execute(self, sql: str, parameters: Iterable[Any] | None = None) -> "Cursor":
        """Executes and fetches the first rows."""
        values = parameters or ()
        if self._connection.writes and self._cursor.connection.in_transaction:
            self._rows = self._execute_and_fetch(sql, values)
        else:
            fetched = self._execute(self._execute_and_fetch, sql, values)  # type: ignore[no-untyped-call]
            self._rows = await fetched
        self._has_more = len(self._rows) == _AT_ONCE
        return self

    async def fetchone(self) -> Any:
        """The next row or None."""
        if self._rows:
            return self._rows.pop(0)
        return await super().fetchone() if self._has_more else None

    async def fetchmany(self, size: int | None = None) -> list[Any]:
        """The next rows; fewer than asked for do not mean the end."""
        if self._rows:
            wanted = size or self.arraysize
            found, self._rows = self._rows[:wanted], self._rows[wanted:]
            return found
        return list(await super().fetchmany(size)) if self._has_more else []

    async def fetchall(self) -> list[Any]:
        """The rows that are left."""
        found, self._rows = self._rows, []
        return found + list(await super().fetchall()) if self._has_more else found

    async def close(self) -> None:
        """Lets the statement go."""
        self._cursor.close()

    def _execute_and_fetch(self, sql: str, parameters: Any) -> list[Any]:
        self._cursor.execute(sql, parameters)
        return self._cursor.fetchmany(_AT_ONCE) if self._cursor.description else []
