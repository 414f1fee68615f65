"""What many unit tests work on."""

from collections.abc import AsyncIterator

import pytest

from store.engine import Store
from tests.console_kit import Api, console
from tests.stores import MASTER_KEY
from ticketing.tickets import Tickets


@pytest.fixture
async def store(store_url: str) -> AsyncIterator[Store]:
    """An empty store with its master key, on each database in turn."""
    async with Store.open(store_url, key=MASTER_KEY) as opened:
        yield opened


@pytest.fixture
def tickets(store: Store) -> Tickets:
    """Its tickets."""
    return Tickets(store)


@pytest.fixture
async def api(store_url: str) -> AsyncIterator[Api]:
    """A console on an empty store, on each database in turn, with an account for every role."""
    async with console(store_url) as opened:
        await opened.everybody()
        yield opened
