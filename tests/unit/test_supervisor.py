"""Children of `up`: real processes that beat, hang, die and stop."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from service import children
from service.children import Child, Keeper
from service.logs import put_aside
from service.paths import HOME
from service.rescue import stranded

GOOD = """
async with Parent() as parent:
    parent.ready({"port": 7})
    await parent.stop.wait()
    print("asked to stop, grace", parent.grace, flush=True)
"""
BLOCKED = """
async with Parent() as parent:
    parent.ready({})
    await asyncio.sleep(0.2)
    time.sleep(600)
"""
DYING = """
async with Parent() as parent:
    pass
"""
STUBBORN = """
async with Parent() as parent:
    parent.ready({})
    await asyncio.sleep(600)
"""


@pytest.fixture
def starter(tmp_path: Path) -> Callable[[str], Callable[[], Child]]:
    """A way to start a child with this body."""

    def make(body: str) -> Callable[[], Child]:
        program = tmp_path / "child.py"
        indented = "\n".join(f"    {line}" for line in body.splitlines())
        program.write_text(
            "import asyncio, time\nfrom service.child import Parent\n"
            f"async def main():\n{indented}\nasyncio.run(main())\n"
        )
        env = {**os.environ, "PYTHONPATH": str(HOME)}
        command = [sys.executable, str(program)]
        return lambda: Child.start("child", command, tmp_path / "child.log", env)

    return make


Starter = Callable[[str], Callable[[], Child]]


async def test_a_child_gets_ready_and_stops_when_asked(starter: Starter, tmp_path: Path) -> None:
    child = starter(GOOD)()
    assert await asyncio.wait_for(child.ready, 10) == {"port": 7}
    child.ask_to_stop(2.5)
    assert await child.wait(5)
    assert child.status == 0
    assert "grace 2.5" in (tmp_path / "child.log").read_text()


async def test_a_child_is_in_a_session_of_its_own(starter: Starter) -> None:
    child = starter(GOOD)()
    await asyncio.wait_for(child.ready, 10)
    assert os.getsid(child.pid) == child.pid
    await child.kill()


async def test_a_child_leaves_with_up(starter: Starter) -> None:
    child = starter(STUBBORN)()
    await asyncio.wait_for(child.ready, 10)
    child._pipe.shutdown(2)  # as the kernel does when `up` dies
    assert await child.wait(5)


async def test_what_a_child_leaves_behind_goes_too(starter: Starter) -> None:
    body = GOOD.replace(
        "parent.ready(",
        'p = await asyncio.create_subprocess_exec("sleep", "600")\n    parent.ready(',
    )
    child = starter(body)()
    await asyncio.wait_for(child.ready, 10)
    (grandchild,) = psutil.Process(child.pid).children()
    os.kill(child.pid, signal.SIGKILL)
    assert await child.wait(5)
    grandchild.wait(5)


class Log:
    """What a keeper tells."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def __call__(self, name: str, what: str) -> None:
        self.lines.append(f"{name}: {what}")


async def until(look: Callable[[], object], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not look():
        assert time.monotonic() < deadline, "it took too long"
        await asyncio.sleep(0.02)


async def test_a_dead_child_is_replaced(starter: Starter) -> None:
    log = Log()
    keeper = Keeper("part", starter(GOOD), changed=log)
    keeper.open()
    await until(lambda: keeper.is_ready)
    first = keeper.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    await until(lambda: not keeper.is_ready)
    await until(lambda: keeper.is_ready and len(log.lines) == 3)  # told right after
    assert keeper.pid != first
    assert log.lines == ["part: ready", "part: ended with signal 9, replaced", "part: ready again"]
    await keeper.close(0, 5)
    assert not psutil.pid_exists(keeper.pid or 0)


@pytest.mark.parametrize("how", ["blocked", "stopped"])
async def test_a_hung_child_is_killed_and_replaced(
    starter: Starter, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    monkeypatch.setattr(children, "HUNG_SECONDS", 4.0)
    log = Log()
    keeper = Keeper("part", starter(BLOCKED if how == "blocked" else STUBBORN), changed=log)
    keeper.open()
    try:
        await until(lambda: keeper.is_ready)
        first = keeper.pid or 0
        if how == "stopped":
            os.kill(first, signal.SIGSTOP)
        await until(lambda: keeper.losses == 1, 30)
        assert not psutil.pid_exists(first)
        assert "killed and replaced" in log.lines[1]
    finally:
        await keeper.kill()


async def test_a_child_that_dies_at_once_is_started_ever_more_slowly(starter: Starter) -> None:
    starts: list[float] = []
    start = starter(DYING)

    def counted() -> Child:
        starts.append(time.monotonic())
        return start()

    keeper = Keeper("part", counted, changed=Log())
    keeper.open()
    await until(lambda: len(starts) == 3, 30)
    assert starts[2] - starts[1] > 1.0
    await keeper.kill()


async def test_one_that_does_not_stop_is_killed(starter: Starter) -> None:
    log = Log()
    keeper = Keeper("part", starter(STUBBORN), changed=log)
    keeper.open()
    await until(lambda: keeper.is_ready)
    await keeper.close(0, 0.5)
    assert "did not end in time" in log.lines[-1]
    assert not psutil.pid_exists(keeper.pid or 0)


def channel(name: str, kind: str, app_data: str = "", app: str = "Stasis") -> dict[str, object]:
    return {
        "id": name,
        "name": f"{kind}/{name}",
        "dialplan": {"app_name": app, "app_data": app_data},
    }


def test_only_lonely_callers_of_ours_are_rescued() -> None:
    channels = [
        channel("waiting", "PJSIP", "hotline,inbound,12345"),
        channel("in110", "PJSIP", "hotline,emergency,110"),
        channel("talking", "PJSIP", "hotline,inbound,12345"),
        channel("agent", "PJSIP", "hotline,dialed"),
        channel("recorded", "PJSIP", "hotline,inbound,12345"),
        channel("tap", "Snoop", "hotline,snoop"),
        channel("other", "PJSIP", "elsewhere,inbound"),
        channel("dialplan", "PJSIP", "hotline,inbound,12345", app="Playback"),
        channel("code", "PJSIP", "hotline,code,1001,*41"),
    ]
    bridges: list[dict[str, object]] = [
        {"channels": ["talking", "agent"]},
        {"channels": ["recorded", "tap"]},
    ]
    assert stranded(channels, bridges) == ["waiting", "in110", "recorded"]


def test_a_long_log_is_put_aside_while_it_is_written(tmp_path: Path) -> None:
    log = tmp_path / "part.log"
    writer = children.open_log(log)
    os.write(writer, b"old " * 100)
    put_aside(tmp_path, 100)
    os.write(writer, b"new")
    os.close(writer)
    assert log.read_text() == "new"
    assert (tmp_path / "part.log.1").read_text() == "old " * 100
