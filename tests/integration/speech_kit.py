"""A real speech worker in its own process, and a caller's sound over real AudioSocket."""

import asyncio
import contextlib
import csv
import json
import os
import re
import signal
import sys
import wave
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from pypinyin import lazy_pinyin

from recordings.speech.engine import EngineChoice
from recordings.speech.pool import Heard, Listener, Spotted
from recordings.speech.worker import WorkerConfig

FIXTURES = Path(__file__).parents[1] / "fixtures" / "speech"
PROGRAM = "from recordings.speech.bench import serve; serve()"


@dataclass
class WorkerProcess:
    """A running worker."""

    process: asyncio.subprocess.Process
    config: WorkerConfig
    ready: dict[str, object] = field(default_factory=dict)

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)


@asynccontextmanager
async def worker_process(
    folder: Path, engine: EngineChoice, *, store_url: str | None = None, capacity: int = 3
) -> AsyncIterator[WorkerProcess]:
    """Starts a worker and waits until it is ready."""
    config = WorkerConfig(
        index=1,
        control=folder / "speech.sock",
        engine=engine,
        store_url=store_url,
        capacity=capacity,
    )
    root = str(Path(__file__).parents[2])
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", PROGRAM, config.model_dump_json()),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": root},
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(60):
            line = await process.stdout.readline()
        yield WorkerProcess(process, config, json.loads(line))
    finally:
        if process.returncode is None:
            process.terminate()
            try:
                async with asyncio.timeout(15):
                    await process.wait()
            except TimeoutError:
                process.kill()
                await process.wait()


def pcm_of(path: Path) -> bytes:
    """Samples of a telephone recording."""
    with wave.open(str(path), "rb") as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (8000, 1, 2)
        return file.readframes(file.getnframes())


def transcripts(language: str) -> list[dict[str, str]]:
    """The fixtures' table: file, text and so on."""
    with (FIXTURES / language / "transcripts.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


async def speak(listener: Listener, pcm: bytes, *, pace: float, hang_up: bool = True) -> None:
    """Sends sound as Asterisk does, `pace` times as fast as it is spoken."""
    host, port = listener.address.split(":")
    _, writer = await asyncio.open_connection(host, int(port))
    try:
        writer.write(b"\x01\x00\x10" + UUID(listener.uuid).bytes)
        began = asyncio.get_running_loop().time()
        for at in range(0, len(pcm), 320):
            frame = pcm[at : at + 320]
            writer.write(b"\x10" + len(frame).to_bytes(2, "big") + frame)
            due = began + at / 16000 / pace
            if (wait := due - asyncio.get_running_loop().time()) > 0.005:
                await writer.drain()
                await asyncio.sleep(wait)
        if hang_up:
            writer.write(b"\x00\x00\x00")
        await writer.drain()
    finally:
        with contextlib.suppress(OSError):
            writer.close()
            await writer.wait_closed()


async def heard(listener: Listener) -> list[Heard | Spotted]:
    """Everything until the stream's end."""
    return [what async for what in listener]


def text_of(events: Sequence[Heard | Spotted]) -> str:
    """What was heard for good."""
    return " ".join(one.text for one in events if isinstance(one, Heard) and one.final)


def bare(text: str) -> str:
    """Without spaces and punctuation."""
    return re.sub(r"[\W_]", "", text)


def pinyin(text: str) -> list[str]:
    """Toneless syllables."""
    return lazy_pinyin(bare(text))


async def eventually(check: Callable[[], Awaitable[object]], seconds: float) -> None:
    """Waits until `check` gives something true; TimeoutError after `seconds`."""
    async with asyncio.timeout(seconds):
        while not await check():  # noqa: ASYNC110 (what is waited for is in another process)
            await asyncio.sleep(0.05)
