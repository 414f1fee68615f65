"""The API under schemathesis: whatever comes, it answers as its document says and stays whole."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import Future
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import schemathesis
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from console.openapi import document
from console.routes import ALL
from service.provision.fonts import fonts_fetched
from store.engine import Store
from store.tables import metadata, ticket
from tests.console_kit import Api, console
from tests.line_kit import quiet_line
from tests.stores import sqlite_url
from ticketing.refusal import Refusal

EXAMPLES = 20
CHECKS = (
    not_a_server_error,
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
TOLD_OF_REFUSALS = {"given_answer"}
"""Tables that keep refusals, too: a repeated request gets the same answer."""


@dataclass(frozen=True)
class Served:
    """A console in a thread of its own."""

    api: Api
    url: str
    loop: asyncio.AbstractEventLoop

    def run(self, work: Any) -> Any:
        """The result of a coroutine in the console's loop."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(30)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("fuzz")
    ready: Future[Served] = Future()
    stop = asyncio.Event()

    async def main() -> None:
        async with _opened(folder) as found:
            ready.set_result(found)
            await stop.wait()

    thread = threading.Thread(target=asyncio.run, args=(main(),))
    thread.start()
    found = ready.result(30)
    yield found
    found.loop.call_soon_threadsafe(stop.set)
    thread.join(30)


async def nobody_free(name: str, **what: str | None) -> str:
    """What the controller says of a call ordered by somebody whose phone is not signed in."""
    raise Refusal("wrong_state", None, "您的话机未签入", "请先签入话机")


@asynccontextmanager
async def _opened(folder: Path) -> AsyncIterator[Served]:
    async with (
        quiet_line(folder) as quiet,
        console(
            sqlite_url(folder), line=quiet.link, order_call=nobody_free, fonts=fonts_fetched
        ) as api,
    ):
        await api.everybody()
        letter = {"channel": "web", "external_id": "1", "content": "停水", "request_type": "help"}
        said = await api.ask("system", "POST", "/api/intake", letter)
        assert said.status == 201, said.body
        url = str(api.client.make_url("/"))
        yield Served(api, url, asyncio.get_running_loop())


SCHEMA = schemathesis.openapi.from_dict(document(ALL))
OPERATIONS = {found.ok().label: found.ok() for found in SCHEMA.get_all_operations()}


async def kept(store: Store) -> list[object]:
    """How many rows each table has, and how often tickets were written."""
    counts = [
        sa.select(sa.func.count()).select_from(table).scalar_subquery()
        for table in metadata.sorted_tables
        if table.name not in TOLD_OF_REFUSALS
    ]
    async with store.read() as db:
        written = sa.select(sa.func.sum(ticket.c.version)).scalar_subquery()
        return list((await db.execute(sa.select(written, *counts))).one())


@pytest.mark.parametrize("label", OPERATIONS)
def test_every_answer_is_as_the_document_says(label: str, served: Served) -> None:
    operation = OPERATIONS[label]

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(
        case=st.one_of(
            operation.as_strategy(generation_mode=GenerationMode.POSITIVE),
            operation.as_strategy(generation_mode=GenerationMode.NEGATIVE),
        ),
        choice=st.integers(0, 100),
    )
    def answers(case: Any, choice: int) -> None:
        roles = operation.definition.raw["x-roles"]
        role = roles[choice % len(roles)] if isinstance(roles, list) else "agent"
        headers = {"Authorization": f"Bearer {served.api.tokens[role]}"}
        if roles == "gateway":
            headers = {"X-Sms-Token": "sms-token"}
        before = served.run(kept(served.api.parts.store))
        answer = case.call(base_url=served.url, headers=headers)
        case.validate_response(answer, checks=list(CHECKS))
        if answer.status_code >= 400:
            assert served.run(kept(served.api.parts.store)) == before, "a refusal wrote something"
            told = answer.json()["error"]
            assert told.keys() == {"code", "field", "message", "fix"}
            assert told["message"] and told["fix"]

    answers()


def test_after_all_that_every_ticket_is_whole(served: Served) -> None:
    numbers = served.run(served.api.parts.tickets.numbers())
    assert numbers, "letters were taken"
    for number in numbers:
        assert served.run(served.api.parts.tickets.verify(number)) == []
