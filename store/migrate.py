"""Brings the tables of a store to the newest form; safe when several processes start at once.

A change of store/tables.py comes with a new file in store/migrations/versions (revision and
down_revision as in the last one) and with HEAD below; a test compares both with the tables.
"""

import asyncio
import fcntl
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import create_async_engine

from store import sqlite

HEAD = "0005"
"""Newest revision in store/migrations/versions; a store that has it needs no migration."""

_ADVISORY_LOCK = 12345


async def migrate(url: URL) -> None:
    """Migrates the database at `url`; ValueError for a URL that names no file.

    Raises alembic.util.CommandError for a store made by a newer version of the program.
    """
    if url.get_backend_name() == "sqlite":
        await asyncio.to_thread(_migrate_file, url)
    else:
        await _migrate_server(url)


def _migrate_file(url: URL) -> None:
    if url.database in (None, "", ":memory:"):
        raise ValueError(f"{url}: the store needs a file: sqlite+aiosqlite:////path/store.sqlite")
    path = Path(str(url.database))
    if not path.parent.is_dir():
        raise ValueError(f"{path.parent}: no such folder; make it before opening the store there")
    engine = sa.create_engine(
        url.set(drivername="sqlite+pysqlite"),
        connect_args=sqlite.CONNECT_ARGS,
        poolclass=sa.NullPool,
    )
    # The journal mode stays with the file.
    sqlite.prepare(engine, begin="BEGIN IMMEDIATE", pragmas=("journal_mode=WAL",))
    with path.with_name(path.name + ".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with engine.begin() as connection:
            _upgrade(connection)


async def _migrate_server(url: URL) -> None:
    engine = create_async_engine(url, poolclass=sa.NullPool)
    async with engine.begin() as connection:
        # Held to the end of the transaction.
        await connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_ADVISORY_LOCK)))
        await connection.run_sync(_upgrade)


def _upgrade(connection: sa.Connection) -> None:
    if sa.inspect(connection).has_table("alembic_version"):
        version = connection.scalar(sa.text("select version_num from alembic_version"))
        if version == HEAD:
            return
    # Slow to import, and needed only when something has to be changed.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
