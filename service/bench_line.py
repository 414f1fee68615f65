"""`hotline bench line`: what a call costs through the controller, and without it.

The bench starts a line of its own on a temporary VAR: a trunk on 127.0.0.2 without a carrier
brings the calls, the greeting is cut to a fraction of a second, and the same menu is added to
Asterisk's dialplan as a number of its own. Both are measured in turn in the same run.
"""

import asyncio
import contextlib
import json
import os
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
import psutil
import soundfile

from service.bench_probe import Landmark, ProbeError, key_to_prompt
from service.bench_sipp import Load, run
from service.errors import Failure
from service.files import read_json
from service.output import say
from service.paths import HOME, Var

TRUNK = "127.0.0.2"
PROBE = "127.0.0.3"
NATIVE = "052799990001"
"""Number of the same menu in the dialplan; nobody's."""
KEY = "3"
MENU, NEXT = "menu_main", "query_code_ask"
PROBES = 3
STUDIO = "studio"
"""Folder beside the bench's config.yaml; it holds nothing but the short greeting."""
START_SECONDS = 120.0
IDLE_SECONDS = 5.0
IMPORT_SECONDS = 35
Way = Literal["dialplan", "controller"]
WAYS: tuple[Way, ...] = ("dialplan", "controller")
CONFIG: dict[str, Any] = {
    "speech": {"engine": "none"},
    "trunks": [{"name": "bench", "host": TRUNK, "match": [TRUNK, PROBE]}],
}


@dataclass(frozen=True)
class Measured:
    """One load on one of the two ways."""

    way: Way
    rate: float
    call_seconds: float
    calls: int
    failed: int
    concurrent: int
    asterisk_ms: float
    """CPU of Asterisk, milliseconds a call, without what it uses when nobody calls."""
    python_ms: float
    """The same of the controller; its writes to the store included."""
    spare: float
    """Share of the machine that was left, 0 to 1."""
    records: int | None
    """Records of these calls that the store has at the end; None for the dialplan."""
    key_to_prompt_ms: list[float] = field(default_factory=list)
    probes_failed: int = 0

    def percentile(self, share: float) -> float | None:
        """Of the time from the end of a key to the next prompt, in milliseconds."""
        if not self.key_to_prompt_ms:
            return None
        return float(np.percentile(self.key_to_prompt_ms, share))

    def as_json(self) -> dict[str, object]:
        """The measured values and the percentiles."""
        found: dict[str, object] = asdict(self)
        samples = found.pop("key_to_prompt_ms")
        assert isinstance(samples, list)
        return {
            **found,
            "key_to_prompt_ms": {
                "n": len(samples),
                "p50": self.percentile(50),
                "p99": self.percentile(99),
            },
        }


class BenchLine:
    """The line that is measured."""

    def __init__(self, folder: Path, ready: dict[str, Any]) -> None:
        self.folder = folder
        self.ready = ready
        self.server = (str(ready["sip"]["host"]), int(ready["sip"]["port"]))
        self.prompts = Path(ready["prompts"]["dir"])
        self.idle_cpu: dict[str, float] = {}
        """CPU seconds a second of each part while nobody calls."""
        self._parts = {
            "asterisk": psutil.Process(int(ready["pids"]["asterisk"])),
            "controller": psutil.Process(int(ready["pids"]["controller"])),
        }

    def number(self, way: Way) -> str:
        """What is dialled for the menu."""
        return NATIVE if way == "dialplan" else str(self.ready["numbers"]["hotline"])

    def cpu(self) -> dict[str, float]:
        """CPU seconds that each part has used."""
        used = {}
        for name, process in self._parts.items():
            times = process.cpu_times()
            used[name] = float(times.user + times.system)
        return used

    async def measure_idle(self) -> None:
        """See what the parts use while nobody calls."""
        before = self.cpu()
        await asyncio.sleep(IDLE_SECONDS)
        after = self.cpu()
        self.idle_cpu = {part: (after[part] - before[part]) / IDLE_SECONDS for part in after}

    async def asterisk(self, command: str) -> str:
        """Answer of Asterisk's command line."""
        words = [str(self.ready["paths"]["asterisk_cli"]), "-rx", command]
        process = await asyncio.create_subprocess_exec(*words, stdout=asyncio.subprocess.PIPE)
        output, _ = await process.communicate()
        return output.decode("utf-8", "replace")

    async def add_menu(self) -> None:
        """The same menu as dialplan."""
        steps = [
            "Answer()",
            f"Playback({self.prompts / 'welcome_short'})",
            f"Read(K,{self.prompts / MENU},1,,1,5)",
            f"Playback({self.prompts / NEXT})",
            "Wait(30)",
            "Hangup()",
        ]
        for priority, step in enumerate(steps, 1):
            answer = await self.asterisk(
                f"dialplan add extension {NATIVE},{priority},{step} into from-trunk"
            )
            if "added" not in answer:
                raise Failure("bench", f"Asterisk refused the menu as dialplan: {answer.strip()}")

    async def quiet(self) -> None:
        """Wait until no channel is left."""
        for _ in range(120):
            if (await self.asterisk("core show channels count")).startswith("0 active channels"):
                return
            await asyncio.sleep(0.5)
        raise Failure("bench", "channels are left a minute after the last call")

    async def records(self) -> int:
        """Calls in the store that have ended."""
        import sqlalchemy as sa

        from store.engine import Store
        from store.tables import call

        async with Store.open(self.ready["paths"]["store"]) as store, store.read() as db:
            ended = sa.select(sa.func.count()).where(call.c.ended_at.is_not(None))
            return int((await db.execute(ended)).scalar_one())

    async def recorded(self, before: int, expected: int) -> int:
        """New records, waiting as long as the dialplan's own calls may take to be imported."""
        for _ in range(IMPORT_SECONDS):
            if (found := await self.records() - before) >= expected:
                break
            await asyncio.sleep(1)
        return found


