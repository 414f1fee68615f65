"""Fixtures of the page tests: a real line, and people in real browsers (真实浏览器)."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.browser.people import People
from tests.e2e.conftest import (  # noqa: F401  (fixtures)
    line,
    line_config,
    line_options,
    phones,
    prompts,
    records,
)
from tests.e2e.line import Line


@pytest_asyncio.fixture
async def people(line: Line, request: pytest.FixtureRequest) -> AsyncIterator[People]:  # noqa: F811
    """People of the demonstration in browsers of their own; no page may have broken."""
    async with People.of(line) as people:
        yield people
        assert people.faults == [], "a page threw or reported errors"
