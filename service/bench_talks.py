"""`hotline bench line --talks`: what a talk costs, with all that a real one carries.

Citizens come by the trunk of the bench and talk all the time; agents sit at user agents and talk
too; each speaker is recorded, and his sound goes to nobody, to a sink, or to real recognition.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import numpy as np
import psutil

from recordings.speech.messages import decode
from service.bench_line import CONFIG, PROBE, STUDIO, BenchLine, bench_line
from service.bench_probe import FRAME, Probe, ProbeError
from service.bench_sink import Sink
from service.errors import Failure
from service.output import say
from service.paths import Var
from service.useragent import RATE, Phone, PhoneCall, Samples, UserAgents, read_wav

Listening = Literal["none", "sink", "real"]
JOIN_SECONDS = 30.0
STAGGER = 0.25
WRAP_UP = 4.0
LATE = 2.0
_FIRST_AGENT = 2001


@dataclass(frozen=True)
class Talks:
    """So many talks at once on one way of listening."""

    listening: Listening
    talks: int
    joined: int
    """Talks that came about."""
    seconds: float
    asterisk: float
    """CPU of Asterisk, in per cent of a core for each talk."""
    controller: float
    speech: float
    """CPU of the recognisers, in per cent of a core for each talk."""
    spare: float
    """Share of the machine that was left, 0 to 1."""
    recordings: int
    """Closed files with a checksum: three for each talk if all is well."""
    shortest: float
    """Seconds of the shortest speaker's file, over the seconds of the talk."""
    gap: float | None
    """The longest time without a frame at the sink, seconds."""
    behind: float | None
    """The most that recognition was behind, seconds."""
    streams: int
    """Speakers that were listened to."""

    @property
    def good(self) -> bool:
        """All talks came about, all was recorded, no gap and no lateness over 2 s."""
        late = max(self.gap or 0.0, self.behind or 0.0)
        whole = self.joined == self.talks and self.recordings == 3 * self.talks
        return whole and self.shortest > 0.95 and late <= LATE


async def bench_talks(
    listening: Listening,
    levels: list[int],
    *,
    seconds: float,
    speech: Path | None,
    settings: Mapping[str, Any],
) -> list[Talks]:
    """Each number of talks in turn, on a line of its own.

    Args:
        speech: a WAV that both sides repeat; None: noise like speech.
        settings: `speech` section for `real`.
    """
    agents = [{"number": str(_FIRST_AGENT + n), "skills": ["citizen"]} for n in range(max(levels))]
    # A folder without a model: no worker starts, and the sink takes its place.
    nowhere = {"engine": "whisper", "whisper_model": STUDIO}
    sections: dict[Listening, Mapping[str, Any]] = {
        "none": {"engine": "none"},
        "sink": nowhere,
        "real": {**settings, "streams_per_worker": min(64, 2 * max(levels) + 2)},
    }
    config = {
        **CONFIG,
        "agents": agents,
        "speech": dict(sections[listening]),
        "ivr": {"queue": {"wrap_up_seconds": 1}},
    }
    voice = await asyncio.to_thread(_voice, speech)
    async with AsyncExitStack() as stack:
        line = await stack.enter_async_context(bench_line(config))
        var = Var.at(line.folder / "var")
        sink: Sink | None = None
        if listening == "sink":
            sink = await stack.enter_async_context(Sink().serving(var.speech_socket(1)))
            await asyncio.sleep(2)
        if listening == "real":
            await _recogniser(var)
        phones = await stack.enter_async_context(
            UserAgents(line.server[0], line.server[1], prompts=None)
        )
        await _on_duty(line, phones, [str(agent["number"]) for agent in agents], voice)
        await line.measure_idle()
        found = []
        for level in levels:
            say(f"bench: {level} talks, listening: {listening}")
            found.append(await _level(line, sink, var, level, listening, seconds, voice))
        return found


def _voice(path: Path | None) -> Samples:
    if path is not None:
        return read_wav(path)
    noise = np.random.default_rng(12345).normal(0, 2000, RATE * 4)
    syllables = np.abs(np.sin(np.pi * 3 * np.arange(len(noise)) / RATE))
    return np.asarray(noise * syllables, np.int16)


async def _on_duty(line: BenchLine, phones: UserAgents, numbers: list[str], voice: Samples) -> None:
    async def talk(call: PhoneCall) -> None:
        await call.answer()
        call.play(voice, loop=True)

    passwords = {a["number"]: a["password"] for a in line.ready["accounts"]}
    for number in numbers:
        phone: Phone = await phones.phone(f"agent-{number}", password=passwords[number])
        call = await phone.call(str(line.ready["codes"]["agent_login"]))
        await call.answered()
        with contextlib.suppress(TimeoutError):
            await call.ended(8)
        await call.hang_up()
        phone.serve(talk)


