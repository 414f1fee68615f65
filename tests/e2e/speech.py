"""A line that recognises speech: fixtures for tests that speak to it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.line import Line, wait_for

SPEECH = Path(__file__).parents[1] / "fixtures" / "speech" / "zh"
"""Sentences of callers."""


@pytest.fixture(scope="module")
def line_config() -> Mapping[str, Any]:
    return {"speech": {"engine": "whisper"}}


@pytest.fixture(autouse=True)
async def recogniser(line: Line) -> None:
    """A model takes seconds to load."""

    async def ready() -> bool:
        return bool((await line.status())["speech"]["engine"] == "whisper")

    await wait_for(ready, within=60, what="the recogniser")
