"""What happens on the line, told to whoever listens (实时推送): bounded, and waiting for nobody."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any, Literal

Json = dict[str, Any]
Level = Literal["info", "warning", "error"]
Reader = Literal["agents", "supervisors"]
"""Whom a notice is for: the agents of the call, or all supervisors."""

MOST_WAITING = 1000
"""Messages that wait for one reader; who is further behind begins anew with a snapshot."""


class Subscription:
    """One reader's messages in their order, each a line of JSON."""

    def __init__(self) -> None:
        self._messages: asyncio.Queue[bytes | None] = asyncio.Queue(MOST_WAITING + 1)
        self.open = True

    def put(self, message: bytes) -> None:
        """Never waits: a reader who is too far behind has had his last message."""
        if self.open:
            if self._messages.qsize() < MOST_WAITING:
                self._messages.put_nowait(message)
            else:
                self.end()

    def end(self) -> None:
        """No more messages come."""
        if self.open:
            self.open = False
            self._messages.put_nowait(None)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while (message := await self._messages.get()) is not None:
            yield message


class Feed:
    """The messages of one line."""

    def __init__(self) -> None:
        self._readers: set[Subscription] = set()
        self.changed = asyncio.Event()
        """Calls, queue or agents are not what they were."""

    def touch(self) -> None:
        """Something of the line's state is another; whoever watches it looks again."""
        self.changed.set()

    def tell(self, message: Json) -> None:
        """Give a message to every reader."""
        if self._readers:
            line = encoded(message)
            for reader in self._readers:
                reader.put(line)

    def notice(
        self, call_id: str, code: str, text: str, *, level: Level = "info", to: Reader = "agents"
    ) -> None:
        """What came of something; `text` is for people, in Chinese."""
        told = {"call_id": call_id, "to": to, "level": level, "code": code, "text": text}
        self.tell({"type": "notice", **told})

    @contextmanager
    def subscribed(self) -> Iterator[Subscription]:
        """Messages from here on."""
        reader = Subscription()
        self._readers.add(reader)
        try:
            yield reader
        finally:
            self._readers.discard(reader)

    def close(self) -> None:
        """The line stops."""
        for reader in self._readers:
            reader.end()


def encoded(message: Json) -> bytes:
    """One line."""
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
