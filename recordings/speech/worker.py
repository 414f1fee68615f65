"""A speech worker (语音识别进程): recognises live streams, and archived files when it has none.

It listens on two sockets: the control socket (unix, lines of JSON, `messages.py`), where the
controller announces streams and hears what is said, and AudioSocket on a free loopback port,
where Asterisk sends the sound. It may die at any time without touching a call.
"""

import asyncio
import contextlib
import logging
import os
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from recordings.speech.audiosocket import AudioSocketServer
from recordings.speech.batch import BatchPass
from recordings.speech.engine import EngineChoice, load
from recordings.speech.live import LiveStream
from recordings.speech.messages import LONGEST_LINE, decode, encode, event
from recordings.speech.results import Engine, Result
from store.engine import Store
from store.settings import SettingsModel
from store.transcripts import TranscriptLog
from store.vault import MasterKey

_log = logging.getLogger(__name__)

NICENESS = 2
"""Recognition yields to Asterisk and the controller on a busy machine."""
ARRIVAL_SECONDS = 15.0
"""An announced stream that has not connected by then is forgotten."""
LATEST_SECONDS = 4.0
"""A worker further behind takes no new stream; one long utterance alone may take two seconds."""
STATUS_SECONDS = 1.0


class WorkerConfig(SettingsModel):
    """What a worker needs to know; travels as JSON from the supervisor."""

    index: int
    control: Path
    """The control socket that this worker makes."""
    engine: EngineChoice
    store_url: str | None = None
    """Where finals are written and files to transcribe are found; None: neither is done."""
    capacity: int = 3
    """Live streams at once (streams_per_worker)."""


async def run_worker(
    config: WorkerConfig,
    *,
    key: MasterKey | None = None,
    ready: Callable[[dict[str, object]], None],
    stop: asyncio.Event,
) -> None:
    """Works until `stop`; calls `ready` once streams can be announced.

    `key`: the store's master key; transcripts go to tickets, which have personal data.
    Raises OSError or RuntimeError where the model or a socket cannot be used.
    """
    os.nice(NICENESS)
    engine = await asyncio.to_thread(load, config.engine)
    async with AsyncExitStack() as stack:
        store = (
            None
            if config.store_url is None
            else await stack.enter_async_context(Store.open(config.store_url, key=key))
        )
        worker = _Worker(config, engine, None if store is None else TranscriptLog(store))
        port = await stack.enter_async_context(worker.serving())
        if store is not None and engine is not None:
            batch = BatchPass(store, engine, name=f"speech-{config.index}", busy=worker.is_busy)
            await stack.enter_async_context(_background(batch.run(), "batch"))
        ready({"engine": config.engine.name, "port": port})
        await stop.wait()


