"""Parts that die or hang are replaced; the next `up` takes a running Asterisk over."""

import os
import signal
import subprocess

import aiohttp
import psutil

from service import real_time
from tests.e2e.line import Line, wait_for


async def replaced(line: Line, part: str, old: int, *, within: float = 30) -> int:
    """Wait until another process does `part` and nothing is degraded; its pid."""

    def look() -> int | None:
        ready = line.ready
        now = ready.get("pids", {}).get(part)
        return int(now) if now and now != old and not ready.get("degraded") else None

    return int(await wait_for(look, within=within, what=f"a new {part}"))


def voice_goes_first(asterisk: int) -> bool:
    """All threads of it have real-time priority."""
    return all(real_time.has(thread.id) for thread in psutil.Process(asterisk).threads())


def is_allowed_here() -> bool:
    """Whether this machine lets us have it."""
    with subprocess.Popen(["sleep", "60"]) as other:
        real_time.give(other.pid)
        allowed = real_time.has(other.pid)
        other.kill()
    return allowed


async def console_status(line: Line) -> int:
    """What the console answers to somebody whom it does not know."""
    async with (
        aiohttp.ClientSession() as http,
        http.get(f"{line.ready['console']['url']}/api/session") as response,
    ):
        return response.status


async def test_dead_parts_are_replaced(own: Line) -> None:
    own.start()
    pids = own.pids
    os.kill(pids["controller"], signal.SIGKILL)
    await replaced(own, "controller", pids["controller"])
    os.kill(pids["asterisk"], signal.SIGKILL)
    asterisk = await replaced(own, "asterisk", pids["asterisk"])
    await wait_for(lambda: own.status(), what="an answer of the controller")
    assert await console_status(own) == 401
    assert voice_goes_first(asterisk) == is_allowed_here()
    os.kill(pids["console"], signal.SIGKILL)
    gone = await wait_for(lambda: own.ready.get("degraded"), every=0.01, what="a lost console")
    assert gone == ["console"]
    await replaced(own, "console", pids["console"])
    assert await console_status(own) == 401
    assert "controller" in own.output.read_text()
    assert own.stop() == 0
    assert own.left_over() == []


async def test_a_hung_controller_is_replaced(own: Line) -> None:
    own.start()
    old = own.pids["controller"]
    os.kill(old, signal.SIGSTOP)
    await replaced(own, "controller", old)
    assert not psutil.pid_exists(old)
    assert own.stop() == 0


async def test_a_hung_asterisk_is_replaced(own: Line) -> None:
    own.start()
    old = own.pids["asterisk"]
    os.kill(old, signal.SIGSTOP)
    await replaced(own, "asterisk", old, within=40)
    assert "hung and was killed" in own.output.read_text()
    assert own.stop() == 0
    assert own.left_over() == []


async def test_asterisk_survives_up_and_is_taken_over(own: Line) -> None:
    own.start()
    before = own.ready
    assert own.process is not None
    own.process.kill()
    own.process.wait()

    def only_asterisk() -> bool:
        return [p.pid for p in own.left_over()] == [before["pids"]["asterisk"]]

    await wait_for(only_asterisk, within=5, what="all children but Asterisk gone")
    own.start()
    after = own.ready
    assert after["pids"]["asterisk"] == before["pids"]["asterisk"]
    assert after["pids"]["controller"] != before["pids"]["controller"]
    assert after["sip"] == before["sip"]
    assert after["accounts"] == before["accounts"]
    assert own.stop() == 0
    assert own.left_over() == []
