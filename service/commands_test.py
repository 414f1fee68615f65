"""`hotline test`: sets up what the tests need, then checks and tests everything."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import click

from service.errors import Failure
from service.output import say

CHECKS = (
    ("ruff check", ["-m", "ruff", "check", "."]),
    ("ruff format", ["-m", "ruff", "format", "--check", "."]),
    ("mypy", ["-m", "mypy"]),
    ("web application: types and lint", ["-m", "service.web_check"]),
    ("import contracts", ["-c", "from importlinter.cli import lint_imports_command as c; c()"]),
)


@dataclass(frozen=True)
class Run:
    """One run of pytest."""

    name: str
    arguments: Sequence[str]
    stores: Literal["memory", "disk"] = "memory"
    """Where the tests' files are: stores in memory wait for no disk. What measures works on the
    disk, and what has long names below pytest's usual folder: socket paths must be short."""
    is_behind: bool = False
    """It takes what the run beside it leaves of the processors, and is shown when it has ended."""


STAGES: tuple[tuple[Run, ...], ...] = (
    # Calls take place in real time and leave the processors idle: three lines at once, and what
    # only computes behind them.
    (
        Run(
            "end-to-end tests",
            (
                *("tests/e2e", "--ignore", "tests/e2e/test_many.py"),
                *("-n", "3", "--dist", "loadfile"),
            ),
        ),
        Run(
            "unit and integration tests",
            ("tests/integration", "tests/unit", "-n", "2", "--dist", "loadgroup"),
            is_behind=True,
        ),
    ),
    (Run("pages in a real browser", ("tests/browser", "-n", "3", "--dist", "loadfile")),),
    # These measure, or want the machine for themselves.
    (
        Run(
            "many calls and bench",
            ("tests/e2e/test_many.py", "tests/bench"),
            "disk",
        ),
    ),
)
"""Stages come one after the other; the runs of one go on at once."""
BEHIND = ("nice", "-n", "10")
SHARED_MEMORY = "/dev/shm"
ROOM = 4 << 30
"""Bytes; a tenth of it is used."""
NO_TESTS = 5
"""pytest's exit status when nothing was collected."""


@dataclass
class Counts:
    """Results of one or several runs of pytest."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def add(self, other: "Counts") -> None:
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped


@click.command(
    context_settings={"ignore_unknown_options": True},
    epilog="Example: ./hotline test -- tests/e2e/test_menu.py -k barge",
)
@click.argument("pytest_args", nargs=-1, type=click.UNPROCESSED)
@click.pass_context
def test(context: click.Context, pytest_args: tuple[str, ...]) -> None:
    """Set up what the tests need and run them all: static checks, unit, integration, end to end.

    With arguments after -- only pytest runs, with them. On CI (CI=true) skipped tests are failures.
    """
    from service.paths import HOME, is_checkout

    if not is_checkout():
        raise Failure("no_tests", "an installed package has no tests", fix="use the repository")
    _set_up()
    if pytest_args:
        arguments = [str(Path(HOME, a)) if (HOME / a).exists() else a for a in pytest_args]
        context.exit(_run(["-m", "pytest", *arguments], HOME))
    broken = [name for name, command in CHECKS if not _step(name, command, HOME)]
    total = Counts()
    for stage in STAGES:
        for counts in _at_once(stage, HOME):
            total.add(counts)
    if total.skipped and os.environ.get("CI"):
        broken.append(f"{total.skipped} skipped tests")
    for name in broken:
        say(f"hotline: failed: {name}")
    closing = f"{total.passed} passed, {total.failed} failed"
    click.echo(f"{closing}, {total.skipped} skipped" if total.skipped else closing)
    context.exit(1 if broken or total.failed or not total.passed else 0)


def _set_up() -> None:
    """The programs and the models into the per-user cache, where the tests find them."""
    from recordings.settings import SpeechSettings
    from service.provision.asterisk import find_or_fetch
    from service.provision.chromium import chromium
    from service.provision.fonts import fonts
    from service.provision.models import korean_vosk, resolve_engine
    from service.provision.sipp import sipp
    from service.provision.web import bundle
    from service.suggesting import learn

    learn(say)
    find_or_fetch("auto", offline=False, say=say)
    sipp(offline=False, say=say)
    chromium(offline=False, say=say)
    bundle(offline=False, say=say)
    fonts(offline=False, say=say)
    korean_vosk(say=say)
    whisper = resolve_engine(SpeechSettings(engine="whisper"), offline=False, say=say)
    for warning in whisper.warnings:
        say(warning)


def _run(
    arguments: Sequence[str],
    home: Path,
    own: Mapping[str, str] | None = None,
    *,
    behind: Path | None = None,
) -> int:
    """`behind`: the file for its output, of what runs behind something else."""
    sys.stdout.flush()
    env = os.environ | (own or {})
    words = [sys.executable, *arguments]
    if behind is None:
        return subprocess.run(words, cwd=home, env=env, check=False).returncode
    with behind.open("wb") as output:
        done = subprocess.run(
            [*BEHIND, *words], cwd=home, env=env, check=False, stdout=output, stderr=output
        )
    return done.returncode


def _memory() -> str | None:
    """A file system in memory with room for the tests' stores, which wait for no disk there."""
    with suppress(OSError):
        if shutil.disk_usage(SHARED_MEMORY).free >= ROOM and os.access(SHARED_MEMORY, os.W_OK):
            return SHARED_MEMORY
    return None


def _step(name: str, arguments: Sequence[str], home: Path) -> bool:
    say(f"hotline: {name}")
    return _run(arguments, home) == 0


def _at_once(stage: Sequence[Run], home: Path) -> Iterator[Counts]:
    with ThreadPoolExecutor(len(stage)) as pool:
        for done in as_completed([pool.submit(_pytest, run, home) for run in stage]):
            yield done.result()


def _pytest(run: Run, home: Path) -> Counts:
    say(f"hotline: {run.name}")
    started = time.monotonic()
    present = [a for a in run.arguments if not a.startswith("tests/") or (home / a).exists()]
    memory = _memory() if run.stores == "memory" else None
    with tempfile.TemporaryDirectory(prefix="ht-", dir=memory) as folder:
        report = Path(folder) / "report.xml"
        own = {"PYTEST_DEBUG_TEMPROOT": folder} if memory else {}
        behind = Path(folder) / "output.txt" if run.is_behind else None
        words = ["-m", "pytest", *present, f"--junitxml={report}"]
        status = _run(words, home, own, behind=behind)
        counts = count(report)
        if behind is not None:
            click.echo(behind.read_text(errors="replace"))
    if status not in (0, NO_TESTS) and not counts.failed:
        counts.failed = 1  # pytest itself broke
    say(f"hotline: {run.name}: {time.monotonic() - started:.0f} s")
    return counts


def count(report: Path) -> Counts:
    """Results in a JUnit report; zeros when there is none."""
    if not report.exists():
        return Counts()
    suites = ElementTree.parse(report).getroot().iter("testsuite")
    result = Counts()
    for suite in suites:
        total, failures, errors, skipped = (
            int(suite.get(name, "0")) for name in ("tests", "failures", "errors", "skipped")
        )
        bad = failures + errors
        result.add(Counts(total - bad - skipped, bad, skipped))
    return result
