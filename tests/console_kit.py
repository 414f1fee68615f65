"""The console over a real store, asked over real HTTP, by users of every role."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from aiohttp.test_utils import TestClient, TestServer
from argon2 import PasswordHasher
from argon2.profiles import CHEAPEST
from multidict import CIMultiDictProxy

from console import passwords
from console.account_rules import ROLES
from console.context import Parts, SmsInbox
from console.server import application
from console.settings import ConsoleSettings
from store.engine import Store
from tests.stores import MASTER_KEY
from tests.suggesting import ready
from ticketing.attachments import Attachments
from ticketing.knowledge.base import KnowledgeBase
from ticketing.sms.replies import Replies
from ticketing.suggest.suggester import Suggester
from ticketing.tickets import Tickets
from ticketing.workflow.terms import UNIT_ROLES

passwords.HASHER = PasswordHasher.from_parameters(CHEAPEST)
"""Real ones take 64 MiB and much time of a core each; see test_passwords_are_kept_by_argon2id."""
START = datetime(2026, 10, 1, 8, tzinfo=UTC)


@dataclass(frozen=True)
class Said:
    """An answer."""

    status: int
    body: Any
    headers: CIMultiDictProxy[str]

    @property
    def error(self) -> tuple[str, str | None]:
        """Code and field of an error document."""
        return self.body["error"]["code"], self.body["error"]["field"]


@dataclass
class Api:
    """A console that answers."""

    parts: Parts
    client: Any
    now: datetime = START
    tokens: dict[str, str] = field(default_factory=dict)

    async def user(self, name: str, *roles: str, unit: str | None = None, **more: Any) -> str:
        """Makes an account with a token; the name."""
        city = await self.parts.tickets.city()
        await self.parts.accounts.add(
            name, roles, city, by="test", at=self.now, unit=unit, must_change=False, **more
        )
        told = await self.parts.tokens.add(name, "", days=30, by="test", at=self.now)
        self.tokens[name] = told[0]
        return name

    async def everybody(self) -> None:
        """An account for every role, of the role's name; units' people are of SLJ."""
        for role in ROLES:
            more: dict[str, Any] = {"agent_no": "1001"} if role == "agent" else {}
            await self.user(role, role, unit="SLJ" if role in UNIT_ROLES else None, **more)

    async def ask(
        self,
        who: str | None,
        method: str,
        path: str,
        body: Any = None,
        *,
        headers: Mapping[str, str] | None = None,
        data: bytes | None = None,
    ) -> Said:
        """The answer to a request with a user's token."""
        told = dict(headers or {})
        if who is not None:
            told["Authorization"] = f"Bearer {self.tokens[who]}"
        more: dict[str, Any] = {"data": data} if data is not None else {"json": body}
        if body is None and data is None:
            more = {}
        async with self.client.request(method, path, headers=told, **more) as got:
            is_json = got.content_type == "application/json"
            said = await got.json() if is_json else await got.read()
            return Said(got.status, said, got.headers)


async def _suggester() -> Suggester:
    return ready()


@asynccontextmanager
async def console(
    url: str, settings: ConsoleSettings | None = None, **more: Any
) -> AsyncIterator[Api]:
    """A console on the store at `url`; `more` are parts."""
    async with Store.open(url, key=MASTER_KEY) as store:
        tickets = Tickets(store)
        with TemporaryDirectory() as folder:
            files = Attachments(store, tickets, Path(folder), most_mb=1)
            parts = Parts(
                store,
                tickets,
                files,
                settings or ConsoleSettings(),
                _suggester,
                KnowledgeBase(store, tickets.city),
                sms=SmsInbox(Replies(store, tickets).take, "sms-token"),
                **more,
            )
            api = Api(parts, None)
            app = application(api.parts, lambda: api.now)
            async with TestClient(TestServer(app)) as client:
                api.client = client
                yield api
