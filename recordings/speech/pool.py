"""The controller's side of the speech workers: announces streams, hears what is said.

Nothing here raises into a call: no worker, no room or a dead worker means that nobody listens,
and the batch pass writes the recording down later.
"""

import asyncio
import contextlib
import itertools
import logging
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any, Self

from recordings.speech.messages import (
    LONGEST_LINE,
    Heard,
    Spotted,
    decode,
    encode,
    from_event,
)

__all__ = ["Heard", "Listener", "SpeechPool", "Spotted"]

_log = logging.getLogger(__name__)

ANSWER_SECONDS = 1.0
RECONNECT_SECONDS = 0.5
SILENT_SECONDS = 10.0
"""A worker reports every second; one silent for so long hangs and is left."""
MOST_EVENTS = 1000
"""Events nobody took; older ones are dropped."""


class Listener:
    """One stream: give `address` and `uuid` to AudioSocket external media, then iterate."""

    def __init__(self, worker: "_Worker", stream: str, address: str) -> None:
        self.uuid = stream
        """Goes into the external media's `data`."""
        self.address = address
        """`127.0.0.1:PORT` of the worker's AudioSocket server."""
        self._worker = worker
        self._events: asyncio.Queue[Heard | Spotted | None] = asyncio.Queue(MOST_EVENTS)

    async def __aiter__(self) -> AsyncIterator[Heard | Spotted]:
        """What is heard, until the stream or its worker ends."""
        while (what := await self._events.get()) is not None:
            yield what

    async def close(self) -> None:
        """The stream is not needed any more; what was said is still written down."""
        self._worker.close_stream(self.uuid)
        self.put(None)

    def put(self, what: Heard | Spotted | None) -> None:
        """Hands an event to whoever iterates; None ends it."""
        if self._events.full():
            self._events.get_nowait()
        self._events.put_nowait(what)


class SpeechPool:
    """All speech workers; use as an async context manager, or call `close` at the end."""

    def __init__(self, sockets: Sequence[Path]) -> None:
        """`sockets`: control sockets of the workers, which may come and go."""
        self._workers = [_Worker(path) for path in sockets]

    async def __aenter__(self) -> Self:
        self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def start(self) -> None:
        """Starts connecting; `listen` does so too."""
        for worker in self._workers:
            worker.start()

    async def close(self) -> None:
        """Ends all listeners and connections."""
        await asyncio.gather(*(worker.stop() for worker in self._workers))

    async def listen(
        self, *, call_id: str, leg_id: str, speaker: str, offset: float, keep: bool = True
    ) -> Listener | None:
        """Announces a stream to the worker with the most room.

        `offset`: seconds from the start of the call to the first sample. `keep`: finals are
        written to the transcript. None where no worker takes it.
        """
        self.start()
        request = {
            "call_id": call_id,
            "leg_id": leg_id,
            "speaker": speaker,
            "offset": offset,
            "keep": keep,
        }
        for worker in sorted(self._workers, key=lambda one: one.room, reverse=True):
            if worker.room > 0 and (listener := await worker.listen(request)) is not None:
                return listener
        return None

    def status(self) -> dict[str, Any]:
        """`engine`, `workers` (connected), `streams`, `capacity`, `behind` (worst, seconds)."""
        alive = [worker.report for worker in self._workers if worker.report]
        return {
            "engine": next((one["engine"] for one in alive), "none"),
            "workers": len(alive),
            "streams": sum(one["streams"] for one in alive),
            "capacity": sum(one["capacity"] for one in alive),
            "behind": max((one["behind"] for one in alive), default=0.0),
        }


class _Worker:
    """The connection to one worker."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._task: asyncio.Task[None] | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._listeners: dict[str, Listener] = {}
        self._numbers = itertools.count(1)
        self.report: dict[str, Any] = {}
        """Its latest status; empty while it is not connected."""

    @property
    def room(self) -> int:
        """Streams it may still take."""
        used: int = max(len(self._listeners), self.report.get("streams", 0))
        capacity: int = self.report.get("capacity", 0)
        return capacity - used

    def start(self) -> None:
        if self._task is None:
            self._task = asyncio.create_task(self._stay_connected(), name=f"speech {self._path}")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def listen(self, request: dict[str, Any]) -> Listener | None:
        if self._writer is None:
            return None
        number = next(self._numbers)
        answer = self._answers[number] = asyncio.get_running_loop().create_future()
        try:
            self._writer.write(encode({"do": "listen", "id": number, **request}))
            async with asyncio.timeout(ANSWER_SECONDS):
                given = await answer
        except (TimeoutError, OSError) as error:
            _log.warning("speech worker %s: no answer: %s", self._path.name, error)
            return None
        finally:
            self._answers.pop(number, None)
        return self._listeners.get(given.get("stream", ""))

    def close_stream(self, stream: str) -> None:
        self._listeners.pop(stream, None)
        if self._writer is not None:
            self._writer.write(encode({"do": "close", "stream": stream}))

    async def _stay_connected(self) -> None:
        while True:
            try:
                reader, self._writer = await asyncio.open_unix_connection(
                    self._path, limit=LONGEST_LINE
                )
                await self._read(reader)
            except (OSError, ValueError, KeyError, TimeoutError) as error:
                if self._writer is not None:
                    _log.warning("speech worker %s is gone: %r", self._path.name, error)
            finally:
                self._drop()
            await asyncio.sleep(RECONNECT_SECONDS)

    async def _read(self, reader: asyncio.StreamReader) -> None:
        while True:
            async with asyncio.timeout(SILENT_SECONDS):
                line = await reader.readline()
            if not line:
                raise ConnectionResetError("end of file")
            self._message(decode(line))

    def _message(self, message: dict[str, Any]) -> None:
        if "answer" in message:
            self._answered(message)
        elif message["event"] == "status":
            self.report = message
        elif message["event"] == "ended":
            listener = self._listeners.pop(message["stream"], None)
            if listener is not None:
                listener.put(None)
        elif (listener := self._listeners.get(message["stream"])) is not None:
            listener.put(from_event(message))

    def _answered(self, message: dict[str, Any]) -> None:
        answer = self._answers.get(message["answer"])
        stream = message.get("stream")
        if answer is None or answer.done():
            if stream is not None:  # asked for by somebody who no longer waits
                self.close_stream(stream)
            return
        if stream is not None:
            # Made here, not by the waiting task: the first words may be in the same packet.
            self._listeners[stream] = Listener(self, stream, message["address"])
        answer.set_result(message)

    def _drop(self) -> None:
        self.report = {}
        if self._writer is not None:
            with contextlib.suppress(OSError):
                self._writer.close()
            self._writer = None
        for answer in self._answers.values():
            if not answer.done():
                answer.set_result({})
        for listener in list(self._listeners.values()):
            listener.put(None)
        self._listeners.clear()
