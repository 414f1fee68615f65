"""What the tests' stores are opened with, and stores of older versions."""

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

import store.migrate
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
