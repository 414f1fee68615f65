"""How the store uses SQLite."""

from typing import Any

import sqlalchemy as sa

BUSY_SECONDS = 20
"""How long a connection waits for the write lock that another process holds."""

CONNECT_ARGS: dict[str, Any] = {"timeout": BUSY_SECONDS, "isolation_level": None}
"""The driver must not begin transactions by itself; `prepare` does."""

CACHE_KIB = 32 * 1024
"""Pages that each connection keeps; of two megabytes, as the default is, not even the inner pages
of the indexes of a million tickets stay."""

SECURE_DELETE = "secure_delete=ON"
"""Pragma of connections that write: what is deleted is overwritten, a destroyed key first."""


def forget(connection: sa.Connection) -> bool:
    """Empties the write-ahead log, which still has what was deleted; outside a transaction.

    False where readers did not allow it within BUSY_SECONDS.
    """
    (busy, *_) = connection.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not busy


def prepare(engine: sa.Engine, *, begin: str, pragmas: tuple[str, ...] = ()) -> None:
    """Makes an engine's connections careful and its transactions start with `begin`."""

    @sa.event.listens_for(engine, "connect")
    def _connected(connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA foreign_keys=ON")
        # FULL: what was acknowledged survives a power failure, not only a crash.
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute(f"PRAGMA cache_size=-{CACHE_KIB}")
        for pragma in pragmas:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql(begin)
