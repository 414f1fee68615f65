"""AudioSocket: how Asterisk's external media sends a leg's sound over TCP.

A frame is kind (1 byte), length (2 bytes, big-endian), payload. The first one carries the UUID;
only streams that were announced are listened to, anything else on the port is hung up.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from typing import Protocol
from uuid import UUID

_log = logging.getLogger(__name__)

HANG_UP = 0x00
IDENTIFIER = 0x01
DTMF = 0x03
AUDIO = 0x10
"""16-bit little-endian samples at 8 kHz."""
ERROR = 0xFF

LONGEST_AUDIO = 4096
"""Bytes of one audio frame (256 ms); Asterisk sends 320."""
IDENTIFY_SECONDS = 3.0
"""A peer that does not say who it is in this time is hung up."""
IDLE_SECONDS = 300.0
"""A leg that sends nothing for so long is gone."""
MOST_CONNECTIONS = 256


class ProtocolError(Exception):
    """The peer does not speak AudioSocket."""


class Sink(Protocol):
    """Takes the sound of one stream; called on the event loop, must not block it."""

    def audio(self, pcm: bytes) -> None:
        """The next samples."""

    def ended(self, why: str) -> None:
        """No more samples come: `hangup`, `closed`, `idle`, `error`."""


async def read_frame(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """The next frame (kind, payload).

    Raises ProtocolError for one that AudioSocket does not know, EOFError at the end.
    """
    try:
        header = await reader.readexactly(3)
        kind, length = header[0], int.from_bytes(header[1:], "big")
        if not _is_sound(kind, length):
            raise ProtocolError(f"frame of kind 0x{kind:02x} with {length} bytes")
        return kind, await reader.readexactly(length)
    except asyncio.IncompleteReadError:
        raise EOFError from None


def _is_sound(kind: int, length: int) -> bool:
    match kind:
        case 0x00:
            return length == 0
        case 0x01:
            return length == 16
        case 0x03:
            return length == 1
        case 0x10:
            return length % 2 == 0 and length <= LONGEST_AUDIO
        case 0xFF:
            return length <= 1
    return False


class AudioSocketServer:
    """Listens on a free loopback port; hands each announced stream's sound to its sink."""

    def __init__(self, accept: Callable[[UUID], Sink | None]) -> None:
        """`accept` gives the sink of an announced stream, once; None refuses the peer."""
        self._accept = accept
        self._server: asyncio.Server | None = None
        self._peers: set[asyncio.StreamWriter] = set()
        self.refused = 0
        """Connections that were not an announced stream."""

    async def start(self) -> int:
        """Starts listening and returns the port."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=1 << 16)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def stop(self) -> None:
        """Stops listening and hangs up all streams."""
        if self._server is not None:
            self._server.close()
        for peer in list(self._peers):
            peer.close()
        if self._server is not None:
            with contextlib.suppress(OSError):
                await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._peers) >= MOST_CONNECTIONS:
            self.refused += 1
            writer.close()
            return
        self._peers.add(writer)
        try:
            sink = await self._identified(reader)
            if sink is not None:
                sink.ended(await _pump(reader, sink.audio))
        finally:
            self._peers.discard(writer)
            writer.close()

    async def _identified(self, reader: asyncio.StreamReader) -> Sink | None:
        try:
            kind, payload = await _within(IDENTIFY_SECONDS, read_frame(reader))
            sink = self._accept(UUID(bytes=payload)) if kind == IDENTIFIER else None
            reason = "stream was not announced"
        except (ProtocolError, EOFError, OSError, TimeoutError) as error:
            sink, reason = None, str(error) or type(error).__name__
        if sink is None:
            self.refused += 1
            _log.warning("AudioSocket connection refused: %s", reason)
        return sink


async def _pump(reader: asyncio.StreamReader, audio: Callable[[bytes], None]) -> str:
    try:
        while True:
            kind, payload = await _within(IDLE_SECONDS, read_frame(reader))
            if kind == AUDIO:
                audio(payload)
            elif kind in (HANG_UP, ERROR):
                return "hangup"
            elif kind == IDENTIFIER:
                raise ProtocolError("a second identifier")
    except EOFError:
        return "closed"
    except TimeoutError:
        return "idle"
    except (ProtocolError, OSError) as error:
        _log.warning("AudioSocket stream ended: %s", error)
        return "error"


async def _within(seconds: float, work: Awaitable[tuple[int, bytes]]) -> tuple[int, bytes]:
    async with asyncio.timeout(seconds):
        return await work
