"""What many unit tests work on."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from store.engine import Store
from tests.stores import MASTER_KEY, sqlite_url


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """An empty store with its master key."""
    async with Store.open(sqlite_url(tmp_path), key=MASTER_KEY) as opened:
        yield opened