async def _level(
    line: BenchLine,
    sink: Sink | None,
    var: Var,
    talks: int,
    listening: Listening,
    seconds: float,
    voice: Samples,
) -> Talks:
    began = datetime.now(UTC)
    if sink is not None:
        sink.streams.clear()
    workers = [psutil.Process(pid) for pid in (await _ready(var))["pids"]["speech"]]
    async with AsyncExitStack() as stack:
        callers = Callers(_alaw(voice))
        await stack.enter_async_context(callers.talking())
        for _ in range(talks):
            probe = await stack.enter_async_context(Probe(line.server, PROBE))
            with contextlib.suppress(ProbeError):
                await probe.call(str(line.ready["numbers"]["hotline"]))
                callers.add(probe)
                await asyncio.sleep(0.5)
                await probe.press("1")
            await asyncio.sleep(STAGGER)
        joined = await _joined(line, talks)
        behind = asyncio.create_task(_behind(var)) if listening == "real" else None
        for stream in sink.streams.values() if sink is not None else ():
            stream.gap = 0.0
        before, at = line.cpu(), time.monotonic()
        spent = {w.pid: w.cpu_times() for w in workers}
        psutil.cpu_percent()
        await asyncio.sleep(seconds)
        spare = 1 - psutil.cpu_percent() / 100
        after, passed = line.cpu(), time.monotonic() - at
        recognised = sum(
            sum(w.cpu_times()[:2]) - sum(spent[w.pid][:2]) for w in workers if w.is_running()
        )
        late = await _stopped(behind) if behind is not None else None
    await line.quiet()
    await asyncio.sleep(WRAP_UP)
    files = await _recordings(line, began)
    per = 100 / passed / max(1, joined)
    streams = list(sink.streams.values()) if sink is not None else []
    return Talks(
        listening=listening,
        talks=talks,
        joined=joined,
        seconds=round(passed, 1),
        asterisk=round((after["asterisk"] - before["asterisk"]) * per, 2),
        controller=round((after["controller"] - before["controller"]) * per, 2),
        speech=round(recognised * per, 2),
        spare=round(spare, 2),
        recordings=len(files),
        shortest=round(min((f / passed for f in files), default=0.0), 2),
        gap=round(max((s.gap for s in streams), default=0.0), 2) if sink is not None else None,
        behind=late[0] if late is not None else None,
        streams=len(streams) if late is None else late[1],
    )


class Callers:
    """Citizens who talk: one clock sends a frame of each every 20 ms."""

    def __init__(self, voice: bytes) -> None:
        self._frames = [voice[n : n + FRAME] for n in range(0, len(voice) - FRAME + 1, FRAME)]
        self._probes: list[Probe] = []

    def add(self, probe: Probe) -> None:
        """This one talks from now on."""
        self._probes.append(probe)

    @asynccontextmanager
    async def talking(self) -> AsyncIterator[None]:
        """Talk until the end of the block."""
        task = asyncio.create_task(self._talk())
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _talk(self) -> None:
        began = time.monotonic()
        number = 0
        while True:
            due = int((time.monotonic() - began) / 0.02)
            while number < due:
                for n, probe in enumerate(self._probes):
                    probe.send(self._frames[(number + 37 * n) % len(self._frames)])
                number += 1
            await asyncio.sleep(max(0.001, began + (number + 1) * 0.02 - time.monotonic()))


def _alaw(samples: Samples) -> bytes:
    from ivr.prompts.audio import encode_alaw

    return encode_alaw(samples)


async def _ready(var: Var) -> dict[str, Any]:
    from service.ready import read_ready

    return await asyncio.to_thread(read_ready, var)


async def _joined(line: BenchLine, talks: int) -> int:
    """Wait until all talk; how many do."""
    until = time.monotonic() + JOIN_SECONDS
    while True:
        busy = await _talking(line)
        if busy >= talks or time.monotonic() > until:
            return busy
        await asyncio.sleep(0.5)


async def _talking(line: BenchLine) -> int:
    from service.live import ask

    status = await ask(Var.at(line.folder / "var"), "GET", "/status")
    return sum(agent["state"] == "talking" for agent in status["agents"])


async def _recogniser(var: Var) -> None:
    """Wait until a worker is there. Raises Failure where none comes."""
    for _ in range(240):
        if var.speech_socket(1).exists():
            return
        await asyncio.sleep(0.5)
    raise Failure("bench", "no recogniser started; see ./hotline doctor")


async def _behind(var: Var) -> tuple[float, int]:
    """The most that the first worker is behind and the most streams it has, until cancelled."""
    worst, streams = 0.0, 0
    with contextlib.suppress(asyncio.CancelledError, OSError, ValueError):
        reader, writer = await asyncio.open_unix_connection(var.speech_socket(1))
        try:
            while line := await reader.readline():
                status = decode(line)
                worst = max(worst, float(status.get("behind", 0.0)))
                streams = max(streams, int(status.get("streams", 0)))
        finally:
            writer.close()
    return worst, streams


async def _stopped(task: asyncio.Task[tuple[float, int]]) -> tuple[float, int]:
    task.cancel()
    return await task


async def _recordings(line: BenchLine, since: datetime) -> list[float]:
    """Seconds of the closed recordings since then; waits a little for the archive."""
    from store.engine import Store
    from store.recordings import RecordingLog

    async with Store.open(line.ready["paths"]["store"]) as store:
        log = RecordingLog(store)
        for _ in range(20):
            rows = await log.list(limit=10_000, since=since)
            if rows and all(row["sha256"] for row in rows):
                break
            await asyncio.sleep(0.5)
    return [float(row["duration_s"]) for row in rows if row["sha256"]]
