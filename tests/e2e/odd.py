"""Phones that do what no user agent does (古怪的话机): 603, 302, 480, or no answer at all."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tests.e2e.line import Line
from tests.sip.raw import Message, RawPeer

SILENT = ""
"""The request is not answered at all: no 100, no 180."""


class OddPhone:
    """A registered phone; `rung` has the calls that came."""

    def __init__(self, peer: RawPeer, answer: str, contact: str) -> None:
        self.rung: list[Message] = []
        self._peer = peer
        self._answer = answer
        self._contact = contact

    async def serve(self) -> None:
        """Answer whatever comes in."""
        invites: dict[str, Message] = {}
        while True:
            message = await self._peer.inbox.get()
            call_id = message.header("Call-ID")
            if message.status:
                continue
            if message.method == "INVITE":
                if call_id not in invites:
                    self.rung.append(message)
                invites[call_id] = message
                if self._answer:
                    self._peer.respond(message, self._answer, self._contact)
            elif message.method == "CANCEL":
                self._peer.respond(message, "200 OK")
                self._peer.respond(invites[call_id], "487 Request Terminated")
            elif message.method != "ACK":
                self._peer.respond(message, "200 OK")


@asynccontextmanager
async def odd_phone(
    line: Line, account: dict[str, Any], answer: str, *, moved_to: str = ""
) -> AsyncIterator[OddPhone]:
    """Register an account of ready.json with a phone that answers every call like this.

    Args:
        answer: status line without version, e.g. `603 Decline`, or `SILENT`.
        moved_to: user part for the Contact of a 302.
    """
    sip = line.ready["sip"]
    async with RawPeer("127.0.0.1", (sip["host"], sip["port"])) as peer:
        assert await peer.register(account["username"], account["password"]) == 200
        contact = f"Contact: <sip:{moved_to}@{sip['host']}:{sip['port']}>" if moved_to else ""
        phone = OddPhone(peer, answer, contact)
        task = asyncio.create_task(phone.serve())
        try:
            yield phone
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
