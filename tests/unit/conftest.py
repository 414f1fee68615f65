"""What many unit tests work on."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from store.engine import Store
from tests.console_kit import Api, console
from tests.stores import MASTER_KEY, sqlite_url
from ticketing.tickets import Tickets


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """An empty store with its master key."""
    async with Store.open(sqlite_url(tmp_path), key=MASTER_KEY) as opened:
        yield opened


@pytest.fixture
def tickets(store: Store) -> Tickets:
    """Its tickets."""
    return Tickets(store)


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Api]:
    """A console on an empty store, with an account for every role."""
    async with console(sqlite_url(tmp_path)) as opened:
        await opened.everybody()
        yield opened
