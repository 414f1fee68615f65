"""A speech worker that recognises nothing: it counts what AudioSocket brings (音频汇点)."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

from recordings.speech.audiosocket import AudioSocketServer
from recordings.speech.messages import decode, encode

BYTES_PER_SECOND = 16000
CAPACITY = 10_000


@dataclass
class Stream:
    """What came of one speaker; a sink of the AudioSocket server."""

    began: float | None = None
    last: float = 0.0
    seconds: float = 0.0
    """Of sound."""
    gap: float = 0.0
    """The longest time between two frames."""

    def audio(self, pcm: bytes) -> None:
        now = time.monotonic()
        if self.began is None:
            self.began = now
        else:
            self.gap = max(self.gap, now - self.last)
        self.last = now
        self.seconds += len(pcm) / BYTES_PER_SECOND

    def ended(self, why: str) -> None:
        """The end of a stream is not of interest."""


class Sink:
    """Speaks the workers' side of the control socket."""

    def __init__(self) -> None:
        self.streams: dict[UUID, Stream] = {}
        self._audio = AudioSocketServer(self.streams.get)
        self._port = 0
        self._clients: set[asyncio.StreamWriter] = set()

    @asynccontextmanager
    async def serving(self, control: Path) -> AsyncIterator["Sink"]:
        """Open the sockets; `control` is where the controller looks for a worker."""
        self._port = await self._audio.start()
        server = await asyncio.start_unix_server(self._serve, control)
        report = asyncio.create_task(self._report())
        try:
            yield self
        finally:
            report.cancel()
            server.close()
            for client in self._clients:
                client.close()
            await self._audio.stop()
            await asyncio.to_thread(control.unlink, missing_ok=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._clients.add(writer)
        writer.write(self._status())
        with contextlib.suppress(OSError, ValueError):
            while line := await reader.readline():
                message = decode(line)
                if message.get("do") == "listen":
                    stream = uuid4()
                    self.streams[stream] = Stream()
                    address = f"127.0.0.1:{self._port}"
                    answer = {"answer": message["id"], "stream": str(stream), "address": address}
                    writer.write(encode(answer))
        self._clients.discard(writer)

    def _status(self) -> bytes:
        report = {"event": "status", "engine": "sink", "streams": 0, "behind": 0.0}
        return encode({**report, "capacity": CAPACITY})

    async def _report(self) -> None:
        while True:
            await asyncio.sleep(1)
            for client in list(self._clients):
                client.write(self._status())
