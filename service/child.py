"""A child's side of the pipe to `up`: it beats, says when it is ready, and leaves with `up`."""

import asyncio
import json
import os
import signal
import socket
from types import TracebackType

PIPE = "HOTLINE_PIPE"
BEAT_SECONDS = 1.0


class Parent:
    """The pipe to `up` (one JSON object a line, both ways).

    to `up`: {"beat": n} every second from the event loop, so that a blocked loop is noticed;
    {"ready": {...}} once. From `up`: {"stop": {"grace": seconds}}.
    End of file means that `up` is gone: the process leaves at once, without touching any call, so
    that the next `up` can take them over. Without HOTLINE_PIPE (a start by hand) SIGTERM stops.
    """

    def __init__(self) -> None:
        self.stop = asyncio.Event()
        """Set when `up` wants this process to end in good order."""
        self.grace = 0.0
        """Seconds running calls get after `stop`."""
        self._writer: asyncio.StreamWriter | None = None
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> "Parent":
        number = os.environ.pop(PIPE, None)
        if number is None:
            loop = asyncio.get_running_loop()
            for name in (signal.SIGTERM, signal.SIGINT):
                loop.add_signal_handler(name, self.stop.set)
            return self
        pipe = socket.socket(fileno=int(number))
        pipe.set_inheritable(False)
        reader, self._writer = await asyncio.open_connection(sock=pipe)
        self._tasks = [
            asyncio.create_task(self._beat(), name="beat"),
            asyncio.create_task(self._listen(reader), name="parent"),
        ]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for task in self._tasks:
            task.cancel()
        if self._writer is not None:
            self._writer.close()

    def ready(self, info: dict[str, object]) -> None:
        """Tell `up` that the work can begin."""
        self._send({"ready": info})

    def _send(self, message: dict[str, object]) -> None:
        if self._writer is not None:
            self._writer.write(json.dumps(message).encode() + b"\n")

    async def _beat(self) -> None:
        number = 0
        while True:
            self._send({"beat": number})
            number += 1
            await asyncio.sleep(BEAT_SECONDS)

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        try:
            while line := await reader.readline():
                message = json.loads(line)
                if "stop" in message:
                    self.grace = float(message["stop"].get("grace", 0))
                    self.stop.set()
        except ConnectionError:
            pass
        os._exit(0)
