"""What the tests' stores are opened with."""

from pathlib import Path

from store.vault import MasterKey

MASTER_KEY = MasterKey(bytes(range(32)))


def sqlite_url(folder: Path) -> str:
    """The URL of a store in a folder."""
    return f"sqlite+aiosqlite:///{folder / 'store.sqlite'}"
