"""Fixtures of the end-to-end tests: a real line, real SIP phones, the store.

A module that needs other settings defines its own `line_config` (and `line_options`).
"""

from collections.abc import AsyncIterator, Generator, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from service.useragent import PromptSet, UserAgents
from tests.e2e.line import OPTIONS, Line
from tests.e2e.phones import Phones
from tests.e2e.records import Records

BASE: dict[str, Any] = {"speech": {"engine": "none"}}
"""No recogniser unless a module asks for one: the line starts in a second or two."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="module")
def line_config() -> Mapping[str, Any]:
    """Settings that differ from the product's, besides `BASE`."""
    return {}


@pytest.fixture(scope="module")
def line_options() -> tuple[str, ...]:
    """Options of `up`."""
    return OPTIONS


@pytest.fixture(scope="module")
def line(
    line_config: Mapping[str, Any],
    line_options: tuple[str, ...],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Line]:
    """A running line, one for the module; at the end nothing of it may be left."""
    line = Line(tmp_path_factory.mktemp("line"), {**BASE, **line_config}, *line_options)
    try:
        line.start()
        yield line
        assert line.stop() == 0, line.tail()
        assert not line.ready, "ready.json is still there"
        assert line.left_over() == [], line.tail()
    finally:
        line.kill()


@pytest.fixture
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    """A line of the test's own, not started yet, in a path with a space."""
    line = Line(tmp_path_factory.mktemp("own") / "a line", BASE)
    try:
        yield line
    finally:
        line.kill()


@pytest.fixture(scope="module")
def prompts(line: Line) -> PromptSet:
    """What a caller of this line may hear."""
    return PromptSet.load(Path(line.ready["prompts"]["dir"]))


@pytest_asyncio.fixture
async def phones(line: Line, prompts: PromptSet) -> AsyncIterator[Phones]:
    """Phones of the demo accounts. After the test the line must be idle again."""
    sip = line.ready["sip"]
    async with UserAgents(
        sip["host"], sip["port"], transport=sip["transport"], prompts=prompts
    ) as engine:
        people = Phones(line, engine)
        try:
            yield people
        finally:
            await people.leave()
        await line.idle()


@pytest_asyncio.fixture
async def records(line: Line) -> AsyncIterator[Records]:
    """The line's store."""
    async with Records.of(line.var) as found:
        yield found


@pytest.fixture(autouse=True)
def _log_marks(request: pytest.FixtureRequest) -> None:
    if "line" in request.fixturenames:
        line: Line = request.getfixturevalue("line")
        request.node.stash[_MARKS] = (line, line.marks())


_MARKS = pytest.StashKey[tuple[Line, dict[Path, int]]]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    marked = item.stash.get(_MARKS, None)
    if report.failed and marked is not None:
        line, marks = marked
        report.sections += [(f"line: {name}", text) for name, text in line.since(marks)]
    return report