class _Worker:
    def __init__(
        self, config: WorkerConfig, engine: Engine | None, transcripts: TranscriptLog | None
    ) -> None:
        self._config = config
        self._engine = engine
        self._transcripts = transcripts
        self._audio = AudioSocketServer(self._arrived)
        self._address = ""
        self._streams: dict[UUID, _Announced] = {}
        self._clients: set[asyncio.StreamWriter] = set()
        # One more than live streams: a batch utterance under way never blocks a caller.
        self._threads = ThreadPoolExecutor(config.capacity + 1, thread_name_prefix="speech")

    def is_busy(self) -> bool:
        """Whether live streams are there (batch work waits for them)."""
        return bool(self._streams)

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[int]:
        """Both sockets are open inside; gives the AudioSocket port."""
        port = await self._audio.start()
        self._address = f"127.0.0.1:{port}"
        self._config.control.unlink(missing_ok=True)
        server = await asyncio.start_unix_server(
            self._control, self._config.control, limit=LONGEST_LINE
        )
        self._config.control.chmod(0o600)
        try:
            async with _background(self._report(), "status"):
                yield port
        finally:
            server.close()
            self._config.control.unlink(missing_ok=True)
            for client in list(self._clients):
                client.close()
            await self._audio.stop()
            for stream in list(self._streams.values()):
                await stream.stop()
            self._threads.shutdown(wait=False, cancel_futures=True)

    async def _control(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._clients.add(writer)
        try:
            writer.write(encode(self._status()))
            while line := await reader.readline():
                self._command(decode(line), writer)
        except (OSError, ValueError) as error:
            _log.warning("control connection dropped: %s", error)
        finally:
            self._clients.discard(writer)
            writer.close()

    def _command(self, message: dict[str, Any], writer: asyncio.StreamWriter) -> None:
        match message.get("do"):
            case "listen":
                writer.write(encode({"answer": message["id"], **self._listen(message, writer)}))
            case "close":
                stream = self._streams.get(UUID(message["stream"]))
                if stream is not None:
                    stream.close()
            case other:
                raise ValueError(f"unknown command {other!r}")

    def _listen(self, message: dict[str, Any], writer: asyncio.StreamWriter) -> dict[str, Any]:
        if self._engine is None:
            return {"refused": "no engine"}
        if len(self._streams) >= self._config.capacity:
            return {"refused": "full"}
        if self._behind() > LATEST_SECONDS:
            return {"refused": "late"}
        uuid = uuid4()
        leg = _Leg(str(message["call_id"]), str(message["leg_id"]), str(message["speaker"]))
        live = LiveStream(
            self._engine.recognizer,
            self._threads,
            offset=float(message["offset"]),
            tell=lambda what: _send(writer, event(str(uuid), what)),
            keep=self._keeper(leg) if message.get("keep", True) else None,
        )
        self._streams[uuid] = _Announced(live, lambda why: self._gone(uuid, writer, why))
        self._tell_status()
        return {"stream": str(uuid), "address": self._address}

    def _arrived(self, uuid: UUID) -> LiveStream | None:
        stream = self._streams.get(uuid)
        return None if stream is None else stream.arrived()

    def _gone(self, uuid: UUID, writer: asyncio.StreamWriter, why: str) -> None:
        self._streams.pop(uuid, None)
        # The status first: who hears of the end may ask for the place that has become free.
        self._tell_status()
        _send(writer, {"event": "ended", "stream": str(uuid), "why": why})

    def _keeper(self, leg: "_Leg") -> Callable[[Result], None] | None:
        transcripts = self._transcripts
        if transcripts is None:
            return None

        def keep(result: Result) -> None:
            added = transcripts.add(
                call_id=leg.call_id,
                leg_id=leg.leg_id,
                speaker=leg.speaker,
                start=round(result.start, 2),
                end=round(result.end, 2),
                text=result.text,
                confidence=result.confidence,
                words=[word.as_json() for word in result.words],
                source="live",
                raw=result.raw,
            )
            added.add_done_callback(_log_failure)

        return keep

    def _behind(self) -> float:
        return max((stream.live.behind for stream in self._streams.values()), default=0.0)

    def _status(self) -> dict[str, Any]:
        return {
            "event": "status",
            "engine": self._config.engine.name,
            "streams": len(self._streams),
            "capacity": 0 if self._engine is None else self._config.capacity,
            "behind": round(self._behind(), 2),
        }

    async def _report(self) -> None:
        while True:
            await asyncio.sleep(STATUS_SECONDS)
            self._tell_status()

    def _tell_status(self) -> None:
        for client in list(self._clients):
            _send(client, self._status())


class _Leg:
    def __init__(self, call_id: str, leg_id: str, speaker: str) -> None:
        self.call_id = call_id
        self.leg_id = leg_id
        self.speaker = speaker


class _Announced:
    """A stream from its announcement to the end of its recognition."""

    def __init__(self, live: LiveStream, gone: Callable[[str], None]) -> None:
        self.live = live
        self._gone = gone
        self._connected = asyncio.Event()
        self._task = asyncio.create_task(self._life(), name="speech stream")

    def arrived(self) -> LiveStream | None:
        """The sink for the connection that names this stream; only the first one gets it."""
        if self._connected.is_set() or self._task.done():
            return None
        self._connected.set()
        return self.live

    def close(self) -> None:
        """Nobody listens any more; what was said so far is still recognised."""
        self.live.ended("closed")
        self._connected.set()

    async def stop(self) -> None:
        """Gives the stream up."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _life(self) -> None:
        try:
            async with asyncio.timeout(ARRIVAL_SECONDS):
                await self._connected.wait()
            await self.live.run()
        except TimeoutError:
            self.live.ended("never connected")
        except Exception:
            _log.exception("a stream's recognition failed")
            self.live.ended("failed")
        finally:
            self._gone(self.live.why or "stopped")


@asynccontextmanager
async def _background(work: Any, name: str) -> AsyncIterator[None]:
    task = asyncio.create_task(work, name=name)
    task.add_done_callback(_log_failure)
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError, Exception):
            await task


def _send(writer: asyncio.StreamWriter, message: dict[str, Any]) -> None:
    """Fire and forget: a controller that does not read must not hold up recognition."""
    if writer.is_closing() or writer.transport.get_write_buffer_size() > LONGEST_LINE:
        return
    writer.write(encode(message))


def _log_failure(work: asyncio.Future[None]) -> None:
    if not work.cancelled() and (error := work.exception()) is not None:
        _log.error("speech worker: %s: %s", type(error).__name__, error)
