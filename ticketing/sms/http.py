"""A gateway that takes messages by HTTP POST (短信平台的 HTTP 接口).

One request a message: `{"id", "to", "text", "from"}` with `Authorization: Bearer TOKEN` and
`Idempotency-Key`. 2xx: taken, `{"id": …}` in the answer is its name there. What citizens write
and what became of messages comes to the console (POST /api/sms, see docs/sms.md).
"""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from ticketing.sms.gateway import NotSent, Outgoing, Unsure
from ticketing.sms.settings import HttpSmsSettings

LONGEST_SECONDS = 30.0
_LATER = frozenset({408, 425, 429})
"""Statuses below 500 after which another attempt can succeed."""
_LONGEST_ANSWER = 65_536
_LONGEST_ID = 160


class HttpGateway:
    """One gateway; use inside `running`."""

    def __init__(self, settings: HttpSmsSettings) -> None:
        assert settings.url is not None
        self._url = settings.url
        self._token = settings.token.get_secret_value()
        self._session: aiohttp.ClientSession | None = None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Keeps connections until exit."""
        headers = {"Authorization": f"Bearer {self._token}"}
        timeout = aiohttp.ClientTimeout(total=LONGEST_SECONDS)
        async with aiohttp.ClientSession(headers=headers, timeout=timeout) as session:
            self._session = session
            try:
                yield
            finally:
                self._session = None

    async def send(self, message: Outgoing) -> str | None:
        """Gives it to the gateway; raises NotSent or Unsure."""
        if self._session is None:
            raise NotSent("短信网关未连接", again=True)
        body = {
            "id": message.key,
            "to": message.number,
            "text": message.text,
            "from": message.sender,
        }
        try:
            async with self._session.post(
                self._url,
                json=body,
                headers={"Idempotency-Key": message.key},
                allow_redirects=False,
            ) as answer:
                return await _taken(answer)
        except aiohttp.ClientConnectorError as error:
            raise NotSent(f"短信网关连接不上：{error.os_error}", again=True) from error
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Unsure(f"短信网关没有应答：{type(error).__name__}") from error


async def _taken(answer: aiohttp.ClientResponse) -> str | None:
    raw = await answer.content.read(_LONGEST_ANSWER)
    if 200 <= answer.status < 300:
        return _name(answer, raw)
    again = answer.status >= 500 or answer.status in _LATER
    raise NotSent(f"短信网关拒绝：HTTP {answer.status}", again=again)


def _name(answer: aiohttp.ClientResponse, raw: bytes) -> str | None:
    """What the gateway calls the message; None where it does not say."""
    if answer.content_type != "application/json":
        return None
    try:
        told: Any = json.loads(raw) if raw else None
    except ValueError:
        return None
    name = told.get("id") if isinstance(told, dict) else None
    return str(name)[:_LONGEST_ID] if name is not None else None
