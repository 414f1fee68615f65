"""How the console reaches the part that makes calls."""

from collections.abc import AsyncIterator, Mapping
from typing import Any, Protocol

Json = dict[str, Any]


class LineSilent(Exception):
    """The part that makes calls is not there: nothing was done."""


class LineUnsure(Exception):
    """The part that makes calls was told, and did not say what came of it."""


class LineLink(Protocol):
    """Put together by service/."""

    async def command(self, number: str, name: str, data: Mapping[str, Any]) -> Json:
        """Carry out what an agent asks for; `{"agent", "call"}` as they are then.

        Raises Refusal or LineSilent: nothing was done; LineUnsure: nobody knows.
        """

    def messages(self) -> AsyncIterator[Json]:
        """What the line tells, a snapshot first, until the connection ends or breaks.

        Raises LineSilent where there is none.
        """


class NoLine:
    """A console without a line."""

    async def command(self, number: str, name: str, data: Mapping[str, Any]) -> Json:
        """Nobody is there."""
        raise LineSilent

    async def messages(self) -> AsyncIterator[Json]:
        """Nobody is there."""
        raise LineSilent
        yield {}
