"""A console that is not ready does not keep the line closed, and is not called ready."""

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from service import supervisor
from service.files import read_json
from service.runtime import UpOptions
from service.supervisor import Commands, Supervisor
from tests.e2e.line import wait_for

PART = """
import asyncio, pathlib, sys
from service.child import Parent
async def main():
    async with Parent() as parent:
        while len(sys.argv) > 1 and not pathlib.Path(sys.argv[1]).exists():
            if parent.stop.is_set():
                return
            await asyncio.sleep(0.02)
        parent.ready({})
        await parent.stop.wait()
asyncio.run(main())
"""
"""A part of the line; one with an argument is ready once that file is there."""


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One with a short name: sockets lie in it."""
    return tmp_path_factory.mktemp("late")


@pytest.fixture
def late(folder: Path) -> tuple[Supervisor, Path]:
    """An `up` with a real Asterisk whose console is ready once a file is there, and the file."""
    (folder / "config.yaml").write_text("speech: {engine: none}\n")
    signal_file = folder / "now"
    part = [sys.executable, "-c", PART]
    commands = Commands(part, [*part, str(signal_file)], lambda _: part)
    options = UpOptions(folder / "var", folder / "config.yaml", offline=True, free_ports=True)
    return Supervisor(options, say=print, commands=commands), signal_file


async def test_the_line_opens_without_the_console_and_says_so(
    late: tuple[Supervisor, Path],
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(supervisor, "CONSOLE_PATIENCE", 0.3)
    up, signal_file = late

    def ready() -> dict[str, Any]:
        if running.done():
            running.result()  # what stopped it, instead of a wait in vain
        return dict(read_json(folder / "var" / "ready.json") or {})

    running = asyncio.create_task(up.run())
    try:
        await wait_for(ready, within=30, what="ready.json")
        assert ready()["degraded"] == ["console"]
        assert "console: not ready; the line opens without it" in capsys.readouterr().out
        console = ready()["pids"]["console"]
        signal_file.touch()
        await wait_for(lambda: not ready().get("degraded"), what="the console")
        assert ready()["pids"]["console"] == console
        signal_file.unlink()
        os.kill(console, signal.SIGKILL)
        await wait_for(lambda: ready().get("degraded") == ["console"], what="its loss")
        await wait_for(lambda: ready()["pids"]["console"] != console, what="another one")
        assert ready()["degraded"] == ["console"]
        signal_file.touch()
        await wait_for(lambda: not ready().get("degraded"), what="the console again")
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert not (folder / "var" / "ready.json").exists()
