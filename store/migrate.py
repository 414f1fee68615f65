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
from store.unlocking import unlock
from store.vault import MasterKey, Vault

HEAD = "0028"
"""Newest revision in store/migrations/versions; a store that has it needs no migration."""

_ADVISORY_LOCK = 12345


async def migrate(url: URL, master: MasterKey | None) -> Vault | None:
    """Migrates the database at `url` and unlocks its vault; None without a master key.

    Raises ValueError for a URL that names no file, WrongKey for another key than the store's,
    KeyNeeded where personal data of an older version are to be encrypted and no key is given,
    alembic.util.CommandError for a store made by a newer version of the program.
    """
    if url.get_backend_name() == "sqlite":
        return await asyncio.to_thread(_migrate_file, url, master)
    return await _migrate_server(url, master)


def _migrate_file(url: URL, master: MasterKey | None) -> Vault | None:
    if url.database in (None, "", ":memory:"):
        raise ValueError(f"{url}: the store needs a file: sqlite+aiosqlite:////path/store.sqlite")
    path = Path(str(url.database))
    if not path.parent.is_dir():
        raise ValueError(f"{path.parent}: no such folder; make it before opening the store there")
    engine = sa.create_engine(
        url.set(drivername="sqlite+pysqlite"),
        connect_args=sqlite.CONNECT_ARGS,
        poolclass=sa.NullPool,
        hide_parameters=True,
    )
    # The journal mode stays with the file.
    pragmas = ("journal_mode=WAL", sqlite.SECURE_DELETE)
    sqlite.prepare(engine, begin="BEGIN IMMEDIATE", pragmas=pragmas)
    with path.with_name(path.name + ".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with engine.begin() as connection:
            changed, vault = _upgrade(connection, master)
        if changed:
            with engine.connect() as connection:
                sqlite.forget(connection)
    return vault


async def _migrate_server(url: URL, master: MasterKey | None) -> Vault | None:
    engine = create_async_engine(url, poolclass=sa.NullPool, hide_parameters=True)
    async with engine.begin() as connection:
        # Held to the end of the transaction.
        await connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_ADVISORY_LOCK)))
        _, vault = await connection.run_sync(_upgrade, master)
    return vault


def _upgrade(connection: sa.Connection, master: MasterKey | None) -> tuple[bool, Vault | None]:
    """Whether anything was changed, and the vault."""
    changed = not _is_newest(connection)
    if changed:
        _run_migrations(connection, master)
    return changed, unlock(connection, master) if master is not None else None


def _is_newest(connection: sa.Connection) -> bool:
    if not sa.inspect(connection).has_table("alembic_version"):
        return False
    version: str | None = connection.scalar(sa.text("select version_num from alembic_version"))
    return version == HEAD


def _run_migrations(connection: sa.Connection, master: MasterKey | None) -> None:
    # Slow to import, and needed only when something has to be changed.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    config.attributes["master_key"] = master
    command.upgrade(config, "head")