@asynccontextmanager
async def bench_line(config: Mapping[str, Any] = CONFIG) -> AsyncIterator[BenchLine]:
    """A line of its own, with a greeting of 0.3 s. Raises Failure when it does not start."""
    with tempfile.TemporaryDirectory(prefix="hotline-bench-") as name:
        folder = Path(name)
        var = Var.at(folder / "var")
        studio = folder / STUDIO
        studio.mkdir()
        noise = np.random.default_rng(12345).normal(0, 0.1, 2400)
        soundfile.write(studio / "welcome_short.wav", noise, 8000)
        settings = {**config, "prompts": {"studio_dir": str(studio)}}
        (folder / "config.yaml").write_text(json.dumps(settings))  # JSON is YAML
        words = [
            sys.executable, "-P", "-m", "service.cli", "up", "--demo", "--free-ports",
            "--config", str(folder / "config.yaml"), "--var", str(var.root),
        ]  # fmt: skip
        with (folder / "up.log").open("wb") as log:
            process = await asyncio.create_subprocess_exec(
                *words, stdout=log, stderr=log, start_new_session=True,
                env={**os.environ, "PYTHONPATH": str(HOME)},
            )  # fmt: skip
        try:
            ready = await _ready(process, var, folder / "up.log")
            yield BenchLine(folder, ready)
        finally:
            if process.returncode is None:
                process.send_signal(signal.SIGINT)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(process.wait(), 60)
            if process.returncode is None:
                process.kill()
                await process.wait()


async def _ready(process: asyncio.subprocess.Process, var: Var, log: Path) -> dict[str, Any]:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(START_SECONDS):
            while process.returncode is None:
                ready = read_json(var.ready)
                if ready is not None and not ready.get("degraded"):
                    return dict(ready)
                await asyncio.sleep(0.2)
    tail = (await asyncio.to_thread(log.read_text, errors="replace"))[-800:]
    raise Failure("bench", f"the line for the bench did not start: {tail}")


async def measure(line: BenchLine, sipp: Sequence[str], way: Way, load: Load) -> Measured:
    """One load on one way, with a few calls beside it that measure the time to the prompt."""
    before_records = await line.records()
    before, began = line.cpu(), time.monotonic()
    psutil.cpu_percent()
    probing = asyncio.create_task(_probe(line, way))
    try:
        count = await run(
            sipp,
            line.folder,
            line.server,
            address=TRUNK,
            number=line.number(way),
            digit=KEY,
            load=load,
        )
    finally:
        probing.cancel()
    spare = 1 - psutil.cpu_percent() / 100
    samples, missed = await probing
    await line.quiet()
    await asyncio.sleep(1)
    after, seconds = line.cpu(), time.monotonic() - began
    calls = count.calls + len(samples) + missed
    recorded = await line.recorded(before_records, calls) if way == "controller" else 0
    spent = {
        part: (after[part] - before[part] - line.idle_cpu[part] * seconds) * 1000 / max(1, calls)
        for part in after
    }
    return Measured(
        way=way,
        rate=load.rate,
        call_seconds=load.call_seconds,
        calls=count.calls,
        failed=count.failed,
        concurrent=count.concurrent,
        asterisk_ms=round(spent["asterisk"], 2),
        python_ms=round(spent["controller"], 2),
        spare=round(spare, 2),
        records=recorded if way == "controller" else None,
        key_to_prompt_ms=[round(sample * 1000, 2) for sample in samples],
        probes_failed=missed,
    )


async def _probe(line: BenchLine, way: Way) -> tuple[list[float], int]:
    """Measuring calls, a few at a time, until cancelled."""
    menu, following = ((line.prompts / f"{key}.alaw").read_bytes() for key in (MENU, NEXT))
    first = Landmark.of(menu, [following])
    then = Landmark.of(following, [menu])
    samples: list[float] = []
    missed = 0

    async def callers() -> None:
        nonlocal missed
        while True:
            try:
                samples.append(
                    await key_to_prompt(line.server, PROBE, line.number(way), first, KEY, then)
                )
            except ProbeError:
                missed += 1

    with contextlib.suppress(asyncio.CancelledError):
        await asyncio.gather(*(callers() for _ in range(PROBES)))
    return samples, missed


async def bench(sipp: Sequence[str], loads: Sequence[Load]) -> list[Measured]:
    """Each load on both ways, one after the other, after a few calls to warm up."""
    found = []
    async with bench_line() as line:
        await line.add_menu()
        warm = Load(rate=5, seconds=4)
        for way in WAYS:
            await run(
                sipp, line.folder, line.server, address=TRUNK, number=line.number(way),
                digit=KEY, load=warm,
            )  # fmt: skip
        await line.quiet()
        await line.measure_idle()
        for load in loads:
            for way in WAYS:
                say(f"bench: {load.rate:g} calls/s of {load.call_seconds:g} s: {way}")
                found.append(await measure(line, sipp, way, load))
    return found


def ratio(found: Sequence[Measured]) -> float | None:
    """CPU of a call through the controller over that of the dialplan, mean of the loads."""
    whole = {
        (m.way, m.rate, m.call_seconds): m.asterisk_ms + (m.python_ms if m.records else 0)
        for m in found
    }
    ratios = [
        cost / whole["dialplan", rate, seconds]
        for (way, rate, seconds), cost in whole.items()
        if way == "controller" and whole.get(("dialplan", rate, seconds))
    ]
    return statistics.mean(ratios) if ratios else None
