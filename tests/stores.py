"""What the tests' stores are opened with, and stores of older versions."""

from collections.abc import Mapping
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

import store.migrate
from store.engine import Store
from store.tables import metadata
from store.vault import MasterKey

MASTER_KEY = MasterKey(bytes(range(32)))


def sqlite_url(folder: Path) -> str:
    """The URL of a store in a folder."""
    return f"sqlite+aiosqlite:///{folder / 'store.sqlite'}"


def make_older(file: Path, revision: str) -> None:
    """Takes the tables back to an older revision; the rows stay."""
    config = Config()
    folder = Path(store.migrate.__file__).parent / "migrations"
    config.set_main_option("script_location", str(folder))
    engine = sa.create_engine(f"sqlite:///{file}")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        config.attributes["master_key"] = MASTER_KEY
        command.downgrade(config, revision)
    engine.dispose()


async def tamper(store: Store, sql: str) -> None:
    """Changes a store behind its back; the statement is one that both databases know."""
    async with store.write() as db:
        await db.exec_driver_sql(sql)


async def ask(store: Store, sql: str) -> list[tuple[object, ...]]:
    """The rows of a query that both databases know."""
    async with store.read() as db:
        return [tuple(row) for row in await db.exec_driver_sql(sql)]


async def content_of(store: Store, folder: Path) -> dict[str, bytes]:
    """What is kept, by name: SQLite's files, its write-ahead log too, or PostgreSQL's rows."""
    if store.dialect == "sqlite":
        return files_of(folder)
    async with store.read() as db:
        return {
            table.name: "\n".join(
                str(text)
                for text in await db.scalars(
                    sa.text(f'select cast("{table.name}" as text) from "{table.name}"')
                )
            ).encode()
            for table in metadata.sorted_tables
        }


def files_of(folder: Path) -> dict[str, bytes]:
    """SQLite's files in a folder."""
    files = sorted(folder.glob("store.sqlite*"))
    assert folder / "store.sqlite" in files
    return {file.name: file.read_bytes() for file in files}


def readable(found: Mapping[str, bytes], *secrets: str) -> list[str]:
    """Which of the secrets can be read in what is kept, and where."""
    return [
        f"{text} in {name}"
        for name, raw in found.items()
        for text in secrets
        if text.encode() in raw or text.encode("ascii", "backslashreplace") in raw
    ]
