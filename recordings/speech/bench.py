"""How many callers one speech worker follows: streams against lateness and processor time."""

import asyncio
import json
import os
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import psutil

from recordings.speech.engine import EngineChoice, load
from recordings.speech.pool import Heard, Listener, SpeechPool
from recordings.speech.results import BYTES_PER_SECOND, RATE
from recordings.speech.worker import WorkerConfig, run_worker

PAUSE_SECONDS = 1.5
_PAUSE = bytes(int(PAUSE_SECONDS * RATE) * 2)
FRAME_BYTES = 320
TOO_LATE_SECONDS = 2.0


@dataclass(frozen=True)
class StreamLoad:
    """What one number of streams did to a worker."""

    streams: int
    refused: int
    """Streams the worker did not take."""
    speech_share: float
    """Share of the sent sound that was speech."""
    cpu_per_second: float
    """Processor seconds for each second of one stream's sound."""
    memory_mb: float
    final_p50: float
    """Seconds from the end of an utterance to its text, silence that ends it included."""
    final_p95: float
    behind: float
    """The worst lateness the worker reported."""

    @property
    def too_late(self) -> bool:
        """More than 2 s of work waited."""
        return self.behind > TOO_LATE_SECONDS


def baseline(choice: EngineChoice, sounds: Sequence[bytes]) -> float:
    """Processor seconds for a second of sound that goes straight into the engine, as batch does.

    The same sentences and pauses as the streams send; no worker, no network. Raises OSError or
    RuntimeError where the model cannot be used.
    """
    engine = load(choice)
    if engine is None:
        raise RuntimeError("; ".join(choice.warnings) or "no recogniser")
    recognizer = engine.recognizer()
    recognizer.accept(sounds[0] + _PAUSE)  # the first sentence warms the engine
    began, sent = time.process_time(), 0
    for sound in sounds:
        recognizer.accept(sound + _PAUSE)
        sent += len(sound) + len(_PAUSE)
    recognizer.finish()
    return (time.process_time() - began) / (sent / BYTES_PER_SECOND)


async def bench_speech(
    choice: EngineChoice,
    sounds: Sequence[bytes],
    *,
    streams: Sequence[int] = (1, 2, 3, 4, 6),
    seconds: float = 30.0,
) -> list[StreamLoad]:
    """Sends `sounds` (utterances, 8 kHz PCM) at the speed of speech on so many streams at once.

    Each number of streams gets a fresh worker process. Raises RuntimeError where none starts.
    """
    return [await _measure(choice, sounds, number, seconds) for number in streams]


async def _measure(
    choice: EngineChoice, sounds: Sequence[bytes], streams: int, seconds: float
) -> StreamLoad:
    async with _worker(choice, streams) as (control, pid), SpeechPool([control]) as pool:
        while not pool.status()["workers"]:  # noqa: ASYNC110 (it is in another process)
            await asyncio.sleep(0.05)
        await _talk(pool, sounds, 0, min(seconds, 5.0))  # the first sentence warms the engine
        process = psutil.Process(pid)
        before = process.cpu_times()
        behind: list[float] = [0.0]
        watch = asyncio.create_task(_watch(pool, behind))
        talks = await asyncio.gather(
            *(_talk(pool, sounds, number, seconds) for number in range(streams))
        )
        watch.cancel()
        after = process.cpu_times()
        memory = process.memory_info().rss / 1e6
    done = [talk for talk in talks if talk is not None]
    late = sorted(seconds for talk in done for seconds in talk.late)
    used = after.user + after.system - before.user - before.system
    return StreamLoad(
        streams=streams,
        refused=len(talks) - len(done),
        speech_share=sum(t.speech for t in done) / max(1e-9, sum(t.sent for t in done)),
        cpu_per_second=used / max(1e-9, sum(talk.sent for talk in done)),
        memory_mb=memory,
        final_p50=statistics.median(late) if late else float("nan"),
        final_p95=late[int(0.95 * (len(late) - 1))] if late else float("nan"),
        behind=max(behind),
    )


@dataclass
class _Talk:
    sent: float
    speech: float
    late: list[float]


async def _talk(
    pool: SpeechPool, sounds: Sequence[bytes], number: int, seconds: float
) -> _Talk | None:
    """One caller who says one thing after the other for so long."""
    listener = await pool.listen(
        call_id=f"bench-{number}", leg_id=f"{number}", speaker="caller", offset=0.0, keep=False
    )
    if listener is None:
        return None
    began = time.monotonic()
    sending = asyncio.create_task(_send(listener, sounds, number, seconds))
    late = [
        time.monotonic() - began - what.end
        async for what in listener
        if isinstance(what, Heard) and what.final
    ]
    sent, speech = await sending
    return _Talk(sent, speech, late)


async def _send(
    listener: Listener, sounds: Sequence[bytes], number: int, seconds: float
) -> tuple[float, float]:
    host, port = listener.address.split(":")
    _, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"\x01\x00\x10" + UUID(listener.uuid).bytes)
    began = time.monotonic()
    sent = speech = 0
    while sent < seconds * BYTES_PER_SECOND:
        sound = sounds[number % len(sounds)]
        number += 1
        speech += len(sound)
        data = sound + _PAUSE
        for at in range(0, len(data), FRAME_BYTES):
            frame = data[at : at + FRAME_BYTES]
            writer.write(b"\x10" + len(frame).to_bytes(2, "big") + frame)
            sent += len(frame)
            wait = began + sent / BYTES_PER_SECOND - time.monotonic()
            if wait > 0:
                await asyncio.sleep(wait)
    writer.write(b"\x00\x00\x00")
    await writer.drain()
    writer.close()
    return sent / BYTES_PER_SECOND, speech / BYTES_PER_SECOND


async def _watch(pool: SpeechPool, behind: list[float]) -> None:
    while True:
        behind.append(pool.status()["behind"])
        await asyncio.sleep(0.5)


@asynccontextmanager
async def _worker(choice: EngineChoice, capacity: int) -> AsyncIterator[tuple[Path, int]]:
    """A worker process; gives its control socket and process id."""
    with tempfile.TemporaryDirectory(prefix="speech-bench-") as folder:
        config = WorkerConfig(
            index=1, control=Path(folder) / "speech.sock", engine=choice, capacity=capacity
        )
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", "from recordings.speech.bench import serve; serve()"),
            config.model_dump_json(),
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        assert process.stdout is not None
        try:
            if not await process.stdout.readline():
                raise RuntimeError("the speech worker did not start")
            yield config.control, process.pid
        finally:
            if process.returncode is None:
                process.terminate()
            await process.wait()


def serve() -> None:
    """A worker of its own: configuration in the first argument, `ready` on standard output."""

    async def work() -> None:
        stop = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
        await run_worker(
            WorkerConfig.model_validate_json(sys.argv[1]),
            ready=lambda info: print(json.dumps(info), flush=True),
            stop=stop,
        )

    asyncio.run(work())
