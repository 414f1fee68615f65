"""A gateway for short messages (短信平台) that takes POST requests, over real HTTP."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import SecretStr

from ticketing.sms.settings import SmsSettings

TOKEN = "gateway-token"


@dataclass
class Platform:
    """What it answers, and what it was given."""

    status: int = 202
    answer: Any = None
    """JSON of its answer; None: the number of the message."""
    is_mute: bool = False
    """It takes a message and cuts the line."""
    taken: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    url: str = ""

    def settings(self, **more: Any) -> SmsSettings:
        """Settings that lead here."""
        http = {"url": self.url, "token": SecretStr(TOKEN)}
        return SmsSettings.model_validate({"driver": "http", "http": http, **more})

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Platform"]:
        app = web.Application()
        app.router.add_post("/send", self._take)
        async with TestServer(app) as server:
            self.url = str(server.make_url("/send"))
            yield self

    async def _take(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return web.Response(status=401)
        self.taken.append(await request.json())
        self.keys.append(request.headers["Idempotency-Key"])
        if self.is_mute:
            assert request.transport is not None
            request.transport.abort()
            await asyncio.sleep(1)
        told = {"id": f"g{len(self.taken)}"} if self.answer is None else self.answer
        return web.Response(
            status=self.status, body=json.dumps(told).encode(), content_type="application/json"
        )
