"""The console of a line, asked over HTTP with a token as a script of the city would have it."""

from collections.abc import Mapping
from typing import Any

import aiohttp

from tests.e2e.line import Line


class Console:
    """One user of the console."""

    def __init__(self, line: Line, name: str, *roles: str, unit: str | None = None) -> None:
        """Makes the account by the command line."""
        words = [word for role in roles for word in ("--role", role)]
        more = ["--unit", unit] if unit else []
        line.cli("users", "add", name, *words, *more)
        self._token = line.cli("users", "token", name)["token"]
        self._url = line.ready["console"]["url"]

    async def ask(
        self, method: str, path: str, body: Any = None, *, headers: Mapping[str, str] | None = None
    ) -> Any:
        """The answer; raises AssertionError for a refusal."""
        told = {"Authorization": f"Bearer {self._token}", **(headers or {})}
        async with (
            aiohttp.ClientSession(headers=told) as http,
            http.request(method, self._url + path, json=body) as answer,
        ):
            text = await answer.text()
            assert answer.status < 300, f"{method} {path}: {answer.status} {text}"
            return await answer.json() if text else None

    async def put(self, kind: str, **entries: Any) -> Any:
        """Changes entries of the city's data as they are now."""
        seen = (await self.ask("GET", f"/api/admin/{kind}"))["current"]["version"]
        body = {"reason": "测试", "entries": entries}
        headers = {"If-Match": str(seen)}
        return await self.ask("PATCH", f"/api/admin/{kind}", body, headers=headers)
