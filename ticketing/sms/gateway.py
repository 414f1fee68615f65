"""What the courier needs of a gateway for short messages (短信网关), and what a gateway gives."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True)
class Outgoing:
    """A message that is to be sent."""

    key: str
    """The same for every attempt, so that a gateway can tell a repetition."""
    number: str
    """A mobile number of the mainland, eleven digits."""
    text: str
    sender: str | None
    """From which number it comes; None: the gateway's own."""


@dataclass(frozen=True)
class Incoming:
    """A message that a person sent to the hotline."""

    key: str
    """What the gateway calls it; the same when it is delivered again."""
    number: str
    text: str
    to: str | None
    """Which number of the hotline it was sent to; None where the gateway does not tell."""
    at: datetime


@dataclass(frozen=True)
class Receipt:
    """What became of a message that a gateway had taken (状态报告)."""

    gateway_id: str
    delivered: bool
    at: datetime
    note: str | None = None


class NotSent(Exception):
    """The gateway did not take the message."""

    def __init__(self, why: str, *, again: bool) -> None:
        super().__init__(why)
        self.again = again
        """Whether a later attempt can succeed."""


class Unsure(Exception):
    """Nobody can tell whether the gateway took the message."""


class SmsGateway(Protocol):
    """A way to send short messages."""

    async def send(self, message: Outgoing) -> str | None:
        """Gives the message to the gateway; its name there, if it has one.

        Raises NotSent or Unsure.
        """
        ...

    def running(self) -> AbstractAsyncContextManager[None]:
        """Keeps the connection, where it needs one, until exit."""
        ...


Receive = Callable[[Incoming | Receipt], Awaitable[None]]
"""Takes what a gateway brings; when it returns, it is kept."""


def plain_number(given: str) -> str:
    """A mobile number as tickets have it: without +, 00 and 86; others as they are."""
    digits = given.lstrip("+").removeprefix("00")
    return digits[2:] if len(digits) == 13 and digits.startswith("86") else digits
